"""How a fan-out stands by the counts of its batches, kept once a minute, and its forecast, kept once.

No delivery is counted for it: the batches carry their counts along, and there are thousands of them, not millions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from incidents.deliveries.forecast import Lot, gathered, parts_of, reckon
from incidents.deliveries.tables import Batch, FanOut
from incidents.deliveries.watch_tables import FanOutForecast, FanOutPoint
from incidents.deliveries.ways import BESIDE
from incidents.foundation.database import ALONE
from incidents.foundation.jobs import register
from incidents.foundation.log import note_when_kept
from incidents.record.tables import Incident

EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Counts:
    """Sums over the batches of a fan-out. `told`: taken by a provider and not failed since, each person once."""

    told: int
    answered: int
    failed: int
    complained: int
    waiting: int


def counts(tx: Session, fan_out_id: str) -> Counts:
    """The counts of this moment."""
    told = case((Batch.position > BESIDE, Batch.answered - Batch.failed), else_=0)
    waiting = case((Batch.phase != "done", Batch.size - Batch.answered), else_=0)
    sums = [func.coalesce(func.sum(one), 0) for one in (told, Batch.answered, Batch.failed, Batch.complained, waiting)]
    return Counts(*tx.execute(select(*sums).where(Batch.fan_out_id == fan_out_id)).one())


def stopped_at(fan_out: FanOut) -> datetime | None:
    """Since when nothing moves; None while it runs."""
    return fan_out.ended_at or (fan_out.paused_at if fan_out.phase == "paused" else None)


def due(kit: Any) -> list[str]:
    """The fan-outs whose last point is a minute old, or older than their end or pause."""
    now = kit.clock.now()
    last = select(FanOutPoint.fan_out_id, func.max(FanOutPoint.at).label("at")).group_by(FanOutPoint.fan_out_id)
    point = last.subquery()
    stopped = func.coalesce(FanOut.ended_at, case((FanOut.phase == "paused", FanOut.paused_at)))
    runs = and_(stopped.is_(None), or_(point.c.at.is_(None), point.c.at <= now - EVERY))
    query = select(FanOut.id).outerjoin(point, point.c.fan_out_id == FanOut.id)
    query = query.where(FanOut.plan_ended_at.is_not(None), or_(runs, point.c.at < stopped))
    with kit.begin(reading=True) as tx:
        return list(tx.scalars(query))


@register("deliveries.note", due=due)
def note(kit: Any, fan_out_id: str) -> None:
    """Write the point of this minute, and before the first of them the forecast."""
    now = kit.clock.now()
    with kit.begin() as tx:
        fan_out = tx.get_one(FanOut, fan_out_id, with_for_update=ALONE)
        if tx.get(FanOutForecast, fan_out_id) is None:
            tx.add(_forecast(tx, fan_out, kit))
        if tx.get(FanOutPoint, (fan_out_id, now)) is None:
            stands = counts(tx, fan_out_id)
            row = FanOutPoint(fan_out_id=fan_out_id, at=now, told=stands.told, answered=stands.answered)
            row.failed, row.waiting = stands.failed, stands.waiting
            tx.add(row)
            ids = {"incident": fan_out.incident_id, "notice": fan_out.notice_id, "fan_out": fan_out.id}
            note_when_kept(tx, "fan_out.stands", vars(stands), **ids)


def _forecast(tx: Session, fan_out: FanOut, kit: Any) -> FanOutForecast:
    own = kit.of(tx.get_one(Incident, fan_out.incident_id))
    begins_at = fan_out.plan_ended_at or kit.clock.now()
    found = reckon(
        gathered(_lots(tx, fan_out)),
        (),
        providers=own.providers,
        prices={},
        soak=timedelta(minutes=fan_out.soak_minutes),
        begins_at=begins_at,
    )
    curve = [
        [round(second, 3), round(many)]
        for second, many in zip(found.course.seconds.tolist(), found.course.people.tolist(), strict=True)
    ]
    row = FanOutForecast(fan_out_id=fan_out.id, begins_at=begins_at, people=found.one_by_one, unpaced=found.unpaced)
    row.curve = curve
    return row


def _lots(tx: Session, fan_out: FanOut) -> Iterator[tuple[Lot, int]]:
    parts: dict[tuple[str, str], int] = {}
    columns = (Batch.variant, Batch.channel, Batch.provider, Batch.wave, Batch.position, Batch.destination, Batch.size)
    for row in tx.execute(select(*columns).where(Batch.fan_out_id == fan_out.id)):
        key = (row.variant, row.channel)
        if key not in parts:
            parts[key] = _parts(tx, fan_out, *key)
        beside = row.position == BESIDE
        yield Lot(row.channel, row.provider, row.wave, parts[key], beside, row.destination), row.size


def _parts(tx: Session, fan_out: FanOut, variant: str, channel: str) -> int:
    # One text at a time: a fan-out holds the words of all its variants, and they are large.
    words = tx.scalars(select(FanOut.texts[variant][channel]).where(FanOut.id == fan_out.id)).one()
    return parts_of({variant: {channel: words}}, variant, channel)
