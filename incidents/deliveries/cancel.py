"""Cancels whoever was not sent anything yet; what a worker has in its hands is left to that worker."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from incidents.deliveries import outcomes
from incidents.deliveries.outcomes import Happened
from incidents.deliveries.state import Event, State
from incidents.deliveries.tables import Delivery, DeliveryNow, FanOut, Intent

_MOST = 5000


def cancel_waiting(tx: Session, fan_out: FanOut, *, at: datetime, batch_id: str | None = None) -> int:
    """Cancel the queued deliveries (of one batch); how many. A batch under an open intent is left alone: of its people
    nobody knows yet who was told, and to call them cancelled would be a lie."""
    cancelled = 0
    while waiting := _waiting(tx, fan_out, batch_id):
        outcomes.append(tx, fan_out.id, [Happened(one, Event.CANCELLED) for one in waiting], at=at)
        cancelled += len(waiting)
    return cancelled


def _waiting(tx: Session, fan_out: FanOut, batch_id: str | None) -> Sequence[str]:
    in_hands = select(Intent.batch_id).where(Intent.ended_at.is_(None))
    query = (
        select(Delivery.id)
        .outerjoin(DeliveryNow, DeliveryNow.delivery_id == Delivery.id)
        .where(Delivery.fan_out_id == fan_out.id, Delivery.batch_id.not_in(in_hands))
        .where(or_(DeliveryNow.state.is_(None), DeliveryNow.state == State.QUEUED))
        .limit(_MOST)
    )
    return tx.scalars(query.where(Delivery.batch_id == batch_id) if batch_id else query).all()
