"""Sends one batch: claimed by a lease, in slices, each with its intent written before the act and outcomes after it."""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from incidents.deliveries import outcomes, segment
from incidents.deliveries.cancel import cancel_waiting
from incidents.deliveries.gate import require_still_approved
from incidents.deliveries.outcomes import Happened, from_sent
from incidents.deliveries.pace import may_send, must_wait
from incidents.deliveries.publish import publish
from incidents.deliveries.segment import Contact
from incidents.deliveries.state import Event, State
from incidents.deliveries.tables import Batch, Delivery, DeliveryNow, FanOut, Intent
from incidents.deliveries.words import words_of
from incidents.foundation.errors import Refused
from incidents.foundation.ids import new_id
from incidents.record import holds, timeline
from incidents.record.actor import TOCSIN
from incidents.record.tables import Incident
from notifiers.message import Address, Message
from notifiers.outcome import Outcome, Sent
from notifiers.provider import Asks, Provider
from notifiers.registry import channels

LEASE = timedelta(minutes=3)  # longer than any one slice takes: a provider's answer is waited for a minute at most
MOST_REFUSALS = 5  # for now; then the next route is taken
WAITS_FOR_RECEIPTS = timedelta(minutes=15)


@dataclass(frozen=True)
class Claim:
    """What a worker needs to send: the batch's rows and contacts, and whom to tell in what words."""

    fan_out: FanOut
    batch: Batch
    kit: Any
    provider: Provider
    contacts: Sequence[Contact]
    words: Mapping[str, str]
    holder: str


def send_batch(kit: Any, batch_id: str, *, holder: str | None = None) -> None:
    """Send what of the batch is not sent yet. Harmless when run twice, or by two workers at once."""
    claim = _claim(kit, batch_id, holder or f"{socket.gethostname()}-{os.getpid()}-{new_id('w')}")
    if claim is None:
        return
    while (slice_ := _begin_slice(claim)) is not None:
        intent_id, rows = slice_
        sent = _act(claim, rows)
        if not _record(claim, intent_id, rows, sent):
            break
    _release(claim)


def due(kit: Any) -> list[str]:
    """The batches that may be sent now."""
    now = kit.clock.now()
    with kit.begin(reading=True) as tx:
        query = (
            select(Batch.id, FanOut.incident_id)
            .join(FanOut, FanOut.id == Batch.fan_out_id)
            .where(Batch.phase == "waiting", or_(FanOut.phase == "sending", _abandoned()))
            .where(or_(Batch.not_before_at.is_(None), Batch.not_before_at <= now, _abandoned()))
            .where(or_(Batch.held_until_at.is_(None), Batch.held_until_at <= now))
            .order_by(Batch.position, Batch.id)
        )
        found = tx.execute(query).all()
        held = {
            one for one in {row.incident_id for row in found} if holds.in_force(tx, one, "sending", clock=kit.clock)
        }
    return [row.id for row in found if row.incident_id not in held]


def _abandoned() -> ColumnElement[bool]:
    """Aborted while a worker that then died had the batch in its hands: somebody must still say what became of it."""
    open_intent = select(Intent.id).where(Intent.batch_id == Batch.id, Intent.ended_at.is_(None)).exists()
    return and_(FanOut.phase == "aborted", open_intent)


def _claim(kit: Any, batch_id: str, holder: str) -> Claim | None:
    with kit.begin() as tx:
        batch = tx.get(Batch, batch_id, with_for_update=True)
        if batch is None:
            return None
        fan_out = tx.get_one(FanOut, batch.fan_out_id)
        if fan_out.phase == "aborted" and not _leased(batch, kit):
            _in_doubt(tx, batch, kit)
            _wind_up(tx, fan_out, batch, kit)
            return None
        if not _free(tx, batch, fan_out, kit):
            return None
        own = kit.of(tx.get_one(Incident, fan_out.incident_id))
        try:
            require_still_approved(tx, fan_out)
        except Refused as refused:
            _stop(tx, fan_out, refused, kit)
            return None
        _in_doubt(tx, batch, kit)
        if batch.provider not in own.providers:
            missing = Refused("provider_missing", f"The provider {batch.provider} is not set up on this machine.")
            _stop(tx, fan_out, missing, kit)
            return None
        batch.holder, batch.held_until_at = holder, kit.clock.now() + LEASE
        fan_out.started_at = fan_out.started_at or kit.clock.now()
        contacts = segment.read(tx, batch, keys=kit.keys, home=kit.home)
        words = words_of(tx, batch)
        return Claim(fan_out, batch, kit, own.providers[batch.provider], contacts, words, holder)


def _free(tx: Session, batch: Batch, fan_out: FanOut, kit: Any) -> bool:
    held = holds.in_force(tx, fan_out.incident_id, "sending", clock=kit.clock) is not None
    waits = batch.not_before_at is not None and batch.not_before_at > kit.clock.now()
    return batch.phase == "waiting" and fan_out.phase == "sending" and not (held or waits or _leased(batch, kit))


def _leased(batch: Batch, kit: Any) -> bool:
    return batch.held_until_at is not None and batch.held_until_at > kit.clock.now()


def _wind_up(tx: Session, fan_out: FanOut, batch: Batch, kit: Any) -> None:
    cancel_waiting(tx, fan_out, at=kit.clock.now(), batch_id=batch.id)
    batch.phase, batch.holder, batch.held_until_at = "done", None, None


def _in_doubt(tx: Session, batch: Batch, kit: Any) -> None:
    """A worker died: what it was about to send, and nobody answered for, may have been sent."""
    now = kit.clock.now()
    for intent in tx.scalars(select(Intent).where(Intent.batch_id == batch.id, Intent.ended_at.is_(None))):
        query = select(Delivery.id).where(Delivery.batch_id == batch.id, Delivery.ordinal.in_(intent.ordinals))
        standing = outcomes.states(tx, tx.scalars(query))
        lost = [one for one, state in standing.items() if state is State.QUEUED]
        outcomes.append(
            tx,
            batch.fan_out_id,
            [Happened(one, Event.LOST, batch.provider, reason="worker_died") for one in lost],
            at=now,
        )
        intent.ended_at = now
        batch.settle_at = now
        if lost:
            fan_out = tx.get_one(FanOut, batch.fan_out_id)
            detail = {"fan_out": fan_out.id, "batch": batch.id, "people": len(lost)}
            timeline.append(tx, fan_out.incident_id, "delivery.in_doubt", detail, by=TOCSIN, clock=kit.clock)


def _stop(tx: Session, fan_out: FanOut, refused: Refused, kit: Any) -> None:
    fan_out.phase, fan_out.paused_at, fan_out.because = "paused", kit.clock.now(), refused.sentence
    detail = {"fan_out": fan_out.id, "code": refused.code}
    timeline.append(tx, fan_out.incident_id, "delivery.stopped", detail, by=TOCSIN, clock=kit.clock)


Rows = list[tuple[str, int]]  # delivery id, ordinal


def _begin_slice(claim: Claim) -> tuple[str, Rows] | None:
    """Write the intent for the next few and let go of the database; None when there is nothing to send now."""
    kit, about = claim.kit, claim.provider.about
    with kit.begin() as tx:
        batch = tx.get_one(Batch, claim.batch.id, with_for_update=True)
        fan_out = tx.get_one(FanOut, batch.fan_out_id)
        if batch.holder != claim.holder or fan_out.phase != "sending":
            return None
        if holds.in_force(tx, fan_out.incident_id, "sending", clock=kit.clock) is not None:
            return None
        rows = _waiting(tx, batch, limit=max(about.batch, about.pace.in_flight))
        if not rows:
            return None
        each = channels()[batch.channel].count(claim.words)
        allowed, wait = may_send(tx, batch.provider, about.pace, len(rows), each=max(1, each), now=kit.clock.now())
        if not allowed:
            batch.not_before_at = kit.clock.now() + timedelta(seconds=wait)
            return None
        rows = rows[:allowed]
        intent = Intent(id=new_id("int"), batch_id=batch.id, holder=claim.holder, begun_at=kit.clock.now())
        intent.ordinals = [ordinal for _, ordinal in rows]
        batch.held_until_at = kit.clock.now() + LEASE
        tx.add(intent)
        return intent.id, rows


def _waiting(tx: Session, batch: Batch, *, limit: int) -> Rows:
    query = (
        select(Delivery.id, Delivery.ordinal)
        .outerjoin(DeliveryNow, DeliveryNow.delivery_id == Delivery.id)
        .where(Delivery.batch_id == batch.id)
        .where(or_(DeliveryNow.state.is_(None), DeliveryNow.state == State.QUEUED))
        .order_by(Delivery.ordinal)
        .limit(limit)
    )
    return [(row.id, row.ordinal) for row in tx.execute(query) if row.ordinal is not None]


def _act(claim: Claim, rows: Rows) -> list[Sent]:
    """Hand the messages to the provider; no transaction is open. Who gets no answer from it is in doubt."""
    fan_out, batch = claim.fan_out, claim.batch
    kind = channels()[batch.channel].address
    texts = claim.words
    messages = [
        Message(one, Address(kind, claim.contacts[ordinal].address), texts, fan_out.sender_name, fan_out.language)
        for one, ordinal in rows
    ]
    sent = {one.reference: one for one in claim.provider.send(messages)}
    return [sent.get(one, Sent(one, Outcome.IN_DOUBT)) for one, _ in rows]


def _record(claim: Claim, intent_id: str, rows: Rows, sent: Sequence[Sent]) -> bool:
    """Write the outcomes of a slice; False when the rest must wait."""
    kit, now = claim.kit, claim.kit.clock.now()
    with kit.begin() as tx:
        happened = [from_sent(one, claim.batch.provider) for one in sent]
        moved = outcomes.append(tx, claim.fan_out.id, happened, at=now)
        publish(tx, claim.fan_out, claim.batch, happened, kit=kit)
        tx.execute(update(Intent).where(Intent.id == intent_id).values(ended_at=now))
        batch = tx.get_one(Batch, claim.batch.id)
        if any(one.outcome is Outcome.IN_DOUBT for one in sent):
            batch.settle_at = _settle_at(claim.provider, now)
        _give_up(tx, claim, [one for one, _ in rows], now)
        again = [one for one in sent if moved.get(one.reference) is State.QUEUED]
        if not again:
            return True
        wait = max(one.retry_after or 1.0 for one in again)
        if any(one.outcome is Outcome.THROTTLED for one in again):
            must_wait(tx, batch.provider, claim.provider.about.pace, wait, now=now)
        batch.not_before_at = now + timedelta(seconds=wait)
    # Those who were not taken stand first in line; sending on would ask them again at once.
    return False


def _give_up(tx: Session, claim: Claim, delivery_ids: Sequence[str], now: datetime) -> None:
    query = select(DeliveryNow.delivery_id, DeliveryNow.reason).where(
        DeliveryNow.delivery_id.in_(delivery_ids),
        DeliveryNow.state == State.QUEUED,
        DeliveryNow.not_taken >= MOST_REFUSALS,
    )
    tired = [Happened(row.delivery_id, Event.REFUSED, reason=row.reason) for row in tx.execute(query)]
    outcomes.append(tx, claim.fan_out.id, tired, at=now)


def _settle_at(provider: Provider, now: datetime) -> datetime:
    # Who can be asked is asked at once; else receipts get time to come, where there are any.
    if isinstance(provider, Asks) or not provider.about.signed_receipts:
        return now
    return now + WAITS_FOR_RECEIPTS


def _release(claim: Claim) -> None:
    now = claim.kit.clock.now()
    with claim.kit.begin() as tx:
        batch = tx.get_one(Batch, claim.batch.id, with_for_update=True)
        if batch.holder != claim.holder:
            return
        batch.holder = batch.held_until_at = None
        fan_out = tx.get_one(FanOut, batch.fan_out_id)
        if fan_out.phase == "aborted":
            _wind_up(tx, fan_out, batch, claim.kit)
        if not _waiting(tx, batch, limit=1):
            batch.phase = "done"
            batch.settle_at = batch.settle_at or (now if isinstance(claim.provider, Asks) else None)
