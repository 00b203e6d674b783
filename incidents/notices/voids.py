"""Approvals that stand, and how one falls."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import Refused
from incidents.foundation.ids import new_id
from incidents.notices.tables import Notice, NoticeApproval, NoticeVoid
from incidents.record import timeline
from incidents.record.actor import Actor


def standing(tx: Session, notice: Notice, language: str | None = None) -> list[NoticeApproval]:
    """The approvals of a notice that nothing voided, oldest first. The gate still compares their digests."""
    query = (
        select(NoticeApproval)
        .outerjoin(NoticeVoid, NoticeVoid.approval_id == NoticeApproval.id)
        .where(NoticeApproval.notice_id == notice.id, NoticeVoid.id.is_(None))
        .order_by(NoticeApproval.approved_at, NoticeApproval.id)
    )
    return [one for one in tx.scalars(query) if language in (None, one.language)]


def void(tx: Session, notice: Notice, approval: NoticeApproval, *, because: str, by: Actor, clock: Clock) -> None:
    """Write that an approval fell, and why; the approval itself stays as it was given."""
    row = NoticeVoid(
        id=new_id("nvo"),
        approval_id=approval.id,
        because=because,
        voided_at=clock.now(),
        voided_by=by.id,
        voided_by_name=by.name,
    )
    tx.add(row)
    tx.flush()
    detail = {"notice": notice.id, "language": approval.language, "approval": approval.id, "because": because}
    timeline.append(tx, notice.incident_id, "notice.approval_void", detail, by=by, clock=clock)


def void_all(tx: Session, notice: Notice, *, because: str, by: Actor, clock: Clock, language: str | None = None) -> int:
    """Void every approval that stands (in one language); how many fell. `because` is a few words, nothing personal."""
    fallen = standing(tx, notice, language)
    for approval in fallen:
        void(tx, notice, approval, because=because, by=by, clock=clock)
    return len(fallen)


def require_approved(
    tx: Session, notice: Notice, *, language: str, content_digest: str, audience_digest: str
) -> NoticeApproval:
    """THE gate: the approval that covers exactly this content and these readers. Raises Refused where there is none.

    Console, API, command line and worker pass here before anything is planned and before anything is sent; what is
    sent are the texts in the approval, which are those that the digest covers.
    """
    if notice.withdrawn_at is not None:
        raise Refused("notice_withdrawn", f"{notice.reference} was withdrawn.")
    approvals = standing(tx, notice, language)
    if not approvals:
        raise Refused("not_approved", f"{notice.reference} ({language}) is not approved.")
    approval = approvals[-1]
    if approval.content_digest != content_digest:
        raise Refused("approval_void", f"The content of {notice.reference} ({language}) changed since its approval.")
    if approval.audience_digest != audience_digest:
        raise Refused("approval_void", f"The readers of {notice.reference} ({language}) changed since its approval.")
    return approval
