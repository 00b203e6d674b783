"""The end of a list from which nobody is called any more: whoever waits on it takes the next route."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from incidents.deliveries import closings, compromise, outcomes
from incidents.deliveries.call_tables import Call
from incidents.deliveries.calls import let_go
from incidents.deliveries.listed import LISTED, close_if_empty, queued
from incidents.deliveries.outcomes import Happened
from incidents.deliveries.state import Event
from incidents.deliveries.tables import Batch, Delivery, FanOut
from incidents.record import timeline
from incidents.record.actor import TOCSIN, Actor

GIVEN_UP, COMPROMISED = "list_given_up", "compromised"


def give_up(tx: Session, fan_out: FanOut, *, because: str, by: Actor, kit: Any) -> int:
    """Call nobody from this list any more, whoever comes onto it later: who waits takes the next route; how many. Who
    is being called now is left to their caller, and goes on if that call is in vain."""
    closing = closings.close(tx, fan_out, because=because, by=by, kit=kit)
    many = _end(tx, fan_out, _listed(tx, fan_out), GIVEN_UP, kit.clock.now())
    detail = {"fan_out": fan_out.id, "closing": closing.id, "people": many}
    timeline.append(tx, fan_out.incident_id, "calls.given_up", detail, by=by, clock=kit.clock)
    return many


def due(kit: Any) -> list[str]:
    """The fan-outs of which somebody waits on a list from which nobody is called any more."""
    now = kit.clock.now()
    with kit.begin(reading=True) as tx:
        listed = select(Batch.fan_out_id).where(Batch.phase == LISTED).distinct()
        running = tx.scalars(select(FanOut).where(FanOut.phase == "sending", FanOut.id.in_(listed))).all()
        return [one.id for one in running if any(_waits(tx, batch, now) for batch, _ in _shut(tx, one))]


def turn_away(kit: Any, fan_out_id: str) -> None:
    """End what waits on the lists of this fan-out that are shut, and say on the timeline how many and why. Harmless
    when run twice."""
    with kit.begin() as tx:
        fan_out = tx.get_one(FanOut, fan_out_id)
        if fan_out.phase != "sending":
            return
        by_reason: dict[str, list[Batch]] = {}
        for batch, because in _shut(tx, fan_out):
            by_reason.setdefault(because, []).append(batch)
        for because, batches in sorted(by_reason.items()):
            many = _end(tx, fan_out, batches, because, kit.clock.now())
            detail = {"fan_out": fan_out.id, "people": many, "because": because}
            if many:
                timeline.append(tx, fan_out.incident_id, "calls.turned_away", detail, by=TOCSIN, clock=kit.clock)


def _shut(tx: Session, fan_out: FanOut) -> list[tuple[Batch, str]]:
    """The listed batches of which nobody is to be called any more, each with the reason."""
    given_up = closings.is_closed(tx, fan_out)
    marked = compromise.shut(tx, fan_out.incident_id)
    reasons = {
        batch: COMPROMISED if compromise.is_shut(batch.provider, marked) else GIVEN_UP if given_up else ""
        for batch in _listed(tx, fan_out)
    }
    return [(batch, because) for batch, because in reasons.items() if because]


def _listed(tx: Session, fan_out: FanOut) -> Sequence[Batch]:
    return tx.scalars(select(Batch).where(Batch.fan_out_id == fan_out.id, Batch.phase == LISTED)).all()


def _end(tx: Session, fan_out: FanOut, batches: Sequence[Batch], because: str, now: datetime) -> int:
    held = outcomes.hold(tx, [one.id for one in batches])
    return sum(_end_batch(tx, fan_out, held[one.id], because, now) for one in batches)


def _end_batch(tx: Session, fan_out: FanOut, batch: Batch, because: str, now: datetime) -> int:
    waiting = tx.scalars(_waiting(batch, now)).all()
    current = tx.scalars(
        select(Call).where(Call.batch_id == batch.id, Call.delivery_id.in_(_waiting(batch, now)))
    ).all()
    happened = [let_go(tx, one, now) for one in current if one.held_until_at is not None]
    for one in current:
        one.again_at = None
    happened += [Happened(one, Event.REFUSED, batch.provider, reason=because) for one in waiting]
    outcomes.append(tx, fan_out.id, happened, batch_of=dict.fromkeys(waiting, batch.id), at=now)
    close_if_empty(tx, batch)
    return len(waiting)


def _waits(tx: Session, batch: Batch, now: datetime) -> bool:
    return tx.execute(_waiting(batch, now).limit(1)).first() is not None


def _waiting(batch: Batch, now: datetime) -> Select[Any]:
    """Who of this batch waits and is not being called at this moment."""
    held = select(Call.delivery_id).where(Call.batch_id == batch.id, Call.held_until_at > now)
    return queued(Delivery.id).where(Batch.id == batch.id, Delivery.id.not_in(held))
