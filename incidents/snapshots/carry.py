"""Carries reviews into the next version: who stays excluded, who is found anew, whom a group means now."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.ids import new_id
from incidents.foundation.keys import KeyRing
from incidents.foundation.tokens import token
from incidents.snapshots.recount import recount
from incidents.snapshots.select import Kind, certain_ids, evidence_by_person, matching
from incidents.snapshots.standing import Standing, Word, live, standings_of
from incidents.snapshots.tables import PersonReview, PersonStanding, Snapshot

_CHUNK = 500  # ids a statement


def live_reviews(tx: Session, incident_id: str) -> list[PersonReview]:
    """The reviews that were not superseded, oldest first."""
    query = select(PersonReview).where(PersonReview.incident_id == incident_id, PersonReview.superseded_at.is_(None))
    return list(tx.scalars(query.order_by(PersonReview.decided_at, PersonReview.id)))


@dataclass(frozen=True)
class Round:
    """A version that was just frozen, with its tables in the clear: everybody, why, and what the directory merged."""

    tx: Session
    snapshot: Snapshot
    people: pa.Table
    why: pa.Table
    aliases: pa.Table
    keys: KeyRing
    clock: Clock

    def standing(self, person_ids: Any) -> list[tuple[int, str, Standing]]:
        """See standings_of."""
        return [*standings_of(self.tx, self.snapshot.incident_id, person_ids, keys=self.keys)]


def carry(one: Round) -> dict[str, int]:
    """Apply every live review to this version; word -> people who stand so in it.

    Excluded people whom evidence found since, or who were possible and are certain now, stand as `again`; when that
    evidence is withdrawn they are excluded as before. A group takes in whom it means now, but nobody who was decided
    on already, nobody certain, and nobody found by evidence that it was not decided on.
    """
    reviews = live_reviews(one.tx, one.snapshot.incident_id)
    if not reviews and not live(one.tx, one.snapshot.incident_id):
        return {}
    certain = certain_ids(one.people)
    _merged(one)
    _again(one, certain)
    for review in reviews:
        if review.selection["kind"] in (Kind.FOUND_ONLY_BY, Kind.POSSIBLE_OF):
            _group(one, review, certain)
    recount(one.tx, one.snapshot, one.people, keys=one.keys)
    said = Counter(standing.word for _, _, standing in one.standing(one.people["person_id"]))
    return {str(word): many for word, many in sorted(said.items())}


def stand(
    tx: Session,
    snapshot: Snapshot,
    rows: Iterable[Mapping[str, Any]],
    *,
    instead_of: Sequence[str] = (),
    clock: Clock,
) -> None:
    """Write standings (review_id, person, word, known_by, was_certain, found_by); supersede those with these ids."""
    now = clock.now()
    for start in range(0, len(instead_of), _CHUNK):
        some = instead_of[start : start + _CHUNK]
        tx.execute(update(PersonStanding).where(PersonStanding.id.in_(some)).values(superseded_at=now))
    # One id a call and a number are as opaque as an id a row.
    stem = new_id("pst")
    same = {"incident_id": snapshot.incident_id, "snapshot_id": snapshot.id, "at": now}
    values = [{"id": f"{stem}-{number}", "found_by": [], **same, **row} for number, row in enumerate(rows)]
    if values:
        tx.execute(insert(PersonStanding), values)


def rows_of(
    review: PersonReview, person_ids: Sequence[str], why: pa.Table, certain: set[str], *, secret: bytes
) -> list[dict[str, Any]]:
    """The standings of these people as the review decides it, by what is known of them now."""
    items = evidence_by_person(why, pa.array(person_ids, pa.string()))
    same = {"review_id": review.id, "word": review.decision}
    return [
        same | {"person": token(secret, one), "known_by": items.get(one, []), "was_certain": one in certain}
        for one in person_ids
    ]


def _again(one: Round, certain: set[str]) -> None:
    excluded = [
        (person_id, before)
        for _, person_id, before in one.standing(one.people["person_id"])
        if before.word is not Word.INCLUDE
    ]
    items = evidence_by_person(one.why, pa.array([person_id for person_id, _ in excluded], pa.string()))
    rows, instead_of = [], []
    for person_id, before in excluded:
        found = tuple(item for item in items.get(person_id, ()) if item not in before.known_by)
        word = Word.AGAIN if found or (person_id in certain and not before.was_certain) else Word.EXCLUDE
        if (word, found) != (before.word, before.found_by):
            rows.append(_row(before, word, found))
            instead_of.append(before.id)
    stand(one.tx, one.snapshot, rows, instead_of=instead_of, clock=one.clock)


def _row(before: Standing, word: Word, found: Sequence[str]) -> dict[str, Any]:
    said = {"review_id": before.review_id, "person": before.person, "word": word.value, "found_by": list(found)}
    return said | {"known_by": sorted(before.known_by), "was_certain": before.was_certain}


def _merged(one: Round) -> None:
    """Who was decided on under an id that the directory has merged: included stays included, excluded is asked again,
    for what finds the other record is no evidence that was decided on."""
    survivors = one.aliases["person_id"].to_pylist()
    own = {person_id for _, person_id, _ in one.standing(one.aliases["person_id"])}
    included_first = sorted(one.standing(one.aliases["was"]), key=lambda found: found[2].word is not Word.INCLUDE)
    for place, _, before in included_first:
        if survivors[place] in own:
            continue
        own.add(survivors[place])
        review = one.tx.get_one(PersonReview, before.review_id)
        row = _row(before, Word.INCLUDE if before.word is Word.INCLUDE else Word.EXCLUDE, ())
        row["person"] = token(one.keys.bare(one.tx, review.token_key_id), survivors[place])
        row |= {"known_by": [], "was_certain": False}
        stand(one.tx, one.snapshot, [row], clock=one.clock)


def _group(one: Round, review: PersonReview, certain: set[str]) -> None:
    found = matching(review.selection, one.people, one.why, covered=review.evidence_ids)
    taken = {person_id for _, person_id, _ in one.standing(found)}
    left = [person_id for person_id in found.to_pylist() if person_id not in taken and person_id not in certain]
    secret = one.keys.bare(one.tx, review.token_key_id)
    stand(one.tx, one.snapshot, rows_of(review, left, one.why, certain, secret=secret), clock=one.clock)
