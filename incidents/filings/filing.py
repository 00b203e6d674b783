"""A filing as a whole: how one is found, what it says now, whether it may go out, which one came before."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from incidents.filings.answers import live
from incidents.filings.content import changes
from incidents.filings.forms import Form
from incidents.filings.tables import BreakGlass, Filing, FilingApproval, Submission
from incidents.foundation.errors import NotFound, Refused
from incidents.record.timeline import digest_of


def find(tx: Session, wanted: str) -> Filing:
    """The filing with this id or reference. Raises NotFound."""
    query = select(Filing).where(or_(Filing.id == wanted, Filing.reference == wanted.upper()))
    filing = tx.scalars(query).first()
    if filing is None:
        raise NotFound("filing", wanted)
    return filing


def filings(tx: Session, incident_id: str) -> Sequence[Filing]:
    """The filings of an incident in the order they were prepared."""
    return tx.scalars(select(Filing).where(Filing.incident_id == incident_id).order_by(Filing.id)).all()


def submission_of(tx: Session, filing: Filing) -> Submission | None:
    """How it was handed in, if it was."""
    return tx.scalars(select(Submission).where(Submission.filing_id == filing.id)).first()


def last_before(tx: Session, filing: Filing) -> tuple[Filing, Submission] | None:
    """The report that this party last handed in to the same authority on the same form, this one left out."""
    earlier = handed_in(tx, filing.incident_id, filing.party, filing.authority, filing.form)
    return next((pair for pair in reversed(earlier) if pair[0].id != filing.id), None)


def handed_in(
    tx: Session, incident_id: str, party: str, authority: str, form: str | None = None
) -> list[tuple[Filing, Submission]]:
    """What a party handed in to an authority, on one form or on any, oldest first."""
    query = (
        select(Filing, Submission)
        .join(Submission, Submission.filing_id == Filing.id)
        .where(Filing.incident_id == incident_id, Filing.party == party, Filing.authority == authority)
        .order_by(Submission.submitted_at, Submission.id)
    )
    if form is not None:
        query = query.where(Filing.form == form)
    return [(row[0], row[1]) for row in tx.execute(query)]


def content_of(tx: Session, filing: Filing, form: Form) -> dict[str, Any]:
    """Everything the filing says now, as plain JSON; once it is handed in, what was handed in for good."""
    submission = submission_of(tx, filing)
    if submission is not None:
        return submission.content
    standing = live(tx, filing)
    answers = [
        {
            "question": question.id,
            "state": row.state,
            "shape": row.shape,
            "value": row.value["is"],
            "because": row.because,
        }
        for question in form.questions()
        if (row := standing.get(question.id)) is not None
    ]
    before = _replaced(tx, filing)
    return {
        **filing.heading,
        "form": filing.form,
        "form_digest": filing.form_digest,
        "stage": filing.stage,
        "language": filing.language,
        "reference": filing.reference,
        "party": filing.party,
        "authority": filing.authority,
        "due_at": filing.due_at.astimezone(UTC).isoformat() if filing.due_at else None,
        "snapshot_version": filing.snapshot_version,
        "replaces": _heading(*before) if before else None,
        "answers": answers,
        "changes": changes(before[1].content["answers"], answers) if before else [],
    }


def digest(tx: Session, filing: Filing, form: Form) -> str:
    """The digest of what the filing says now: what an approval is bound to."""
    return digest_of(content_of(tx, filing, form))


def is_released(tx: Session, filing: Filing, form: Form) -> bool:
    """Whether it may be handed in as it stands."""
    return released_at(tx, filing, form) is not None


def released_at(tx: Session, filing: Filing, form: Form) -> datetime | None:
    """When it was released as it stands: approved by a second person, or let out by break-glass. None if by nobody."""
    now = digest(tx, filing, form)
    approvals = select(FilingApproval.approved_at).where(
        FilingApproval.filing_id == filing.id, FilingApproval.digest == now, FilingApproval.voided_at.is_(None)
    )
    broken = select(BreakGlass.broken_at).where(BreakGlass.filing_id == filing.id, BreakGlass.digest == now)
    return min((*tx.scalars(approvals), *tx.scalars(broken)), default=None)


def must_be_unsubmitted(tx: Session, filing: Filing) -> None:
    """Raises Refused when the filing was handed in or withdrawn: what was said stays said."""
    submission = submission_of(tx, filing)
    if submission is not None:
        raise Refused(
            "filing_submitted",
            f"{filing.reference} was handed in at {submission.submitted_at:%Y-%m-%d %H:%M}Z; supplement it instead.",
        )
    if filing.withdrawn_at is not None:
        raise Refused("filing_withdrawn", f"{filing.reference} was withdrawn.")


def _replaced(tx: Session, filing: Filing) -> tuple[Filing, Submission] | None:
    if filing.replaces_id is None:
        return None
    before = tx.get_one(Filing, filing.replaces_id)
    submission = submission_of(tx, before)
    return (before, submission) if submission else None


def _heading(before: Filing, submission: Submission) -> dict[str, str]:
    at = submission.submitted_at.astimezone(UTC).isoformat()
    return {"reference": before.reference, "stage": before.stage, "submitted_at": at}
