"""Reads who is affected, in counts: the versions, the cohorts of one, what changed, what awaits a decision."""

from typing import Any

from sqlalchemy.orm import Session

from affected import notes
from incidents.evidence.tables import EvidenceItem
from incidents.snapshots import opened
from incidents.snapshots.tables import CohortDecision, Snapshot, SnapshotCohort

_SNAPSHOT = ("id", "version", "as_of_on", "evidence_ids", "digest", "counts", "changes", "frozen_at", "frozen_by_name")
_COHORT = (
    *("cohort_id", "membership", "controller", "residence", "region", "role", "language", "age_band", "standing"),
    *("categories", "people", "certain", "possible", "presumed", "with_guardian", "unreachable", "by_address"),
)


def snapshot(tx: Session, one: Snapshot) -> dict[str, Any]:
    """A version as JSON, with the digests of its files."""
    files = [{"name": file.name, "rows": file.rows, "digest": file.digest} for file in opened.files(tx, one)]
    return {name: getattr(one, name) for name in _SNAPSHOT} | {"files": files}


def cohort(row: SnapshotCohort, decision: CohortDecision | None) -> dict[str, Any]:
    """A cohort as JSON, with what was decided about it if anything was."""
    said = {"decision": decision.decision, "because": decision.because} if decision else None
    return {name: getattr(row, name) for name in _COHORT} | {"decided": said}


def cohorts(tx: Session, one: Snapshot) -> list[tuple[SnapshotCohort, CohortDecision | None]]:
    """The cohorts of a version, largest first, each with the decision in force."""
    made = opened.decisions(tx, one.incident_id)
    return [(row, made.get((row.cohort_id, row.membership))) for row in opened.cohort_rows(tx, one)]


def unseen(tx: Session, one: Snapshot) -> list[tuple[EvidenceItem, list[str]]]:
    """The logs of a version that leave something unknown or presume somebody, each with what a reviewer must know."""
    told = {item_id: notes(report) for item_id, report in one.reports.items()}
    return [(tx.get_one(EvidenceItem, item_id), said) for item_id, said in told.items() if said]
