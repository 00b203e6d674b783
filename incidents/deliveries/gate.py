"""The gate: an approval is required before anything is sent, and before words that left are said again."""

from sqlalchemy.orm import Session

from incidents.deliveries import compromise
from incidents.deliveries.tables import FanOut
from incidents.foundation.clock import Clock
from incidents.foundation.errors import Refused
from incidents.notices.tables import Notice, NoticeApproval
from incidents.notices.voids import require_approved
from incidents.record import holds


def require_still_approved(tx: Session, fan_out: FanOut) -> NoticeApproval:
    """The gate before each batch. Raises Refused when the approval fell or the notice was withdrawn since."""
    notice = tx.get_one(Notice, fan_out.notice_id)
    return require_approved(
        tx,
        notice,
        language=fan_out.language,
        content_digest=fan_out.content_digest,
        audience_digest=fan_out.audience_digest,
    )


def may_be_said(tx: Session, fan_out: FanOut, provider: str, *, clock: Clock) -> bool:
    """Whether a message that left, and of which somebody asks for the words only now, may still be told: nobody has
    paused, aborted or held the telling, marked the provider compromised, or taken the approval back."""
    held = holds.in_force(tx, fan_out.incident_id, holds.SENDING, clock=clock) is not None
    if held or fan_out.phase != "sending" or compromise.stands_in_the_way(tx, fan_out.incident_id, provider):
        return False
    try:
        require_still_approved(tx, fan_out)
    except Refused:
        return False
    return True
