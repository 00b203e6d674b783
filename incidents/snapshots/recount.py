"""How reviewed people stand, applied to tables of people and counted anew by cohort."""

from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from affected.words import Certainty
from incidents.foundation.ids import new_id
from incidents.foundation.keys import KeyRing
from incidents.snapshots.standing import standings_of
from incidents.snapshots.tables import ReviewCount, Snapshot


def words_for(tx: Session, incident_id: str, person_ids: Any, *, keys: KeyRing) -> pa.Array:
    """The word of each person, null for whom nobody reviewed."""
    words: list[str | None] = [None] * len(person_ids)
    for place, _, standing in standings_of(tx, incident_id, person_ids, keys=keys):
        words[place] = standing.word
    return pa.array(words, pa.string())


def recount(tx: Session, snapshot: Snapshot, people: pa.Table, *, keys: KeyRing) -> None:
    """Count the reviewed people of a version anew; `people` are its own."""
    tx.execute(delete(ReviewCount).where(ReviewCount.snapshot_id == snapshot.id))
    cohorts, memberships = people["cohort_id"], people["membership"]
    certain = pc.equal(people["certainty"], Certainty.CERTAIN.value)
    people_of: Counter[tuple[Any, ...]] = Counter()
    certain_of: Counter[tuple[Any, ...]] = Counter()
    for place, _, one in standings_of(tx, snapshot.incident_id, people["person_id"], keys=keys):
        key = (one.review_id, cohorts[place].as_py(), memberships[place].as_py(), one.word, one.found_by)
        people_of[key] += 1
        certain_of[key] += certain[place].as_py()
    names = ("review_id", "cohort_id", "membership", "word", "found_by")
    rows = [
        {"id": new_id("rvc"), "snapshot_id": snapshot.id, "people": many, "certain": certain_of[key]}
        | dict(zip(names, (*key[:4], list(key[4])), strict=True))
        for key, many in sorted(people_of.items())
    ]
    if rows:
        tx.execute(insert(ReviewCount), rows)
