"""The counts of a dossier, from the newest snapshot: people of one party, rows of evidence."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from incidents.filings.dossier import Count, PeoplePart, RecordsPart, Tally
from incidents.snapshots.opened import cohort_facts, newest
from incidents.snapshots.tables import Snapshot
from policies.vocabulary import AgeBand, Standing

_NO_RECORD = frozenset({"malformed", "duplicate"})
Cohort = Mapping[str, Any]


def people_of_party(tx: Session, snapshot: Snapshot, party: str) -> PeoplePart:
    """Counts of the people of `party`: of its own controller id, and of those whose data it holds for others.

    Where it is not certain of a person, they widen `max` only; whom compliance excluded counts nowhere.
    """
    cohorts = [each for each in cohort_facts(tx, snapshot) if _is_of(each["controller"], party)]
    return PeoplePart(
        snapshot_version=snapshot.version,
        total=_sum(cohorts),
        under_14=_of_age(cohorts, AgeBand.UNDER_14),
        from_14_to_17=_of_age(cohorts, AgeBand.FROM_14_TO_17),
        age_unknown=_of_age(cohorts, AgeBand.UNKNOWN),
        strangers=_sum(each for each in cohorts if each["standing"] == Standing.STRANGER),
        by_category=_by_category(cohorts),
        by_residence=_by(cohorts, "residence", "residence"),
        by_age_band=_by(cohorts, "age_band", "age_band"),
        by_role=_by(cohorts, "role", "role"),
        by_standing=_by(cohorts, "standing", "standing"),
    )


def records_read(snapshot: Snapshot) -> RecordsPart:
    """Rows of evidence by what became of them; a repeated row is no second record, an unreadable one may be one."""
    rows: dict[str, int] = snapshot.counts["rows"]
    readable = sum(many for outcome, many in rows.items() if outcome not in _NO_RECORD)
    tally = tuple(Tally("row_outcome", word, Count(many, many)) for word, many in sorted(rows.items()) if many)
    return RecordsPart(Count(readable, readable + rows.get("malformed", 0)), tally)


def newest_counts(tx: Session, incident_id: str, party: str) -> tuple[PeoplePart, RecordsPart] | None:
    """The counts of the newest snapshot; None while nobody was counted."""
    snapshot = newest(tx, incident_id)
    return (people_of_party(tx, snapshot, party), records_read(snapshot)) if snapshot else None


def _is_of(controller: str, party: str) -> bool:
    return controller == party or controller.startswith(f"{party}:")


def _of_age(cohorts: Iterable[Cohort], band: AgeBand) -> Count:
    return _sum(each for each in cohorts if each["age_band"] == band)


def _by(cohorts: Sequence[Cohort], field: str, vocabulary: str) -> tuple[Tally, ...]:
    words = sorted({each[field] for each in cohorts})
    return _largest_first(
        Tally(vocabulary, word, _sum(each for each in cohorts if each[field] == word)) for word in words
    )


def _by_category(cohorts: Sequence[Cohort]) -> tuple[Tally, ...]:
    words = sorted({word for each in cohorts for word in each["categories"]})
    return _largest_first(
        Tally("data_category", word, _sum(each for each in cohorts if word in each["categories"])) for word in words
    )


def _largest_first(tallies: Iterable[Tally]) -> tuple[Tally, ...]:
    return tuple(sorted(tallies, key=lambda tally: -(tally.count.max or 0)))


def _sum(cohorts: Iterable[Cohort]) -> Count:
    low, high = 0, 0
    for cohort in cohorts:
        low += cohort["people"]["min"]
        high += cohort["people"]["max"]
    return Count(low, high)
