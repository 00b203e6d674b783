"""Claims a batch by a lease, winds up what a worker that died has left, and lets the batch go again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from incidents.deliveries import closings, compromise, outcomes, segment
from incidents.deliveries.cancel import cancel_waiting, turn_away
from incidents.deliveries.gate import require_still_approved
from incidents.deliveries.halt import halt
from incidents.deliveries.listed import put_on_list
from incidents.deliveries.outcomes import Happened
from incidents.deliveries.quiet import quiet_until
from incidents.deliveries.segment import Contacts
from incidents.deliveries.settle import settles_at
from incidents.deliveries.stand_in import stand_in
from incidents.deliveries.stands import IN_RUN
from incidents.deliveries.state import Event, State
from incidents.deliveries.tables import AcceptedRun, Batch, Delivery, DeliveryNow, FanOut, Intent
from incidents.deliveries.words import words_of, zone_of
from incidents.foundation.bulk import among
from incidents.foundation.database import ALONE
from incidents.foundation.errors import Refused
from incidents.record import holds, timeline
from incidents.record.actor import TOCSIN
from incidents.record.tables import Incident
from notifiers.provider import Asks, Provider
from notifiers.registry import channels

_LOOKS_AHEAD = timedelta(hours=1)  # a batch that takes longer rests meanwhile, and is looked at again
LEASE = timedelta(minutes=3)  # longer than any one slice takes: a provider's answer is waited for a minute at most


@dataclass(frozen=True)
class Claim:
    """What a worker needs to send: the batch and its contacts, and whom to tell in what words."""

    fan_out: FanOut
    batch: Batch
    kit: Any
    provider: Provider
    contacts: Contacts
    words: Mapping[str, str]
    holder: str
    zone: str


def due(kit: Any) -> list[str]:
    """The batches that may be sent now, and those of an aborted fan-out, whose people are still to be cancelled."""
    now = kit.clock.now()
    goes_on = and_(
        FanOut.phase == "sending",
        Batch.wave <= FanOut.wave,
        or_(Batch.not_before_at.is_(None), Batch.not_before_at <= now),
    )
    with kit.begin(reading=True) as tx:
        query = (
            select(Batch.id, FanOut.incident_id, Batch.provider, FanOut.phase)
            .join(FanOut, FanOut.id == Batch.fan_out_id)
            .where(or_(and_(Batch.phase == "waiting", goes_on), and_(Batch.phase != "done", FanOut.phase == "aborted")))
            .where(or_(Batch.held_until_at.is_(None), Batch.held_until_at <= now))
            .order_by(Batch.position, Batch.id)
        )
        found = [row for row in tx.execute(query) if not _waits(tx, row)]
        held = {
            one for one in {row.incident_id for row in found} if holds.in_force(tx, one, "sending", clock=kit.clock)
        }
    return [row.id for row in found if row.incident_id not in held]


def claim(kit: Any, batch_id: str, holder: str) -> Claim | None:
    """Take the batch for LEASE; None where it is not to be sent now, another worker has it, or people work through it:
    then it is put on their list."""
    with kit.begin() as tx:
        batch = tx.get(Batch, batch_id, with_for_update=ALONE)
        if batch is None:
            return None
        fan_out = tx.get_one(FanOut, batch.fan_out_id)
        if not _is_next(tx, fan_out, batch, kit):
            return None
        own = kit.of(tx.get_one(Incident, fan_out.incident_id))
        contacts = segment.read(tx, batch, keys=kit.keys, home=kit.home)
        stand_in(tx, fan_out, batch, contacts, kit=own)
        if compromise.stands_in_the_way(tx, fan_out.incident_id, batch.provider):
            _turn_away(tx, fan_out, batch, "compromised", kit)
            return None
        if batch.provider not in own.providers:
            missing = Refused("provider_missing", f"The provider {batch.provider} is not set up on this machine.")
            halt(tx, fan_out, missing, kit)
            return None
        if channels()[batch.channel].by_people:
            if closings.is_closed(tx, fan_out):
                _turn_away(tx, fan_out, batch, "list_given_up", kit)
            else:
                put_on_list(tx, fan_out, batch, clock=kit.clock)
            return None
        batch.holder, batch.held_until_at = holder, kit.clock.now() + LEASE
        fan_out.started_at = fan_out.started_at or kit.clock.now()
        words = words_of(tx, batch)
        zone = zone_of(tx, batch) or kit.packs.zone_of(fan_out.party)
        return Claim(fan_out, batch, kit, own.providers[batch.provider], contacts, words, holder, zone)


def _is_next(tx: Session, fan_out: FanOut, batch: Batch, kit: Any) -> bool:
    """Whether the batch is to be sent now, with what a worker that died has left of it wound up first."""
    if fan_out.phase == "aborted" and not _leased(batch, kit):
        _in_doubt(tx, batch, kit)
        _wind_up(tx, fan_out, batch, kit)
        return False
    if not _free(tx, batch, fan_out, kit):
        return False
    try:
        require_still_approved(tx, fan_out)
    except Refused as refused:
        halt(tx, fan_out, refused, kit)
        return False
    _in_doubt(tx, batch, kit)
    # People whose provider is shut take another way, and need not wait for the morning.
    shut = compromise.stands_in_the_way(tx, fan_out.incident_id, batch.provider)
    morning = None if shut else _morning(fan_out, batch, _provider(tx, fan_out, batch, kit), kit.clock.now())
    if morning is not None:
        batch.not_before_at = morning
    return morning is None


def release(mine: Claim) -> None:
    """Let the batch go; done when nobody of it waits any more."""
    now = mine.kit.clock.now()
    with mine.kit.begin() as tx:
        batch = tx.get_one(Batch, mine.batch.id, with_for_update=ALONE)
        if batch.holder != mine.holder:
            return
        batch.holder = batch.held_until_at = None
        fan_out = tx.get_one(FanOut, batch.fan_out_id)
        if fan_out.phase == "aborted":
            _wind_up(tx, fan_out, batch, mine.kit)
        if _nobody_waits(tx, batch):
            batch.phase = "done"
            batch.settle_at = batch.settle_at or (now if isinstance(mine.provider, Asks) else None)


def _nobody_waits(tx: Session, batch: Batch) -> bool:
    """Most batches end as runs from the first to the last, which a few rows say; else each person is asked after."""
    in_runs = select(func.sum(AcceptedRun.last - AcceptedRun.first + 1)).where(AcceptedRun.batch_id == batch.id)
    queued_anew = select(DeliveryNow.delivery_id).where(
        DeliveryNow.fan_out_id == batch.fan_out_id, DeliveryNow.state == State.QUEUED
    )
    if tx.scalar(in_runs) == batch.size and not tx.scalar(select(queued_anew.exists())):
        return True
    return not waiting(tx, batch, window=batch.size)


Rows = list[tuple[str, int]]  # delivery id, ordinal


def waiting(tx: Session, batch: Batch, *, window: int, after: int = -1) -> Rows:
    """Who was not sent anything yet, of the next `window` ordinals of the batch behind `after` that hold anybody.

    Each is looked up by itself: PostgreSQL has no statistics of a table that is being filled, and would read the whole
    of it for every slice.
    """
    now = select(DeliveryNow.state).where(DeliveryNow.delivery_id == Delivery.id).scalar_subquery()
    in_run = select(AcceptedRun.id).where(IN_RUN).correlate(Delivery).exists()
    state = func.coalesce(now, case((in_run, State.ACCEPTED.value), else_=State.QUEUED.value))
    for start in range(after + 1, batch.size, window):
        mine = (Delivery.batch_id == batch.id, Delivery.ordinal.between(start, start + window - 1))
        query = select(Delivery.id, Delivery.ordinal).where(*mine, state == State.QUEUED.value)
        if found := tx.execute(query.order_by(Delivery.ordinal)).all():
            return [(one, ordinal) for one, ordinal in found if ordinal is not None]
    return []


def _free(tx: Session, batch: Batch, fan_out: FanOut, kit: Any) -> bool:
    held = holds.in_force(tx, fan_out.incident_id, "sending", clock=kit.clock) is not None
    waits = batch.not_before_at is not None and batch.not_before_at > kit.clock.now()
    open_ = batch.phase == "waiting" and fan_out.phase == "sending" and batch.wave <= fan_out.wave
    return open_ and not (held or waits or _leased(batch, kit))


def _morning(fan_out: FanOut, batch: Batch, provider: Provider | None, now: datetime) -> datetime | None:
    """Until when to wait because these people sleep, or would before the last of them is told at the provider's pace;
    None where they don't, or the duty does not allow it."""
    if not fan_out.quiet or fan_out.waits_until_at is None or not batch.territory:
        return None
    pace = provider.about.pace.per_second if provider else 0.0
    takes = timedelta(seconds=(batch.size - batch.answered) / pace) if pace else timedelta()
    for moment in (now, now + min(takes, _LOOKS_AHEAD)):
        until = quiet_until(fan_out.quiet, batch.territory, moment)
        if until is not None and until <= fan_out.waits_until_at:
            return until
    return None


def _waits(tx: Session, row: Any) -> bool:
    """Whether nobody could be told otherwise: what tells everybody at once waits until its channel is restored."""
    one_by_one = channels()[row.provider.partition("/")[0]].one_by_one
    return not one_by_one and row.phase != "aborted" and compromise.stands_in_the_way(tx, row.incident_id, row.provider)


def _turn_away(tx: Session, fan_out: FanOut, batch: Batch, because: str, kit: Any) -> None:
    if not channels()[batch.channel].one_by_one:
        return
    turned = turn_away(tx, fan_out, batch, because=because, at=kit.clock.now())
    detail = {"fan_out": fan_out.id, "batch": batch.id, "provider": batch.provider, "people": turned}
    detail["because"] = because
    timeline.append(tx, fan_out.incident_id, "delivery.turned_away", detail, by=TOCSIN, clock=kit.clock)


def _leased(batch: Batch, kit: Any) -> bool:
    return batch.held_until_at is not None and batch.held_until_at > kit.clock.now()


def _wind_up(tx: Session, fan_out: FanOut, batch: Batch, kit: Any) -> None:
    cancel_waiting(tx, fan_out, at=kit.clock.now(), batch_id=batch.id)
    batch.phase, batch.holder, batch.held_until_at = "done", None, None


def _provider(tx: Session, fan_out: FanOut, batch: Batch, kit: Any) -> Provider | None:
    found: Provider | None = kit.of(tx.get_one(Incident, fan_out.incident_id)).providers.get(batch.provider)
    return found


def _in_doubt(tx: Session, batch: Batch, kit: Any) -> None:
    """A worker died: what it was about to send, and nobody answered for, may have been sent."""
    now = kit.clock.now()
    for intent in tx.scalars(select(Intent).where(Intent.batch_id == batch.id, Intent.ended_at.is_(None))):
        query = select(Delivery.id).where(Delivery.batch_id == batch.id, among(tx, Delivery.ordinal, intent.ordinals))
        standing = outcomes.states(tx, tx.scalars(query))
        lost = [one for one, state in standing.items() if state is State.QUEUED]
        happened = [Happened(one, Event.LOST, batch.provider, reason="worker_died") for one in lost]
        outcomes.append(tx, batch.fan_out_id, happened, batch_of=dict.fromkeys(lost, batch.id), at=now)
        intent.ended_at = now
        fan_out = tx.get_one(FanOut, batch.fan_out_id)
        batch.settle_at = settles_at(_provider(tx, fan_out, batch, kit), now)
        if lost:
            detail = {"fan_out": fan_out.id, "batch": batch.id, "people": len(lost)}
            timeline.append(tx, fan_out.incident_id, "delivery.in_doubt", detail, by=TOCSIN, clock=kit.clock)
