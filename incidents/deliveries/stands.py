"""Where each delivery stands, in SQL: by its own roll-up, else by the run that its provider accepted, else queued."""

from typing import TypeVarTuple

from sqlalchemy import Select, and_, case, func

from incidents.deliveries.state import State
from incidents.deliveries.tables import AcceptedRun, Delivery, DeliveryNow

Columns = TypeVarTuple("Columns")
STRETCH = 500  # ordinals; a run lies within one, so that whoever stands in it is found by an equal number

IN_RUN = and_(
    AcceptedRun.batch_id == Delivery.batch_id,
    AcceptedRun.stretch == Delivery.ordinal // STRETCH,
    Delivery.ordinal.between(AcceptedRun.first, AcceptedRun.last),
)
STATE = func.coalesce(DeliveryNow.state, case((AcceptedRun.id.is_not(None), State.ACCEPTED.value)), State.QUEUED.value)
SINCE = func.coalesce(DeliveryNow.changed_at, AcceptedRun.recorded_at)  # None: nothing has happened yet


def joined(query: Select[*Columns]) -> Select[*Columns]:
    """`query`, which is about Delivery, with what STATE and SINCE are read from."""
    query = query.select_from(Delivery)
    return query.outerjoin(DeliveryNow, DeliveryNow.delivery_id == Delivery.id).outerjoin(AcceptedRun, IN_RUN)
