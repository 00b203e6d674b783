"""Pause, resume and abort a fan-out; a worker looks with every slice and group, so it stops within half a second."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.deliveries.cancel import cancel_waiting
from incidents.deliveries.gate import require_still_approved
from incidents.deliveries.tables import Batch, FanOut
from incidents.deliveries.waves import seen
from incidents.foundation.clock import Clock
from incidents.foundation.database import ALONE
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole

AT_ONCE = 10_000  # people
_MAY = (ActorRole.RESPONDER, ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)


def find_fan_out(tx: Session, wanted: str) -> FanOut:
    """The fan-out with this id. Raises NotFound."""
    found = tx.get(FanOut, wanted)
    if found is None:
        raise NotFound("fan-out", wanted)
    return found


def fan_outs(tx: Session, incident_id: str) -> list[FanOut]:
    """The fan-outs of an incident in the order they were planned."""
    return list(tx.scalars(select(FanOut).where(FanOut.incident_id == incident_id).order_by(FanOut.planned_at)))


def pause(tx: Session, fan_out: FanOut, *, because: str, by: Actor, clock: Clock) -> None:
    """Stop sending for now. The clocks run on."""
    by.must_be(*_MAY)
    _must_be(fan_out, "sending")
    fan_out.phase, fan_out.paused_at, fan_out.because = "paused", clock.now(), _reason(because)
    timeline.append(tx, fan_out.incident_id, "delivery.paused", {"fan_out": fan_out.id}, by=by, clock=clock)


def resume(tx: Session, fan_out: FanOut, *, by: Actor, clock: Clock) -> None:
    """Go on. What failed until now is accepted by whoever resumes. Raises Refused while the approval does not stand."""
    by.must_be(*_MAY)
    _must_be(fan_out, "paused")
    require_still_approved(tx, fan_out)
    fan_out.accepted = seen(tx, fan_out)
    fan_out.phase, fan_out.paused_at, fan_out.because = "sending", None, None
    timeline.append(tx, fan_out.incident_id, "delivery.resumed", {"fan_out": fan_out.id}, by=by, clock=clock)


def abort(tx: Session, fan_out: FanOut, *, because: str, by: Actor, clock: Clock) -> int:
    """Stop for good: whoever was not sent anything is cancelled; how many at once. What has left cannot be called back,
    and the rest of a batch that a worker has in its hands is cancelled when that worker lets go. Of a large fan-out the
    workers cancel all, batch by batch: to stop must not take the time of a million rows."""
    by.must_be(ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)
    if fan_out.phase == "aborted":
        raise Refused("fan_out_aborted", "This fan-out was aborted before.")
    reason = _reason(because)
    if fan_out.phase == "planning":  # from here on no batch is written
        tx.refresh(fan_out, with_for_update=ALONE)
    size = tx.scalar(select(func.coalesce(func.sum(Batch.size), 0)).where(Batch.fan_out_id == fan_out.id)) or 0
    # Before the row of the fan-out: a worker takes the rows in this order, and the other way round both would wait.
    cancelled = cancel_waiting(tx, fan_out, at=clock.now()) if size <= AT_ONCE else 0
    fan_out.phase, fan_out.because, fan_out.ended_at = "aborted", reason, clock.now()
    detail = {"fan_out": fan_out.id, "cancelled": cancelled}
    timeline.append(tx, fan_out.incident_id, "delivery.aborted", detail, by=by, clock=clock)
    return cancelled


def _must_be(fan_out: FanOut, phase: str) -> None:
    if fan_out.phase != phase:
        raise Refused("wrong_phase", f"This fan-out is {fan_out.phase}, not {phase}.")


def _reason(because: str) -> str:
    if not because.strip():
        raise BadInput("because: say why.")
    return because.strip()
