"""Clock anchors: the moments from which the laws count, per party, each with who said so and when.

No anchor ever stands in for another: a law that counts from a determination has no deadline until someone determined.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput
from incidents.foundation.ids import new_id
from incidents.record import timeline
from incidents.record.actor import TOCSIN, Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Anchor, Incident
from policies.vocabulary import AnchorName


def set_anchor(
    tx: Session,
    incident: Incident,
    name: AnchorName,
    at: datetime,
    *,
    by: Actor,
    clock: Clock,
    source: str,
    party: str | None = None,
    subject: str | None = None,
) -> Anchor:
    """Record an anchor of `party` (the company unless said); one set before is superseded and kept.

    With a `subject` ("law/duty") it is the moment at which that duty was done, and starts no other duty's clock.

    Raises BadInput for a moment without a zone or in the future.
    """
    must_be_open(incident)
    if by is not TOCSIN:
        by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE, ActorRole.APPROVER)  # an approver may hand a report in
    if at.tzinfo is None:
        raise BadInput(f"{name}: this moment has no time zone.")
    if at > clock.now():
        raise BadInput(f"{name}: this moment lies in the future.")
    party = party or incident.company
    earlier = _live(tx, incident.id, party, name, subject)
    if earlier is not None:
        earlier.superseded_at = clock.now()
    anchor = Anchor(
        id=new_id("anc"),
        incident_id=incident.id,
        party=party,
        name=name,
        subject=subject,
        at=at,
        said_by=by.id,
        said_by_name=by.name,
        said_at=clock.now(),
        source=source,
    )
    tx.add(anchor)
    detail = {"party": party, "name": name, "at": at, "corrects": earlier.at if earlier else None}
    if subject is not None:
        detail["subject"] = subject
    timeline.append(tx, incident.id, "anchor.set", detail, by=by, clock=clock, happened_at=at)
    return anchor


def anchors(tx: Session, incident_id: str) -> Mapping[str, Mapping[str, datetime]]:
    """party -> anchor name -> moment, of the party's own anchors that stand now."""
    found: dict[str, dict[str, datetime]] = {}
    query = select(Anchor).where(Anchor.incident_id == incident_id, Anchor.superseded_at.is_(None))
    for anchor in tx.scalars(query.where(Anchor.subject.is_(None))):
        found.setdefault(anchor.party, {})[anchor.name] = anchor.at
    return found


def anchors_of_duties(tx: Session, incident_id: str) -> Mapping[str, Mapping[str, Mapping[str, datetime]]]:
    """party -> duty ("law/duty") -> anchor name -> moment: when each duty was done, of the anchors that stand now."""
    found: dict[str, dict[str, dict[str, datetime]]] = {}
    query = select(Anchor).where(Anchor.incident_id == incident_id, Anchor.superseded_at.is_(None))
    for anchor in tx.scalars(query.where(Anchor.subject.is_not(None))):
        found.setdefault(anchor.party, {}).setdefault(anchor.subject or "", {})[anchor.name] = anchor.at
    return found


def _live(tx: Session, incident_id: str, party: str, name: str, subject: str | None) -> Anchor | None:
    query = select(Anchor).where(
        Anchor.incident_id == incident_id,
        Anchor.party == party,
        Anchor.name == name,
        Anchor.subject == subject,
        Anchor.superseded_at.is_(None),
    )
    return tx.scalars(query).first()
