"""Demotes a provider that slows down or fails, by its share of the last quarter of an hour, and promotes it again.

The rule and its figures are those of GOV.UK Notify's SMS providers (general knowledge, not read in its code): 15 % of
the last 15 minutes slower than 5 minutes, and nothing when all are slow.
"""

import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from os import getpid
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from incidents.deliveries.tables import ProviderMinute, ProviderPace
from notifiers.outcome import Outcome
from notifiers.provider import About

WINDOW, SLOW = timedelta(minutes=15), timedelta(minutes=5)
BAD, GOOD = 0.15, 0.05  # between the two nothing changes: a provider at the limit would go up and down
FEWEST = 100
KEPT = timedelta(hours=1)
_COUNTS = ("handed", "failing", "accepted", "quick")
_Sums = tuple[int, ...]  # in this order
_NOTHING: _Sums = (0, 0, 0, 0)


@dataclass(frozen=True)
class Shares:
    """Of what a provider was handed lately: the share that it would not take for now or never answered, and the share
    that had not arrived within SLOW; None where too little is known."""

    failing: float | None
    slow: float | None

    @property
    def bad(self) -> bool:
        return any(share is not None and share >= BAD for share in (self.failing, self.slow))

    @property
    def good(self) -> bool:
        return all(share is None or share < GOOD for share in (self.failing, self.slow))

    @property
    def sentence(self) -> str:
        said = [f"{share:.0%} {word}" for share, word in ((self.failing, "failed"), (self.slow, "were slow")) if share]
        return f"Of the last quarter of an hour {' and '.join(said)}." if said else ""


def count(tx: Session, provider: str, at: datetime, **counts: int) -> None:
    """Add to the provider's counts of the minute `at`. Each thread has a row of its own: none waits for another."""
    minute = at.replace(second=0, microsecond=0)
    mine = (
        ProviderMinute.provider == provider,
        ProviderMinute.minute_at == minute,
        ProviderMinute.counter == _me(),
    )
    values = {name: getattr(ProviderMinute, name) + many for name, many in counts.items()}
    changed: Any = tx.execute(update(ProviderMinute).where(*mine).values(values))
    if changed.rowcount == 0:
        blank = dict.fromkeys(_COUNTS, 0)
        tx.add(ProviderMinute(provider=provider, minute_at=minute, counter=_me(), **(blank | counts)))
        tx.flush()


def demoted(tx: Session) -> frozenset[str]:
    """The providers that are demoted now."""
    return frozenset(tx.scalars(select(ProviderPace.provider).where(ProviderPace.demoted_at.is_not(None))))


def due(kit: Any) -> list[str]:
    """The providers to be demoted or promoted now."""
    with kit.begin(reading=True) as tx:
        return [provider for provider, _ in _changes(tx, kit)]


def look(kit: Any, provider: str) -> None:
    """Demote or promote this provider if that is still due, and forget counts of long ago."""
    now = kit.clock.now()
    with kit.begin() as tx:
        for one, because in _changes(tx, kit):
            if one == provider:
                row = tx.get(ProviderPace, one) or ProviderPace(provider=one, tat=0.0)
                row.demoted_at, row.demoted_because = (now, because) if because else (None, None)
                tx.add(row)
        tx.execute(delete(ProviderMinute).where(ProviderMinute.minute_at < now - KEPT))


def shares(tx: Session, providers: Mapping[str, Any], now: datetime) -> dict[str, Shares]:
    """The shares of each of these providers by id. They are asked for every second, so all are summed at once."""
    lately, before = _sums(tx, now - WINDOW, now), _sums(tx, now - WINDOW - SLOW, now - SLOW)
    return {
        name: _shares(opened.about, lately.get(name, _NOTHING), before.get(name, _NOTHING))
        for name, opened in providers.items()
    }


def _shares(about: About, lately: _Sums, before: _Sums) -> Shares:
    handed, failing, _, _ = lately
    _, _, accepted, quick = before
    tells = about.signed_receipts and about.proof is not Outcome.ACCEPTED  # who tells of no arrival is never slow
    return Shares(
        failing / handed if handed >= FEWEST else None,
        1 - quick / accepted if tells and accepted >= FEWEST else None,
    )


def _changes(tx: Session, kit: Any) -> Iterator[tuple[str, str]]:
    """(provider, why it is demoted, or "" when it is promoted) of each that must change."""
    now, down = kit.clock.now(), demoted(tx)
    for one in (kit, getattr(kit, "drill", None)):
        found = shares(tx, one.providers, now) if one is not None else {}
        for name, mine in found.items():
            others = [found[other] for other in found if other != name and _channel(other) == _channel(name)]
            if name in down and mine.good:
                yield name, ""
            elif name not in down and mine.bad and any(not other.bad for other in others):
                yield name, mine.sentence


def _sums(tx: Session, since: datetime, until: datetime) -> dict[str, _Sums]:
    sums = [func.sum(getattr(ProviderMinute, name)) for name in _COUNTS]
    then = (ProviderMinute.minute_at >= since, ProviderMinute.minute_at < until)
    query = select(ProviderMinute.provider, *sums).where(*then).group_by(ProviderMinute.provider)
    return {provider: tuple(found) for provider, *found in tx.execute(query)}


def _channel(provider: str) -> str:
    return provider.partition("/")[0]


def _me() -> str:
    return f"{socket.gethostname()}-{getpid()}-{threading.get_ident()}"
