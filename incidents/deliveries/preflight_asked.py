"""The pre-flight on request: somebody asks, a worker counts, and what it found stands with its time until the next."""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from incidents.deliveries.preflight import directory_of, preflight
from incidents.deliveries.preflight_tables import AskedPreflight
from incidents.foundation.database import ALONE
from incidents.foundation.errors import Refused
from incidents.foundation.jobs import register
from incidents.foundation.log import note
from incidents.record.actor import Actor, ActorRole
from packs import BadInput

_MAY_ASK = (ActorRole.RESPONDER, ActorRole.COMPLIANCE)
_MAY_READ = (*_MAY_ASK, ActorRole.AUDITOR)


def ask(tx: Session, company: str, *, by: Actor, kit: Any) -> AskedPreflight:
    """Have `company`'s people counted, which reads its whole directory. Raises Refused for whoever may not ask or where
    no directory of it is at hand, BadInput for a company without a house policy."""
    by.must_be(*_MAY_ASK)
    directory_of(kit, company)
    row = tx.get(AskedPreflight, company) or AskedPreflight(company=company, refused="")
    row.asked_at, row.asked_by, row.asked_by_name = kit.clock.now(), by.id, by.name
    tx.add(row)
    tx.flush()
    return row


def last(tx: Session, company: str, *, by: Actor) -> AskedPreflight | None:
    """What the last count found, and whether one is under way; None where nobody asked yet. Raises Refused for whoever
    has no part in it."""
    by.must_be(*_MAY_READ)
    return tx.get(AskedPreflight, company)


def due(kit: Any) -> list[str]:
    """The companies whose people are to be counted."""
    never = AskedPreflight.counted_at.is_(None)
    with kit.begin(reading=True) as tx:
        waits = select(AskedPreflight.company).where(or_(never, AskedPreflight.counted_at < AskedPreflight.asked_at))
        return list(tx.scalars(waits))


@register("deliveries.preflight", due=due, queue="long")
def count(kit: Any, company: str) -> None:
    """Count, with no transaction open meanwhile, and keep what came of it."""
    began, refused, found = kit.clock.now(), "", None
    try:
        found = preflight(kit, company).as_json()
    except BadInput as error:
        refused = str(error)
    except Refused as error:
        refused = error.sentence
    with kit.begin() as tx:
        row = tx.get_one(AskedPreflight, company, with_for_update=ALONE)
        row.counted_at, row.refused = began, refused
        if found is not None:
            row.found, row.found_at = found, began
    note("preflight.counted", company=company, people=found["people"] if found else None)
