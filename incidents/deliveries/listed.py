"""A batch that people work through: put on their list by a worker, and over when nobody of it waits any more."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from incidents.deliveries.state import State
from incidents.deliveries.tables import Batch, Delivery, DeliveryNow, FanOut
from incidents.foundation.clock import Clock
from incidents.record import timeline
from incidents.record.actor import TOCSIN

LISTED = "listed"


def put_on_list(tx: Session, fan_out: FanOut, batch: Batch, *, clock: Clock) -> None:
    """Let people call these from now on. They stay queued: to stand on a list is to be told nothing."""
    batch.phase = LISTED
    fan_out.started_at = fan_out.started_at or clock.now()
    detail = {"fan_out": fan_out.id, "batch": batch.id, "people": batch.size}
    timeline.append(tx, fan_out.incident_id, "calls.listed", detail, by=TOCSIN, clock=clock)


def queued(*columns: Any) -> Select[Any]:
    """These columns of the deliveries in listed batches for which nothing is final yet."""
    query = select(*columns).select_from(Delivery).join(Batch, Batch.id == Delivery.batch_id)
    query = query.outerjoin(DeliveryNow, DeliveryNow.delivery_id == Delivery.id)
    return query.where(Batch.phase == LISTED, func.coalesce(DeliveryNow.state, State.QUEUED) == State.QUEUED)


def somebody_waits(tx: Session, fan_out: FanOut) -> bool:
    """Whether anybody of this fan-out waits on a list."""
    return tx.execute(queued(Delivery.id).where(Batch.fan_out_id == fan_out.id).limit(1)).first() is not None


def close_if_empty(tx: Session, batch: Batch) -> None:
    """End a listed batch of which nobody waits any more."""
    tx.flush()
    if batch.phase == LISTED and tx.execute(queued(Delivery.id).where(Batch.id == batch.id).limit(1)).first() is None:
        batch.phase = "done"
