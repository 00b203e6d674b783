"""Who is called next: promised call-backs, calls left without a word, those never called, those called in vain."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import Session

from incidents.deliveries.call_tables import Call
from incidents.deliveries.dispositions import VAIN
from incidents.deliveries.listed import LISTED, queued
from incidents.deliveries.quiet import quiet_until
from incidents.deliveries.tables import Batch, Delivery, FanOut
from incidents.record.tables import Incident

OTHER_TIME = timedelta(hours=2)  # a call at another time of day lies so far by the clock from each one in vain
NO_OTHER_TIME = timedelta(days=1)  # overdue by more, any time of day will do: nobody works at another one, it seems
_LOOKED_AT = 200
_DAY = timedelta(days=1)

Open = Sequence[tuple[FanOut, Batch]]


@dataclass(frozen=True)
class Found:
    """The next person: their delivery, and the call before this one, if there was one."""

    fan_out: FanOut
    batch: Batch
    delivery_id: str
    person: str
    ordinal: int
    previous: Call | None


def open_batches(tx: Session, incident: Incident, language: str) -> Open:
    """The listed batches of an incident (in one language, if one is named) from which people may be called."""
    query = select(FanOut, Batch).join(Batch, Batch.fan_out_id == FanOut.id)
    query = query.where(FanOut.incident_id == incident.id, FanOut.phase == "sending", Batch.phase == LISTED)
    if language:
        query = query.where(FanOut.language == language)
    return [(fan_out, batch) for fan_out, batch in tx.execute(query.order_by(Batch.position, Batch.id))]


def find_next(tx: Session, batches: Open, now: datetime, *, but: Collection[str] = ()) -> Found | None:
    """The first in the order of this module, `but` these deliveries. A promised call is made even at night: the person
    named the time."""
    by_id = {batch.id: (fan_out, batch) for fan_out, batch in batches}
    awake = [batch.id for fan_out, batch in batches if not _sleeps(fan_out, batch, now)]
    others = Delivery.id.not_in(but)
    row = (
        _first(tx, _called(by_id).where(others, Call.promised, Call.again_at <= now).order_by(Call.again_at))
        or _first(tx, _called(awake).where(others, Call.held_until_at <= now).order_by(Call.held_until_at))
        or _first(tx, _fresh(awake).where(others))
        or next((one for one in _in_vain(tx, awake, now) if one[1] not in but), None)
    )
    return None if row is None else Found(*by_id[row[0]], *row[1:])


def next_moment(tx: Session, batches: Open, now: datetime) -> datetime | None:
    """When somebody of these is to be called next; None where nobody waits for a time."""
    later = _called([batch.id for _, batch in batches]).where(Call.again_at > now)
    return tx.scalar(later.with_only_columns(func.min(Call.again_at), maintain_column_froms=True))


def _called(batch_ids: Any) -> Select[Any]:
    """Those who were called before, with that call."""
    query = queued(Batch.id, Delivery.id, Delivery.person, Delivery.ordinal, Call)
    return query.join(Call, Call.delivery_id == Delivery.id).where(Batch.id.in_(list(batch_ids)))


def _fresh(batch_ids: Sequence[str]) -> Select[Any]:
    query = queued(Batch.id, Delivery.id, Delivery.person, Delivery.ordinal)
    never = ~exists().where(Call.delivery_id == Delivery.id)
    return query.where(Batch.id.in_(batch_ids), never).order_by(Batch.position, Batch.id, Delivery.ordinal)


def _first(tx: Session, query: Select[Any]) -> tuple[Any, ...] | None:
    row = tx.execute(query.limit(1)).first()
    return None if row is None else _whole(tuple(row))


def _whole(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row if len(row) == 5 else (*row, None)


def _in_vain(tx: Session, batch_ids: Sequence[str], now: datetime) -> Iterator[tuple[Any, ...]]:
    """Those called in vain whose wait is over, at another time of day than before."""
    due = _called(batch_ids).where(and_(Call.promised.is_(False), Call.again_at <= now)).order_by(Call.again_at)
    for row in tx.execute(due.limit(_LOOKED_AT)):
        again_at = row[4].again_at
        if now - again_at >= NO_OTHER_TIME or _is_another_time(tx, row[1], now):
            yield tuple(row)


def _is_another_time(tx: Session, delivery_id: str, now: datetime) -> bool:
    vain = select(Call.begun_at).where(Call.delivery_id == delivery_id, Call.disposition.in_(VAIN))
    return all(_apart(now, begun_at) >= OTHER_TIME for begun_at in tx.scalars(vain))


def _apart(one: datetime, other: datetime) -> timedelta:
    """How far the two lie apart on the face of a clock of 24 hours."""
    between = (one - other) % _DAY
    return min(between, _DAY - between)


def _sleeps(fan_out: FanOut, batch: Batch, now: datetime) -> bool:
    """Whether these people are not to be woken, as far as the duty behind the notice allows that."""
    if not fan_out.quiet or fan_out.waits_until_at is None or not batch.territory:
        return False
    until = quiet_until(fan_out.quiet, batch.territory, now)
    return until is not None and until <= fan_out.waits_until_at
