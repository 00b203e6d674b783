"""Takes what providers tell later: a signed event moves its delivery once, however often or late it is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries import outcomes
from incidents.deliveries.gate import may_be_said
from incidents.deliveries.halt import halt_where_ours
from incidents.deliveries.outcomes import Happened, from_receipt
from incidents.deliveries.state import Event, State
from incidents.deliveries.tables import Batch, Delivery, DeliveryOutcome, FanOut
from incidents.deliveries.words import words_of
from incidents.foundation.bulk import among
from incidents.foundation.errors import NotFound
from incidents.foundation.log import note_when_kept
from notifiers.message import Address, Message
from notifiers.outcome import Receipt
from notifiers.provider import Replies, Reply, WebhookRequest
from notifiers.registry import channels

Item = TypeVar("Item")
Result = TypeVar("Result")

_ARRIVED: frozenset[str] = frozenset({State.DELIVERED, State.READ})  # as states and as events


@dataclass(frozen=True)
class Received:
    """How many events came, how many moved something or were new, and how many belong to no delivery of ours."""

    events: int
    new: int
    strange: int


Asked = tuple[str, WebhookRequest]  # the provider's id and what came from it
Read = tuple[str, Sequence[Receipt]]


def receive(kit: Any, provider_id: str, request: WebhookRequest) -> Reply | None:
    """Read a webhook and write what it tells: answer the provider only after this, and with the reply if it waits
    for one.

    Raises Forged for a request that is not the provider's, BadInput for one that cannot be read, NotFound for a
    provider that is not set up.
    """
    (told,) = receive_all(kit, [(provider_id, request)])
    if isinstance(told, Exception):
        raise told
    return told


def receive_all(kit: Any, asked: Sequence[Asked]) -> list[Reply | Exception | None]:
    """What `receive` gives or raises for each of them, all written in one transaction: a commit costs the same for one
    as for a hundred. Where that cannot be written, each is by itself, so that a bad one harms no other."""
    read = [tried(partial(_read, kit), one) for one in asked]
    written = iter(_written(kit, [one for one in read if not isinstance(one, Exception)]))
    faults = [one if isinstance(one, Exception) else next(written) for one in read]
    return [fault or tried(partial(_reply, kit), one) for fault, one in zip(faults, asked, strict=True)]


def tried(act: Callable[[Item], Result], item: Item) -> Result | Exception:
    """What `act` gives, or what it raises."""
    try:
        return act(item)
    except Exception as error:  # noqa: BLE001 - it is told to whoever asked
        return error


def _read(kit: Any, asked: Asked) -> Read:
    provider_id, request = asked
    provider = kit.providers.get(provider_id)
    if provider is None:
        raise NotFound("provider that is set up", provider_id)
    return provider_id, provider.receipts(request)


def _reply(kit: Any, asked: Asked) -> Reply | None:
    provider_id, request = asked
    provider = kit.providers[provider_id]
    return provider.reply(request, partial(_told, kit, provider_id)) if isinstance(provider, Replies) else None


def _told(kit: Any, provider_id: str, reference: str) -> Message | None:
    """The message of this provider with this reference, without its address; None where it is none, or where what
    it says is not to be told any more."""
    with kit.begin(reading=True) as tx:
        query = select(Batch).join(Delivery, Delivery.batch_id == Batch.id)
        batch = tx.scalars(query.where(Delivery.id == reference, Batch.provider == provider_id)).first()
        if batch is None:
            return None
        fan_out, kind = tx.get_one(FanOut, batch.fan_out_id), channels()[batch.channel].address
        if not may_be_said(tx, fan_out, batch.provider, clock=kit.clock):
            return None
        words = dict(words_of(tx, batch))
        return Message(reference, Address(kind, ""), words, fan_out.sender_name, fan_out.language)


def _written(kit: Any, brought: Sequence[Read]) -> list[Exception | None]:
    """Why each could not be written; None for each that was."""
    try:
        _write(kit, brought)
    except Exception as error:  # noqa: BLE001 - each is told of its own
        if len(brought) == 1:
            return [error]
        return [fault for one in brought for fault in _written(kit, [one])]
    return [None] * len(brought)


def _write(kit: Any, brought: Sequence[Read]) -> None:
    if not brought:
        return
    with kit.begin() as tx:
        for provider_id in sorted({provider_id for provider_id, _ in brought}):
            told = [receipt for whose, receipts in brought if whose == provider_id for receipt in receipts]
            take(tx, provider_id, told, kit=kit)


def take(tx: Session, provider_id: str, receipts: Sequence[Receipt], *, kit: Any) -> Received:
    """Write receipts. One that names no delivery of ours, or of a company that did not sign it, is counted and left
    alone."""
    owners = _owners(tx, provider_id, receipts)
    by_fan_out: dict[str, list[tuple[Receipt, Happened]]] = {}
    batch_of: dict[str, str] = {}
    strange = 0
    for receipt in receipts:
        owner = owners.get(receipt.reference or "") or owners.get(f"={receipt.provider_reference}")
        if owner is None or not _may_speak(tx, receipt, owner):
            strange += 1
            continue
        delivery_id, fan_out_id, batch_id = owner
        by_fan_out.setdefault(fan_out_id, []).append((receipt, from_receipt(receipt, delivery_id, provider_id)))
        batch_of[delivery_id] = batch_id
    now = kit.clock.now()
    new = 0
    outcomes.hold(tx, batch_of.values())  # all of them in one order, before any of them
    for fan_out_id, told in by_fan_out.items():
        found = _unless_arrived(tx, told)
        moved = len(outcomes.append(tx, fan_out_id, found, batch_of=_only(batch_of, found), at=now))
        fan_out = tx.get_one(FanOut, fan_out_id)
        halt_where_ours(tx, fan_out, provider_id, [receipt for receipt, _ in told] if moved else (), kit=kit)
        ids = {"incident": fan_out.incident_id, "notice": fan_out.notice_id, "fan_out": fan_out_id}
        note_when_kept(tx, "receipts.taken", {"events": len(found), "new": moved}, provider=provider_id, **ids)
        new += moved
    return Received(len(receipts), new, strange)


def _unless_arrived(tx: Session, told: Sequence[tuple[Receipt, Happened]]) -> list[Happened]:
    """What happened; a word that says nothing against an earlier one that the message arrived moves nothing then."""
    asked = [one.delivery_id for receipt, one in told if receipt.unless_arrived]
    arrived = {one for one, state in outcomes.states(tx, asked).items() if state in _ARRIVED} if asked else set()
    found = []
    for receipt, one in told:
        weak = receipt.unless_arrived and one.delivery_id in arrived
        found.append(one._replace(event=Event.REMARKED) if weak else one)
        arrived |= {one.delivery_id} if one.event in _ARRIVED else set()
    return found


def _may_speak(tx: Session, receipt: Receipt, owner: "Owner") -> bool:
    """Whether whoever signed may speak of this delivery: a company may of what was told in its own name."""
    return not receipt.company or receipt.company == tx.get_one(FanOut, owner[1]).company


def _only(batch_of: dict[str, str], found: Sequence[Happened]) -> dict[str, str]:
    return {one.delivery_id: batch_of[one.delivery_id] for one in found}


Owner = tuple[str, str, str]  # delivery, fan-out, batch


def _owners(tx: Session, provider_id: str, receipts: Sequence[Receipt]) -> dict[str, Owner]:
    """Delivery id, or "=" and the provider's reference -> its owner; this provider's deliveries only."""
    mine = select(Delivery.id, Delivery.fan_out_id, Batch.id).join(Batch, Batch.id == Delivery.batch_id)
    mine = mine.where(Batch.provider == provider_id)
    references = sorted({receipt.reference for receipt in receipts if receipt.reference})
    found: dict[str, Owner] = {
        delivery_id: (delivery_id, fan_out_id, batch_id)
        for delivery_id, fan_out_id, batch_id in tx.execute(mine.where(among(tx, Delivery.id, references)))
    }
    for receipt in receipts:
        known = receipt.provider_reference
        if receipt.reference not in found and known and f"={known}" not in found:
            query = mine.join(DeliveryOutcome, DeliveryOutcome.delivery_id == Delivery.id).distinct()
            rows = tx.execute(query.where(DeliveryOutcome.provider_reference == known).limit(2)).all()
            if len(rows) == 1:  # a bulk request's one reference stands for a thousand people: it names nobody
                found[f"={known}"] = (rows[0][0], rows[0][1], rows[0][2])
    return found
