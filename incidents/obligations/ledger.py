"""Reading the ledger: what is owed, what is open, what is overdue, what is asked."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import NotFound
from incidents.obligations.states import OPEN, State
from incidents.obligations.tables import Assessment, LedgerEntry
from incidents.record.tables import Incident


def live(tx: Session, incident_id: str) -> list[LedgerEntry]:
    """Every row that no later one superseded, in the order written; a settled row may have an open one after it."""
    query = (
        select(LedgerEntry)
        .where(LedgerEntry.incident_id == incident_id, LedgerEntry.superseded_at.is_(None))
        .order_by(LedgerEntry.written_at, LedgerEntry.party, LedgerEntry.duty, LedgerEntry.subject)
    )
    return list(tx.scalars(query))


def entry(tx: Session, wanted: str) -> LedgerEntry:
    """The row with this id. Raises NotFound."""
    row = tx.get(LedgerEntry, wanted)
    if row is None:
        raise NotFound("obligation", wanted)
    return row


def open_entries(
    tx: Session, incident_id: str, *, states: Sequence[State] = OPEN, everybody: bool = False
) -> list[LedgerEntry]:
    """What the company itself still owes, possibly owes or does not know, and so stands in the way of closing.

    `everybody`: what other parties owe too; a shop's own report is not its processor's to make.
    """
    company = tx.get_one(Incident, incident_id).company
    return [row for row in live(tx, incident_id) if row.state in states and (everybody or row.party == company)]


def overdue(tx: Session, *, clock: Clock, incident_id: str | None = None) -> list[LedgerEntry]:
    """Open rows that are owed or possible and past their limit, or past their target where no limit is named; the
    earliest limit or target first."""
    now = clock.now()
    limit = func.coalesce(LedgerEntry.due_at, LedgerEntry.target_at)
    query = select(LedgerEntry).where(
        LedgerEntry.superseded_at.is_(None), LedgerEntry.state.in_((State.OWED, State.POSSIBLE)), limit < now
    )
    if incident_id is not None:
        query = query.where(LedgerEntry.incident_id == incident_id)
    return list(tx.scalars(query.order_by(limit, LedgerEntry.id)))


def questions(tx: Session, incident_id: str) -> list[dict[str, Any]]:
    """The open questions of the newest assessment: fact, party, ask, changes; those that change the most first."""
    run = newest_assessment(tx, incident_id)
    return list(run.questions) if run else []


def newest_assessment(tx: Session, incident_id: str) -> Assessment | None:
    """The newest assessment of an incident, if there is one."""
    query = select(Assessment).where(Assessment.incident_id == incident_id).order_by(Assessment.number.desc()).limit(1)
    return tx.scalars(query).first()


def history(tx: Session, row: LedgerEntry) -> list[LedgerEntry]:
    """The rows that `row` follows, newest first."""
    found: list[LedgerEntry] = []
    while row.previous_id is not None:
        row = entry(tx, row.previous_id)
        found.append(row)
    return found
