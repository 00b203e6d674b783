"""Holds: a dated stop on sending (an open hole, the police) or on a promised deletion.

The clocks run on, but for a request of law enforcement, by which the laws that know such a delay count later.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.ids import new_id
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Hold, Incident
from policies.facts import PLACE
from policies.vocabulary import RequestForm

SENDING = "sending"
STOPS = (SENDING, "deletion")


def hold(
    tx: Session,
    incident: Incident,
    *,
    stops: str,
    reason: str,
    requested_by: str,
    ends_at: datetime,
    by: Actor,
    clock: Clock,
    police_form: RequestForm | None = None,
    places: Sequence[str] = (),
) -> Hold:
    """Begin a hold. Raises BadInput without a reason, or with an end that is not ahead.

    `police_form`: how a law-enforcement agency (`requested_by`) asked for it, where one did; `places` are the
    countries, states or areas whose telling it asked to hold back, none for all.
    """
    must_be_open(incident)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if stops not in STOPS:
        raise BadInput(f"stops: '{stops}' is none of {', '.join(STOPS)}.")
    if police_form is not None and stops != SENDING:
        raise BadInput("police_form: law enforcement asks to hold back the telling, not a deletion.")
    strange = [place for place in places if not re.fullmatch(PLACE, place)]
    if strange:
        raise BadInput(f"places: '{strange[0]}' is no country, state or area, such as US, US-CA or EEA.")
    if not reason.strip():
        raise BadInput("reason: a hold needs its reason.")
    if ends_at <= clock.now():
        raise BadInput("ends_at: a hold must end in the future; renew it if need be.")
    placed = Hold(
        id=new_id("hld"),
        incident_id=incident.id,
        stops=stops,
        reason=reason,
        requested_by=requested_by,
        begins_at=clock.now(),
        ends_at=ends_at,
        police_form=police_form,
        places=list(places),
        set_by=by.id,
        set_by_name=by.name,
    )
    tx.add(placed)
    detail = {"hold": placed.id, "stops": stops, "requested_by": requested_by, "ends_at": ends_at}
    timeline.append(tx, incident.id, "hold.set", detail, by=by, clock=clock)
    return placed


def release(tx: Session, placed: Hold, *, by: Actor, clock: Clock) -> None:
    """End a hold before its time."""
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if placed.released_at is not None:
        raise Refused("hold_released", "This hold was released before.")
    placed.released_at = clock.now()
    placed.released_by_name = by.name
    timeline.append(tx, placed.incident_id, "hold.released", {"hold": placed.id}, by=by, clock=clock)


def in_force(tx: Session, incident_id: str, stops: str, *, clock: Clock) -> Hold | None:
    """The hold of this kind that ends last among those in force now, if any."""
    now = clock.now()
    query = (
        select(Hold)
        .where(Hold.incident_id == incident_id, Hold.stops == stops, Hold.released_at.is_(None), Hold.ends_at > now)
        .order_by(Hold.ends_at.desc())
    )
    return tx.scalars(query).first()


def of_police(tx: Session, incident_id: str) -> list[Hold]:
    """Every hold that law enforcement asked for, those that are over too: they moved clocks while they stood."""
    query = select(Hold).where(Hold.incident_id == incident_id, Hold.police_form.is_not(None)).order_by(Hold.begins_at)
    return list(tx.scalars(query))
