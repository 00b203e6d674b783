"""Looks one person up in a frozen version: an act with a line on the timeline, which holds the token and no id."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy.orm import Session

from affected.explain import Answered, explain
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput
from incidents.foundation.keys import KeyRing
from incidents.foundation.tokens import token, token_secret
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.snapshots.opened import aliases_of, files, open_file
from incidents.snapshots.standing import standings_of
from incidents.snapshots.tables import PersonReview, Snapshot


def look_up(
    tx: Session, snapshot: Snapshot, person_id: str, *, by: Actor, clock: Clock, keys: KeyRing, home: Path
) -> dict[str, Any]:
    """affected.explain of one person, with `review`: how they were decided on, by whom, why; None where nobody was.

    Personal data is read for a reason that the timeline shows: who looked, when, under which token. Raises Refused
    unless `by` is a responder, of compliance, or an auditor.
    """
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE, ActorRole.AUDITOR)
    wanted = person_id.strip()
    if not wanted:
        raise BadInput("person: say which id of the directory is meant.")
    said = explain(_answer(tx, snapshot, keys, home), wanted)
    person = token(token_secret(tx, snapshot.incident_id, keys=keys, clock=clock), said["person_id"])
    detail = {"snapshot": snapshot.id, "version": snapshot.version, "person": person}
    timeline.append(tx, snapshot.incident_id, "snapshot.person_looked_up", detail, by=by, clock=clock)
    return said | {"version": snapshot.version, "review": _review(tx, snapshot, said["person_id"], keys)}


def _answer(tx: Session, snapshot: Snapshot, keys: KeyRing, home: Path) -> Answered:
    there = {file.name for file in files(tx, snapshot)}
    tables = {
        name: open_file(tx, snapshot, name, keys=keys, home=home) if name in there else None
        for name in ("people", "why", "rows", "unknown_ids", "hits")
    }
    return Answered(**tables, aliases=aliases_of(tx, snapshot, keys=keys, home=home), reports=snapshot.reports)


def _review(tx: Session, snapshot: Snapshot, person_id: str, keys: KeyRing) -> dict[str, Any] | None:
    for _, _, one in standings_of(tx, snapshot.incident_id, pa.array([person_id], pa.string()), keys=keys):
        made = tx.get_one(PersonReview, one.review_id)
        said = {"id": made.id, "standing": one.word.value, "says": one.word.sentence, "found_by": list(one.found_by)}
        return said | {"because": made.because, "by": made.decided_by_name, "at": made.decided_at}
    return None
