"""Counts background work that failed, for the alerts; it opens no table of people, for who only sends counts too."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from incidents.foundation.database import ALONE
from incidents.foundation.log import note
from incidents.respond.tables import JobFailure

FORGOTTEN = timedelta(hours=1)  # without failure


def note_failure(kit: Any, job: str, kind: str) -> None:
    """Count that a piece of background work failed. Never raises: the database itself may be what failed."""
    try:
        with kit.begin() as tx:
            fails(tx, job, kind, kit.clock.now())
    except Exception as error:  # noqa: BLE001 - the failure that is being counted was told in the log already
        note("failure not counted", kind=type(error).__name__)


def fails(tx: Session, job: str, kind: str, now: datetime) -> None:
    """Count that this kind of work failed; after an hour without failure it counts from the beginning."""
    row = tx.get(JobFailure, job, with_for_update=ALONE)
    if row is None or row.last_at <= now - FORGOTTEN:
        tx.merge(JobFailure(job=job, times=1, kind=kind, since_at=now, last_at=now))
    else:
        row.times, row.kind, row.last_at = row.times + 1, kind, now
