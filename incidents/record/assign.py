"""Who holds which part in an incident, with deputies."""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import Refused
from incidents.foundation.ids import new_id
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Assignment, Incident


class Part(StrEnum):
    """The parts people take in an incident."""

    LEAD = "lead"
    DEPUTY = "deputy"
    SCRIBE = "scribe"
    COMMUNICATIONS = "communications"
    COMPLIANCE = "compliance"
    APPROVER = "approver"


def assign(tx: Session, incident: Incident, part: Part, whom: Actor, *, by: Actor, clock: Clock) -> Assignment:
    """Give `whom` a part; several people may hold the same one. Raises Refused when they hold it already."""
    must_be_open(incident)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if any(held.actor_id == whom.id and held.part == part for held in assignments(tx, incident.id)):
        raise Refused("already_assigned", f"{whom.name} is {part} already.")
    given = Assignment(
        id=new_id("asg"),
        incident_id=incident.id,
        part=part,
        actor_id=whom.id,
        actor_name=whom.name,
        assigned_at=clock.now(),
    )
    tx.add(given)
    detail = {"part": part, "actor": whom.id, "name": whom.name}
    timeline.append(tx, incident.id, "incident.assigned", detail, by=by, clock=clock)
    return given


def assignments(tx: Session, incident_id: str) -> list[Assignment]:
    """Everybody's parts, oldest first."""
    query = select(Assignment).where(Assignment.incident_id == incident_id).order_by(Assignment.assigned_at)
    return list(tx.scalars(query))
