"""Put a wrong notice right, or take it back: a notice of its own, to exactly those who got the wrong text."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.ids import new_id, new_reference
from incidents.notices.audience import Kind
from incidents.notices.draft import add_variants
from incidents.notices.files import Purpose
from incidents.notices.tables import Notice, NoticeApproval
from incidents.notices.texts import Sources, variants
from incidents.notices.voids import void_all
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident

_PUTS_RIGHT = (Purpose.CORRECTION, Purpose.RECALL)


def correct(
    tx: Session,
    wrong: Notice,
    purpose: Purpose,
    *,
    because: str,
    by: Actor,
    clock: Clock,
    sources: Sources,
    sent_at: datetime | None = None,
) -> Notice:
    """Draft a correction or a recall of `wrong`, whose approvals fall: no more of it goes out.

    `sent_at`: when it first went out, as the deliveries have it; the text then names the day.

    Its readers are those who got `wrong` ({kind: recipients_of}): the deliveries know who that is. It is approved like
    any notice, and what was wrong may itself have been a breach: the timeline asks for an assessment. Raises Refused
    for a notice that was never approved, for nobody can have got it.
    """
    incident = tx.get_one(Incident, wrong.incident_id)
    must_be_open(incident)
    by.must_be(ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)
    if purpose not in _PUTS_RIGHT:
        raise BadInput(f"purpose: '{purpose}' is none of {', '.join(_PUTS_RIGHT)}.")
    if not because.strip():
        raise BadInput("because: say what is wrong with the notice.")
    if not was_approved(tx, wrong):
        raise Refused("never_approved", f"{wrong.reference} was never approved, so nobody got it; write it anew.")
    void_all(tx, wrong, because=f"a {purpose} was begun", by=by, clock=clock)
    notice = _notice(wrong, purpose, incident, sent_at, sources)
    notice.drafted_at, notice.drafted_by, notice.drafted_by_name = clock.now(), by.id, by.name
    tx.add(notice)
    tx.flush()
    add_variants(tx, notice, variants(tx, wrong))
    detail = {"notice": notice.id, "wrong": wrong.id, "purpose": purpose}
    timeline.append(tx, incident.id, "notice.correction_begun", detail, by=by, clock=clock)
    # A text to the wrong people, or with too much in it, is an incident of its own kind: somebody must say.
    timeline.append(tx, incident.id, "notice.reassessment_wanted", {"wrong": wrong.id}, by=by, clock=clock)
    return notice


def corrections_of(tx: Session, notice: Notice) -> list[Notice]:
    """The corrections and recalls of a notice, oldest first."""
    query = select(Notice).where(Notice.incident_id == notice.incident_id).order_by(Notice.drafted_at)
    return [one for one in tx.scalars(query) if one.audience.get("notice_id") == notice.id and one.withdrawn_at is None]


def was_approved(tx: Session, notice: Notice) -> bool:
    """Whether any text of this notice was ever approved, and so may have gone out."""
    return tx.scalars(select(NoticeApproval).where(NoticeApproval.notice_id == notice.id)).first() is not None


def _notice(wrong: Notice, purpose: Purpose, incident: Incident, sent_at: datetime | None, sources: Sources) -> Notice:
    wordings = [one.id for one in sources.wording.notices.values() if one.purpose is purpose]
    if not wordings:
        raise BadInput(f"purpose: no wording under templates/notices/ serves a {purpose}.")
    return Notice(
        id=new_id("not"),
        incident_id=incident.id,
        reference=new_reference(incident.company[:2].upper()),
        wording=wordings[0],
        purpose=purpose,
        party=wrong.party,
        sender=wrong.sender,
        audience={"kind": Kind.RECIPIENTS_OF, "to": wrong.audience.get("to"), "notice_id": wrong.id}
        | ({"sent_at": sent_at.isoformat()} if sent_at else {}),
        obligations=[],
        contents=[],
        forbidden=list(wrong.forbidden),
        methods=list(wrong.methods),
        routes=wrong.routes,
        snapshot_id=wrong.snapshot_id,
    )
