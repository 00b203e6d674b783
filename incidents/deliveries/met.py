"""Tells the ledger what telling has met: when a fan-out has nobody left to tell, the duties behind it are looked at."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from incidents.deliveries import climb, stands
from incidents.deliveries.listed import LISTED, somebody_waits
from incidents.deliveries.progress import announcement_stands, progress
from incidents.deliveries.state import State
from incidents.deliveries.tables import Batch, Delivery, DeliveryNow, FanOut
from incidents.notices.audience import Kind
from incidents.notices.tables import Notice, NoticeVariant
from incidents.notices.texts import languages, notices_of
from incidents.obligations.discharge import meet
from incidents.obligations.ledger import live
from incidents.obligations.states import State as Owed
from incidents.obligations.tables import LedgerEntry
from incidents.record import timeline
from incidents.record.actor import TOCSIN
from policies.facts import Truth
from policies.vocabulary import Audience

ANNOUNCEMENT = "announcement"  # the way, as packs name it
OPEN = (Owed.OWED, Owed.POSSIBLE)
UNDER_WAY = (State.QUEUED, State.SENDING, State.IN_DOUBT)
TOLD = (State.ACCEPTED, State.DELIVERED, State.READ)


def due(kit: Any) -> list[str]:
    """The fan-outs that have just come to an end: nothing waits, nobody is in doubt, nobody's next route is to come."""
    with kit.begin(reading=True) as tx:
        running = tx.scalars(select(FanOut).where(FanOut.phase == "sending", FanOut.ended_at.is_(None))).all()
        return [one.id for one in running if is_quiet(tx, one, kit)] + _allowed_since(tx)


def _allowed_since(tx: Session) -> list[str]:
    """The fan-outs that ended before it was known that an announcement may stand in for telling one by one."""
    earlier = and_(FanOut.incident_id == LedgerEntry.incident_id, FanOut.ended_at < LedgerEntry.written_at)
    ended = select(FanOut.id).where(FanOut.phase == "sending", earlier)
    # Asked every second: of most entries no more than this one column is read.
    entries = select(LedgerEntry.id, LedgerEntry.substitute).where(
        LedgerEntry.superseded_at.is_(None), LedgerEntry.state.in_(OPEN), ended.exists()
    )
    named = [one.id for one in tx.execute(entries) if one.substitute and may_stand_in(one)]
    later = select(FanOut.id, LedgerEntry).join(LedgerEntry, earlier)
    allowed = list(tx.execute(later.where(FanOut.phase == "sending", LedgerEntry.id.in_(named)))) if named else []
    standing = {row.incident_id for _, row in allowed if announcement_stands(tx, row.incident_id)}
    return [one for one, row in allowed if row.incident_id in standing and told_by(tx, row) is not None]


def is_quiet(tx: Session, fan_out: FanOut, kit: Any) -> bool:
    """Whether nothing of the fan-out is left to do, as far as is known now; a later receipt may still fail somebody."""
    waiting = select(Batch.id).where(Batch.fan_out_id == fan_out.id, Batch.phase.not_in(("done", LISTED))).limit(1)
    under_way = select(DeliveryNow.delivery_id).where(
        DeliveryNow.fan_out_id == fan_out.id, DeliveryNow.state.in_(UNDER_WAY)
    )
    if tx.execute(waiting).first() or tx.execute(under_way.limit(1)).first() or somebody_waits(tx, fan_out):
        return False
    return not climb.waits(tx, fan_out, kit)


def end(kit: Any, fan_out_id: str) -> None:
    """Note that the fan-out came to its end, and meet every duty whose people have all been told. Harmless twice."""
    with kit.begin() as tx:
        fan_out = tx.get_one(FanOut, fan_out_id)
        if fan_out.ended_at is None:
            if not is_quiet(tx, fan_out, kit):
                return
            _note_the_end(tx, fan_out, kit)
        for row in live(tx, fan_out.incident_id):
            if row.state in OPEN and (ref := told_by(tx, row)) is not None:
                meet(tx, row, ref=ref, by=TOCSIN, clock=kit.clock)


def _note_the_end(tx: Session, fan_out: FanOut, kit: Any) -> None:
    fan_out.ended_at = kit.clock.now()
    standing = progress(tx, fan_out)
    counts = {"told": standing.told, "announced": standing.announced, "not_reached": standing.not_reached}
    detail = {"fan_out": fan_out.id, "people": standing.people, **counts}
    timeline.append(tx, fan_out.incident_id, "delivery.ended", detail, by=TOCSIN, clock=kit.clock)
    tx.flush()


def may_stand_in(row: Any) -> bool:
    """Whether an announcement may stand in for telling people one by one. A condition that the law or promise behind
    this duty sets for it must be known to hold: unknown is not yes. Where it says nothing of announcements, whoever
    approved the route has decided."""
    if row.substitute is None:
        return True
    # A row of an earlier release does not say whether the condition holds: unknown is not yes.
    return row.substitute.get("holds") == Truth.YES and ANNOUNCEMENT in row.substitute["ways"]


def told_by(tx: Session, row: LedgerEntry) -> str | None:
    """The reference of the notice by which everybody of this duty was told; None while anybody is left.

    Whom no route reached counts as told by an announcement only where one of the incident stands and the duty allows
    it.
    """
    notices = [
        one
        for one in notices_of(tx, row.incident_id)
        if row.duty in one.obligations and one.audience.get("to") == row.owed_to
    ]
    if not notices or not _covers(tx, notices, row):
        return None
    if not all(_is_told(tx, one, row) for one in notices):
        return None
    return str(notices[-1].reference)


def _is_told(tx: Session, notice: Notice, row: LedgerEntry) -> bool:
    query = select(FanOut).where(FanOut.notice_id == notice.id, FanOut.ended_at.is_not(None), FanOut.phase == "sending")
    ended = {one.language: one for one in tx.scalars(query)}
    if set(ended) < set(languages(tx, notice)):
        return False
    if notice.audience["kind"] == Kind.CONTROLLERS:
        return _speaker_told(tx, notice, row.subject)
    found = [progress(tx, one) for one in ended.values()]
    if any(one.not_reached or one.cancelled or one.under_way for one in found):
        return False
    left = any(one.announced for one in found)
    return not left or (may_stand_in(row) and announcement_stands(tx, notice.incident_id))


def _speaker_told(tx: Session, notice: Notice, subject: str) -> bool:
    """Whether somebody who speaks for this controller was told."""
    query = (
        stands.joined(select(Delivery.id).join(Batch, Batch.id == Delivery.batch_id))
        .join(NoticeVariant, NoticeVariant.key == Batch.variant)
        .where(NoticeVariant.notice_id == notice.id, NoticeVariant.subject == subject)
        .where(Delivery.notice_id == notice.id, stands.STATE.in_(TOLD))
    )
    return tx.execute(query.limit(1)).first() is not None


def _covers(tx: Session, notices: Sequence[Notice], row: LedgerEntry) -> bool:
    """Whether the notices are for every cohort of the duty; an announcement is for everybody."""
    if row.owed_to == Audience.PUBLIC:
        return True
    rows = tx.scalars(select(NoticeVariant.cohorts).where(NoticeVariant.notice_id.in_([one.id for one in notices])))
    return set(row.cohorts) <= {cohort for listed in rows for cohort in listed}
