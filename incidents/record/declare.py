"""Declare, amend and reclassify an incident, and move it through its phases."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.ids import new_id, new_reference
from incidents.foundation.keys import KeyRing, KeyUse
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.anchors import set_anchor
from incidents.record.incident import Kind, Phase, must_be_open
from incidents.record.tables import Incident
from policies.vocabulary import AnchorName, BreachKind, Certainty, Role


@dataclass(frozen=True)
class Declaration:
    """The first word about an incident. `became_aware_at` is the company's own awareness and must not be missing."""

    title: str
    company: str
    became_aware_at: datetime | None
    kind: Kind = Kind.DATA_BREACH
    role: Role = Role.CONTROLLER
    affects: Sequence[BreachKind] = field(default=(BreachKind.CONFIDENTIALITY,))
    certainty: Certainty = Certainty.HAPPENED
    is_drill: bool = False
    source: str = "declared"


def declare(tx: Session, declaration: Declaration, *, by: Actor, clock: Clock, keys: KeyRing) -> Incident:
    """Open an incident with its key, its first anchor and its first timeline line.

    Raises BadInput for a missing title or anchor, and for an awareness that lies in the future.
    """
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    _check(declaration, clock)
    assert declaration.became_aware_at is not None  # noqa: S101 - _check has refused None
    incident = Incident(
        id=new_id("inc"),
        reference=new_reference("INC"),
        title=declaration.title.strip(),
        company=declaration.company,
        role=declaration.role,
        kind=declaration.kind,
        affects=sorted(declaration.affects),
        certainty=declaration.certainty,
        phase=Phase.DETECTION,
        is_drill=declaration.is_drill,
        declared_at=clock.now(),
        declared_by=by.id,
    )
    incident.key_id = keys.make(tx, KeyUse.FILES, purpose="incident", subject_id=incident.id, clock=clock)
    tx.add(incident)
    tx.flush()
    timeline.append(tx, incident.id, "incident.declared", _facts(incident), by=by, clock=clock)
    set_anchor(
        tx,
        incident,
        AnchorName.BECAME_AWARE_AT,
        declaration.became_aware_at,
        source=declaration.source,
        by=by,
        clock=clock,
    )
    return incident


def amend(tx: Session, incident: Incident, *, title: str, by: Actor, clock: Clock) -> None:
    """Change the title. The timeline says that it changed; the words themselves stay out of it."""
    must_be_open(incident)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if not title.strip():
        raise BadInput("title: an incident needs a title.")
    incident.title = title.strip()
    timeline.append(tx, incident.id, "incident.amended", {"changed": ["title"]}, by=by, clock=clock)


def reclassify(
    tx: Session,
    incident: Incident,
    *,
    because: str,
    by: Actor,
    clock: Clock,
    kind: Kind | None = None,
    role: Role | None = None,
    affects: Sequence[BreachKind] | None = None,
    certainty: Certainty | None = None,
) -> None:
    """Change what the incident is held to be, with the reason; what is owed must be assessed again afterwards."""
    must_be_open(incident)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if not because.strip():
        raise BadInput("because: a reclassification needs its reason.")
    before = _facts(incident)
    incident.kind = kind or incident.kind
    incident.role = role or incident.role
    incident.affects = sorted(affects) if affects else incident.affects
    incident.certainty = certainty or incident.certainty
    after = _facts(incident)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not changed:
        raise Refused("nothing_changed", "This is how the incident is classified already.")
    timeline.append(tx, incident.id, "incident.reclassified", {"changed": changed}, by=by, clock=clock)


def move_to(tx: Session, incident: Incident, phase: Phase, *, by: Actor, clock: Clock) -> None:
    """Move the handling to another phase; back is allowed, closed is not reached this way."""
    must_be_open(incident)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if phase is Phase.CLOSED:
        raise Refused("close_by_closing", "An incident is closed by closing it, which asks what is still owed.")
    detail = {"from": incident.phase, "to": phase}
    incident.phase = phase
    timeline.append(tx, incident.id, "incident.phase", detail, by=by, clock=clock)


def _check(declaration: Declaration, clock: Clock) -> None:
    if not declaration.title.strip():
        raise BadInput("title: an incident needs a title.")
    if declaration.became_aware_at is None:
        raise BadInput("became_aware_at: say when the company became aware; every clock runs from it.")
    if declaration.became_aware_at > clock.now():
        raise BadInput("became_aware_at: this moment lies in the future.")
    if not declaration.affects:
        raise BadInput("affects: name at least one of confidentiality, integrity, availability.")


def _facts(incident: Incident) -> dict[str, object]:
    return {
        "company": incident.company,
        "kind": incident.kind,
        "role": incident.role,
        "affects": incident.affects,
        "certainty": incident.certainty,
        "is_drill": incident.is_drill,
    }
