"""Cancels whoever was not sent anything yet; what a worker has in its hands is left to that worker."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from incidents.deliveries import outcomes
from incidents.deliveries.outcomes import Happened
from incidents.deliveries.state import Event, State
from incidents.deliveries.tables import Delivery, DeliveryNow, FanOut, Intent
from incidents.notices.audience import TO_THE_AFFECTED
from incidents.snapshots.standing import excluded_tokens

_MOST = 5000


def cancel_waiting(tx: Session, fan_out: FanOut, *, at: datetime, batch_id: str | None = None) -> int:
    """Cancel the queued deliveries (of one batch); how many. A batch under an open intent is left alone: of its people
    nobody knows yet who was told, and to call them cancelled would be a lie."""
    cancelled = 0
    while waiting := _waiting(tx, fan_out, batch_id):
        outcomes.append(tx, fan_out.id, [Happened(one, Event.CANCELLED) for one in waiting], at=at)
        cancelled += len(waiting)
    return cancelled


def cancel_excluded(tx: Session, incident_id: str, *, at: datetime) -> int:
    """Cancel what is queued for people who were excluded since it was planned, and let none of theirs climb; how many
    were cancelled. Whoever a worker has in its hands is left to that worker; a correction goes to the excluded too."""
    cancelled = 0
    query = select(FanOut).where(FanOut.incident_id == incident_id, FanOut.audience.in_(TO_THE_AFFECTED))
    for fan_out in tx.scalars(query):
        theirs = Delivery.person.in_(excluded_tokens(incident_id))
        while waiting := tx.scalars(_queued(fan_out).where(theirs)).all():
            outcomes.append(tx, fan_out.id, [Happened(one, Event.CANCELLED) for one in waiting], at=at)
            cancelled += len(waiting)
        rows = select(Delivery.id).where(Delivery.fan_out_id == fan_out.id, theirs)
        tx.execute(update(DeliveryNow).where(DeliveryNow.delivery_id.in_(rows)).values(climbed=True))
    return cancelled


def _waiting(tx: Session, fan_out: FanOut, batch_id: str | None) -> Sequence[str]:
    query = _queued(fan_out)
    return tx.scalars(query.where(Delivery.batch_id == batch_id) if batch_id else query).all()


def _queued(fan_out: FanOut) -> Select[str]:
    in_hands = select(Intent.batch_id).where(Intent.ended_at.is_(None))
    return (
        select(Delivery.id)
        .outerjoin(DeliveryNow, DeliveryNow.delivery_id == Delivery.id)
        .where(Delivery.fan_out_id == fan_out.id, Delivery.batch_id.not_in(in_hands))
        .where(or_(DeliveryNow.state.is_(None), DeliveryNow.state == State.QUEUED))
        .limit(_MOST)
    )
