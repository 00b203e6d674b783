"""How far people have been told one by one, as a report may state it: counts from the roll-up of deliveries."""

from sqlalchemy import ColumnElement, Select, and_, distinct, func, not_, or_, select
from sqlalchemy.orm import Session

from incidents.deliveries import stands
from incidents.deliveries.state import State
from incidents.deliveries.tables import Delivery, FanOut
from incidents.filings.dossier import Count, NoticesPart
from incidents.notices.audience import Kind
from policies.vocabulary import Audience

# Each is stronger proof than the one before; a fan-out says from which on a person counts as told.
_STRENGTH = (State.ACCEPTED, State.DELIVERED, State.READ)
# It may have reached the person, or still may.
_OPEN = (*_STRENGTH, State.QUEUED, State.SENDING, State.IN_DOUBT)


def how_far(tx: Session, incident_id: str, party: str) -> NoticesPart:
    """Counts of affected individuals of `party`, each once over all notices; None where no notice was sent.

    `told.min` has the proof that their notice asks for; `told.max` adds those of whom it is not known.
    """
    everybody = _people(tx, incident_id, party)
    if everybody == 0:
        return NoticesPart(None, None, None)
    surely = _people(tx, incident_id, party, _is_proven())
    perhaps = _people(tx, incident_id, party, stands.STATE.in_(_OPEN))
    begun = select(func.min(FanOut.planned_at)).where(*_of(incident_id, party))
    return NoticesPart(
        told=Count(surely, perhaps),
        not_reached=Count(everybody - perhaps, everybody - surely),
        first_told_at=tx.scalar(begun) if perhaps else None,
    )


def _people(tx: Session, incident_id: str, party: str, *having: ColumnElement[bool]) -> int:
    query: Select[int] = (
        stands.joined(select(func.count(distinct(Delivery.person))).join(FanOut, FanOut.id == Delivery.fan_out_id))
        .where(*_of(incident_id, party), *having)
        # The announcement is told to everybody and proves nothing of anyone.
        .where(not_(Delivery.person.startswith(f"{Audience.PUBLIC}:", autoescape=True)))
    )
    return tx.scalar(query) or 0


def _of(incident_id: str, party: str) -> tuple[ColumnElement[bool], ...]:
    return (
        FanOut.incident_id == incident_id,
        FanOut.party == party,
        FanOut.audience == Kind.COHORTS,
    )


def _is_proven() -> ColumnElement[bool]:
    return or_(
        *(and_(FanOut.proof == proof, stands.STATE.in_(_STRENGTH[place:])) for place, proof in enumerate(_STRENGTH))
    )
