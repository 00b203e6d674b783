"""What a new version means for who was told already: by change and channel, and to whom a correction is owed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from affected.difference import Change, Difference
from incidents.deliveries import stands
from incidents.deliveries.received import GOT
from incidents.deliveries.tables import Delivery, DeliveryNow, FanOut
from incidents.foundation.keys import KeyRing
from incidents.foundation.tokens import token, token_key_if_any
from incidents.notices.audience import TO_THE_AFFECTED
from incidents.notices.correct import corrections_of
from incidents.notices.tables import Notice
from incidents.snapshots.difference import difference
from incidents.snapshots.opened import aliases_of
from incidents.snapshots.standing import Word, excluded_tokens
from incidents.snapshots.tables import Snapshot

UNCHANGED = "unchanged"
EXCLUDED = "excluded"


@dataclass(frozen=True)
class Told:
    """Of the people of one change: how many there are, how many of them were told, and by which channels (somebody told
    by two counts in both)."""

    people: int
    told: int
    by_channel: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        return {"people": self.people, "told": self.told, "by_channel": dict(self.by_channel)}


@dataclass(frozen=True)
class Wrong:
    """A notice that reached people who are not affected after all: how many, and the corrections begun."""

    notice: str
    reference: str
    people: int
    corrections: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "corrections": list(self.corrections)}


@dataclass(frozen=True)
class Compared:
    """A difference with who was told: `told` by change, with `unchanged` and `excluded` (by a reviewer, whatever the
    version says); `wrong` are the notices that went to people removed or excluded."""

    difference: Difference
    told: Mapping[str, Told]
    wrong: tuple[Wrong, ...]

    def as_json(self) -> dict[str, Any]:
        said = {"told": {word: one.as_json() for word, one in self.told.items()}}
        return self.difference.counts | said | {"corrections_owed": [one.as_json() for one in self.wrong]}


def compared(tx: Session, older: Snapshot, newer: Snapshot, *, keys: KeyRing, home: Path) -> Compared:
    """The difference between two versions, and what was already told to whom, on any channel by any notice to them.

    Who is in doubt may have been told, and counts as told. Counts only. Raises Refused where a key was shredded.
    """
    found = difference(tx, older, newer, keys=keys, home=home)
    got = _got(tx, newer.incident_id)
    aliases = aliases_of(tx, newer, keys=keys, home=home)
    key_id = token_key_if_any(tx, newer.incident_id)
    secret = keys.bare(tx, key_id) if key_id else None
    people = {word: _as_told(ids, secret, aliases) for word, ids in _by_change(found).items()}
    people[EXCLUDED] = [(one,) for one in tx.scalars(excluded_tokens(newer.incident_id, words=[Word.EXCLUDE]))]
    told = {word: _counted(tokens, got) for word, tokens in people.items()}
    # Whoever was excluded and found anew may well be affected: nothing is owed to them before somebody has decided.
    gone = {one for word in (Change.REMOVED, EXCLUDED) for tokens in people[word] for one in tokens}
    return Compared(found, told, tuple(_wrong(tx, newer.incident_id, gone)))


Tokens = tuple[str, ...]  # of one person: that of the id that lives on, and of those that were merged into it


def _by_change(found: Difference) -> dict[str, pa.Array]:
    changed = found.people
    ids = {
        word: changed.filter(pc.equal(changed["change"], word.value))["person_id"].combine_chunks() for word in Change
    }
    return {str(word): some for word, some in ids.items()} | {UNCHANGED: found.unchanged}


def _as_told(ids: pa.Array, secret: bytes | None, aliases: pa.Table) -> list[Tokens]:
    if secret is None:  # nobody was ever told or reviewed
        return [()] * len(ids)
    former: dict[str, list[str]] = {}
    for living, was in zip(aliases["person_id"].to_pylist(), aliases["was"].to_pylist(), strict=True):
        former.setdefault(living, []).append(was)
    return [tuple(token(secret, one) for one in (who, *former.get(who, ()))) for who in ids.to_pylist()]


def _counted(people: list[Tokens], got: Mapping[str, frozenset[str]]) -> Told:
    by_channel: Counter[str] = Counter()
    told = 0
    for tokens in people:
        channels = frozenset().union(*(got.get(one, frozenset()) for one in tokens))
        told += bool(channels)
        by_channel.update(channels)
    return Told(len(people), told, dict(sorted(by_channel.items())))


def _got(tx: Session, incident_id: str) -> dict[str, frozenset[str]]:
    """Token -> channels by which this person got a notice that was for them."""
    query = _reached(incident_id).with_only_columns(Delivery.person, Delivery.channel).distinct()
    found: dict[str, frozenset[str]] = {}
    for person, channel in tx.execute(query):
        found[person] = found.get(person, frozenset()) | {channel}
    return found


def _reached(incident_id: str) -> Select[Any]:
    return (
        stands.joined(select(Delivery.person).join(FanOut, FanOut.id == Delivery.fan_out_id))
        .where(FanOut.incident_id == incident_id, FanOut.audience.in_(TO_THE_AFFECTED))
        .where(or_(stands.STATE.in_(GOT), DeliveryNow.doubts > 0))
    )


def _wrong(tx: Session, incident_id: str, gone: set[str]) -> Iterator[Wrong]:
    query = _reached(incident_id).with_only_columns(FanOut.notice_id, Delivery.person).distinct()
    reached = Counter(notice_id for notice_id, person in tx.execute(query) if person in gone)
    for notice_id, people in sorted(reached.items()):
        notice = tx.get(Notice, notice_id)
        if notice is not None:
            begun = tuple(one.reference for one in corrections_of(tx, notice))
            yield Wrong(notice.id, notice.reference, people, begun)
