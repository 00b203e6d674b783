"""Approval of a notice: a second person, what they read, and the one gate that planning and sending pass."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.ids import new_id
from incidents.notices.audience import audience_digest
from incidents.notices.tables import Notice, NoticeApproval, NoticeRelease, NoticeText
from incidents.notices.texts import Sources, Written, languages, written
from incidents.notices.voids import require_approved, standing, void
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.assign import Part
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident
from policies.vocabulary import ForbiddenContent


@dataclass(frozen=True)
class Digests:
    """What an approval is bound to: what is said, and to whom."""

    content: str
    audience: str


def digests(tx: Session, notice: Notice, language: str, *, sources: Sources) -> Digests:
    """The digests as things stand now: the texts rendered anew, the readers looked up anew."""
    return Digests(written(tx, notice, language, sources=sources).content_digest, audience_digest(tx, notice, language))


def to_confirm(notice: Notice) -> frozenset[ForbiddenContent]:
    """What the approver must have looked for in the free text, which no rule can read."""
    return frozenset(ForbiddenContent.of(one) for one in notice.forbidden) | {
        ForbiddenContent.MARKETING,
        ForbiddenContent.PERSONAL_DATA_ROWS,
    }


def approve(
    tx: Session,
    notice: Notice,
    language: str,
    seen: Digests,
    *,
    confirmed: Collection[ForbiddenContent],
    by: Actor,
    clock: Clock,
    sources: Sources,
) -> NoticeApproval:
    """Approve what the person read in one language: `seen` are the digests that stood on it.

    Raises Refused when the person wrote or drafted any of it, a required element is missing, wording is unreviewed and
    nobody released it, the free text was not confirmed, or it is no longer what they read.
    """
    must_be_open(tx.get_one(Incident, notice.incident_id))
    _must_be_second_person(tx, notice, by)
    now = _must_be_ready(tx, notice, language, sources)
    missing = sorted(to_confirm(notice) - set(confirmed))
    if missing:
        because = tuple(f"{word}: {word.sentence}" for word in missing)
        raise Refused("not_confirmed", "Confirm that the free text holds none of what must stay out.", because=because)
    if seen != Digests(now.content_digest, audience_digest(tx, notice, language)):
        raise Refused(
            "changed_since_read", f"{notice.reference} ({language}) is no longer what was read; read it again."
        )
    if standing(tx, notice, language):
        raise Refused("approved_already", f"{notice.reference} ({language}) is approved already.")
    return write_approval(tx, notice, now, seen, confirmed=confirmed, by=by, clock=clock)


def write_approval(
    tx: Session,
    notice: Notice,
    now: Written,
    seen: Digests,
    *,
    confirmed: Collection[str],
    by: Actor,
    clock: Clock,
    holding_id: str | None = None,
) -> NoticeApproval:
    """Write an approval whose conditions were checked: by `approve`, or beforehand for a holding text."""
    approval = NoticeApproval(
        id=new_id("nap"),
        notice_id=notice.id,
        language=now.language,
        content_digest=seen.content,
        audience_digest=seen.audience,
        texts={key: {str(form): dict(pieces) for form, pieces in forms.items()} for key, forms in now.texts.items()},
        confirmed=sorted(confirmed),
        approved_at=clock.now(),
        approved_by=by.id,
        approved_by_name=by.name,
        holding_id=holding_id,
    )
    tx.add(approval)
    tx.flush()
    detail = {
        "notice": notice.id,
        "language": now.language,
        "content": seen.content,
        "audience": seen.audience,
        "confirmed": approval.confirmed,
        "holding": holding_id,
    }
    timeline.append(tx, notice.incident_id, "notice.approved", detail, by=by, clock=clock)
    return approval


def cleared(tx: Session, notice: Notice, language: str, *, sources: Sources) -> NoticeApproval:
    """Pass the gate as things stand now: texts rendered and readers looked up anew. Raises Refused."""
    now = digests(tx, notice, language, sources=sources)
    return require_approved(tx, notice, language=language, content_digest=now.content, audience_digest=now.audience)


def recheck(tx: Session, notice: Notice, *, by: Actor, clock: Clock, sources: Sources) -> list[str]:
    """Void what no longer is what was approved (a template edited, a decision changed); the languages that fell."""
    fallen = []
    for approval in standing(tx, notice):
        now = digests(tx, notice, approval.language, sources=sources)
        if now != Digests(approval.content_digest, approval.audience_digest):
            what = "content" if now.content != approval.content_digest else "readers"
            void(tx, notice, approval, because=f"{what} changed", by=by, clock=clock)
            fallen.append(approval.language)
    return fallen


def release(
    tx: Session, notice: Notice, language: str, *, because: str, by: Actor, clock: Clock, sources: Sources
) -> NoticeRelease:
    """Stand by name for wording that nobody of the house has reviewed in `language`; it holds for these bytes only."""
    must_be_open(tx.get_one(Incident, notice.incident_id))
    by.must_be(ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE, ActorRole.APPROVER)
    if not because.strip():
        raise BadInput("because: say on what ground you stand for this wording, such as that you read the language.")
    blocks = sources.wording.notice(notice.wording).in_language(language)
    row = NoticeRelease(
        id=new_id("rel"),
        notice_id=notice.id,
        language=language,
        wording_digest=blocks.digest,
        because=because.strip(),
        released_at=clock.now(),
        released_by=by.id,
        released_by_name=by.name,
    )
    tx.add(row)
    tx.flush()
    detail = {"notice": notice.id, "language": language, "wording": blocks.digest}
    timeline.append(tx, notice.incident_id, "notice.wording_released", detail, by=by, clock=clock)
    return row


def is_released(tx: Session, notice: Notice, language: str, wording_digest: str) -> bool:
    """Whether somebody stood for exactly this wording."""
    query = select(NoticeRelease).where(
        NoticeRelease.notice_id == notice.id,
        NoticeRelease.language == language,
        NoticeRelease.wording_digest == wording_digest,
    )
    return tx.scalars(query).first() is not None


def writers(tx: Session, notice: Notice) -> set[str]:
    """Everybody who drafted the notice or wrote a word into it, in any language, even if it was replaced since."""
    rows = tx.scalars(select(NoticeText.said_by).where(NoticeText.notice_id == notice.id)).all()
    return {notice.drafted_by, *rows}


def _must_be_second_person(tx: Session, notice: Notice, by: Actor) -> None:
    wrote = writers(tx, notice)
    if by.id in wrote:
        raise Refused("wrote_it", f"{by.name} wrote part of {notice.reference}; another person must approve it.")
    if ActorRole.APPROVER not in by.roles and not _is_deputy(tx, notice, by, wrote):
        by.must_be(ActorRole.APPROVER)


def _is_deputy(tx: Session, notice: Notice, by: Actor, wrote: set[str]) -> bool:
    # Named for this incident by somebody else, who must not be a writer: nobody picks the judge of their own words.
    return any(
        line.kind == "incident.assigned"
        and line.detail.get("part") == Part.APPROVER
        and line.detail.get("actor") == by.id
        and line.actor_id not in wrote | {by.id}
        for line in timeline.read(tx, notice.incident_id)
    )


def _must_be_ready(tx: Session, notice: Notice, language: str, sources: Sources) -> Written:
    if notice.withdrawn_at is not None:
        raise Refused("notice_withdrawn", f"{notice.reference} was withdrawn.")
    if tx.scalars(select(Notice).where(Notice.follows_id == notice.id)).first() is not None:
        raise Refused("notice_followed", f"A later round follows {notice.reference}; approve that notice.")
    if language not in languages(tx, notice):
        raise Refused("no_readers", f"Nobody reads {notice.reference} in {language}.")
    now = written(tx, notice, language, sources=sources)
    if now.findings:
        because = tuple(finding.sentence for finding in now.findings)
        raise Refused("content_incomplete", f"{notice.reference} ({language}) cannot be approved yet.", because=because)
    if not now.reviewed and not is_released(tx, notice, language, now.wording_digest):
        raise Refused(
            "wording_unreviewed",
            f"No named person has reviewed the wording of {notice.wording} in {language}; have someone release it.",
        )
    return now
