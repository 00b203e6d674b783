"""The pace of each provider, and of each country with one of its own: a stored number, the same for all workers."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from incidents.deliveries.tables import Batch, ProviderPace
from incidents.foundation.database import ALONE
from notifiers.pacing import Bucket, give_back, hold_off, take
from notifiers.provider import About, Pace

_QUICK = 100  # messages a second
_PATIENCE = 1.0  # seconds


def destination_of(about: About, address: str) -> str:
    """The calling code whose pace holds for this address; "" where the provider's own is all there is."""
    return max((code for code in about.paces if address.startswith(code)), key=len, default="")


def may_send(tx: Session, batch: Batch, about: About, wanted: int, *, each: int, now: datetime) -> tuple[int, float]:
    """How many of `wanted` messages of `each` units (an SMS's parts) may go now, and the seconds to wait if none. Where
    a country has a pace of its own, both must let them through."""
    granted = []
    allowed, wait = wanted, 0.0
    for key, pace in _paces(batch, about):
        row = _row(tx, key)
        grant = take(Bucket(pace.per_second / each, max(1, pace.burst // each), row.tat), allowed, now.timestamp())
        granted.append((row, grant))
        allowed, wait = grant.allowed, max(wait, grant.wait)
    for row, grant in granted:
        row.tat = give_back(grant.bucket, grant.allowed - allowed).tat
    return allowed, wait


def rest(batch: Batch, about: About, wait: float) -> float | None:
    """The seconds for which a worker had better rest than let go of its batch: until a fair number may go at once. None
    where the pace is slow, or the provider asked for a longer rest, and others come first."""
    slowest = min((pace for _, pace in _paces(batch, about) if pace.per_second), key=_speed, default=None)
    fair = min(_PATIENCE, slowest.burst / slowest.per_second / 2) if slowest else 0.0
    quick = slowest is None or slowest.per_second >= _QUICK
    return max(wait, fair) if quick and wait <= _PATIENCE else None


def must_wait(tx: Session, provider: str, pace: Pace, seconds: float, *, now: datetime) -> None:
    """The provider asked for a rest of `seconds`."""
    row = _row(tx, provider)
    row.tat = hold_off(Bucket(pace.per_second, pace.burst, row.tat), seconds, now.timestamp()).tat


def _paces(batch: Batch, about: About) -> Iterator[tuple[str, Pace]]:
    yield batch.provider, about.pace
    if batch.destination in about.paces:
        yield f"{batch.provider} {batch.destination}", about.paces[batch.destination]


def _speed(pace: Pace) -> float:
    return pace.per_second


def _row(tx: Session, key: str) -> ProviderPace:
    row = tx.get(ProviderPace, key, with_for_update=ALONE)
    if row is None:
        with suppress(IntegrityError), tx.begin_nested():  # another worker may write the first row at the same time
            tx.add(ProviderPace(provider=key, tat=0.0))
        row = tx.get_one(ProviderPace, key, with_for_update=ALONE)
    return row
