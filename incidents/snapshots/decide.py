"""Compliance decides about people of whom it is not certain: strangers and the undecided."""

from sqlalchemy.orm import Session

from affected.words import Membership
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.foundation.ids import new_id
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident
from incidents.snapshots.in_force import decisions
from incidents.snapshots.opened import Decision, cohort_rows
from incidents.snapshots.standing import by_cohort
from incidents.snapshots.tables import CohortDecision, Snapshot


def decide(
    tx: Session,
    snapshot: Snapshot,
    cohort_id: str,
    membership: Membership,
    decision: Decision,
    *,
    because: str,
    by: Actor,
    clock: Clock,
) -> CohortDecision:
    """Decide whether strangers or undecided people of a cohort are counted and told; a later decision supersedes.

    It holds for that cohort in later versions too. Raises Refused for the affected: evidence found them, so they are
    reviewed as people (see review.py), or the evidence is withdrawn.
    """
    incident = tx.get_one(Incident, snapshot.incident_id)
    must_be_open(incident)
    by.must_be(ActorRole.COMPLIANCE)
    if not because.strip():
        raise BadInput("because: a decision needs its reason.")
    if membership is Membership.AFFECTED:
        raise Refused("not_to_decide", "Evidence found these people; review them, or withdraw wrong evidence.")
    rows = [row for row in cohort_rows(tx, snapshot) if (row.cohort_id, row.membership) == (cohort_id, membership)]
    if not rows:
        raise NotFound(f"cohort of {membership} people", cohort_id)
    earlier = decisions(tx, incident.id).get((cohort_id, membership))
    if earlier is not None:
        earlier.superseded_at = clock.now()
    made = CohortDecision(
        id=new_id("dec"),
        incident_id=incident.id,
        snapshot_id=snapshot.id,
        cohort_id=cohort_id,
        membership=membership,
        decision=decision,
        because=because.strip(),
        decided_at=clock.now(),
        decided_by=by.id,
        decided_by_name=by.name,
        superseded_at=None,
    )
    tx.add(made)
    tx.flush()
    detail = {"decision": made.id, "cohort": cohort_id, "membership": membership, "word": decision}
    timeline.append(tx, incident.id, "snapshot.decided", detail | {"people": rows[0].people}, by=by, clock=clock)
    return made


def undecided_cohorts(tx: Session, snapshot: Snapshot) -> list[tuple[str, Membership, int]]:
    """(cohort, membership, people) on which compliance has still to decide, but for people who were reviewed."""
    made = decisions(tx, snapshot.incident_id)
    reviewed = by_cohort(tx, snapshot)
    waiting = []
    for row in cohort_rows(tx, snapshot):
        key = (row.cohort_id, row.membership)
        left = row.people - sum(reviewed.get(key, {}).values())
        if row.membership != Membership.AFFECTED and key not in made and left:
            waiting.append((row.cohort_id, Membership(row.membership), left))
    return waiting
