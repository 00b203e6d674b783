"""Record that a person handed a report in, and what the authority answered. No authority takes reports by program.

Handing in meets the obligation and sets the anchors that the form names, so that limits which count from it start.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.evidence.vault import Vault
from incidents.filings.answers import live
from incidents.filings.content import AnswerState
from incidents.filings.filing import content_of, must_be_unsubmitted, released_at
from incidents.filings.forms import Channel, Form, Stage
from incidents.filings.owed import limit_of, settle
from incidents.filings.tables import Acknowledgement, Filing, Submission
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.foundation.ids import new_id
from incidents.foundation.keys import KeyRing
from incidents.obligations.ledger import entry
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.anchors import anchors, anchors_of_duties, set_anchor
from incidents.record.tables import Incident
from incidents.record.timeline import digest_of
from policies.vocabulary import ContentElement


@dataclass(frozen=True)
class HandedIn:
    """What a person did. `paper`: the file handed in (of a web form, what was typed from); None where spoken."""

    channel: str
    at: datetime
    paper: BinaryIO | None = None
    reasons_for_delay: str | None = None


@dataclass(frozen=True)
class Answered:
    """What the authority answered: any of a number and a paper, at a moment."""

    at: datetime
    number: str | None = None
    paper: BinaryIO | None = None


def submit(
    tx: Session,
    filing: Filing,
    handed_in: HandedIn,
    *,
    form: Form,
    by: Actor,
    clock: Clock,
    vault: Vault,
    keys: KeyRing,
) -> Submission:
    """Record a submission. Raises Refused when nobody released the filing, BadInput when it is late without reasons."""
    must_be_unsubmitted(tx, filing)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE, ActorRole.APPROVER)
    channel = form.channel(handed_in.channel)
    released = _check(tx, filing, handed_in, channel, form=form, clock=clock)
    limit = limit_of(tx, filing.obligation_ids)
    is_late = limit is not None and handed_in.at > limit
    content = content_of(tx, filing, form)
    submission = Submission(
        id=new_id("sub"),
        filing_id=filing.id,
        channel=channel.id,
        submitted_at=handed_in.at,
        submitted_by=by.id,
        submitted_by_name=by.name,
        content_digest=digest_of(content),
        content=content,
        is_late=is_late,
        reasons_for_delay=_reasons(tx, filing, handed_in, form, limit) if limit is not None and is_late else None,
        before_release=handed_in.at < released,
        recorded_at=clock.now(),
    )
    incident = tx.get_one(Incident, filing.incident_id)
    submission.paper, submission.paper_sha256 = _keep(tx, incident, handed_in.paper, vault=vault, keys=keys)
    tx.add(submission)
    tx.flush()
    detail = {
        "filing": filing.id,
        "channel": channel.id,
        "digest": submission.content_digest,
        "paper_sha256": submission.paper_sha256,
        "is_late": is_late,
        "before_release": submission.before_release,
    }
    timeline.append(tx, incident.id, "filing.submitted", detail, by=by, clock=clock, happened_at=handed_in.at)
    _start_clocks(tx, incident, filing, submission, form=form, by=by, clock=clock)
    settle(tx, filing.obligation_ids, ref=filing.id, at=submission.submitted_at, by=by, clock=clock)
    return submission


def acknowledge(
    tx: Session,
    submission: Submission,
    answered: Answered,
    *,
    by: Actor,
    clock: Clock,
    vault: Vault,
    keys: KeyRing,
) -> Acknowledgement:
    """Record what the authority answered; there may be several, one after the other."""
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE, ActorRole.APPROVER)
    if not answered.number and answered.paper is None:
        raise BadInput("number: an acknowledgement needs its number or its paper.")
    _must_be_past(answered.at, clock)
    if answered.at < submission.submitted_at:
        raise BadInput("at: an authority cannot acknowledge a report before it was handed in.")
    filing = tx.get_one(Filing, submission.filing_id)
    incident = tx.get_one(Incident, filing.incident_id)
    paper, sha256 = _keep(tx, incident, answered.paper, vault=vault, keys=keys)
    row = Acknowledgement(
        id=new_id("ack"),
        submission_id=submission.id,
        number=answered.number,
        acknowledged_at=answered.at,
        paper=paper,
        paper_sha256=sha256,
        recorded_by=by.id,
        recorded_by_name=by.name,
        recorded_at=clock.now(),
    )
    tx.add(row)
    detail = {"filing": filing.id, "number": answered.number, "paper_sha256": sha256}
    timeline.append(tx, incident.id, "filing.acknowledged", detail, by=by, clock=clock, happened_at=answered.at)
    return row


def acknowledgements(tx: Session, filing: Filing) -> list[Acknowledgement]:
    """What the authority answered to a filing, oldest first."""
    query = select(Acknowledgement).join(Submission).where(Submission.filing_id == filing.id)
    return list(tx.scalars(query.order_by(Acknowledgement.id)))


def _check(tx: Session, filing: Filing, handed_in: HandedIn, channel: Channel, *, form: Form, clock: Clock) -> datetime:
    _must_be_past(handed_in.at, clock)
    released = released_at(tx, filing, form)
    if released is None:
        raise Refused(
            "not_released",
            f"{filing.reference} as it stands was approved by nobody; have it approved, then hand it in.",
        )
    if handed_in.paper is None and not channel.spoken:
        raise BadInput(f"paper: hand over the file that went in by {channel.id}; its digest is the proof.")
    return released


def _must_be_past(at: datetime, clock: Clock) -> None:
    if at.tzinfo is None:
        raise BadInput("at: this moment has no time zone.")
    if at > clock.now():
        raise BadInput("at: this moment lies in the future.")


def _reasons(tx: Session, filing: Filing, handed_in: HandedIn, form: Form, limit: datetime) -> str:
    said = (handed_in.reasons_for_delay or "").strip()
    asked = [each.id for each in form.questions() if ContentElement.REASONS_FOR_DELAY in each.fulfils]
    written = [row for name, row in live(tx, filing).items() if name in asked and row.state == AnswerState.ANSWERED]
    if not said and not written:
        raise BadInput(f"reasons_for_delay: this was handed in after {limit:%Y-%m-%d %H:%M}Z; say why.")
    return said or str(next(iter(written[0].value["is"].values())))


def _keep(
    tx: Session, incident: Incident, paper: BinaryIO | None, *, vault: Vault, keys: KeyRing
) -> tuple[str | None, str | None]:
    if paper is None:
        return None, None
    name = new_id("pap")
    deposit = vault.put(name, paper, lambda file: keys.sealing_stream(tx, incident.key_id, file, about=name))
    return name, deposit.sha256


def _start_clocks(
    tx: Session, incident: Incident, filing: Filing, submission: Submission, *, form: Form, by: Actor, clock: Clock
) -> None:
    standing = anchors(tx, incident.id).get(filing.party, {})
    done = anchors_of_duties(tx, incident.id).get(filing.party, {})
    said: dict[str, Any] = {"by": by, "clock": clock, "source": f"filing {filing.reference}", "party": filing.party}
    duties = dict.fromkeys(entry(tx, wanted).duty for wanted in filing.obligation_ids)
    for name in form.stages[Stage(filing.stage)].sets:
        # The party's own moment is its first report to any authority. Beside it each duty that this report did has its
        # own: what follows one duty never counts from a report to another authority.
        if name not in standing:
            set_anchor(tx, incident, name, submission.submitted_at, **said)
        for duty in duties:
            if name not in done.get(duty, {}):
                set_anchor(tx, incident, name, submission.submitted_at, subject=duty, **said)


def find_submission(tx: Session, filing: Filing) -> Submission:
    """How a filing was handed in. Raises NotFound."""
    found = tx.scalars(select(Submission).where(Submission.filing_id == filing.id)).first()
    if found is None:
        raise NotFound("submission of", filing.reference)
    return found
