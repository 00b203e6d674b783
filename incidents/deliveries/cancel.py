"""Cancels or turns away whoever was not sent anything yet; what a worker has in its hands is left to that worker."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Select, delete, select, true, update
from sqlalchemy.orm import Session

from incidents.deliveries import outcomes, stands
from incidents.deliveries.in_app_tables import InAppNotice
from incidents.deliveries.outcomes import Happened
from incidents.deliveries.state import Event, State
from incidents.deliveries.tables import Batch, Delivery, DeliveryNow, FanOut, Intent
from incidents.foundation.bulk import among
from incidents.foundation.database import ALONE
from incidents.notices.audience import TO_THE_AFFECTED
from incidents.snapshots.standing import excluded_tokens
from notifiers.registry import channels

_MOST = 5000


def cancel_waiting(tx: Session, fan_out: FanOut, *, at: datetime, batch_id: str | None = None) -> int:
    """Cancel the queued deliveries (of one batch); how many. Whoever is under an open intent is left alone: nobody
    knows yet whether they were told, and to call them cancelled would be a lie."""
    theirs = Delivery.batch_id == batch_id if batch_id else true()
    return _cancel(tx, fan_out, theirs, at, only=batch_id)


def turn_away(tx: Session, fan_out: FanOut, batch: Batch, *, because: str, at: datetime) -> int:
    """End what is queued of a batch on this channel, so that its people take their next route; how many. It is no
    failure of the channel's, and so is not held against the fan-out."""
    make = partial(Happened, event=Event.REFUSED, reason=because)
    turned = _cancel(tx, fan_out, Delivery.batch_id == batch.id, at, make=make, only=batch.id, counted=True)
    if not channels()[batch.channel].by_people:  # those stand in no sum of what is held against it
        tx.refresh(fan_out, ["accepted"], with_for_update=ALONE)
        known = fan_out.accepted
        fan_out.accepted = known | {name: known.get(name, 0) + turned for name in ("answered", "failed")}
    batch.phase, batch.holder, batch.held_until_at = "done", None, None
    return turned


def cancel_excluded(tx: Session, incident_id: str, *, at: datetime) -> int:
    """Cancel what is queued for people who were excluded since it was planned, take down what stands for them in the
    app, and let none of theirs climb; how many were cancelled. Whoever a worker has in its hands is left to that
    worker; a correction goes to the excluded too."""
    cancelled = 0
    query = select(FanOut).where(FanOut.incident_id == incident_id, FanOut.audience.in_(TO_THE_AFFECTED))
    for fan_out in tx.scalars(query):
        theirs = Delivery.person.in_(excluded_tokens(incident_id))
        cancelled += _cancel(tx, fan_out, theirs, at)
        rows = select(Delivery.id).where(Delivery.fan_out_id == fan_out.id, theirs)
        outcomes.unfold(tx, tx.scalars(rows))
        tx.execute(update(DeliveryNow).where(DeliveryNow.delivery_id.in_(rows)).values(climbed=True))
        tx.execute(delete(InAppNotice).where(InAppNotice.delivery_id.in_(rows)))
    return cancelled


def _cancel(
    tx: Session,
    fan_out: FanOut,
    theirs: ColumnElement[bool],
    at: datetime,
    *,
    make: Callable[[str], Happened] = lambda one: Happened(one, Event.CANCELLED),
    only: str | None = None,
    counted: bool = False,
) -> int:
    # From here on no worker begins another slice of these. Who ends one batch holds that one alone: two workers that
    # held one each and asked for all would wait for one another.
    all_ = select(Batch.id).where(Batch.fan_out_id == fan_out.id)
    outcomes.hold(tx, [only] if only else tx.scalars(all_).all())
    query = _queued(tx, fan_out).where(theirs)
    cancelled = 0
    while waiting := tx.scalars(query).all():
        of_batch = dict.fromkeys(waiting, only) if only and counted else {}
        outcomes.append(tx, fan_out.id, [make(one) for one in waiting], batch_of=of_batch, at=at)
        cancelled += len(waiting)
    return cancelled


def _queued(tx: Session, fan_out: FanOut) -> Select[str]:
    return (
        stands.joined(select(Delivery.id))
        .where(Delivery.fan_out_id == fan_out.id, ~among(tx, Delivery.id, _in_hands(tx, fan_out)))
        .where(stands.STATE == State.QUEUED)
        .limit(_MOST)
    )


def _in_hands(tx: Session, fan_out: FanOut) -> list[str]:
    """Who is under an open intent: a worker is telling them, or died over it."""
    query = select(Intent).join(Batch, Batch.id == Intent.batch_id)
    found: list[str] = []
    for intent in tx.scalars(query.where(Batch.fan_out_id == fan_out.id, Intent.ended_at.is_(None))):
        rows = select(Delivery.id).where(Delivery.batch_id == intent.batch_id)
        found += tx.scalars(rows.where(among(tx, Delivery.ordinal, intent.ordinals)))
    return found
