"""What the record knows of a playbook's facts and anchors; None wherever it does not know."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from affected.words import Membership
from incidents.filings.tables import Filing, Submission
from incidents.foundation.clock import Clock
from incidents.obligations.ledger import live, newest_assessment
from incidents.obligations.states import State
from incidents.obligations.tables import LedgerEntry
from incidents.record import anchors, holds
from incidents.record.tables import Incident
from incidents.snapshots.opened import counted, newest
from incidents.snapshots.tables import SnapshotCohort
from playbooks.conditions import FactValue
from policies.categories import DataCategory, Facet
from policies.vocabulary import AgeBand, Audience

TO_PEOPLE = {Audience.AFFECTED_INDIVIDUALS, Audience.GUARDIANS, Audience.CONTROLLER, Audience.PUBLIC}
TO_AUTHORITIES = {Audience.SUPERVISORY_AUTHORITY, Audience.SECTOR_REGULATOR, Audience.POLICE}
# Kinds of data that more than one law here calls sensitive; what a single law says is in the ledger.
SENSITIVE = {
    *(one for one in DataCategory if one.facets & {Facet.SPECIAL, Facet.OFFICIAL_ID}),
    *("bank_account", "payment_card", "precise_location", "travel_track", "communication_content", "salary"),
}


def facts_of(tx: Session, incident: Incident, *, clock: Clock) -> dict[str, FactValue | None]:
    """The facts of playbooks/vocabulary.yaml, by name."""
    snapshot = newest(tx, incident.id)
    rows = [*counted(tx, snapshot)] if snapshot else None
    owed = live(tx, incident.id) if newest_assessment(tx, incident.id) else None
    made = (
        select(Submission.id).join(Filing, Filing.id == Submission.filing_id).where(Filing.incident_id == incident.id)
    )
    return {
        **_of_people(rows),
        "filing_owed": _outstanding(owed, TO_AUTHORITIES),
        "notice_owed": _outstanding(owed, TO_PEOPLE),
        "filing_made": tx.scalars(made.limit(1)).first() is not None,
        "hold_on_notices": holds.in_force(tx, incident.id, "sending", clock=clock) is not None,
    }


def anchors_of(tx: Session, incident: Incident) -> Mapping[str, datetime]:
    """The company's own anchors that stand now."""
    return anchors.anchors(tx, incident.id).get(incident.company, {})


def _of_people(rows: list[tuple[SnapshotCohort, int, int]] | None) -> dict[str, FactValue | None]:
    found = None if rows is None else [row for row in rows if row[0].membership == Membership.AFFECTED]
    affected = None if found is None else [row for row, _, _ in found]
    return {
        "people_affected": None if found is None else sum(many for _, _, many in found),
        # Unknown age is not grown up: whoever may be under 18 has to be prepared for.
        "minors_affected": None if affected is None else any(row.age_band != AgeBand.ADULT for row in affected),
        "strangers_found": None if rows is None else any(row.membership == Membership.STRANGER for row, _, _ in rows),
        "passwords_exposed": _holds(affected, {"password"}),
        "platform_data_exposed": _holds(affected, {"platform_id"}),
        "sensitive_exposed": _holds(affected, SENSITIVE),
    }


def _holds(rows: list[SnapshotCohort] | None, kinds: set[str]) -> bool | None:
    return None if rows is None else any(kinds & set(row.categories) for row in rows)


def _outstanding(owed: Iterable[LedgerEntry] | None, audiences: set[Audience]) -> bool | None:
    """Yes while one is owed or may be; unknown while all that is left hangs on an unknown fact; no otherwise."""
    if owed is None:
        return None
    states = {row.state for row in owed if row.owed_to in audiences}
    if states & {State.OWED, State.POSSIBLE}:
        return True
    return None if State.UNKNOWN in states else False
