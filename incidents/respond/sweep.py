"""The worker's part: playbooks move on when something was recorded, and steps that fall due are said to be late."""

from typing import Any

from sqlalchemy import func, or_, select

from incidents.foundation.jobs import register
from incidents.record.actor import TOCSIN
from incidents.record.tables import Incident, PinnedPlan, TimelineEntry
from incidents.respond.play import advance, open_playbook
from playbooks.load import choose


def due(kit: Any) -> list[str]:
    """The open incidents whose timeline has lines that their playbook has not seen, or a step whose time has come."""
    last = select(func.max(TimelineEntry.seq)).where(TimelineEntry.incident_id == PinnedPlan.incident_id)
    query = (
        select(PinnedPlan.incident_id)
        .join(Incident, Incident.id == PinnedPlan.incident_id)
        .where(or_(PinnedPlan.seen_seq < last.scalar_subquery(), PinnedPlan.next_due_at <= kit.clock.now()))
    )
    with kit.begin(reading=True) as tx:
        return list(tx.scalars(query))


@register("playbook.advance", due=due)
def advance_playbook(kit: Any, incident_id: str) -> None:
    """Advance one incident's playbook."""
    with kit.begin() as tx:
        advance(tx, tx.get_one(Incident, incident_id), kit=kit)


def unopened(kit: Any) -> list[str]:
    """The open incidents that follow no playbook although there is one for them, through whichever door they came."""
    query = (
        select(Incident)
        .outerjoin(PinnedPlan, PinnedPlan.incident_id == Incident.id)
        .where(PinnedPlan.incident_id.is_(None), Incident.closed_at.is_(None))
    )
    with kit.begin(reading=True) as tx:
        return [one.id for one in tx.scalars(query) if choose(kit.playbooks, kind=one.kind, role=one.role)]


@register("playbook.open", due=unopened)
def open_missing(kit: Any, incident_id: str) -> None:
    """Open the playbook that the incident's kind and role choose; harmless when somebody was quicker."""
    with kit.begin() as tx:
        if tx.get(PinnedPlan, incident_id) is None:
            open_playbook(tx, tx.get_one(Incident, incident_id), kit=kit, by=TOCSIN)
