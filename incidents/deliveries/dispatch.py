"""What is to be told to whom, gathered before anything is planned: approved texts, readers with addresses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from notifiers.registry import channels


@dataclass(frozen=True)
class Reader:
    """One person who is to be told: addresses by kind (of the guardian, where guardians are told)."""

    person_id: str = field(repr=False)
    residence: str
    role: str
    addresses: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Dispatch:
    """One notice as approved in one language. `texts`: variant -> channel -> piece -> text; `readers`: variant ->
    people. Where the audience is the public there are no readers and only the announcement goes out."""

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
    readers: Mapping[str, Sequence[Reader]] = field(repr=False)
    for_guardians: bool = False

    @property
    def people(self) -> int:
        return sum(len(found) for found in self.readers.values())


def texts_by_channel(by_form: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Approved texts by form (short, push, email, page) as texts by the channel that carries that form."""
    fitting = {name: channel for name, channel in channels().items() if channel.form in by_form}
    return {
        name: {piece: text for piece, text in by_form[channel.form].items() if piece in _all(channel)}
        for name, channel in fitting.items()
    }


def readers_from(people: pa.Table, contacts: pa.Table, *, guardians: bool) -> Iterator[Reader]:
    """`people` (person_id, residence, role) with their usable addresses. One person twice in `people` is one reader;
    of several addresses of a kind the first in order is taken."""
    addresses: dict[str, dict[str, str]] = {}
    columns = [contacts[name].to_pylist() for name in ("person_id", "kind", "address", "guardian", "malformed")]
    for person_id, kind, address, guardian, malformed in zip(*columns, strict=True):
        if guardian == guardians and malformed is None and address:
            addresses.setdefault(person_id, {}).setdefault(kind, address)
    seen: set[str] = set()
    columns = [people[name].to_pylist() for name in ("person_id", "residence", "role")]
    for person_id, residence, role in zip(*columns, strict=True):
        if person_id not in seen:
            seen.add(person_id)
            yield Reader(person_id, residence or "unknown", role or "", addresses.get(person_id, {}))


def _all(channel: Any) -> tuple[str, ...]:
    return (*channel.pieces, *channel.optional)
