"""What is to be told to whom, gathered before anything is planned: approved texts, readers with addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from incidents.deliveries.addresses import first_of_each, with_addresses
from incidents.foundation.tokens import token
from notifiers.message import AddressKind
from notifiers.registry import channels

_SOME = 100_000  # ids that are Python's own at a time


def nobody() -> pa.Table:
    """No readers."""
    names = ("person_id", "residence", "role", "variant")
    return pa.schema([(name, pa.string()) for name in names]).empty_table()


@dataclass(frozen=True)
class Dispatch:
    """One notice as approved in one language. `texts`: variant -> channel -> piece -> text; `readers`: see
    `readers_from`. Where the audience is the public there are no readers and only the announcement goes out."""

    notice_id: str
    incident_id: str
    company: str
    party: str
    sender_name: str
    audience: str
    language: str
    snapshot_id: str | None
    content_digest: str
    audience_digest: str
    ladders: tuple[Mapping[str, Any], ...]
    texts: Mapping[str, Mapping[str, Mapping[str, str]]] = field(repr=False)
    readers: pa.Table = field(repr=False)
    for_guardians: bool = False

    @property
    def people(self) -> int:
        return int(self.readers.num_rows)


def texts_by_channel(by_form: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Approved texts by form (short, push, email, page) as texts by the channel that carries that form."""
    fitting = {name: channel for name, channel in channels().items() if channel.form in by_form}
    return {
        name: {piece: text for piece, text in by_form[channel.form].items() if piece in _all(channel)}
        for name, channel in fitting.items()
    }


def readers_from(people: pa.Table, contacts: pa.Table, *, guardians: bool) -> pa.Table:
    """`people` (person_id, residence, role, variant, and whatever else) with a column of usable addresses for each kind
    (of the guardian, where guardians are told), null where there is none, and further ones (see addresses.py) where
    somebody has several. One person twice is one reader."""
    readers = first_of_each(people, people["person_id"])
    for name, instead in (("residence", "unknown"), ("role", "")):
        filled = pc.fill_null(pc.if_else(pc.equal(readers[name], ""), None, readers[name]), instead)
        readers = readers.set_column(readers.column_names.index(name), name, filled)
    usable = pc.and_(pc.equal(contacts["guardian"], guardians), pc.is_null(contacts["malformed"]))
    return with_addresses(readers, contacts.filter(pc.and_(usable, pc.not_equal(contacts["address"], ""))))


def with_tokens(readers: pa.Table, secret: bytes) -> pa.Table:
    """`readers` with their tokens as a column, `person`."""
    ids = (readers["person_id"].slice(start, _SOME).to_pylist() for start in range(0, readers.num_rows, _SOME))
    tokens = [pa.array([token(secret, one) for one in some], pa.string()) for some in ids]
    return readers.append_column("person", pa.chunked_array(tokens, pa.string()))


def asks_for_accounts(ladders: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a route of these ladders leads into the company's own app."""
    named = {name for ladder in ladders for way in ("one_by_one", "beside") for name in ladder.get(way) or ()}
    return any(name in channels() and channels()[name].address is AddressKind.ACCOUNT for name in named)


def _all(channel: Any) -> tuple[str, ...]:
    return (*channel.pieces, *channel.optional)
