"""Break-glass: one person alone lets out the first filing to an authority; loud, and looked at within a day.

A few hours' limit on a Friday night must not be missed for want of a second person. Nothing else goes out this way.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.filings.approve import must_be_ready
from incidents.filings.dossier import Dossier
from incidents.filings.filing import handed_in, is_released, must_be_unsubmitted
from incidents.filings.forms import Form
from incidents.filings.owed import AUTHORITIES
from incidents.filings.tables import BreakGlass, Filing
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.foundation.ids import new_id
from incidents.foundation.jobs import register
from incidents.record import timeline
from incidents.record.actor import TOCSIN, Actor, ActorRole

REVIEW_WITHIN = timedelta(hours=24)


def break_glass(
    tx: Session, filing: Filing, seen: str, *, reason: str, dossier: Dossier, form: Form, by: Actor, clock: Clock
) -> BreakGlass:
    """Let out `filing` alone. Raises Refused unless it is whole and the party's first to this authority."""
    must_be_unsubmitted(tx, filing)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE, ActorRole.APPROVER)
    if not reason.strip():
        raise BadInput("reason: say why no second person could approve this.")
    _must_be_first(tx, filing, form)
    must_be_ready(tx, filing, seen, dossier=dossier, form=form)
    if is_released(tx, filing, form):
        raise Refused("released", f"{filing.reference} as it stands is let out already; hand it in.")
    broken = BreakGlass(
        id=new_id("brk"),
        filing_id=filing.id,
        digest=seen,
        reason=reason.strip(),
        broken_at=clock.now(),
        broken_by=by.id,
        broken_by_name=by.name,
        review_due_at=clock.now() + REVIEW_WITHIN,
    )
    tx.add(broken)
    detail = {"filing": filing.id, "break_glass": broken.id, "digest": seen, "review_due_at": broken.review_due_at}
    timeline.append(tx, filing.incident_id, "filing.break_glass", detail, by=by, clock=clock)
    return broken


def review(tx: Session, broken: BreakGlass, *, finding: str, by: Actor, clock: Clock) -> None:
    """A second person looks at what was let out, and says what they found; late is better than never."""
    by.must_be(ActorRole.APPROVER, ActorRole.COMPLIANCE)
    if by.id == broken.broken_by:
        raise Refused("broke_it", f"{by.name} broke the glass; another person must review it.")
    if broken.reviewed_at is not None:
        raise Refused("break_glass_reviewed", "This was reviewed before.")
    if not finding.strip():
        raise BadInput("finding: say what the review found.")
    broken.reviewed_at, broken.reviewed_by, broken.reviewed_by_name = clock.now(), by.id, by.name
    broken.finding = finding.strip()
    filing = tx.get_one(Filing, broken.filing_id)
    detail = {"break_glass": broken.id, "within_limit": clock.now() <= broken.review_due_at}
    timeline.append(tx, filing.incident_id, "filing.break_glass_reviewed", detail, by=by, clock=clock)


def find_broken(tx: Session, filing: Filing) -> BreakGlass:
    """The break-glass of a filing that still waits for its review, else the newest. Raises NotFound."""
    waiting_first = (BreakGlass.reviewed_at.is_not(None), BreakGlass.id.desc())
    query = select(BreakGlass).where(BreakGlass.filing_id == filing.id).order_by(*waiting_first)
    broken = tx.scalars(query).first()
    if broken is None:
        raise NotFound("break-glass of", filing.reference)
    return broken


def unreviewed(tx: Session, incident_id: str) -> Sequence[BreakGlass]:
    """What one person let out and nobody has looked at yet: shown on every page, and in the way of closing."""
    query = (
        select(BreakGlass)
        .join(Filing, Filing.id == BreakGlass.filing_id)
        .where(Filing.incident_id == incident_id, BreakGlass.reviewed_at.is_(None))
    )
    return tx.scalars(query).all()


def _must_be_first(tx: Session, filing: Filing, form: Form) -> None:
    earlier = handed_in(tx, filing.incident_id, filing.party, filing.authority)
    is_first = filing.stage == form.first_stage and not earlier
    if filing.audience not in AUTHORITIES or not is_first:
        raise Refused(
            "not_the_first", "Break-glass is for the first filing to an authority only; have this one approved."
        )


def _overdue(kit: Any) -> Iterable[str]:
    with kit.begin(reading=True) as tx:
        query = select(BreakGlass.id).where(
            BreakGlass.reviewed_at.is_(None),
            BreakGlass.overdue_at.is_(None),
            BreakGlass.review_due_at < kit.clock.now(),
        )
        return list(tx.scalars(query))


@register("filings.break_glass_overdue", due=_overdue)
def mark_overdue(kit: Any, broken_id: str) -> None:
    """Put on the timeline, once, that nobody reviewed a break-glass within its limit."""
    with kit.begin() as tx:
        broken = tx.get_one(BreakGlass, broken_id)
        if broken.reviewed_at is None and broken.overdue_at is None:
            broken.overdue_at = kit.clock.now()
            filing = tx.get_one(Filing, broken.filing_id)
            detail = {"filing": filing.id, "break_glass": broken.id, "review_due_at": broken.review_due_at}
            timeline.append(tx, filing.incident_id, "filing.break_glass_overdue", detail, by=TOCSIN, clock=kit.clock)
