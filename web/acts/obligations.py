"""Acts of what is owed: assess, record as done, waive, record as impossible, decide not to notify."""

from typing import Any

from incidents.foundation.errors import NotFound
from incidents.obligations import assess as assessing
from incidents.obligations import discharge, ledger
from incidents.obligations.tables import LedgerEntry
from packs import Strict
from web.acts.act import Visit, act


class BecauseBody(Strict):
    """The reason, which is signed with the decision."""

    because: str


@act("/incidents/<reference>/assess", page="owed", said="Assessed.")
def assess_incident(visit: Visit) -> dict[str, Any]:
    """Ask every law and promise what is owed on the facts of now."""
    found = assessing.assess(visit.tx, visit.incident, packs=visit.kit.packs, **visit.hands)
    return {
        "id": found.assessment.id,
        "number": found.assessment.number,
        "changes": [
            {"what": one.what, "party": one.party, "duty": one.duty, "subject": one.subject, "state": one.state}
            for one in found.changes
        ],
    }


@act("/incidents/<reference>/obligations/<obligation_id>/done", page="owed", said="Recorded as done.")
def record_done(visit: Visit, body: BecauseBody, obligation_id: str) -> dict[str, Any]:
    """Record that something was done which needs no notice and no report, and how that is known."""
    row = discharge.record_done(visit.tx, _row(visit, obligation_id), because=body.because, **visit.hands)
    return {"id": row.id, "state": row.state}


@act("/incidents/<reference>/obligations/<obligation_id>/waive", page="owed", said="Waived and signed.")
def waive_obligation(visit: Visit, body: BecauseBody, obligation_id: str) -> dict[str, Any]:
    """Decide, signed and with the reason, that an obligation is not done."""
    row = discharge.waive(visit.tx, _row(visit, obligation_id), **_decision(visit, body))
    return {"id": row.id, "state": row.state}


@act("/incidents/<reference>/obligations/<obligation_id>/impossible", page="owed", said="Recorded and signed.")
def record_impossible(visit: Visit, body: BecauseBody, obligation_id: str) -> dict[str, Any]:
    """Record, signed and with the reason, that an obligation cannot be done."""
    row = discharge.discharge_impossible(visit.tx, _row(visit, obligation_id), **_decision(visit, body))
    return {"id": row.id, "state": row.state}


@act("/incidents/<reference>/obligations/<obligation_id>/not-notify", page="owed", said="Recorded and signed.")
def decide_not_to_notify(visit: Visit, body: BecauseBody, obligation_id: str) -> dict[str, Any]:
    """Record, signed, that nobody is notified where the law leaves it open."""
    row = discharge.decide_not_to_notify(visit.tx, _row(visit, obligation_id), **_decision(visit, body))
    return {"id": row.id, "state": row.state}


def assess_again(visit: Visit) -> None:
    """Run the assessment again after a fact changed, if there was one before: its answer depends on the fact."""
    assessing.assess_again(visit.tx, visit.incident, packs=visit.kit.packs, **visit.hands)


def _row(visit: Visit, obligation_id: str) -> LedgerEntry:
    row = ledger.entry(visit.tx, obligation_id)
    if row.incident_id != visit.incident.id:
        raise NotFound("obligation", obligation_id)
    return row


def _decision(visit: Visit, body: BecauseBody) -> dict[str, Any]:
    return visit.hands | {"because": body.because, "signer": visit.kit.signer}
