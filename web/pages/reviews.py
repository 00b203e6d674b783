"""Reads the reviews of people, in counts: whom each decided on, and who was excluded but found anew."""

from collections import Counter
from typing import Any

from sqlalchemy.orm import Session

from incidents.snapshots import opened
from incidents.snapshots.review import reviews as all_reviews
from incidents.snapshots.select import Kind
from incidents.snapshots.standing import Word, counts
from incidents.snapshots.tables import PersonReview, ReviewCount

_REVIEW = ("id", "decision", "selection", "people", "exposed", "because", "decided_at", "decided_by_name")


def reviews(tx: Session, incident_id: str) -> list[dict[str, Any]]:
    """Each review, newest first: `standing` counts by word in the newest version, `found_anew` what to decide again."""
    snapshot = opened.newest(tx, incident_id)
    rows = counts(tx, snapshot) if snapshot else []
    return [_review(one, [row for row in rows if row.review_id == one.id]) for one in all_reviews(tx, incident_id)][
        ::-1
    ]


def waiting(rows: list[dict[str, Any]]) -> int:
    """How many people were excluded and found anew."""
    return sum(one["people"] for row in rows for one in row["found_anew"])


def _review(one: PersonReview, rows: list[ReviewCount]) -> dict[str, Any]:
    standing: Counter[str] = Counter()
    anew: dict[tuple[str, ...], Counter[str]] = {}
    for row in rows:
        standing[row.word] += row.people
        if row.word == Word.AGAIN:
            anew.setdefault(tuple(row.found_by), Counter()).update(people=row.people, certain=row.certain)
    said = {name: getattr(one, name) for name in _REVIEW} | {"superseded_at": one.superseded_at}
    said |= {"whom": whom(one.selection), "standing": dict(standing)}
    return said | {"found_anew": [{"found_by": list(by), **counted} for by, counted in sorted(anew.items())]}


def whom(selection: dict[str, str]) -> str:
    """A selection in words."""
    match selection["kind"]:
        case Kind.FOUND_ONLY_BY:
            return f"found only by {selection['rule'].replace('_', ' ')} of {selection['evidence']}"
        case Kind.POSSIBLE_OF:
            return f"possible in {selection['cohort']}"
        case Kind.FOUND_ANEW:
            return f"excluded by {selection['review']}, found anew"
    return "named one by one"
