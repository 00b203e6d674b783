"""How many outcomes of each kind there are, carried along: each is looked at once, whoever wrote it and wherever."""

from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.deliveries.tables import DeliveryOutcome
from incidents.deliveries.watch_tables import OutcomeTally
from incidents.foundation.jobs import register

NAME = "outcomes"
# PostgreSQL gives ids out before the transaction that takes them is over: what is younger may still get neighbours.
SETTLED = timedelta(minutes=1)
MOST = 500_000  # outcomes at once

Kind = tuple[str, str, str]  # provider, outcome, at_sending or later


def counted(tx: Session) -> Counter[Kind]:
    """The tally as it stands: not more than a few minutes old while a worker runs."""
    row = tx.get(OutcomeTally, NAME)
    return Counter({(provider, outcome, when): many for provider, outcome, when, many in (row.counts if row else ())})


def due(kit: Any) -> list[str]:
    """The tally, where outcomes have settled that are not in it."""
    with kit.begin(reading=True) as tx:
        row = tx.get(OutcomeTally, NAME)
        return [NAME] if _upto(tx, row.upto if row else 0, kit) is not None else []


@register("deliveries.tally", due=due)
def tally(kit: Any, _name: str) -> None:
    """Carry the tally along."""
    with kit.begin() as tx:
        row = tx.get(OutcomeTally, NAME, with_for_update=True)
        if row is None:
            row = OutcomeTally(name=NAME, upto=0, tallied_at=kit.clock.now(), counts=[])
            tx.add(row)
        upto = _upto(tx, row.upto, kit)
        if upto is None:
            return
        counts = Counter({(one[0], one[1], one[2]): one[3] for one in row.counts}) + _fresh(tx, row.upto, upto)
        row.counts = [[*kind, many] for kind, many in sorted(counts.items())]
        row.upto, row.tallied_at = upto, kit.clock.now()


def _upto(tx: Session, after: int, kit: Any) -> int | None:
    """The last outcome behind `after` that can be counted now; None where there is none."""
    limit = kit.clock.now() - SETTLED
    some = select(DeliveryOutcome.id, DeliveryOutcome.recorded_at).where(DeliveryOutcome.id > after)
    first = tx.execute(some.order_by(DeliveryOutcome.id).limit(1)).first()
    if first is None or first.recorded_at > limit:
        return None
    last = tx.scalar(select(func.max(DeliveryOutcome.id))) or 0
    end = min(last, after + MOST)
    range_ = (DeliveryOutcome.id > after, DeliveryOutcome.id <= end)
    young = tx.scalar(select(func.min(DeliveryOutcome.id)).where(*range_, DeliveryOutcome.recorded_at > limit))
    return end if young is None else young - 1


def _fresh(tx: Session, after: int, upto: int) -> Counter[Kind]:
    later = DeliveryOutcome.event_id.is_not(None).label("later")
    columns = (DeliveryOutcome.provider, DeliveryOutcome.outcome, later)
    query = select(*columns, func.count()).where(
        DeliveryOutcome.id > after, DeliveryOutcome.id <= upto, DeliveryOutcome.outcome.is_not(None)
    )
    rows = tx.execute(query.group_by(*columns))
    return Counter({(one[0], str(one[1]), "later" if one[2] else "at_sending"): one[3] for one in rows})
