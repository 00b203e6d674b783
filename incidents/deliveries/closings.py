"""Call lists that were given up: each stays closed, for later rounds of its notice too, until somebody reopens it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries.call_tables import CallListClosing
from incidents.deliveries.tables import FanOut
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.ids import new_id
from incidents.notices.tables import Notice
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole

MAY = (ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)


def closing_of(tx: Session, notice_id: str, language: str) -> CallListClosing | None:
    """What keeps the list of this notice in `language` closed: its own closing, or that of a notice it follows."""
    wanted: str | None = notice_id
    while wanted is not None:
        query = select(CallListClosing).where(CallListClosing.notice_id == wanted, CallListClosing.language == language)
        found = tx.scalars(query.where(CallListClosing.reopened_at.is_(None))).first()
        if found is not None:
            return found
        notice = tx.get(Notice, wanted)
        wanted = notice.follows_id if notice else None
    return None


def is_closed(tx: Session, fan_out: FanOut) -> bool:
    """Whether nobody is to be called from the list of this fan-out."""
    return closing_of(tx, fan_out.notice_id, fan_out.language) is not None


def close(tx: Session, fan_out: FanOut, *, because: str, by: Actor, kit: Any) -> CallListClosing:
    """Write down that the list is given up. Raises Refused where it is already, BadInput for no reason."""
    by.must_be(*MAY)
    if not because.strip():
        raise BadInput("because: say why.")
    if is_closed(tx, fan_out):
        raise Refused("list_given_up", "This list was given up before.")
    made = CallListClosing(id=new_id("clc"), incident_id=fan_out.incident_id, because=because.strip())
    made.notice_id, made.language = fan_out.notice_id, fan_out.language
    made.closed_by, made.closed_by_name, made.closed_at = by.id, by.name, kit.clock.now()
    tx.add(made)
    tx.flush()
    return made


def reopen(tx: Session, fan_out: FanOut, *, because: str, by: Actor, kit: Any) -> CallListClosing:
    """Let people be called from this list again; whoever was sent on meanwhile keeps the route that they took. Raises
    Refused where it is open, BadInput for no reason."""
    by.must_be(*MAY)
    if not because.strip():
        raise BadInput("because: say why.")
    found = closing_of(tx, fan_out.notice_id, fan_out.language)
    if found is None:
        raise Refused("list_open", "This list is open.")
    found.reopened_at, found.reopened_because = kit.clock.now(), because.strip()
    found.reopened_by, found.reopened_by_name = by.id, by.name
    tx.flush()
    detail = {"fan_out": fan_out.id, "closing": found.id}
    timeline.append(tx, fan_out.incident_id, "calls.reopened", detail, by=by, clock=kit.clock)
    return found
