"""Approve a filing: a second person, bound to the digest of what they read."""

from sqlalchemy.orm import Session

from incidents.filings.answers import gaps, live
from incidents.filings.dossier import Dossier
from incidents.filings.filing import digest, must_be_unsubmitted
from incidents.filings.fill import stale
from incidents.filings.forms import Form
from incidents.filings.tables import Filing, FilingApproval
from incidents.foundation.clock import Clock
from incidents.foundation.errors import Refused
from incidents.foundation.ids import new_id
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole


def approve(
    tx: Session, filing: Filing, seen: str, *, dossier: Dossier, form: Form, by: Actor, clock: Clock
) -> FilingApproval:
    """Approve what the person read: `seen` is the digest on the paper.

    Raises Refused when the person wrote any of it, a required question is open, the records have moved on, or the
    content is not what they read.
    """
    must_be_unsubmitted(tx, filing)
    by.must_be(ActorRole.APPROVER)
    if by.id in writers(tx, filing):
        raise Refused("wrote_it", f"{by.name} wrote part of {filing.reference}; another person must approve it.")
    must_be_ready(tx, filing, seen, dossier=dossier, form=form)
    approval = FilingApproval(
        id=new_id("fap"),
        filing_id=filing.id,
        digest=seen,
        approved_at=clock.now(),
        approved_by=by.id,
        approved_by_name=by.name,
    )
    tx.add(approval)
    detail = {"filing": filing.id, "digest": seen}
    timeline.append(tx, filing.incident_id, "filing.approved", detail, by=by, clock=clock)
    return approval


def must_be_ready(tx: Session, filing: Filing, seen: str, *, dossier: Dossier, form: Form) -> None:
    """Raises Refused, naming what stands in the way, unless the filing is whole, fresh and what was read."""
    missing = gaps(tx, filing, form)
    if missing:
        because = tuple(f"{gap.question}: {gap.why} ({gap.ask})" for gap in missing)
        names = ", ".join(gap.question for gap in missing)
        raise Refused("gaps", f"{filing.reference} is not whole; still open: {names}.", because=because)
    if filing.form_digest != form.digest():
        raise Refused("form_changed", f"The form of {filing.reference} has changed since; prepare it anew.")
    moved = stale(tx, filing, dossier=dossier, form=form)
    if moved or filing.due_at != dossier.deadline.due_at:
        raise Refused(
            "records_moved", f"The records have moved on; refresh {filing.reference} first.", because=tuple(moved)
        )
    if seen != digest(tx, filing, form):
        raise Refused("changed_since_read", f"{filing.reference} is no longer what was read; read it again.")


def writers(tx: Session, filing: Filing) -> set[str]:
    """Everybody of whom a word stands in the filing, and who prepared it."""
    return {filing.prepared_by} | {row.said_by for row in live(tx, filing).values() if not row.from_records}
