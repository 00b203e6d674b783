"""What a watching machine is told: figures of the fan-outs, read from counts that are kept, never from deliveries."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from incidents.deliveries.state import State
from incidents.deliveries.tables import Batch, DeliveryNow, FanOut, ProviderPace
from incidents.deliveries.tally import counted
from incidents.foundation.lease import Lease
from incidents.obligations.ledger import overdue


@dataclass(frozen=True)
class Gauge:
    """One figure; `labels` hold words of ours and names of providers, nobody's data and no incident's id."""

    name: str
    labels: dict[str, str]
    value: float


def gauges(tx: Session, *, clock: Any) -> Iterator[Gauge]:
    """Every figure of this moment."""
    now = clock.now()
    yield from _deliveries(tx)
    yield from _batches(tx, now)
    yield from _waits(tx, now)
    yield from _workers(tx, now)
    yield from _fan_outs(tx)
    for (provider, outcome, when), many in sorted(counted(tx).items()):
        yield Gauge("outcomes", {"provider": provider, "outcome": outcome, "when": when}, many)
    yield Gauge("obligations_overdue", {}, len(overdue(tx, clock=clock)))


def _deliveries(tx: Session) -> Iterator[Gauge]:
    """Per channel, provider and state; what is not answered in a batch that is done was cancelled."""
    left = Batch.size - Batch.answered
    states = {
        "waiting": case((Batch.phase != "done", left), else_=0),
        "taken": Batch.answered - Batch.failed,
        "failed": Batch.failed,
        "cancelled": case((Batch.phase == "done", left), else_=0),
        "complained": Batch.complained,
    }
    sums = [func.sum(one).label(state) for state, one in states.items()]
    query = select(Batch.channel, Batch.provider, *sums).group_by(Batch.channel, Batch.provider)
    for row in tx.execute(query):
        for state in states:
            labels = {"channel": row.channel, "provider": row.provider, "state": state}
            yield Gauge("deliveries", labels, getattr(row, state))


def _batches(tx: Session, now: datetime) -> Iterator[Gauge]:
    """Batches by what keeps them, and since when the oldest that could go now waits."""
    phase = case(
        (Batch.phase == "done", "done"),
        (FanOut.phase != "sending", "stopped"),
        (Batch.held_until_at > now, "held"),
        (Batch.held_until_at <= now, "abandoned"),
        (Batch.wave > FanOut.wave, "later_wave"),
        (Batch.not_before_at > now, "resting"),
        else_="waiting",
    ).label("phase")
    query = select(Batch.channel, Batch.provider, phase, func.count(), func.min(_since())).join(
        FanOut, FanOut.id == Batch.fan_out_id
    )
    for channel, provider, word, many, since in tx.execute(query.group_by(Batch.channel, Batch.provider, phase)):
        labels = {"channel": channel, "provider": provider}
        yield Gauge("batches", labels | {"phase": word}, many)
        if word == "waiting" and since is not None:
            yield Gauge("oldest_waiting_seconds", labels, max(0.0, (now - since).total_seconds()))


def _since() -> ColumnElement[Any]:
    """Since when a batch could have gone."""
    return func.coalesce(Batch.not_before_at, FanOut.widened_at, FanOut.plan_ended_at, FanOut.planned_at)


def _waits(tx: Session, now: datetime) -> Iterator[Gauge]:
    """Per provider (and country): for how long its pace or its own word holds the next message back; demotion."""
    for row in tx.scalars(select(ProviderPace)):
        provider, _, destination = row.provider.partition(" ")  # see pace.py: a country with a pace of its own
        labels = {"provider": provider, "destination": destination}
        yield Gauge("pace_wait_seconds", labels, max(0.0, row.tat - now.timestamp()))
        if not destination:
            yield Gauge("provider_demoted", {"provider": provider}, row.demoted_at is not None)


def _workers(tx: Session, now: datetime) -> Iterator[Gauge]:
    holders = select(func.count(Batch.holder.distinct())).where(Batch.phase != "done", Batch.held_until_at > now)
    yield Gauge("lease_holders", {}, tx.scalar(holders) or 0)
    sweeper = tx.get(Lease, "sweeper")
    yield Gauge("sweeper_held", {}, sweeper is not None and sweeper.until_at > now)


def _fan_outs(tx: Session) -> Iterator[Gauge]:
    """Fan-outs by phase, and who of those that run is in doubt now: an index holds these few together."""
    word = case((and_(FanOut.phase == "sending", FanOut.ended_at.is_not(None)), "ended"), else_=FanOut.phase)
    for phase, many in tx.execute(select(word, func.count()).group_by(word)):
        yield Gauge("fan_outs", {"phase": phase}, many)
    running = select(FanOut.id).where(or_(FanOut.ended_at.is_(None), FanOut.phase == "aborted"))
    doubts = select(func.count()).select_from(DeliveryNow)
    doubts = doubts.where(DeliveryNow.fan_out_id.in_(running), DeliveryNow.state == State.IN_DOUBT)
    yield Gauge("in_doubt", {}, tx.scalar(doubts) or 0)
