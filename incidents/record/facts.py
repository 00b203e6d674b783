"""Facts: the answers to what laws ask (yes, no, unknown, a word or a range), with who said so and why."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput
from incidents.foundation.ids import new_id
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Fact, Incident

Answer = str | int | Mapping[str, int | None]


def answer(
    tx: Session,
    incident: Incident,
    name: str,
    value: Answer,
    *,
    by: Actor,
    clock: Clock,
    because: str,
    party: str | None = None,
) -> Fact:
    """Record an answer; an earlier one is superseded and kept.

    `value`: yes | no | unknown, a word of the law's own list, a number, or {min, max} where null is not known.
    """
    must_be_open(incident)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if not because.strip():
        raise BadInput(f"{name}: an answer needs its reason.")
    party = party or incident.company
    for earlier in tx.scalars(_live(incident.id).where(Fact.party == party, Fact.name == name)):
        earlier.superseded_at = clock.now()
    fact = Fact(
        id=new_id("fct"),
        incident_id=incident.id,
        party=party,
        name=name,
        value={"is": value},
        said_by=by.id,
        said_by_name=by.name,
        said_at=clock.now(),
        because=because,
    )
    tx.add(fact)
    detail = {"party": party, "name": name, "value": value}
    timeline.append(tx, incident.id, "fact.answered", detail, by=by, clock=clock)
    return fact


def answers(tx: Session, incident_id: str) -> Mapping[str, Mapping[str, Any]]:
    """party -> fact name -> value, of the answers that stand now."""
    found: dict[str, dict[str, Any]] = {}
    for fact in tx.scalars(_live(incident_id)):
        found.setdefault(fact.party, {})[fact.name] = fact.value["is"]
    return found


def _live(incident_id: str) -> Any:
    return select(Fact).where(Fact.incident_id == incident_id, Fact.superseded_at.is_(None))
