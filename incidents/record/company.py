"""Standing answers of a company: what it is and does, said once and counted in every incident until said otherwise."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput
from incidents.foundation.ids import new_id
from incidents.record.actor import Actor, ActorRole
from incidents.record.facts import Answer
from incidents.record.tables import Incident, StandingAnswer


def answer_standing(
    tx: Session, company: str, name: str, value: Answer, *, because: str, by: Actor, clock: Clock
) -> StandingAnswer:
    """Record what is true of `company`, whatever the incident; an earlier answer is superseded and kept.

    What was answered in an incident counts more there. Raises BadInput without a reason.
    """
    by.must_be(ActorRole.COMPLIANCE)
    if not because.strip():
        raise BadInput(f"{name}: an answer needs its reason.")
    for earlier in tx.scalars(_live(company).where(StandingAnswer.name == name)):
        earlier.superseded_at = clock.now()
    row = StandingAnswer(
        id=new_id("sta"),
        company=company,
        name=name,
        value={"is": value},
        because=because.strip(),
        said_by=by.id,
        said_by_name=by.name,
        said_at=clock.now(),
    )
    tx.add(row)
    tx.flush()
    return row


def standing_rows(tx: Session, company: str) -> list[StandingAnswer]:
    """The answers that stand, by name."""
    return list(tx.scalars(_live(company).order_by(StandingAnswer.name)))


def standing_answers(tx: Session, company: str) -> Mapping[str, Any]:
    """name -> value, of the answers that stand."""
    return {row.name: row.value["is"] for row in standing_rows(tx, company)}


def open_incidents(tx: Session, company: str) -> list[Incident]:
    """The open incidents of `company`, which hang on its standing answers."""
    return list(tx.scalars(select(Incident).where(Incident.company == company, Incident.closed_at.is_(None))))


def _live(company: str) -> Any:
    return select(StandingAnswer).where(StandingAnswer.company == company, StandingAnswer.superseded_at.is_(None))
