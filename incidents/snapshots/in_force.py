"""What people decided of cohorts and stands in force; read from rows alone."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.snapshots.tables import CohortDecision


def decisions(tx: Session, incident_id: str) -> dict[tuple[str, str], CohortDecision]:
    """The decisions in force, by cohort and membership."""
    query = select(CohortDecision).where(
        CohortDecision.incident_id == incident_id, CohortDecision.superseded_at.is_(None)
    )
    return {(found.cohort_id, found.membership): found for found in tx.scalars(query)}
