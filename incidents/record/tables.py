"""The tables of the record."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base


class Incident(Base):
    """One incident. `company` is the house whose policy and people it concerns (also the directory's id)."""

    __tablename__ = "incident"

    id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    company: Mapped[str] = mapped_column(index=True)
    role: Mapped[str]  # policies.vocabulary.Role, of the company
    kind: Mapped[str]  # what happened, by playbook family: see incident.KINDS
    affects: Mapped[list[str]]  # confidentiality, integrity, availability
    certainty: Mapped[str]  # happened | possible
    phase: Mapped[str]
    is_drill: Mapped[bool]
    playbook: Mapped[str | None]
    key_id: Mapped[str]  # seals evidence and inbound reports
    declared_at: Mapped[datetime]
    declared_by: Mapped[str]
    handling_ended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class Anchor(Base):
    """A moment from which clocks run, per party; a corrected one supersedes the earlier, which stays.

    `subject` is the duty ("law/duty") that was done then; None where the moment is the party's own.
    """

    __tablename__ = "anchor"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    party: Mapped[str]
    name: Mapped[str]
    subject: Mapped[str | None]
    at: Mapped[datetime]
    said_by: Mapped[str]
    said_by_name: Mapped[str]
    said_at: Mapped[datetime]
    source: Mapped[str]
    superseded_at: Mapped[datetime | None]


class Fact(Base):
    """An answer to what a law asks; `value` is yes, no, unknown, a word, or {min, max}. Superseded, never edited."""

    __tablename__ = "fact"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    party: Mapped[str]
    name: Mapped[str]
    value: Mapped[dict[str, Any]]  # {"is": ...} so that every JSON value fits one column
    said_by: Mapped[str]
    said_by_name: Mapped[str]
    said_at: Mapped[datetime]
    because: Mapped[str]
    superseded_at: Mapped[datetime | None]


class Assignment(Base):
    """Who holds which part in an incident (lead, deputy, scribe and so on)."""

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("incident_id", "part", "actor_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    part: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    assigned_at: Mapped[datetime]


class StandingAnswer(Base):
    """What is true of a company whatever the incident, such as that it is no bank; superseded, never rewritten."""

    __tablename__ = "standing_answer"

    id: Mapped[str] = mapped_column(primary_key=True)
    company: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]  # a fact that laws ask of a party, or a tie such as offers_to:EEA
    value: Mapped[dict[str, Any]]
    because: Mapped[str]
    said_by: Mapped[str]
    said_by_name: Mapped[str]
    said_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class Hold(Base):
    """A dated hold: stops sending or a deletion, with a reason and an end; the clocks know only what the police ask."""

    __tablename__ = "hold"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    stops: Mapped[str]  # sending | deletion
    reason: Mapped[str]
    requested_by: Mapped[str]  # police, an authority, the house itself
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    police_form: Mapped[str | None]  # policies.vocabulary.RequestForm; null where law enforcement did not ask
    places: Mapped[list[Any] | None]  # whose telling is held back; null and empty mean all
    set_by: Mapped[str]
    set_by_name: Mapped[str]
    released_at: Mapped[datetime | None]
    released_by_name: Mapped[str | None]


class InboundReport(Base):
    """What a person outside told the house; text and contact are sealed with the incident's key once it has one."""

    __tablename__ = "inbound_report"

    id: Mapped[str] = mapped_column(primary_key=True)
    company: Mapped[str] = mapped_column(index=True)
    received_at: Mapped[datetime]
    received_through: Mapped[str]
    key_id: Mapped[str]
    sealed_text: Mapped[bytes]
    sealed_contact: Mapped[bytes | None]
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incident.id"))
    answered_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]  # when the house promised an answer by


class TimelineEntry(Base):
    """One line of the timeline; chained by hash to the line before it, never changed."""

    __tablename__ = "timeline_entry"
    __table_args__ = (UniqueConstraint("incident_id", "seq"), Index("ix_timeline_kind", "incident_id", "kind"))

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"))
    seq: Mapped[int]
    kind: Mapped[str]
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    detail: Mapped[dict[str, Any]]
    previous: Mapped[str]
    digest: Mapped[str]


class PinnedPlan(Base):
    """The playbook as it was when the incident opened it: the whole plan, its version and its digest."""

    __tablename__ = "pinned_plan"

    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), primary_key=True)
    playbook: Mapped[str]
    version: Mapped[str]
    digest: Mapped[str]
    plan: Mapped[dict[str, Any]]
    pinned_at: Mapped[datetime]
    pinned_by: Mapped[str]
    seen_seq: Mapped[int]  # the last timeline line that playing the plan has taken into account
    next_due_at: Mapped[datetime | None]  # when the next step falls due of which nobody was told yet


class JournalRow(Base):
    """One line of a running playbook's journal: what became of a step; never changed."""

    __tablename__ = "journal_row"
    __table_args__ = (UniqueConstraint("incident_id", "seq"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"))
    seq: Mapped[int]
    step: Mapped[str]
    word: Mapped[str]  # started | done | skipped | reopened | failed
    at: Mapped[datetime]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    reason: Mapped[str | None]  # what a person wrote; stays out of the timeline and the bundle
    answers: Mapped[dict[str, Any]]
    timeline_seq: Mapped[int]  # the timeline line that says the same, so that the two can be laid side by side
