"""The pace of each provider, one stored number, so that a quota holds across workers and machines."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from incidents.deliveries.tables import ProviderPace
from notifiers.pacing import Bucket, hold_off, take
from notifiers.provider import Pace

_QUICK = 100  # messages a second
_PATIENCE = 1.0  # seconds


def may_send(tx: Session, provider: str, pace: Pace, wanted: int, *, each: int, now: datetime) -> tuple[int, float]:
    """How many of `wanted` messages of `each` units (an SMS's parts) may go now, and the seconds to wait if none."""
    row = _row(tx, provider)
    bucket = Bucket(pace.per_second / each, max(1, pace.burst // each), row.tat)
    grant = take(bucket, wanted, now.timestamp())
    row.tat = grant.bucket.tat
    return grant.allowed, grant.wait


def rest(pace: Pace, wait: float) -> float | None:
    """The seconds for which a worker had better rest than let go of its batch: until a fair number may go at once. None
    where the pace is slow, or the provider asked for a longer rest, and others come first."""
    fair = min(_PATIENCE, pace.burst / pace.per_second / 2) if pace.per_second else 0.0
    return max(wait, fair) if pace.per_second >= _QUICK and wait <= _PATIENCE else None


def must_wait(tx: Session, provider: str, pace: Pace, seconds: float, *, now: datetime) -> None:
    """The provider asked for a rest of `seconds`."""
    row = _row(tx, provider)
    row.tat = hold_off(Bucket(pace.per_second, pace.burst, row.tat), seconds, now.timestamp()).tat


def _row(tx: Session, provider: str) -> ProviderPace:
    row = tx.get(ProviderPace, provider, with_for_update=True)
    if row is None:
        with suppress(IntegrityError), tx.begin_nested():  # of two workers that begin together, one is first
            tx.add(ProviderPace(provider=provider, tat=0.0))
        row = tx.get_one(ProviderPace, provider, with_for_update=True)
    return row
