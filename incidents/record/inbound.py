"""Inbound reports: a person outside says that data may have leaked; the report can open an incident.

The words and the contact are sealed with a key of the report's own; only their arrival is on the timeline.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.ids import new_id
from incidents.foundation.keys import KeyRing, KeyUse
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.tables import InboundReport, Incident


@dataclass(frozen=True)
class Report:
    """What arrived: `contact` is how the person can be answered, if they gave one."""

    company: str
    text: str
    contact: str | None
    through: str  # public_page | email | hotline | other


def receive(
    tx: Session, report: Report, *, clock: Clock, keys: KeyRing, answer_within: timedelta | None
) -> InboundReport:
    """Keep a report, sealed. `answer_within` is what the house promised, None where it promised nothing."""
    if not report.text.strip():
        raise BadInput("text: the report is empty.")
    row = InboundReport(
        id=new_id("rep"), company=report.company, received_at=clock.now(), received_through=report.through
    )
    row.key_id = keys.make(tx, KeyUse.FIELDS, purpose="inbound report", subject_id=row.id, clock=clock)
    row.sealed_text = keys.seal(tx, row.key_id, report.text.encode(), about=row.id)
    if report.contact:
        row.sealed_contact = keys.seal(tx, row.key_id, report.contact.encode(), about=row.id)
    row.due_at = clock.now() + answer_within if answer_within else None
    tx.add(row)
    tx.flush()
    return row


def attach(tx: Session, row: InboundReport, incident: Incident, *, by: Actor, clock: Clock) -> None:
    """Say that this report is about `incident` (opened by it, or open before)."""
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if row.incident_id is not None:
        raise Refused("report_attached", "This report belongs to an incident already.")
    row.incident_id = incident.id
    detail = {"report": row.id, "through": row.received_through}
    timeline.append(tx, incident.id, "report.attached", detail, by=by, clock=clock, happened_at=row.received_at)


def mark_answered(tx: Session, row: InboundReport, *, by: Actor, clock: Clock) -> datetime:
    """Record that the person was answered; gives back when."""
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    if row.answered_at is not None:
        raise Refused("report_answered", "This report was answered before.")
    row.answered_at = clock.now()
    if row.incident_id:
        timeline.append(tx, row.incident_id, "report.answered", {"report": row.id}, by=by, clock=clock)
    return row.answered_at


def read(tx: Session, row: InboundReport, *, keys: KeyRing) -> Report:
    """Open a report for the person who handles it."""
    contact = keys.unseal(tx, row.key_id, row.sealed_contact, about=row.id).decode() if row.sealed_contact else None
    text = keys.unseal(tx, row.key_id, row.sealed_text, about=row.id).decode()
    return Report(row.company, text, contact, row.received_through)
