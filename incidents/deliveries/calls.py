"""The call list at work: a person takes the next call by a lease, and for as long sees the number."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries import closings, compromise, outcomes, segment
from incidents.deliveries.call_queue import Found, Open, find_next, next_moment, open_batches
from incidents.deliveries.call_tables import Call
from incidents.deliveries.gate import require_still_approved
from incidents.deliveries.outcomes import Happened
from incidents.deliveries.script import keep_script
from incidents.deliveries.segment import Contact
from incidents.deliveries.state import Event
from incidents.deliveries.tables import Batch, Delivery, FanOut, Intent
from incidents.foundation.errors import NotFound, Refused
from incidents.foundation.ids import new_id
from incidents.foundation.log import note_when_kept
from incidents.notices.audience import TO_THE_AFFECTED
from incidents.record import holds
from incidents.record.actor import Actor, ActorRole
from incidents.record.tables import Incident
from incidents.snapshots.standing import excluded_tokens
from notifiers.registry import bare, channels

LEASE = timedelta(minutes=20)  # a long conversation; whoever needs more writes it down late, which counts


def next_call(tx: Session, incident: Incident, *, language: str = "", by: Actor, kit: Any) -> Call:
    """The call that this person makes next (in this language), theirs alone for LEASE; the one they hold, if any.

    Raises Refused where a hold is in force or nobody is to be called now.
    """
    by.must_be(ActorRole.COMMUNICATIONS)
    now = kit.clock.now()
    if (mine := held_by(tx, incident, by, now)) is not None:
        return mine
    if holds.in_force(tx, incident.id, holds.SENDING, clock=kit.clock) is not None:
        raise Refused("sending_held", "A hold on sending is in force; the clocks run on.")
    batches = _callable(tx, incident, open_batches(tx, incident, language))
    outcomes.hold(tx, [batch.id for _, batch in batches])  # from here on no other caller chooses
    if (mine := held_by(tx, incident, by, now)) is not None:  # who pressed twice gets one call
        return mine
    ringing, waits = _ringing(tx, incident, now, kit), set[str]()
    while (found := find_next(tx, batches, now, but=waits)) is not None:
        if ringing and _number(tx, found.batch, found.ordinal, kit) in ringing:
            waits.add(found.delivery_id)  # a mother of two: her telephone rings for one child at a time
        elif _still_to_tell(tx, found, now):
            return _begin(tx, incident, found, by, kit)
    later = next_moment(tx, batches, now)
    until = f" The next call may be made from {later:%Y-%m-%d %H:%M}Z." if later else ""
    raise Refused("nobody_to_call", f"Nobody is to be called now.{until}")


def _callable(tx: Session, incident: Incident, batches: Open) -> Open:
    """Those whose words stand approved, and whose list nobody gave up or marked compromised. Raises the Refused of a
    fallen approval where that leaves nothing."""
    shut = compromise.shut(tx, incident.id)
    left, fallen = [], None
    for fan_out, batch in batches:
        try:
            require_still_approved(tx, fan_out)
        except Refused as refused:
            fallen = refused
        else:
            is_open = not compromise.is_shut(batch.provider, shut) and not closings.is_closed(tx, fan_out)
            left += [(fan_out, batch)] if is_open else []
    if fallen is not None and not left:
        raise fallen
    return left


def find_call(tx: Session, incident: Incident, call_id: str) -> Call:
    """The call with this id. Raises NotFound."""
    found = tx.get(Call, call_id)
    if found is None or found.incident_id != incident.id:
        raise NotFound("call", call_id)
    return found


def number_of(tx: Session, call: Call, *, by: Actor, kit: Any) -> str:
    """The number to call, from the sealed segment, for whoever holds the call and as long as they do. Never log it."""
    if call.called_by != by.id:
        raise Refused("not_your_call", f"{call.called_by_name} makes this call; the number is shown to nobody else.")
    if call.written_at or call.held_until_at is None or call.held_until_at <= kit.clock.now():
        raise Refused("call_over", "This call is over, so the number is no longer shown.")
    _must_still_go_on(tx, call, kit)
    return bare(channels()[tx.get_one(Batch, call.batch_id).channel].address, contact_of(tx, call, kit=kit).address)


def _must_still_go_on(tx: Session, call: Call, kit: Any) -> None:
    fan_out = tx.get_one(FanOut, call.fan_out_id)
    held = holds.in_force(tx, call.incident_id, holds.SENDING, clock=kit.clock) is not None
    shut = compromise.stands_in_the_way(tx, call.incident_id, tx.get_one(Batch, call.batch_id).provider)
    if fan_out.phase != "sending" or held or shut:
        raise Refused("calls_stopped", "Calling was stopped, so the number is no longer shown.")
    require_still_approved(tx, fan_out)


def calls_to(tx: Session, delivery_id: str) -> Sequence[Call]:
    """The calls to one person, in order."""
    return tx.scalars(select(Call).where(Call.delivery_id == delivery_id).order_by(Call.number)).all()


def contact_of(tx: Session, call: Call, *, kit: Any) -> Contact:
    """Whom the call is for, from the sealed segment."""
    batch = tx.get_one(Batch, call.batch_id)
    place = tx.scalars(select(Delivery.ordinal).where(Delivery.id == call.delivery_id)).one()
    return segment.read(tx, batch, keys=kit.keys, home=kit.home).at(place or 0)


def _number(tx: Session, batch: Batch, ordinal: int, kit: Any) -> str:
    return segment.read(tx, batch, keys=kit.keys, home=kit.home).at(ordinal).address


def _ringing(tx: Session, incident: Incident, now: datetime, kit: Any) -> set[str]:
    """The numbers that people of the house are calling in this incident. Never log them."""
    held = tx.scalars(select(Call).where(Call.incident_id == incident.id, Call.held_until_at > now))
    return {contact_of(tx, one, kit=kit).address for one in held}


def is_excluded(tx: Session, fan_out: FanOut, person: str) -> bool:
    """Whether a reviewer has taken this person out since it was planned to tell them."""
    gone = excluded_tokens(fan_out.incident_id)
    is_one = select(Delivery.person).where(Delivery.person == person, Delivery.person.in_(gone)).limit(1)
    return fan_out.audience in TO_THE_AFFECTED and tx.scalar(is_one) is not None


def let_go(tx: Session, lapsed: Call, now: datetime) -> Happened:
    """End a call whose lease ran out with nothing written down; what that means: the person may have been told."""
    lapsed.held_until_at = None
    tx.get_one(Intent, lapsed.intent_id).ended_at = now
    provider = tx.get_one(Batch, lapsed.batch_id).provider
    return Happened(lapsed.delivery_id, Event.LOST, provider, reason="nothing_written_down")


def held_by(tx: Session, incident: Incident, by: Actor, now: datetime) -> Call | None:
    """The call that this person holds now."""
    query = select(Call).where(Call.called_by == by.id, Call.held_until_at > now, Call.incident_id == incident.id)
    return tx.scalars(query.limit(1)).first()


def _still_to_tell(tx: Session, found: Found, now: datetime) -> bool:
    """Whether the person is still to be told. What stood of an earlier call is brought to its end."""
    happened = []
    if found.previous is not None and found.previous.held_until_at is not None:
        happened.append(let_go(tx, found.previous, now))
    elif found.previous is not None:
        found.previous.again_at = None
    is_out = is_excluded(tx, found.fan_out, found.person)
    if is_out:
        happened.append(Happened(found.delivery_id, Event.CANCELLED))
    elif happened:
        happened.append(Happened(found.delivery_id, Event.AGAIN, found.batch.provider, reason="nothing_written_down"))
    of_batch = {found.delivery_id: found.batch.id}
    outcomes.append(tx, found.fan_out.id, happened, batch_of=of_batch, at=now)
    return not is_out


def _begin(tx: Session, incident: Incident, found: Found, by: Actor, kit: Any) -> Call:
    now = kit.clock.now()
    intent = Intent(id=new_id("int"), batch_id=found.batch.id, holder=by.id, begun_at=now, ordinals=[found.ordinal])
    tx.add(intent)
    tx.flush()
    number = 1 + (found.previous.number if found.previous else 0)
    call = Call(id=new_id("call"), incident_id=incident.id, fan_out_id=found.fan_out.id, batch_id=found.batch.id)
    call.delivery_id, call.intent_id, call.number = found.delivery_id, intent.id, number
    call.called_by, call.called_by_name, call.begun_at, call.held_until_at = by.id, by.name, now, now + LEASE
    call.promised, call.note, call.script_digest = False, "", keep_script(tx, call, kit=kit)
    tx.add(call)
    tx.flush()
    note_when_kept(tx, "call.begun", {"number": number}, call=call.id, fan_out=call.fan_out_id)
    return call
