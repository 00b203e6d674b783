"""The worker's part when the law changes: open incidents that were assessed by other packs are assessed again."""

from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from incidents.foundation.jobs import register
from incidents.obligations.assess import assess
from incidents.obligations.tables import Assessment
from incidents.record.actor import TOCSIN
from incidents.record.tables import Incident


def due(kit: Any) -> list[str]:
    """The open incidents whose newest assessment asked another state of the laws and promises than today's."""
    other = aliased(Assessment)
    newest = select(func.max(other.number)).where(other.incident_id == Incident.id).correlate(Incident)
    query = (
        select(Incident.id)
        .join(Assessment, Assessment.incident_id == Incident.id)
        .where(Incident.closed_at.is_(None), Assessment.number == newest.scalar_subquery())
        .where(or_(Assessment.packs.is_(None), Assessment.packs != kit.packs.digest))
    )
    with kit.begin(reading=True) as tx:
        return list(tx.scalars(query))


@register("obligations.reassess", due=due)
def reassess(kit: Any, incident_id: str) -> None:
    """Assess one incident by the laws of now; what was decided on other ones is checked again."""
    with kit.begin() as tx:
        incident = tx.get_one(Incident, incident_id)
        if incident.closed_at is None:
            assess(tx, incident, by=TOCSIN, clock=kit.clock, packs=kit.packs)
