"""Wakes somebody before and when an obligation's target or limit passes; "immediately" is never "no deadline"."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.ids import new_id
from incidents.foundation.jobs import register
from incidents.obligations.states import State
from incidents.obligations.tables import Escalation, LedgerEntry
from incidents.record import timeline
from incidents.record.actor import TOCSIN

LIMIT = "limit"


def due(kit: Any) -> list[str]:
    """The obligations of which a step came and nobody was woken for it yet."""
    with kit.begin(reading=True) as tx:
        raised = _raised(tx)
        return [row.id for row in _pending(tx) if _steps(row, kit.clock.now(), raised)]


@register("obligations.escalate", due=due)
def escalate(kit: Any, obligation_id: str) -> None:
    """Record each step that came, once, and say it on the timeline, which the console shows."""
    with kit.begin() as tx:
        raise_steps(tx, tx.get_one(LedgerEntry, obligation_id), clock=kit.clock)


def raise_steps(tx: Session, row: LedgerEntry, *, clock: Clock) -> list[Escalation]:
    """The steps of `row` that came by now and were not raised before, as rows."""
    now = clock.now()
    made = [
        Escalation(id=new_id("esc"), incident_id=row.incident_id, obligation_id=row.id, step=step, at=at, raised_at=now)
        for step, at in _steps(row, now, _raised(tx))
    ]
    for one in made:
        tx.add(one)
        detail = {"obligation": row.id, "duty": row.duty, "party": row.party, "step": one.step}
        timeline.append(tx, row.incident_id, "obligation.escalated", detail, by=TOCSIN, clock=clock, happened_at=one.at)
    return made


def escalations(tx: Session, incident_id: str) -> list[Escalation]:
    """What was raised in one incident, oldest first."""
    return list(tx.scalars(select(Escalation).where(Escalation.incident_id == incident_id).order_by(Escalation.at)))


def _pending(tx: Session) -> list[LedgerEntry]:
    query = select(LedgerEntry).where(
        LedgerEntry.superseded_at.is_(None), LedgerEntry.state.in_((State.OWED, State.POSSIBLE))
    )
    return list(tx.scalars(query))


def _raised(tx: Session) -> set[tuple[str, datetime]]:
    # Named by duty and moment, not by row: a later assessment that says the same of time wakes nobody twice.
    query = select(LedgerEntry, Escalation.at).join(Escalation, Escalation.obligation_id == LedgerEntry.id)
    return {(_name(row), at) for row, at in tx.execute(query)}


def _name(row: LedgerEntry) -> str:
    return "|".join((row.incident_id, row.party, row.duty, row.subject))


def _steps(row: LedgerEntry, now: datetime, raised: set[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
    planned = [(f"step-{number}", datetime.fromisoformat(at)) for number, at in enumerate(row.escalate_at, start=1)]
    if row.due_at is not None:
        planned.append((LIMIT, row.due_at))
    return [(step, at) for step, at in planned if at <= now and (_name(row), at) not in raised]
