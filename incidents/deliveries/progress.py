"""How a fan-out stands: counts by channel and state, people told and not told, and who may have been told twice."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from incidents.deliveries import stands
from incidents.deliveries.state import FAILED, State
from incidents.deliveries.tables import Announcement, Batch, Delivery, DeliveryNow, FanOut, Intent

_PROOF = {
    State.ACCEPTED: (State.ACCEPTED, State.DELIVERED, State.READ),
    State.DELIVERED: (State.DELIVERED, State.READ),
    State.READ: (State.READ,),
}


@dataclass(frozen=True)
class Progress:
    """Counts only. Every person stands in exactly one of told, under_way, announced, not_reached and cancelled."""

    fan_out_id: str
    phase: str
    because: str | None
    people: int
    told: int
    under_way: int
    announced: int
    not_reached: int
    cancelled: int
    announcement_stands: bool  # False: whoever is left to the announcement was told by nothing yet
    maybe_twice: int  # were in doubt once, and may have been told twice
    by_channel: dict[str, dict[str, int]] = field(default_factory=dict)  # channel -> state -> deliveries
    by_reason: dict[str, int] = field(default_factory=dict)  # why channels failed

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


def progress(tx: Session, fan_out: FanOut) -> Progress:
    """The counts of this moment."""
    by_channel = _by_channel(tx, fan_out)
    standing = _people(tx, fan_out)
    return Progress(
        fan_out.id,
        fan_out.phase,
        fan_out.because,
        people=sum(standing.values()),
        told=standing["told"],
        under_way=standing["under_way"],
        announced=standing["announced"],
        not_reached=standing["not_reached"],
        cancelled=standing["cancelled"],
        announcement_stands=announcement_stands(tx, fan_out.incident_id),
        maybe_twice=_count(tx, fan_out, DeliveryNow.doubts > 0),
        by_channel=by_channel,
        by_reason=_reasons(tx, fan_out),
    )


def announcement_stands(tx: Session, incident_id: str) -> bool:
    """Whether an announcement of this incident is on a public page now."""
    query = select(Announcement.id).where(Announcement.incident_id == incident_id, Announcement.withdrawn_at.is_(None))
    return tx.execute(query.limit(1)).first() is not None


def in_doubt(tx: Session, fan_out: FanOut) -> list[tuple[str, str, str]]:
    """(delivery, person's token, state now) of everybody who was ever in doubt, and so may have been told twice."""
    query = (
        select(Delivery.id, Delivery.person, DeliveryNow.state)
        .join(DeliveryNow, DeliveryNow.delivery_id == Delivery.id)
        .where(Delivery.fan_out_id == fan_out.id, DeliveryNow.doubts > 0)
        .order_by(Delivery.id)
    )
    return [(row.id, row.person, row.state) for row in tx.execute(query)]


def _by_channel(tx: Session, fan_out: FanOut) -> dict[str, dict[str, int]]:
    state = stands.STATE.label("state")
    query = (
        stands.joined(select(Delivery.channel, state, func.count()))
        .where(Delivery.fan_out_id == fan_out.id)
        .group_by(Delivery.channel, state)
    )
    found: dict[str, Counter[str]] = {}
    for channel, now, many in tx.execute(query):
        found.setdefault(channel, Counter())[now] += many
    for channel, many in _under_intent(tx, fan_out).items():
        sending = min(many, found[channel][State.QUEUED])
        found[channel][State.SENDING] += sending
        found[channel][State.QUEUED] -= sending
    return {channel: {state: many for state, many in counts.items() if many} for channel, counts in found.items()}


def _under_intent(tx: Session, fan_out: FanOut) -> Counter[str]:
    query = (
        select(Batch.channel, Intent.ordinals)
        .join(Intent, Intent.batch_id == Batch.id)
        .where(Batch.fan_out_id == fan_out.id, Intent.ended_at.is_(None))
    )
    sending: Counter[str] = Counter()
    for channel, ordinals in tx.execute(query):
        sending[channel] += len(ordinals)
    return sending


def _people(tx: Session, fan_out: FanOut) -> Counter[str]:
    """Each person in one word, by the best of their rows."""
    rank = {word: number for number, word in enumerate(_WORDS)}
    by_state = case({one.value: rank[_word(one, fan_out)] for one in State}, value=stands.STATE)
    # Whom a channel failed is still under way while their next route has not been looked for.
    climbs = and_(DeliveryNow.state.in_(FAILED), Delivery.position.between(0, 999), DeliveryNow.climbed.is_(False))
    best = (
        stands.joined(select(func.min(case((climbs, rank["under_way"]), else_=by_state)).label("best")))
        .where(Delivery.fan_out_id == fan_out.id)
        .group_by(Delivery.person)
        .subquery()
    )
    counted = tx.execute(select(best.c.best, func.count()).group_by(best.c.best))
    return Counter({_WORDS[number]: many for number, many in counted})


_WORDS = ("told", "under_way", "announced", "cancelled", "not_reached")  # the first that fits says it


def _word(state: State, fan_out: FanOut) -> str:
    if state in _PROOF[State(fan_out.proof)]:
        return "told"
    if state is State.SUBSTITUTED:
        return "announced"
    if state is State.CANCELLED:
        return "cancelled"
    return "not_reached" if state in FAILED else "under_way"


def _reasons(tx: Session, fan_out: FanOut) -> dict[str, int]:
    query = (
        select(DeliveryNow.reason, func.count())
        .where(DeliveryNow.fan_out_id == fan_out.id, DeliveryNow.state.in_(FAILED))
        .group_by(DeliveryNow.reason)
    )
    return {reason or "none": many for reason, many in tx.execute(query)}


def _count(tx: Session, fan_out: FanOut, condition: Any) -> int:
    query = select(func.count()).select_from(DeliveryNow).where(DeliveryNow.fan_out_id == fan_out.id, condition)
    return tx.scalar(query) or 0
