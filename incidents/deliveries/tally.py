"""How many outcomes of each kind there are, carried along: each is looked at once, whoever wrote it and wherever."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.deliveries.tables import AcceptedRun, DeliveryOutcome
from incidents.deliveries.watch_tables import OutcomeTally
from incidents.foundation.database import ALONE
from incidents.foundation.jobs import register
from notifiers.outcome import Outcome

# PostgreSQL gives ids out before the transaction that takes them is over: what is younger may still get neighbours.
SETTLED = timedelta(minutes=1)
MOST = 500_000  # rows at once

Kind = tuple[str, str, str]  # provider, outcome, at_sending or later


def counted(tx: Session) -> Counter[Kind]:
    """The tally as it stands: not more than a few minutes old while a worker runs."""
    rows = tx.scalars(select(OutcomeTally.counts))
    found: Counter[Kind] = Counter()
    for counts in rows:
        found.update({(provider, outcome, when): many for provider, outcome, when, many in counts})
    return found


def due(kit: Any) -> list[str]:
    """The tallies, of those where outcomes have settled that are not in them."""
    with kit.begin(reading=True) as tx:
        known = {row.name: row.upto for row in tx.scalars(select(OutcomeTally))}
        return [name for name, book in _BOOKS.items() if _upto(tx, book, known.get(name, 0), kit) is not None]


@register("deliveries.tally", due=due)
def tally(kit: Any, name: str) -> None:
    """Carry a tally along."""
    with kit.begin() as tx:
        row = tx.get(OutcomeTally, name, with_for_update=ALONE)
        if row is None:
            row = OutcomeTally(name=name, upto=0, tallied_at=kit.clock.now(), counts=[])
            tx.add(row)
        book = _BOOKS[name]
        upto = _upto(tx, book, row.upto, kit)
        if upto is None:
            return
        counts = Counter({(one[0], one[1], one[2]): one[3] for one in row.counts}) + book.counts(tx, row.upto, upto)
        row.counts = [[*kind, many] for kind, many in sorted(counts.items())]
        row.upto, row.tallied_at = upto, kit.clock.now()


def _outcomes(tx: Session, after: int, upto: int) -> Counter[Kind]:
    later = DeliveryOutcome.event_id.is_not(None).label("later")
    columns = (DeliveryOutcome.provider, DeliveryOutcome.outcome, later)
    query = select(*columns, func.count()).where(
        DeliveryOutcome.id > after, DeliveryOutcome.id <= upto, DeliveryOutcome.outcome.is_not(None)
    )
    rows = tx.execute(query.group_by(*columns))
    return Counter({(one[0], str(one[1]), "later" if one[2] else "at_sending"): one[3] for one in rows})


def _runs(tx: Session, after: int, upto: int) -> Counter[Kind]:
    people = func.sum(AcceptedRun.last - AcceptedRun.first + 1)
    query = select(AcceptedRun.provider, people).where(AcceptedRun.id > after, AcceptedRun.id <= upto)
    rows = tx.execute(query.group_by(AcceptedRun.provider))
    return Counter({(provider, Outcome.ACCEPTED.value, "at_sending"): many for provider, many in rows})


class _Book(NamedTuple):
    """Where outcomes are written down, and how they are counted."""

    table: type[DeliveryOutcome] | type[AcceptedRun]
    counts: Callable[[Session, int, int], Counter[Kind]]


_BOOKS: Mapping[str, _Book] = {"outcomes": _Book(DeliveryOutcome, _outcomes), "runs": _Book(AcceptedRun, _runs)}


def _upto(tx: Session, book: _Book, after: int, kit: Any) -> int | None:
    """The last row behind `after` that can be counted now; None where there is none."""
    limit, table = kit.clock.now() - SETTLED, book.table
    some = select(table.id, table.recorded_at).where(table.id > after)
    first = tx.execute(some.order_by(table.id).limit(1)).first()
    if first is None or first.recorded_at > limit:
        return None
    last = tx.scalar(select(func.max(table.id))) or 0
    end = min(last, after + MOST)
    range_ = (table.id > after, table.id <= end)
    young = tx.scalar(select(func.min(table.id)).where(*range_, table.recorded_at > limit))
    return end if young is None else young - 1
