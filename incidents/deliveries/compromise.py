"""Marks a channel, a provider or the log-in as compromised: it is used for nothing until somebody restores it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from incidents.deliveries.tables import Compromise
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.foundation.ids import new_id
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident
from notifiers.registry import channels, entries

LOG_IN = "log-in"  # the company's own: no message goes by it, but whoever holds it reads what colleagues read
_MAY = (ActorRole.RESPONDER, ActorRole.COMPLIANCE)


def mark(
    tx: Session,
    subject: str,
    *,
    because: str,
    by: Actor,
    clock: Clock,
    incident: Incident | None = None,
    since_at: datetime | None = None,
) -> Compromise:
    """Say that `subject` (a channel, a provider's id, or "log-in") is in the wrong hands since `since_at` (now unless
    said), for this incident or, without one, for all. Raises BadInput for a word that is none of these, for no reason
    or a time ahead; Refused where it is marked already."""
    by.must_be(*_MAY)
    _check(subject, because)
    now = clock.now()
    if since_at is not None and since_at > now:
        raise BadInput("since: it cannot be compromised from a time ahead on.")
    if incident is not None:
        must_be_open(incident)
    if _standing(tx, subject, incident) is not None:
        raise Refused("compromised_already", f"{subject} is marked compromised already.")
    made = Compromise(
        id=new_id("cmp"),
        incident_id=incident.id if incident else None,
        subject=subject,
        since_at=since_at or now,
        because=because.strip(),
        marked_by=by.id,
        marked_by_name=by.name,
        marked_at=now,
    )
    tx.add(made)
    tx.flush()
    _tell(tx, made, "channel.compromised", by, clock)
    return made


def restore(
    tx: Session, subject: str, *, because: str, by: Actor, clock: Clock, incident: Incident | None = None
) -> Compromise:
    """Lift the mark: `subject` may be used again. Whoever was turned away meanwhile keeps the route that they took.
    Raises NotFound where no such mark stands."""
    by.must_be(*_MAY)
    _check(subject, because)
    found = _standing(tx, subject, incident)
    if found is None:
        raise NotFound("mark of a compromise on", subject)
    found.lifted_at, found.lifted_because = clock.now(), because.strip()
    found.lifted_by, found.lifted_by_name = by.id, by.name
    tx.flush()
    _tell(tx, found, "channel.restored", by, clock)
    return found


def marks(tx: Session, incident_id: str | None = None) -> list[Compromise]:
    """What stands for the whole house, and for this incident."""
    scope = or_(Compromise.incident_id.is_(None), Compromise.incident_id == incident_id)
    query = select(Compromise).where(Compromise.lifted_at.is_(None), scope)
    return list(tx.scalars(query.order_by(Compromise.marked_at, Compromise.id)))


def anything_marked(tx: Session) -> bool:
    """Whether any mark stands, for the house or for any incident that is no drill."""
    query = select(Compromise.id).outerjoin(Incident, Incident.id == Compromise.incident_id)
    query = query.where(Compromise.lifted_at.is_(None), Incident.is_drill.is_not(True))
    return tx.scalars(query.limit(1)).first() is not None


def shut(tx: Session, incident_id: str | None = None) -> frozenset[str]:
    """The channels and providers that may be used for nothing in this incident; without one, in none."""
    return frozenset(one.subject for one in marks(tx, incident_id))


def stands_in_the_way(tx: Session, incident_id: str, provider_id: str) -> bool:
    """Whether this provider may be used for nothing in this incident."""
    return is_shut(provider_id, shut(tx, incident_id))


def is_shut(provider_id: str, subjects: Collection[str]) -> bool:
    """Whether `subjects` name this provider or its channel."""
    return provider_id in subjects or provider_id.partition("/")[0] in subjects


def _standing(tx: Session, subject: str, incident: Incident | None) -> Compromise | None:
    query = select(Compromise).where(Compromise.subject == subject, Compromise.lifted_at.is_(None))
    return tx.scalars(query.where(Compromise.incident_id == (incident.id if incident else None))).first()


def _check(subject: str, because: str) -> None:
    if subject != LOG_IN and subject not in channels() and subject not in entries():
        raise BadInput(f"'{subject}' is no channel ({', '.join(channels())}), no provider and not {LOG_IN}.")
    if not because.strip():
        raise BadInput("because: say why.")


def _tell(tx: Session, row: Compromise, kind: str, by: Actor, clock: Clock) -> None:
    """On the timeline of its incident; what holds for the house, on that of every open one."""
    query = select(Incident.id).where(Incident.closed_at.is_(None))
    incidents = [row.incident_id] if row.incident_id else tx.scalars(query).all()
    detail = {"compromise": row.id, "subject": row.subject, "house": row.incident_id is None}
    for one in incidents:
        timeline.append(tx, one, kind, detail, by=by, clock=clock, happened_at=row.lifted_at or row.since_at)
