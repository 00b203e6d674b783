"""The short way for a small case, such as a message to the wrong two people: assessed, recorded and closed in one act.

It skips no law: what is owed on the facts stays owed, and then the case stays open and goes on the ordinary way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from securesystemslib.signer import CryptoSigner
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.keys import KeyRing
from incidents.obligations import discharge
from incidents.obligations.assess import assess
from incidents.obligations.facts import ESTIMATE, ESTIMATED_KINDS, ESTIMATED_RESIDENCE
from incidents.obligations.ledger import open_entries
from incidents.obligations.states import State
from incidents.obligations.tables import LedgerEntry
from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from incidents.record.facts import Answer, answer
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident
from incidents.review.close import close, end_handling, in_the_way
from policies.load import Packs
from policies.vocabulary import Audience, LawState

MOST = 20  # people; with more the ordinary way shows who they are
# What decides most small cases; the words of each question stand with the laws that ask it.
ASKED = (
    "recipients_known_and_few",
    "recipient_trusted",
    "deletion_confirmed",
    "data_reveals_little",
    "malicious_actor",
    "data_unintelligible",
    "harm_effectively_avoided",
    "serious_harm_possible",
)
_OWN = (Audience.OWN_RECORD, Audience.OWN_ORGANISATION)


@dataclass(frozen=True)
class Small:
    """Who is concerned, as far as a law asks: how many, where they live, which kinds of their data."""

    people: int
    residence: str
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Settled:
    """What came of it: closed, or what stands in the way, a sentence each."""

    incident: Incident
    closed: bool
    left: tuple[str, ...]


def open_small(
    tx: Session, declaration: Declaration, small: Small, *, by: Actor, clock: Clock, keys: KeyRing
) -> Incident:
    """Declare the incident with who is concerned. Raises Refused for more than a few people, BadInput for nobody."""
    if small.people < 1:
        raise BadInput("people: say how many people are concerned; if none, it is no personal data breach.")
    if small.people > MOST:
        raise Refused("not_small", f"More than {MOST} people are no small case: declare it and scope who is affected.")
    incident = declare(tx, declaration, by=by, clock=clock, keys=keys)
    said: dict[str, Answer] = {
        ESTIMATE: small.people,
        ESTIMATED_RESIDENCE: small.residence,
        ESTIMATED_KINDS: "+".join(small.categories),
    }
    _answer(tx, incident, {name: value for name, value in said.items() if value}, "counted by hand", by=by, clock=clock)
    return incident


def settle_small(
    tx: Session,
    incident: Incident,
    answers: Mapping[str, Answer],
    *,
    because: str,
    decide: bool,
    by: Actor,
    clock: Clock,
    packs: Packs,
    signer: CryptoSigner,
) -> Settled:
    """Record the `answers`, assess, keep the record that the laws ask, and close if nothing else is owed.

    With `decide` a compliance person signs, for the reason given, that nobody is notified where a fact is left open or
    the text only recommends; without it, whatever is open stays in the way.
    """
    must_be_open(incident)
    if not because.strip():
        raise BadInput("because: a small case is closed for a reason, too.")
    _answer(tx, incident, answers, because, by=by, clock=clock)
    assess(tx, incident, by=by, clock=clock, packs=packs)
    hands: dict[str, Any] = {"because": because, "by": by, "clock": clock}
    for row in open_entries(tx, incident.id):
        if row.state == State.OWED and row.owed_to in _OWN:
            discharge.record_done(tx, row, **hands)
        elif decide and _is_open_to_decision(row):
            discharge.decide_not_to_notify(tx, row, signer=signer, **hands)
    if not open_entries(tx, incident.id) and incident.handling_ended_at is None:
        end_handling(tx, incident, by=by, clock=clock, source="a small case, settled in one act")
        assess(tx, incident, by=by, clock=clock, packs=packs)
    left = in_the_way(tx, incident, clock=clock)
    if not left and ActorRole.COMPLIANCE in by.roles:
        close(tx, incident, by=by, clock=clock)
        return Settled(incident, True, ())
    return Settled(incident, False, left or ("A compliance person closes the case.",))


def _is_open_to_decision(row: LedgerEntry) -> bool:
    return row.state in (State.UNKNOWN, State.POSSIBLE) or row.law_state == LawState.VOLUNTARY


def _answer(
    tx: Session, incident: Incident, answers: Mapping[str, Answer], because: str, *, by: Actor, clock: Clock
) -> None:
    for name, value in answers.items():
        answer(tx, incident, name, value, because=because, by=by, clock=clock)
