"""How an obligation ends: met by a notice or filing, waived, impossible, or decided with reasons not to be owed."""

import json
from datetime import datetime
from typing import Any

from securesystemslib.signer import CryptoSigner
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.signing import sign
from incidents.obligations.states import OPEN, State
from incidents.obligations.tables import LedgerEntry
from incidents.record import anchors, timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.tables import Incident
from policies.vocabulary import AnchorName, Audience, Decision, LawState

BY_HAND = "by_hand"
NEEDS_PROOF = (
    Audience.AFFECTED_INDIVIDUALS,
    Audience.GUARDIANS,
    Audience.PUBLIC,
    Audience.CONTROLLER,
    Audience.SUPERVISORY_AUTHORITY,
)
DECISION_KIND = "application/vnd.tocsin.decision+json"


def meet(
    tx: Session, row: LedgerEntry, *, ref: str, by: Actor, clock: Clock, at: datetime | None = None
) -> LedgerEntry:
    """Done by the notice or filing `ref`, at `at` (now unless said); late if its limit had passed."""
    _must_be_open(row)
    done_at = at or clock.now()
    late = row.due_at is not None and done_at > row.due_at
    _settle(row, State.LATE if late else State.MET, by=by, at=done_at, ref=ref)
    _tell(tx, row, by=by, clock=clock)
    _start_clocks(tx, row, by=by, clock=clock)
    return row


def record_done(
    tx: Session, row: LedgerEntry, *, because: str, by: Actor, clock: Clock, at: datetime | None = None
) -> LedgerEntry:
    """Something done outside Tocsin, such as starting the plan or telling the police; `because` says how it is known.

    Raises Refused for what a notice or a filing meets, with proof: a word that it was done is none.
    """
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if not because.strip():
        raise BadInput("because: say how it is known that this was done.")
    if row.owed_to in NEEDS_PROOF:
        sentence = f"{row.duty} is met by its notice or filing, with proof; it cannot be ticked off."
        raise Refused("needs_proof", sentence)
    row.settled_because = because.strip()
    return meet(tx, row, ref=BY_HAND, by=by, clock=clock, at=at)


def waive(tx: Session, row: LedgerEntry, *, because: str, by: Actor, clock: Clock, signer: CryptoSigner) -> LedgerEntry:
    """A compliance person decides, signed and with the reason, that an obligation is not done."""
    return _decided(tx, row, State.WAIVED, "waived", because, by=by, clock=clock, signer=signer)


def discharge_impossible(
    tx: Session, row: LedgerEntry, *, because: str, by: Actor, clock: Clock, signer: CryptoSigner
) -> LedgerEntry:
    """A compliance person records, signed and with the reason, that an obligation cannot be done."""
    return _decided(tx, row, State.IMPOSSIBLE, "impossible", because, by=by, clock=clock, signer=signer)


def decide_not_to_notify(
    tx: Session, row: LedgerEntry, *, because: str, by: Actor, clock: Clock, signer: CryptoSigner
) -> LedgerEntry:
    """A reasoned, signed record that nobody is notified where the law leaves it open; a later count opens it again.

    Raises Refused where the facts already make it owed: then the facts are answered, or it is waived as what it is.
    """
    if row.decision == Decision.OWED and row.law_state != LawState.VOLUNTARY:
        sentence = f"{row.duty} is owed on the facts on record; correct the facts, or waive it with the reason."
        raise Refused("obligation_is_owed", sentence)
    return _decided(tx, row, State.WAIVED, "not_notified", because, by=by, clock=clock, signer=signer)


def _decided(
    tx: Session,
    row: LedgerEntry,
    state: State,
    decision: str,
    because: str,
    *,
    by: Actor,
    clock: Clock,
    signer: CryptoSigner,
) -> LedgerEntry:
    by.must_be(ActorRole.COMPLIANCE)
    _must_be_open(row)
    if not because.strip():
        raise BadInput("because: such a decision needs its reason.")
    _settle(row, state, by=by, at=clock.now(), because=because.strip())
    row.signature = sign(signer, _signed(row, decision), kind=DECISION_KIND)
    _tell(tx, row, by=by, clock=clock, decision=decision)
    return row


def _signed(row: LedgerEntry, decision: str) -> bytes:
    # The digest binds the decision to the facts and reasons of its day.
    said: dict[str, Any] = {
        "obligation": row.id,
        "duty": row.duty,
        "party": row.party,
        "subject": row.subject,
        "decision": decision,
        "because": row.settled_because,
        "by": row.settled_by,
        "at": row.settled_at.isoformat() if row.settled_at else None,
        "on": row.digest,
    }
    return json.dumps(said, sort_keys=True, ensure_ascii=False).encode()


def _must_be_open(row: LedgerEntry) -> None:
    if row.state not in OPEN:
        raise Refused("obligation_not_open", f"{row.duty} of {row.party} is {row.state.replace('_', ' ')}, not open.")


def _settle(
    row: LedgerEntry, state: State, *, by: Actor, at: datetime, because: str | None = None, ref: str | None = None
) -> None:
    row.state = state
    row.settled_at, row.settled_by, row.settled_by_name = at, by.id, by.name
    row.settled_because, row.settled_ref = because or row.settled_because, ref


def _start_clocks(tx: Session, row: LedgerEntry, *, by: Actor, clock: Clock) -> None:
    # A controller is aware when its processor told it; some limits count from the telling of the people.
    party, name = {
        Audience.CONTROLLER: (row.subject, AnchorName.TOLD_BY_PROCESSOR_AT),
        Audience.AFFECTED_INDIVIDUALS: (row.party, AnchorName.INDIVIDUALS_NOTIFIED_AT),
    }.get(Audience.of(row.owed_to), (None, None))
    if party is None or name is None or row.settled_at is None:
        return
    if name in anchors.anchors(tx, row.incident_id).get(party, {}):
        return
    incident = tx.get_one(Incident, row.incident_id)
    source = f"{row.duty} was met by {row.settled_ref}"
    anchors.set_anchor(tx, incident, name, row.settled_at, by=by, clock=clock, source=source, party=party)


def _tell(tx: Session, row: LedgerEntry, *, by: Actor, clock: Clock, decision: str | None = None) -> None:
    detail = {
        "obligation": row.id,
        "duty": row.duty,
        "party": row.party,
        "subject": row.subject,
        "ref": row.settled_ref,
    }
    if decision is not None:
        detail["decision"] = decision
    timeline.append(
        tx, row.incident_id, f"obligation.{row.state}", detail, by=by, clock=clock, happened_at=row.settled_at
    )
