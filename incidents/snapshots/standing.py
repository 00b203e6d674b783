"""How reviewed people stand: read by token, with the counts by cohort."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from incidents.foundation.keys import KeyRing
from incidents.foundation.tokens import token
from incidents.snapshots.tables import PersonReview, PersonStanding, ReviewCount, Snapshot


class Word(StrEnum):
    """How a reviewed person stands."""

    INCLUDE = "include"  # counted and told while they stand in a version; one named by id stands in each
    EXCLUDE = "exclude"  # neither counted nor told
    AGAIN = "again"  # was excluded and is found anew: widens the largest count until somebody confirms

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    Word.INCLUDE: "They count and are told one by one.",
    Word.EXCLUDE: "They do not count and are not told.",
    Word.AGAIN: "They were excluded, and evidence that came later found them: somebody must decide again.",
}
NOT_TOLD = (Word.EXCLUDE, Word.AGAIN)


@dataclass(frozen=True)
class Standing:
    """One person's standing in force."""

    id: str
    person: str
    review_id: str
    word: Word
    known_by: frozenset[str]
    was_certain: bool
    found_by: tuple[str, ...]


def live(tx: Session, incident_id: str) -> dict[str, Standing]:
    """The standings in force, by token."""
    query = select(*_COLUMNS).where(PersonStanding.incident_id == incident_id, PersonStanding.superseded_at.is_(None))
    return {
        row.person: Standing(
            row.id,
            row.person,
            row.review_id,
            Word(row.word),
            frozenset(row.known_by),
            row.was_certain,
            (*row.found_by,),
        )
        for row in tx.execute(query)
    }


_COLUMNS = tuple(
    getattr(PersonStanding, name)
    for name in ("id", "person", "review_id", "word", "known_by", "was_certain", "found_by")
)


def standings_of(
    tx: Session, incident_id: str, person_ids: Any, *, keys: KeyRing
) -> Iterator[tuple[int, str, Standing]]:
    """(place in `person_ids`, id, standing) of those who were reviewed.

    Raises Refused where the key of the tokens was shredded: then nobody can say any more who was excluded.
    """
    found = live(tx, incident_id)
    if not found:
        return
    for secret in _secrets(tx, incident_id, keys):
        for place, person_id in enumerate(person_ids.to_pylist()):
            standing = found.get(token(secret, person_id))
            if standing is not None:
                yield place, person_id, standing


def excluded_tokens(incident_id: str, *, words: Collection[Word] = NOT_TOLD) -> Select[str]:
    """A query for the tokens of people who stand so; of those who are not to be told, unless other words are asked."""
    return select(PersonStanding.person).where(
        PersonStanding.incident_id == incident_id,
        PersonStanding.superseded_at.is_(None),
        PersonStanding.word.in_(words),
    )


def counts(tx: Session, snapshot: Snapshot) -> list[ReviewCount]:
    """The counts of a version, in the order of reviews and cohorts."""
    query = select(ReviewCount).where(ReviewCount.snapshot_id == snapshot.id)
    return list(tx.scalars(query.order_by(ReviewCount.review_id, ReviewCount.cohort_id, ReviewCount.word)))


def by_cohort(tx: Session, snapshot: Snapshot) -> dict[tuple[str, str], Counter[str]]:
    """(cohort, membership) -> word -> people who stand so."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in counts(tx, snapshot):
        found.setdefault((row.cohort_id, row.membership), Counter())[row.word] += row.people
    return found


def reviews_touching(tx: Session, incident_id: str, cohorts: set[str]) -> list[str]:
    """The reviews under which somebody of these cohorts stands, in any version."""
    query = (
        select(ReviewCount.review_id, ReviewCount.cohort_id)
        .join(PersonReview, PersonReview.id == ReviewCount.review_id)
        .where(PersonReview.incident_id == incident_id)
    )
    return sorted({row.review_id for row in tx.execute(query) if row.cohort_id in cohorts})


def _secrets(tx: Session, incident_id: str, keys: KeyRing) -> list[bytes]:
    query = (
        select(PersonReview.token_key_id)
        .join(PersonStanding, PersonStanding.review_id == PersonReview.id)
        .where(PersonReview.incident_id == incident_id, PersonStanding.superseded_at.is_(None))
        .distinct()
    )
    return [keys.bare(tx, key_id) for key_id in tx.scalars(query)]
