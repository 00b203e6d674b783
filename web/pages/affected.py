"""Reads who is affected, in counts: the versions, the cohorts of one, what changed, what awaits a decision."""

from typing import Any

from sqlalchemy.orm import Session

from affected import notes
from incidents.evidence import collect
from incidents.snapshots import in_force, opened
from incidents.snapshots.tables import CohortDecision, Snapshot, SnapshotCohort

_SNAPSHOT = (
    *("id", "version", "as_of_on", "evidence_ids", "digest", "counts", "changes", "reports"),
    *("frozen_at", "frozen_by_name"),
)
_COHORT = (
    *("cohort_id", "membership", "controller", "residence", "region", "role", "language", "age_band", "standing"),
    *("categories", "people", "certain", "possible", "presumed", "with_guardian", "unreachable", "by_address"),
)


def snapshot(tx: Session, one: Snapshot) -> dict[str, Any]:
    """A version as JSON, with the digests of its files."""
    files = [{"name": file.name, "rows": file.rows, "digest": file.digest} for file in opened.files(tx, one)]
    return {name: getattr(one, name) for name in _SNAPSHOT} | {"files": files, "counted": counts(tx, one)}


def cohort(row: SnapshotCohort, decision: CohortDecision | None) -> dict[str, Any]:
    """A cohort as JSON, with what was decided about it if anything was."""
    said = {"decision": decision.decision, "because": decision.because} if decision else None
    return {name: getattr(row, name) for name in _COHORT} | {"decided": said}


def cohorts(tx: Session, one: Snapshot) -> list[tuple[SnapshotCohort, CohortDecision | None]]:
    """The cohorts of a version, largest first, each with the decision in force."""
    made = in_force.decisions(tx, one.incident_id)
    return [(row, made.get((row.cohort_id, row.membership))) for row in opened.cohort_rows(tx, one)]


def counts(tx: Session, one: Snapshot) -> dict[str, int]:
    """How many people count for sure, and how many at most, after every decision: what laws and reports read."""
    rows = [*opened.counted(tx, one)]
    return {"sure": sum(low for _, low, _ in rows), "at_most": sum(high for _, _, high in rows)}


def items(tx: Session, one: Snapshot) -> list[dict[str, Any]]:
    """Each item of evidence in a version: what it is, what it exposed, and for a log the days without a line."""
    titles = {item.id: item.title for item in collect.items(tx, one.incident_id, withdrawn_too=True)}
    return [
        {
            "id": item_id,
            "title": titles[item_id],
            "kind": report.get("kind"),
            "exposed": report.get("exposed", []),
            "rows": report.get("rows"),
            "coverage": report.get("coverage"),
            "notes": notes(report),
        }
        for item_id, report in sorted(one.reports.items())
        if item_id in titles
    ]
