"""Check a reference: what the public page and the hotline answer to somebody who asks whether a notice is real."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.ids import is_reference
from incidents.notices.audience import Kind
from incidents.notices.correct import corrections_of
from incidents.notices.files import Purpose
from incidents.notices.tables import Notice, NoticeApproval
from incidents.notices.voids import standing
from incidents.record.tables import Incident


class Answer(StrEnum):
    """What a reference turns out to be."""

    GENUINE = "genuine"  # we sent, or are sending, a notice with this reference
    TAKEN_BACK = "taken_back"  # we did, and a correction or recall followed
    REHEARSED = "rehearsed"  # it is a drill's: nobody was told
    UNKNOWN = "unknown"  # well formed, and not one of ours
    MISTYPED = "mistyped"  # the check character does not fit: read it again


@dataclass(frozen=True)
class Verified:
    """The answer, with no word about any person. `company`, `purpose` and dates only for a reference of ours.

    `languages` have approved texts; `public` says whether those may stand on the public page (a controller's may not).
    """

    answer: Answer
    reference: str
    notice_id: str | None = None
    company: str | None = None
    sender: str | None = None
    purpose: Purpose | None = None
    approved_at: datetime | None = None
    languages: tuple[str, ...] = ()
    public: bool = False
    followed_by: tuple[str, ...] = ()


def verify_reference(tx: Session, code: str) -> Verified:
    """What `code` belongs to. A draft that nobody approved and a script were never sent, so they are unknown."""
    reference = _tidied(code)
    if not is_reference(reference):
        return Verified(Answer.MISTYPED, reference)
    notice = tx.scalars(select(Notice).where(Notice.reference == reference)).first()
    if notice is None or notice.purpose == Purpose.SCRIPT:
        return Verified(Answer.UNKNOWN, reference)
    approvals = _ever_approved(tx, notice)
    if not approvals:
        return Verified(Answer.UNKNOWN, reference)
    incident = tx.get_one(Incident, notice.incident_id)
    followed = tuple(one.reference for one in corrections_of(tx, notice) if _ever_approved(tx, one))
    return Verified(
        Answer.REHEARSED if incident.is_drill else Answer.TAKEN_BACK if followed else Answer.GENUINE,
        reference,
        notice_id=notice.id,
        company=incident.company,
        sender=notice.sender,
        purpose=Purpose(notice.purpose),
        approved_at=approvals[0].approved_at,
        languages=tuple(sorted({approval.language for approval in standing(tx, notice)})),
        public=notice.audience.get("kind") not in (Kind.CONTROLLERS, Kind.NOBODY),
        followed_by=followed,
    )


def _ever_approved(tx: Session, notice: Notice) -> list[NoticeApproval]:
    query = select(NoticeApproval).where(NoticeApproval.notice_id == notice.id).order_by(NoticeApproval.approved_at)
    return list(tx.scalars(query))


def _tidied(code: str) -> str:
    # As read from a telephone or a letter: spaces for hyphens, small letters, nothing between the groups.
    parts = re.findall(r"[A-Z0-9]+", code.upper())
    whole = "".join(parts)
    return f"{whole[:-8]}-{whole[-8:-4]}-{whole[-4:]}" if len(whole) > 8 else whole
