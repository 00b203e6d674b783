"""Settles what is open after sending: asks the provider where it can be asked, and tells again who stays in doubt."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries import compromise, outcomes, runs, segment, stands
from incidents.deliveries.outcomes import Happened
from incidents.deliveries.receive import take
from incidents.deliveries.state import Event, State
from incidents.deliveries.tables import Batch, Delivery, DeliveryNow, FanOut
from incidents.deliveries.words import words_of
from incidents.record.tables import Incident
from notifiers.message import Address, Inquiry, Message
from notifiers.outcome import Receipt
from notifiers.provider import Asks, Provider
from notifiers.registry import bare, channels

WAITS_FOR_RECEIPTS = timedelta(minutes=15)
MOST_DOUBTS = 4  # times; a message that kills its worker, or its line, would else be told again without end
ASK_AGAIN = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))


def settle_batch(kit: Any, batch_id: str) -> None:
    """Ask about the batch's open deliveries (no transaction is open meanwhile) and write what came of it."""
    with kit.begin(reading=True) as tx:
        batch = tx.get(Batch, batch_id)
        if batch is None or batch.settle_at is None or batch.settle_at > kit.clock.now():
            return
        fan_out = tx.get_one(FanOut, batch.fan_out_id)
        provider = kit.of(tx.get_one(Incident, fan_out.incident_id)).providers.get(batch.provider)
        shut = compromise.stands_in_the_way(tx, fan_out.incident_id, batch.provider)
        inquiries = _inquiries(tx, batch, fan_out, kit) if isinstance(provider, Asks) and not shut else []
    receipts: Sequence[Receipt] = list(provider.ask(inquiries)) if isinstance(provider, Asks) and inquiries else []
    with kit.begin() as tx:
        take(tx, batch.provider, receipts, kit=kit)
        _tell_again(tx, tx.get_one(Batch, batch_id, with_for_update=True), fan_out, kit)


def settles_at(provider: Provider | None, now: datetime) -> datetime:
    """When to settle what is in doubt. Who can be asked is asked as soon as it can know; else receipts get time to
    come, where there are any that could name what is in doubt."""
    if provider is None:
        return now
    about = provider.about
    if isinstance(provider, Asks) and about.asked_after:
        return now + about.asked_after
    if not about.signed_receipts or about.told_by_id_only:
        return now
    if isinstance(provider, Asks) and not about.asked_by_id_only:
        return now
    return now + WAITS_FOR_RECEIPTS


def due(kit: Any) -> list[str]:
    """The batches whose open deliveries are to be asked after now. A pause stops telling again, not asking."""
    with kit.begin(reading=True) as tx:
        query = select(Batch.id).where(Batch.settle_at <= kit.clock.now()).order_by(Batch.settle_at)
        return list(tx.scalars(query))


def _inquiries(tx: Session, batch: Batch, fan_out: FanOut, kit: Any) -> list[Inquiry]:
    addresses = segment.read(tx, batch, keys=kit.keys, home=kit.home).addresses
    kind = channels()[batch.channel].address
    texts = words_of(tx, batch)
    references = runs.references(tx, batch.id)
    found = []
    for row in tx.execute(_open(batch.id, State.ACCEPTED, State.IN_DOUBT)):
        address = Address(kind, bare(kind, addresses[row.ordinal]))
        message = Message(row.id, address, texts, fan_out.sender_name, fan_out.language)
        found.append(Inquiry(row.id, row.provider_reference or references.get(row.ordinal), message))
    return found


def _tell_again(tx: Session, batch: Batch, fan_out: FanOut, kit: Any) -> None:
    now = kit.clock.now()
    rows = tx.execute(_open(batch.id, State.IN_DOUBT)).all()
    doubtful = [row.id for row in rows]
    if doubtful and fan_out.tells_again and fan_out.phase != "aborted":
        again = [Happened(row.id, _next(row.doubts), batch.provider, reason="still_in_doubt") for row in rows]
        outcomes.append(tx, fan_out.id, again, batch_of=dict.fromkeys(doubtful, batch.id), at=now)
        batch.phase, batch.not_before_at = "waiting", None
    wait = ASK_AGAIN[batch.settled] if batch.settled < len(ASK_AGAIN) else None
    batch.settled += 1
    open_ = bool(doubtful) or tx.execute(_open(batch.id, State.ACCEPTED, State.IN_DOUBT).limit(1)).first() is not None
    batch.settle_at = now + wait if open_ and wait is not None else None


def _next(doubts: int) -> Event:
    """Told again, or, where that has gone wrong too often, given up, so that the next route is taken."""
    return Event.AGAIN if doubts < MOST_DOUBTS else Event.EXPIRED


def _open(batch_id: str, *states: State) -> Any:
    columns = (Delivery.id, Delivery.ordinal, DeliveryNow.provider_reference, DeliveryNow.doubts)
    return (
        stands.joined(select(*columns))
        .where(Delivery.batch_id == batch_id, stands.STATE.in_(states))
        .order_by(Delivery.ordinal)
    )
