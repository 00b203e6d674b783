"""Reads the ledger for people: what is owed with its clock, what laws still ask, what was set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from incidents.deliveries.safe_start import SafeStart, safe_start
from incidents.kit import Kit
from incidents.obligations import ledger
from incidents.obligations.discharge import NEEDS_PROOF
from incidents.obligations.states import OPEN, State
from incidents.obligations.tables import LedgerEntry
from incidents.record.tables import Incident
from policies.vocabulary import Known
from web.pages.clocks import RunningClock, clock_of

_ENTRY = (
    *("id", "duty", "law", "party", "owed_to", "subject", "does", "state", "decision", "because", "citation", "known"),
    *("to_confirm", "law_state", "deadline_kind", "deadline_says", "provisional", "waiting_for", "due_at", "target_at"),
    *("contents", "later_contents", "forbidden", "methods", "form", "phase", "note", "people_min", "people_max"),
    *("settled_at", "settled_by_name", "settled_because", "settled_ref", "rechecked"),
)


@dataclass(frozen=True)
class Owed:
    """One obligation with the clock that runs for it."""

    row: LedgerEntry
    clock: RunningClock
    state: State
    known: Known
    is_open: bool
    needs_proof: bool
    safe_start: SafeStart | None


def owed(tx: Session, incident: Incident, kit: Kit) -> dict[str, list[Owed]]:
    """group -> obligations: open ones by their next moment, then what hangs, what is settled, what is not owed."""
    hands = kit.of(incident)
    found = [_owed(row, hands) for row in ledger.live(tx, incident.id)]
    found.sort(key=lambda one: (one.clock.first_at is None, str(one.clock.first_at), one.row.duty))
    groups: dict[str, list[Owed]] = {"open": [], "unknown": [], "settled": [], "not_owed": []}
    for one in found:
        groups[_group(one.state)].append(one)
    return groups


def entry(row: LedgerEntry) -> dict[str, Any]:
    """An obligation as JSON."""
    return {name: getattr(row, name) for name in _ENTRY}


def questions(tx: Session, incident_id: str) -> Sequence[dict[str, Any]]:
    """What the laws still ask, those first whose answers change the most."""
    return ledger.questions(tx, incident_id)


def _owed(row: LedgerEntry, kit: Kit) -> Owed:
    state = State.of(row.state)
    latest = safe_start(row, packs=kit.packs, providers=kit.providers)
    return Owed(row, clock_of(row), state, Known.of(row.known), state in OPEN, row.owed_to in NEEDS_PROOF, latest)


def _group(state: State) -> str:
    if state in (State.OWED, State.POSSIBLE):
        return "open"
    return {State.UNKNOWN: "unknown", State.NOT_OWED: "not_owed"}.get(state, "settled")
