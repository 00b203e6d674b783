"""Who got a notice: read back from the outcomes and the sealed segments, for a correction or a recall."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries import segment, stands
from incidents.deliveries.state import State
from incidents.deliveries.tables import Batch, Delivery, DeliveryNow, FanOut

# Whoever is in doubt may have got it, so a correction goes to them too.
GOT = (State.ACCEPTED, State.DELIVERED, State.READ, State.IN_DOUBT)


def recipients_of(tx: Session, notice_id: str, language: str, *, kit: Any) -> tuple[list[tuple[str, str, str]], bool]:
    """(person_id, residence, role) of everybody who got this notice in `language` on any channel, and whether they are
    guardians. Raises Refused where a segment was shredded."""
    query = select(FanOut).where(FanOut.notice_id == notice_id, FanOut.language == language)
    fan_out = tx.scalars(query).first()
    if fan_out is None:
        return [], False
    found: dict[str, tuple[str, str, str]] = {}
    for batch in tx.scalars(select(Batch).where(Batch.fan_out_id == fan_out.id)):
        contacts = segment.read(tx, batch, keys=kit.keys, home=kit.home)
        rows = (
            stands.joined(select(Delivery.ordinal))
            .where(Delivery.batch_id == batch.id)
            # Who was ever in doubt may have got it, whatever came after.
            .where(stands.STATE.in_(GOT) | (DeliveryNow.doubts > 0))
        )
        for ordinal in tx.scalars(rows):
            one = contacts.at(ordinal or 0)
            found[one.person_id] = (one.person_id, one.residence, one.role)
    return sorted(found.values()), fan_out.for_guardians
