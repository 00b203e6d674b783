"""The words of an incident: what can happen and how far the handling has come; and how one is found.

What it takes from the data, how certain it is and the company's role are words of the law: policies.vocabulary.
"""

from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from incidents.foundation.errors import NotFound, Refused
from incidents.record.tables import Incident


class Kind(StrEnum):
    """What happened, as far as it is known; chooses the playbook."""

    DATA_BREACH = "data_breach"
    RANSOMWARE = "ransomware"
    LOST_DEVICE = "lost_device"
    MISDIRECTED_MESSAGE = "misdirected_message"


class Phase(StrEnum):
    """How far the handling has come (ISO/IEC 27035-1; NIST SP 800-61)."""

    DETECTION = "detection"
    ANALYSIS = "analysis"
    CONTAINMENT = "containment"
    ERADICATION = "eradication"
    RECOVERY = "recovery"
    REVIEW = "review"
    CLOSED = "closed"


def find(tx: Session, wanted: str) -> Incident:
    """The incident with this id or reference. Raises NotFound."""
    query = select(Incident).where(or_(Incident.id == wanted, Incident.reference == wanted.upper()))
    incident = tx.scalars(query).first()
    if incident is None:
        raise NotFound("incident", wanted)
    return incident


def must_be_open(incident: Incident) -> None:
    """Raises Refused when the incident is closed: a closed record takes no more changes."""
    if incident.closed_at is not None:
        raise Refused("incident_closed", f"{incident.reference} was closed at {incident.closed_at:%Y-%m-%d %H:%M}Z.")
