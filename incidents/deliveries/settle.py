"""Settles what is open after sending: asks the provider where it can be asked, and tells again who stays in doubt."""

from collections.abc import Collection
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
from incidents.foundation.database import ALONE
from incidents.record.tables import Incident
from notifiers.message import Address, Inquiry, Message
from notifiers.outcome import Receipt, Unanswered
from notifiers.provider import Asks, Provider
from notifiers.registry import bare, channels

WAITS_FOR_RECEIPTS = timedelta(minutes=15)
MOST_DOUBTS = 4  # times; a message that kills its worker, or its line, would else be told again without end
ASK_AGAIN = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
PATIENCE = sum(ASK_AGAIN, timedelta())  # how long a provider that answers no question leaves a person in doubt


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
    answers = list(provider.ask(inquiries)) if isinstance(provider, Asks) and inquiries else []
    silent = {one.reference for one in answers if isinstance(one, Unanswered)}
    with kit.begin() as tx:
        take(tx, batch.provider, [one for one in answers if isinstance(one, Receipt)], kit=kit)
        _tell_again(tx, tx.get_one(Batch, batch_id, with_for_update=ALONE), silent, kit)


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


def _tell_again(tx: Session, batch: Batch, silent: Collection[str], kit: Any) -> None:
    """What follows for whoever is in doubt; about those in `silent` the provider did not say."""
    now, fan_out = kit.clock.now(), tx.get_one(FanOut, batch.fan_out_id)
    rows = tx.execute(_open(batch.id, State.IN_DOUBT)).all()
    moved: list[Happened] = []
    if fan_out.tells_again and fan_out.phase != "aborted":
        moved = [one for row in rows if (one := _next(row, batch, silent, now))]
        outcomes.append(tx, fan_out.id, moved, batch_of={one.delivery_id: batch.id for one in moved}, at=now)
    if any(one.event is Event.AGAIN for one in moved):
        batch.phase, batch.not_before_at = "waiting", None
    waits = any(_waits(row, silent, now) for row in rows)
    wait = ASK_AGAIN[min(batch.settled, len(ASK_AGAIN) - 1)] if waits or batch.settled < len(ASK_AGAIN) else None
    batch.settled += 1
    open_ = bool(rows) or tx.execute(_open(batch.id, State.ACCEPTED, State.IN_DOUBT).limit(1)).first() is not None
    batch.settle_at = now + wait if open_ and wait is not None else None


def _waits(row: Any, silent: Collection[str], now: datetime) -> bool:
    """Whether the provider did not say about this one, and is asked again."""
    return row.id in silent and now - row.changed_at < PATIENCE


def _next(row: Any, batch: Batch, silent: Collection[str], now: datetime) -> Happened | None:
    """Whoever the provider does not know is told again or, where that has gone wrong too often, given up, so that the
    next route is taken. About whom it did not say, nothing is known: they stay in doubt and are asked about again, and
    take the next route when it has answered no question for too long; by this provider they are not told again."""
    if row.id not in silent:
        event = Event.AGAIN if row.doubts < MOST_DOUBTS else Event.EXPIRED
        return Happened(row.id, event, batch.provider, reason="still_in_doubt")
    if _waits(row, silent, now):
        return None
    return Happened(row.id, Event.EXPIRED, batch.provider, reason="never_answered")


def _open(batch_id: str, *states: State) -> Any:
    since = stands.SINCE.label("changed_at")
    columns = (Delivery.id, Delivery.ordinal, DeliveryNow.provider_reference, DeliveryNow.doubts, since)
    return (
        stands.joined(select(*columns))
        .where(Delivery.batch_id == batch_id, stands.STATE.in_(states))
        .order_by(Delivery.ordinal)
    )
