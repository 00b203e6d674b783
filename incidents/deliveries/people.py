"""Single people: reviewed, with what was queued for them cancelled; looked up, with what they got."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from affected import known
from incidents.deliveries import stands
from incidents.deliveries.cancel import cancel_excluded
from incidents.deliveries.tables import Delivery, FanOut
from incidents.foundation.errors import Refused
from incidents.foundation.tokens import token, token_key_if_any
from incidents.record.actor import Actor
from incidents.record.tables import Incident
from incidents.snapshots import lookup
from incidents.snapshots.opened import Decision
from incidents.snapshots.review import Verdict, review
from incidents.snapshots.select import Selection
from incidents.snapshots.standing import counts
from incidents.snapshots.tables import Snapshot


def review_people(kit: Any, incident_id: str, selection: Selection, verdict: Verdict, *, by: Actor) -> dict[str, Any]:
    """Include or exclude people (see snapshots.review) and cancel what is still queued for the excluded.

    Opens its own transaction, and the directory before it. `in_version`: how many of them the newest version holds;
    whom it does not hold yet enters the next one.
    """
    with kit.begin(reading=True) as tx:
        company = tx.get_one(Incident, incident_id).company
    wanted = selection.person_ids if verdict.decision is Decision.INCLUDE else ()
    directory = kit.directories.get(company)
    if wanted and directory is None:
        raise Refused("no_directory", f"No directory of {company} is at hand.")
    ids = known(directory, wanted) if wanted else frozenset()
    with kit.begin() as tx:
        incident = tx.get_one(Incident, incident_id)
        hands = {"by": by, "clock": kit.clock, "keys": kit.keys, "home": kit.home}
        made = review(tx, incident, selection, verdict, known=ids, **hands)
        here = sum(row.people for row in counts(tx, tx.get_one(Snapshot, made.snapshot_id)) if row.review_id == made.id)
        cancelled = cancel_excluded(tx, incident_id, at=kit.clock.now())
        said = {"id": made.id, "decision": made.decision, "people": made.people}
        return said | {"in_version": here, "cancelled": cancelled}


def look_up(tx: Session, snapshot: Snapshot, person_id: str, *, by: Actor, kit: Any) -> dict[str, Any]:
    """Why one person is in a version, or is not, how they were reviewed and what they got: an act on the timeline."""
    hands = {"by": by, "clock": kit.clock, "keys": kit.keys, "home": kit.home}
    said = lookup.look_up(tx, snapshot, person_id, **hands)
    key_id = token_key_if_any(tx, snapshot.incident_id)
    persons = {said["person_id"], person_id}
    tokens = [token(kit.keys.bare(tx, key_id), one) for one in persons] if key_id else []
    return said | {"told": _deliveries(tx, snapshot.incident_id, tokens)}


def _deliveries(tx: Session, incident_id: str, tokens: list[str]) -> list[dict[str, Any]]:
    columns = (FanOut.notice_id, FanOut.language, Delivery.channel, stands.STATE, stands.SINCE)
    query = (
        stands.joined(select(*columns).join(FanOut, FanOut.id == Delivery.fan_out_id))
        .where(FanOut.incident_id == incident_id, Delivery.person.in_(tokens))
        .order_by(FanOut.planned_at, Delivery.position)
    )
    names = ("notice", "language", "channel", "state", "at")
    return [dict(zip(names, row, strict=True)) for row in tx.execute(query)]
