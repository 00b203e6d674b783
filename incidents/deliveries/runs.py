"""Neighbours whose messages were accepted, in one row: hardly anything else happens to most deliveries at sending.

A row a person, and one more for the roll-up, are most of what it costs a database to record ten million messages. So
an accepted message makes neither where the messages of its neighbours in the batch were accepted too, and nothing had
happened to any of them before. A receipt, a climb or anything else that concerns one person gives them a roll-up of
their own, which from then on is where they stand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries.stands import IN_RUN, STRETCH
from incidents.deliveries.state import State
from incidents.deliveries.tables import AcceptedRun, Batch, Delivery, DeliveryNow
from incidents.foundation.bulk import among, load
from notifiers.outcome import Outcome, Sent

LEAST = 8  # people; below it a row each is as cheap

Standing = tuple[str, str, State, None, None, int, int, bool, datetime]  # the columns of a roll-up, in their order


def write(tx: Session, batch: Batch, came: Mapping[int, Sent], *, at: datetime) -> set[str]:
    """Write the runs among what `came`, by ordinal; the ids of those who stand in one. Those are to be under an intent
    of the transaction's own worker: then no other run can hold them. `batch` is held, and carries the counts along."""
    accepted = [ordinal for ordinal, sent in came.items() if sent.outcome is Outcome.ACCEPTED]
    if len(accepted) < LEAST:
        return set()
    known = _with_roll_up(tx, [came[ordinal].reference for ordinal in accepted])
    if known:
        accepted = [ordinal for ordinal in accepted if came[ordinal].reference not in known]
    found = [run for run in _neighbours(sorted(accepted)) if len(run) >= LEAST]
    if not found:
        return set()
    answers = [[(came[one].provider_reference, came[one].raw) for one in run] for run in found]
    columns: dict[str, Any] = {"first": [run[0] for run in found], "last": [run[-1] for run in found]}
    columns |= {"stretch": [run[0] // STRETCH for run in found], "answers": answers}
    columns |= {"climbed": False, "recorded_at": at}
    columns |= {"fan_out_id": batch.fan_out_id, "batch_id": batch.id, "provider": batch.provider}
    load(tx, AcceptedRun, columns)
    batch.answered += sum(map(len, found))
    return {came[ordinal].reference for run in found for ordinal in run}


def standing_in(tx: Session, delivery_ids: Iterable[str]) -> list[Standing]:
    """The roll-up that each of them would have who stands in a run, or stood there before they had their own. The
    provider's reference is left with the run, see `references`: a run's answers are too long to be read for one."""
    columns = (Delivery.id, Delivery.fan_out_id, AcceptedRun.climbed, AcceptedRun.recorded_at)
    query = select(*columns).join(AcceptedRun, IN_RUN).where(among(tx, Delivery.id, delivery_ids))
    return [
        (one, fan_out, State.ACCEPTED, None, None, 0, 0, climbed, at) for one, fan_out, climbed, at in tx.execute(query)
    ]


def references(tx: Session, batch_id: str) -> dict[int, str | None]:
    """Ordinal -> the provider's reference, of everybody in the batch who stands in a run or stood there."""
    query = select(AcceptedRun.first, AcceptedRun.answers).where(AcceptedRun.batch_id == batch_id)
    return {
        ordinal: reference
        for first, answers in tx.execute(query)
        for ordinal, (reference, _) in enumerate(answers, start=first)
    }


def raws(tx: Session, batch_id: str) -> Iterator[Mapping[str, Any]]:
    """What the provider answered to each message of the batch's runs."""
    query = select(AcceptedRun.answers).where(AcceptedRun.batch_id == batch_id)
    for answers in tx.scalars(query):
        yield from (raw for _, raw in answers)


def _with_roll_up(tx: Session, delivery_ids: Sequence[str]) -> set[str]:
    query = select(DeliveryNow.delivery_id).where(among(tx, DeliveryNow.delivery_id, delivery_ids))
    return set(tx.scalars(query))


def _neighbours(ordinals: Sequence[int]) -> Iterator[Sequence[int]]:
    """`ordinals`, ascending, cut wherever one is missing and where a stretch ends."""
    begun = 0
    for place in range(1, len(ordinals) + 1):
        ends = place == len(ordinals) or ordinals[place] != ordinals[place - 1] + 1 or ordinals[place] % STRETCH == 0
        if ends:
            yield ordinals[begun:place]
            begun = place
