"""How much of a verb is still to be done: one approval is not all approvals, and one notice sent is not all of them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries.tables import FanOut
from incidents.filings.tables import Filing, Submission
from incidents.notices.files import Purpose
from incidents.notices.tables import Notice, NoticeVariant
from incidents.notices.voids import standing
from incidents.record.tables import Incident


def unapproved(tx: Session, incident: Incident) -> int:
    """How many notices, counted once a language, wait for an approval."""
    return sum(not standing(tx, notice, language) for notice, language in _to_tell(tx, incident))


def unsent(tx: Session, incident: Incident) -> int:
    """How many approved notices, counted once a language, are not on their way."""
    query = select(FanOut.notice_id, FanOut.language).where(FanOut.incident_id == incident.id)
    under_way = {(notice, language) for notice, language in tx.execute(query)}
    return sum(
        (notice.id, language) not in under_way and bool(standing(tx, notice, language))
        for notice, language in _to_tell(tx, incident)
    )


def unsubmitted(tx: Session, incident: Incident) -> int:
    """How many reports were prepared and not handed in."""
    query = select(Filing.id).outerjoin(Submission, Submission.filing_id == Filing.id)
    mine = query.where(Filing.incident_id == incident.id, Filing.withdrawn_at.is_(None), Submission.id.is_(None))
    return len(tx.scalars(mine).all())


def _to_tell(tx: Session, incident: Incident) -> list[tuple[Notice, str]]:
    query = (
        select(Notice, NoticeVariant.language)
        .join(NoticeVariant, NoticeVariant.notice_id == Notice.id)
        .where(Notice.incident_id == incident.id, Notice.withdrawn_at.is_(None), Notice.purpose != Purpose.SCRIPT)
    )
    # Each once, told apart here: PostgreSQL compares no JSON, of which a notice has a column.
    return list(dict.fromkeys((notice, language) for notice, language in tx.execute(query)))
