"""What came of a call, written down once by whoever made it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.deliveries import outcomes
from incidents.deliveries.call_tables import Call
from incidents.deliveries.calls import is_excluded
from incidents.deliveries.dispositions import MEANS, VAIN, Disposition, Meaning
from incidents.deliveries.listed import close_if_empty
from incidents.deliveries.outcomes import Happened, from_receipt
from incidents.deliveries.state import Event
from incidents.deliveries.tables import Batch, Delivery, FanOut, Intent
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.log import note_when_kept
from incidents.record.actor import Actor, ActorRole
from incidents.record.tables import Incident
from notifiers.outcome import Outcome, Receipt

LATEST = timedelta(days=7)  # no call-back is promised for later: the duty behind the notice does not wait
MOST_NOTED = 200  # characters
_PERSONAL = re.compile(r"@|(?:\d[\s().-]?){6}")  # an address of mail, or digits enough for a telephone number


def write_down(
    tx: Session,
    call: Call,
    disposition: Disposition,
    *,
    call_back_at: datetime | None = None,
    note: str = "",
    by: Actor,
    kit: Any,
) -> None:
    """Write what came of a call, once, by whoever made it; late counts too, for it is what happened.

    Raises BadInput for a call-back without its time or a note with personal data, Refused for another's call.
    """
    by.must_be(ActorRole.COMMUNICATIONS)
    now = kit.clock.now()
    said = _checked(disposition, call_back_at, note, now)
    if call.called_by != by.id:
        raise Refused("not_your_call", f"{call.called_by_name} made this call and writes down what came of it.")
    batch = outcomes.hold(tx, [call.batch_id])[call.batch_id]
    tx.refresh(call)
    if call.written_at is not None:
        raise Refused("written_before", "What came of this call was written down before.")
    tries, apart = _terms(tx, call, batch, kit)
    is_current = call.held_until_at is not None
    call.written_at, call.disposition, call.note, call.held_until_at = now, disposition, said, None
    tx.get_one(Intent, call.intent_id).ended_at = now
    tx.flush()
    happened = _became(tx, call, MEANS[disposition], batch, tries)
    if not is_current and happened.event not in {Event.DELIVERED, Event.READ}:
        happened = happened._replace(event=Event.REMARKED)  # somebody else is calling them
    if is_current and happened.event is Event.REMARKED:
        happened = _wait(tx, call, happened, call_back_at, apart)
    outcomes.append(tx, call.fan_out_id, [happened], batch_of={call.delivery_id: batch.id}, at=now)
    close_if_empty(tx, batch)
    note_when_kept(tx, "call.written", {"disposition": disposition, "number": call.number}, call=call.id)


def _checked(disposition: Disposition, call_back_at: datetime | None, note: str, now: datetime) -> str:
    if disposition is Disposition.CALL_BACK and call_back_at is None:
        raise BadInput("call_back_at: say when the person wants to be called back.")
    if disposition is not Disposition.CALL_BACK and call_back_at is not None:
        raise BadInput("call_back_at: only a call-back has a time; leave it empty.")
    if call_back_at is not None and not now < call_back_at <= now + LATEST:
        raise BadInput(f"call_back_at: it must lie ahead, by {LATEST.days} days at most.")
    if len(note.strip()) > MOST_NOTED:
        raise BadInput(f"note: it holds {MOST_NOTED} characters at most.")
    if _PERSONAL.search(note):
        raise BadInput("note: leave numbers and addresses out; a note holds no personal data.")
    return note.strip()


def _terms(tx: Session, call: Call, batch: Batch, kit: Any) -> tuple[int, timedelta]:
    """How many calls in vain are enough, and how far apart they lie. Where the list was taken down meanwhile, what came
    of a call counts all the same, and one in vain is enough: nobody would make the next."""
    found = kit.of(tx.get_one(Incident, call.incident_id)).providers.get(batch.provider)
    return (found.tries, found.apart) if found else (1, timedelta())


def _became(tx: Session, call: Call, means: Meaning, batch: Batch, tries: int) -> Happened:
    """What the word makes of the delivery: told or failed, expired after too many calls in vain, else waiting."""
    raw = {"call": call.id, "number": call.number, "disposition": call.disposition}
    outcome = means.outcome
    if means.vain and _vain_calls(tx, call) >= tries:
        outcome = Outcome.EXPIRED
    if outcome is None:
        event_id = f"{call.delivery_id}:{call.id}"
        happened = Happened(call.delivery_id, Event.REMARKED, batch.provider, reason=means.reason, event_id=event_id)
        return happened._replace(happened_at=call.written_at, raw=raw)
    receipt = Receipt(outcome, call.id, call.written_at, reason=means.reason, permanent=means.permanent, raw=raw)
    return from_receipt(receipt, call.delivery_id, batch.provider)


def _vain_calls(tx: Session, call: Call) -> int:
    query = select(func.count()).where(Call.delivery_id == call.delivery_id, Call.disposition.in_(VAIN))
    return tx.scalar(query) or 0


def _wait(tx: Session, call: Call, happened: Happened, call_back_at: datetime | None, apart: timedelta) -> Happened:
    """Put the person back on the list for later; or cancel, where a reviewer has taken them out meanwhile or the
    fan-out was aborted: nobody would call them again."""
    person = tx.scalars(select(Delivery.person).where(Delivery.id == call.delivery_id)).one()
    fan_out = tx.get_one(FanOut, call.fan_out_id)
    if fan_out.phase == "aborted" or is_excluded(tx, fan_out, person):
        return happened._replace(event=Event.CANCELLED)
    now = call.written_at or happened.happened_at
    is_vain = MEANS[Disposition(call.disposition or "")].vain
    call.promised = call_back_at is not None
    call.again_at = call_back_at.astimezone(UTC) if call_back_at else now + apart if is_vain and now else now
    return happened
