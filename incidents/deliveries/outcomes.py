"""Adds outcomes to deliveries in bulk and carries the roll-up along in the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from incidents.deliveries.state import Event, State, after, event_of
from incidents.deliveries.tables import Delivery, DeliveryNow, DeliveryOutcome
from notifiers.outcome import Outcome, Receipt, Sent

_MOST = 500  # variables of one statement that SQLite takes without complaint, with room to spare


@dataclass(frozen=True)
class Happened:
    """One thing that happened to one delivery."""

    delivery_id: str
    event: Event
    provider: str = ""
    outcome: Outcome | None = None
    reason: str | None = None
    permanent: bool = False
    provider_reference: str | None = None
    event_id: str | None = None
    happened_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


def from_sent(sent: Sent, provider: str) -> Happened:
    """What a provider said at sending."""
    event = event_of(sent.outcome, sent.reason, permanent=sent.permanent, at_sending=True)
    return Happened(
        sent.reference,
        event,
        provider,
        sent.outcome,
        sent.reason,
        sent.permanent,
        sent.provider_reference,
        raw=sent.raw,
    )


def from_receipt(receipt: Receipt, delivery_id: str, provider: str) -> Happened:
    """What a provider said later."""
    event = event_of(receipt.outcome, receipt.reason, permanent=receipt.permanent, at_sending=False)
    return Happened(
        delivery_id,
        event,
        provider,
        receipt.outcome,
        receipt.reason,
        receipt.permanent,
        receipt.provider_reference,
        # One message may have several events of one kind of id (Twilio's is message and state): ours makes it whole.
        f"{delivery_id}:{receipt.event_id}",
        receipt.at,
        receipt.raw,
    )


def append(tx: Session, fan_out_id: str, happened: Sequence[Happened], *, at: datetime) -> dict[str, State]:
    """Add these, all of one fan-out, and give the new state of each delivery that is touched. An event that was told
    before adds nothing and moves nothing."""
    _lock(tx, sorted({one.delivery_id for one in happened}))
    fresh = _unknown(tx, happened)
    if not fresh:
        return {}
    tx.execute(insert(DeliveryOutcome), [_row(one, at) for one in fresh])
    before = {row.delivery_id: row for row in _current(tx, {one.delivery_id for one in fresh})}
    rolled: dict[str, dict[str, Any]] = {}
    for one in fresh:
        _roll(rolled, before.get(one.delivery_id), fan_out_id, one, at)
    new = [row for delivery_id, row in rolled.items() if delivery_id not in before]
    old = [row for delivery_id, row in rolled.items() if delivery_id in before]
    if new:
        tx.execute(insert(DeliveryNow), new)
    if old:
        tx.execute(update(DeliveryNow), old)
    return {delivery_id: State(row["state"]) for delivery_id, row in rolled.items()}


def rebuilt(tx: Session, delivery_id: str) -> State:
    """The state by the outcomes alone, for whoever doubts the roll-up."""
    query = select(DeliveryOutcome.event).where(DeliveryOutcome.delivery_id == delivery_id).order_by(DeliveryOutcome.id)
    state = State.QUEUED
    for event in tx.scalars(query):
        state = after(state, Event(event))
    return state


def states(tx: Session, delivery_ids: Iterable[str]) -> dict[str, State]:
    """The state of each; one that nothing has happened to is queued."""
    wanted = list(delivery_ids)
    found = {row.delivery_id: State(row.state) for row in _current(tx, set(wanted))}
    return {delivery_id: found.get(delivery_id, State.QUEUED) for delivery_id in wanted}


def _lock(tx: Session, delivery_ids: Sequence[str]) -> None:
    """Make a worker and a webhook that speak of one delivery wait for each other, always in the same order. SQLite has
    one writer at a time anyway."""
    if tx.get_bind().dialect.name == "sqlite":
        return
    for some in _slices(delivery_ids):
        tx.execute(select(Delivery.id).where(Delivery.id.in_(some)).order_by(Delivery.id).with_for_update())


def _unknown(tx: Session, happened: Sequence[Happened]) -> list[Happened]:
    ids = [one.event_id for one in happened if one.event_id is not None]
    known: set[tuple[str, str]] = set()
    for some in _slices(ids):
        query = select(DeliveryOutcome.provider, DeliveryOutcome.event_id).where(DeliveryOutcome.event_id.in_(some))
        known |= {(row.provider, row.event_id) for row in tx.execute(query)}
    fresh = []
    for one in happened:
        if one.event_id is not None:
            if (one.provider, one.event_id) in known:
                continue
            known.add((one.provider, one.event_id))
        fresh.append(one)
    return fresh


def _current(tx: Session, delivery_ids: set[str]) -> list[Any]:
    columns = DeliveryNow.__table__.c
    return [
        row
        for some in _slices(sorted(delivery_ids))
        for row in tx.execute(select(*columns).where(DeliveryNow.delivery_id.in_(some)))
    ]


def _roll(rolled: dict[str, dict[str, Any]], before: Any, fan_out_id: str, one: Happened, at: datetime) -> None:
    row = rolled.get(one.delivery_id)
    if row is None:
        row = dict(before._mapping) if before is not None else _blank(one.delivery_id, fan_out_id, at)
        rolled[one.delivery_id] = row
    state = after(State(row["state"]), one.event)
    if state != row["state"]:
        row |= {"state": state, "reason": one.reason, "changed_at": at}
    elif one.event is Event.NOT_TAKEN:
        row["reason"] = one.reason
    row["provider_reference"] = one.provider_reference or row["provider_reference"]
    row["not_taken"] += one.event is Event.NOT_TAKEN
    row["doubts"] += one.event is Event.LOST


def _blank(delivery_id: str, fan_out_id: str, at: datetime) -> dict[str, Any]:
    return {"delivery_id": delivery_id, "fan_out_id": fan_out_id, "state": State.QUEUED, "reason": None} | {
        "provider_reference": None,
        "not_taken": 0,
        "doubts": 0,
        "climbed": False,
        "changed_at": at,
    }


def _row(one: Happened, at: datetime) -> dict[str, Any]:
    return {
        "delivery_id": one.delivery_id,
        "event": one.event,
        "outcome": one.outcome,
        "reason": one.reason,
        "permanent": one.permanent,
        "provider": one.provider,
        "provider_reference": one.provider_reference,
        "event_id": one.event_id,
        "happened_at": one.happened_at,
        "recorded_at": at,
        "raw": dict(one.raw),
    }


def _slices(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + _MOST] for start in range(0, len(values), _MOST))
