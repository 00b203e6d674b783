"""Adds outcomes to deliveries in bulk and carries the roll-up along in the same transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from incidents.deliveries import demote, runs
from incidents.deliveries.state import FAILED, Event, State, after, event_of
from incidents.deliveries.tables import Batch, DeliveryNow, DeliveryOutcome
from incidents.foundation.bulk import among, load
from notifiers.outcome import OURS, Outcome, Receipt, Sent

_NOTHING: Mapping[str, Any] = {}
_NOW = (
    "delivery_id",
    "fan_out_id",
    "state",
    "reason",
    "provider_reference",
    "not_taken",
    "doubts",
    "climbed",
    "changed_at",
)


class Happened(NamedTuple):
    """One thing that happened to one delivery. A tuple, for there are millions."""

    delivery_id: str
    event: Event
    provider: str = ""
    outcome: Outcome | None = None
    reason: str | None = None
    permanent: bool = False
    provider_reference: str | None = None
    event_id: str | None = None
    happened_at: datetime | None = None
    raw: Mapping[str, Any] = _NOTHING


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
        None,
        None,
        sent.raw,
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


def hold(tx: Session, batch_ids: Iterable[str]) -> Mapping[str, Batch]:
    """Make a worker and a webhook that speak of one batch wait for each other, always in the same order; gives every
    batch that this transaction holds. (SQLite has one writer at a time anyway.)"""
    held: dict[str, Batch] = tx.info.setdefault("held_batches", {})
    if wanted := sorted(set(batch_ids) - held.keys()):
        rows = select(Batch).where(among(tx, Batch.id, wanted)).order_by(Batch.id).with_for_update(key_share=True)
        held |= {batch.id: batch for batch in tx.scalars(rows.execution_options(populate_existing=True))}
    return held


def append(
    tx: Session, fan_out_id: str, happened: Sequence[Happened], *, batch_of: Mapping[str, str], at: datetime
) -> dict[str, State]:
    """Add these, all of one fan-out, and give the new state of each delivery that is touched. `batch_of` gives the
    batch of each that is in one. An event that was told before adds nothing and moves nothing."""
    batches = hold(tx, batch_of.values())
    fresh = _unknown(tx, happened)
    if not fresh:
        return {}
    columns = dict(zip(Happened._fields, map(list, zip(*fresh, strict=True)), strict=True))
    load(tx, DeliveryOutcome, columns | {"recorded_at": at})
    kept, in_run = _current(tx, columns["delivery_id"])
    before = kept | in_run
    rolled: dict[str, list[Any]] = {}
    for one in fresh:
        row = rolled.get(one.delivery_id)
        if row is None:
            known = before.get(one.delivery_id)
            row = list(known) if known else _first(one, fan_out_id, at)
            rolled[one.delivery_id] = row
            if known is None:
                continue
        _roll(row, one, at)
    if kept:
        tx.execute(delete(DeliveryNow).where(among(tx, DeliveryNow.delivery_id, kept)))
    _keep(tx, rolled.values())
    _count(fresh, before, rolled, {one: batches[batch_id] for one, batch_id in batch_of.items()})
    _time(tx, fresh, before, at)
    return {delivery_id: row[_STATE] for delivery_id, row in rolled.items()}


def unfold(tx: Session, delivery_ids: Iterable[str]) -> None:
    """Give a roll-up of their own to those of them who only stand in a run, so that it can be written to."""
    _, in_run = _current(tx, delivery_ids)
    if in_run:
        _keep(tx, in_run.values())


def rebuilt(tx: Session, delivery_id: str) -> State:
    """The state by the outcomes alone, for whoever doubts the roll-up. A run is the first outcome of all in it."""
    query = select(DeliveryOutcome.event).where(DeliveryOutcome.delivery_id == delivery_id).order_by(DeliveryOutcome.id)
    state = State.ACCEPTED if runs.standing_in(tx, [delivery_id]) else State.QUEUED
    for event in tx.scalars(query):
        state = after(state, Event(event))
    return state


def states(tx: Session, delivery_ids: Iterable[str]) -> dict[str, State]:
    """The state of each; one that nothing has happened to is queued."""
    wanted = list(delivery_ids)
    kept, in_run = _current(tx, wanted)
    found = kept | in_run
    return {one: found[one][_STATE] if one in found else State.QUEUED for one in wanted}


def _unknown(tx: Session, happened: Sequence[Happened]) -> Sequence[Happened]:
    ids = {one.event_id for one in happened if one.event_id is not None}
    if not ids:
        return happened
    query = select(DeliveryOutcome.provider, DeliveryOutcome.event_id).where(among(tx, DeliveryOutcome.event_id, ids))
    known: set[tuple[str, str | None]] = {(row.provider, row.event_id) for row in tx.execute(query)}
    fresh = []
    for one in happened:
        if one.event_id is None:
            fresh.append(one)
        elif (one.provider, one.event_id) not in known:
            known.add((one.provider, one.event_id))
            fresh.append(one)
    return fresh


Rows = dict[str, Sequence[Any]]  # delivery id -> its roll-up


def _current(tx: Session, delivery_ids: Iterable[str]) -> tuple[Rows, Rows]:
    """The roll-ups that are written down, and those of whoever stands in a run and has none."""
    wanted = list(delivery_ids)
    columns = [DeliveryNow.__table__.c[name] for name in _NOW]
    found = tx.execute(select(*columns).where(among(tx, DeliveryNow.delivery_id, wanted)))
    kept: Rows = {row[0]: (*row[:_STATE], State(row[_STATE]), *row[_STATE + 1 :]) for row in found}
    others = [one for one in wanted if one not in kept]
    return kept, {row[0]: row for row in runs.standing_in(tx, others)} if others else {}


def _keep(tx: Session, rows: Iterable[Sequence[Any]]) -> None:
    load(tx, DeliveryNow, dict(zip(_NOW, map(list, zip(*rows, strict=True)), strict=True)))


_STATE, _REASON, _REFERENCE = _NOW.index("state"), _NOW.index("reason"), _NOW.index("provider_reference")
_NOT_TAKEN, _DOUBTS, _CHANGED = _NOW.index("not_taken"), _NOW.index("doubts"), _NOW.index("changed_at")


def _roll(row: list[Any], one: Happened, at: datetime) -> None:
    state = after(row[_STATE], one.event)
    if state is not row[_STATE]:
        row[_STATE], row[_REASON], row[_CHANGED] = state, one.reason, at
    elif one.event is Event.NOT_TAKEN:
        row[_REASON] = one.reason
    row[_REFERENCE] = one.provider_reference or row[_REFERENCE]
    row[_NOT_TAKEN] += one.event is Event.NOT_TAKEN and one.reason not in OURS
    row[_DOUBTS] += one.event is Event.LOST


def _count(
    fresh: Sequence[Happened],
    before: Mapping[str, Sequence[Any]],
    rolled: Mapping[str, Sequence[Any]],
    batch_of: Mapping[str, Batch],
) -> None:
    """Carry the counts of the batches along."""
    changes: Counter[tuple[Batch, State, State]] = Counter()
    for one, row in rolled.items():
        if (batch := batch_of.get(one)) is not None:
            changes[batch, before[one][_STATE] if one in before else State.QUEUED, row[_STATE]] += 1
    for (batch, was, now), many in changes.items():
        batch.answered += many * ((was is State.QUEUED) - (now is State.QUEUED))
        batch.failed += many * ((now in FAILED) - (was in FAILED))
    for told in fresh:
        if told.outcome is Outcome.COMPLAINED and told.delivery_id in batch_of:
            batch_of[told.delivery_id].complained += 1


def _time(tx: Session, fresh: Sequence[Happened], before: Mapping[str, Sequence[Any]], at: datetime) -> None:
    """Count what arrived quickly, to the minute in which its provider had accepted it."""
    quick: Counter[tuple[str, datetime]] = Counter()
    for one in fresh:
        if one.event_id is not None and one.event in _ARRIVED:
            row = before.get(one.delivery_id)
            accepted_at = row[_CHANGED] if row and row[_STATE] is State.ACCEPTED else at
            if at - accepted_at <= demote.SLOW and (row is None or row[_STATE] in _UNDER_WAY):
                quick[one.provider, accepted_at.replace(second=0, microsecond=0)] += 1
    for (provider, minute), many in sorted(quick.items()):
        demote.count(tx, provider, minute, quick=many)


_ARRIVED = frozenset({Event.DELIVERED, Event.READ})
_UNDER_WAY = frozenset({State.QUEUED, State.ACCEPTED})


def _first(one: Happened, fan_out_id: str, at: datetime) -> list[Any]:
    """The roll-up of a delivery that nothing had happened to."""
    row = [one.delivery_id, fan_out_id, State.QUEUED, None, None, 0, 0, False, at]
    _roll(row, one, at)
    return row
