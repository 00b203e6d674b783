"""The two ends of an incident: handling ends when the work is done, the case closes when nothing is owed any more."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.filings.tables import BreakGlass, Filing
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.obligations.ledger import newest_assessment, open_entries
from incidents.obligations.states import State
from incidents.obligations.tables import LedgerEntry
from incidents.record import holds, timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.anchors import set_anchor
from incidents.record.incident import Phase, must_be_open
from incidents.record.tables import Incident
from policies.vocabulary import AnchorName


def end_handling(
    tx: Session, incident: Incident, *, by: Actor, clock: Clock, at: datetime | None = None, source: str = "said here"
) -> None:
    """Say that handling ended, at `at` (now unless said); the reports that count from it begin to run.

    Assess again afterwards: that writes their deadlines into the ledger. What is still owed does not stand in the way.
    """
    must_be_open(incident)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if incident.handling_ended_at is not None:
        said = f"The handling of {incident.reference} ended at {incident.handling_ended_at:%Y-%m-%d %H:%M}Z."
        raise Refused("handling_ended", said)
    ended_at = at or clock.now()
    set_anchor(tx, incident, AnchorName.HANDLING_ENDED_AT, ended_at, by=by, clock=clock, source=source)
    incident.handling_ended_at = ended_at
    incident.phase = Phase.REVIEW
    timeline.append(tx, incident.id, "incident.handling_ended", {}, by=by, clock=clock, happened_at=ended_at)


def in_the_way(tx: Session, incident: Incident, *, clock: Clock) -> tuple[str, ...]:
    """What stands in the way of closing, a sentence each; empty when nothing does."""
    found = []
    if incident.handling_ended_at is None:
        found.append("Nobody has said that handling ended.")
    if newest_assessment(tx, incident.id) is None:
        found.append("It was never assessed what is owed.")
    rows = open_entries(tx, incident.id)
    found += [_owed(row) for row in rows if row.state != State.UNKNOWN]
    found += _hanging([row for row in rows if row.state == State.UNKNOWN])
    if hold := holds.in_force(tx, incident.id, "sending", clock=clock):
        found.append(f"A hold stops sending until {hold.ends_at:%Y-%m-%d %H:%M}Z.")
    query = select(Filing.reference).join(BreakGlass, BreakGlass.filing_id == Filing.id)
    unseen = query.where(Filing.incident_id == incident.id, BreakGlass.reviewed_at.is_(None))
    found += [f"Nobody has reviewed the break-glass filing {reference}." for reference in tx.scalars(unseen)]
    return tuple(found)


def close(tx: Session, incident: Incident, *, by: Actor, clock: Clock) -> None:
    """Close the case. Raises Refused while anything is owed; its `because` names each thing."""
    must_be_open(incident)
    by.must_be(ActorRole.COMPLIANCE)
    reasons = in_the_way(tx, incident, clock=clock)
    if reasons:
        count = f"{len(reasons)} things stand" if len(reasons) > 1 else "One thing stands"
        raise Refused("still_owed", f"{incident.reference} cannot be closed: {count} in the way.", because=reasons)
    incident.closed_at, incident.phase = clock.now(), Phase.CLOSED
    timeline.append(tx, incident.id, "incident.closed", {}, by=by, clock=clock)


def reopen(tx: Session, incident: Incident, *, because: str, by: Actor, clock: Clock) -> None:
    """Open a closed case again, with a reason, which stays out of the timeline; its handling begins anew."""
    by.must_be(ActorRole.COMPLIANCE)
    if incident.closed_at is None:
        raise Refused("not_closed", f"{incident.reference} is open.")
    if not because.strip():
        raise BadInput("because: opening a closed case needs its reason.")
    incident.closed_at, incident.handling_ended_at, incident.phase = None, None, Phase.ANALYSIS
    timeline.append(tx, incident.id, "incident.reopened", {}, by=by, clock=clock)


def _hanging(rows: Sequence[LedgerEntry]) -> Iterator[str]:
    """One sentence a law of which it is open whether anything is owed: mostly it hangs on one and the same fact."""
    laws: dict[tuple[str, str], list[LedgerEntry]] = {}
    for row in rows:
        laws.setdefault((row.party, row.law), []).append(row)
    for (party, law), members in laws.items():
        asked = list(dict.fromkeys(line for row in members for line in row.because))
        more = f" And {len(asked) - 2} more." if len(asked) > 2 else ""
        what = f"{len(members)} duties under {law}" if len(members) > 1 else members[0].duty
        yield f"{party} may owe {what}: {' '.join(asked[:2])}{more}"


def _owed(row: LedgerEntry) -> str:
    until = f", {row.deadline_says}" if row.deadline_says else ""
    for said, when in (("our own target", row.target_at), ("due", row.due_at)):  # what a law says goes before ours
        until = f", {said} {when:%Y-%m-%d %H:%M}Z" if when else until
    named = "" if row.subject in (row.party, row.owed_to) else f" {row.subject}"
    word = "may owe" if row.state == State.POSSIBLE else "owes"
    return f"{row.party} {word} {row.duty} to {row.owed_to.replace('_', ' ')}{named}{until} ({row.citation})."
