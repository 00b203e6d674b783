"""Reads what is on record about incidents: the list, one incident, anchors, answers, holds, parts, timeline."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.evidence import collect
from incidents.evidence.tables import EvidenceItem
from incidents.record import anchors as anchor_verbs
from incidents.record import timeline
from incidents.record.assign import assignments
from incidents.record.tables import Anchor, Fact, Hold, InboundReport, Incident, TimelineEntry

_INCIDENT = (
    "id",
    "reference",
    "title",
    "company",
    "role",
    "kind",
    "affects",
    "certainty",
    "phase",
    "is_drill",
    "playbook",
    "declared_at",
    "handling_ended_at",
    "closed_at",
)
HOLD = ("id", "stops", "reason", "requested_by", "police_form", "places", "ends_at", "released_at")
_EVIDENCE = (
    "id",
    "title",
    "kind",
    "suffix",
    "size",
    "sha256",
    "source",
    "reading",
    "collected_at",
    "collected_by_name",
    "withdrawn_at",
    "withdrawn_because",
)


def incidents(tx: Session, *, closed_too: bool = True) -> list[Incident]:
    """Every incident, open ones first, the newest of them on top."""
    query = select(Incident).order_by(Incident.closed_at.is_not(None), Incident.declared_at.desc())
    if not closed_too:
        query = query.where(Incident.closed_at.is_(None))
    return list(tx.scalars(query))


def incident(one: Incident) -> dict[str, Any]:
    """An incident as JSON."""
    return {name: getattr(one, name) for name in _INCIDENT}


def evidence_item(tx: Session, one: EvidenceItem) -> dict[str, Any]:
    """An evidence item with its custody as JSON."""
    hands = [
        {"action": entry.action, "at": entry.at, "by": entry.actor_name, "purpose": entry.purpose}
        for entry in collect.custody(tx, one.id)
    ]
    return {name: getattr(one, name) for name in _EVIDENCE} | {"custody": hands}


def anchors(tx: Session, incident_id: str) -> Sequence[Anchor]:
    """Every anchor, corrected ones too, by party and moment."""
    query = select(Anchor).where(Anchor.incident_id == incident_id).order_by(Anchor.party, Anchor.said_at)
    return tx.scalars(query).all()


def current_anchors(tx: Session, one: Incident) -> dict[str, datetime]:
    """anchor name -> moment, of the company's own anchors that stand."""
    return dict(anchor_verbs.anchors(tx, one.id).get(one.company, {}))


def answers(tx: Session, incident_id: str) -> Sequence[Fact]:
    """Every answer that stands, by party and name."""
    query = (
        select(Fact)
        .where(Fact.incident_id == incident_id, Fact.superseded_at.is_(None))
        .order_by(Fact.party, Fact.name)
    )
    return tx.scalars(query).all()


def holds(tx: Session, incident_id: str) -> Sequence[Hold]:
    """Every hold, the newest first."""
    return tx.scalars(select(Hold).where(Hold.incident_id == incident_id).order_by(Hold.begins_at.desc())).all()


def parts(tx: Session, incident_id: str) -> Mapping[str, list[str]]:
    """part -> names of those who hold it."""
    found: dict[str, list[str]] = {}
    for given in assignments(tx, incident_id):
        found.setdefault(given.part, []).append(given.actor_name)
    return found


def lines(tx: Session, incident_id: str) -> list[TimelineEntry]:
    """The timeline, the newest line first."""
    return list(reversed(timeline.read(tx, incident_id)))


def chain_break(tx: Session, incident_id: str) -> int | None:
    """The number of the first line at which the chain does not hold, None if it holds."""
    return timeline.first_break((timeline.line(entry), entry.digest) for entry in timeline.read(tx, incident_id))


def inbound_report(row: InboundReport) -> dict[str, Any]:
    """An inbound report as JSON; its words stay sealed."""
    names = ("id", "company", "received_at", "received_through", "due_at", "answered_at", "incident_id")
    return {name: getattr(row, name) for name in names}


def reports(tx: Session) -> Sequence[InboundReport]:
    """Inbound reports, unanswered ones first."""
    query = select(InboundReport).order_by(InboundReport.answered_at.is_not(None), InboundReport.received_at.desc())
    return tx.scalars(query).all()


def in_a_row(found: Iterable[TimelineEntry]) -> list[tuple[TimelineEntry, int]]:
    """The first line of each row of lines of one kind by one person, and how many they are."""
    rows = [list(alike) for _, alike in groupby(found, key=lambda line: (line.kind, line.actor_name))]
    return [(alike[0], len(alike)) for alike in rows]
