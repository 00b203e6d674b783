"""The tables of the ledger: one row an obligation and round, an assessment, an escalation, a severity."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base


class Assessment(Base):
    """One run of the law engine that said something new: what it read and which questions it left open."""

    __tablename__ = "assessment"
    __table_args__ = (UniqueConstraint("incident_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    number: Mapped[int]
    assessed_at: Mapped[datetime]
    assessed_by: Mapped[str]
    assessed_by_name: Mapped[str]
    facts: Mapped[dict[str, Any]]  # as policies.facts.Facts reads them: counts and kinds, nobody's data
    questions: Mapped[list[Any]]
    warnings: Mapped[list[str]]
    set_aside: Mapped[list[Any]]
    packs: Mapped[str | None]  # digest of the laws and promises that were asked; null before it was kept
    digest: Mapped[str]  # of everything said; an assessment that says the same again makes no row


class LedgerEntry(Base):
    """One obligation: what `party` owes to `subject` under one duty. Superseded by a later row, never rewritten."""

    __tablename__ = "obligation"
    __table_args__ = (Index("ix_obligation_live", "incident_id", "superseded_at"), Index("ix_obligation_due", "due_at"))

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"))
    assessment_id: Mapped[str] = mapped_column(ForeignKey("assessment.id"))
    previous_id: Mapped[str | None]  # the row that this one follows, if the same duty had one
    duty: Mapped[str]  # law/duty, as the packs name it
    law: Mapped[str]
    party: Mapped[str]
    owed_to: Mapped[str]  # policies.vocabulary.Audience
    subject: Mapped[str]  # a controller, an authority, or the party itself
    does: Mapped[str]
    state: Mapped[str]  # states.State
    decision: Mapped[str]  # what the engine said: policies.vocabulary.Decision
    because: Mapped[list[str]]
    trace: Mapped[list[Any]]  # one tree a group of cohorts
    cohorts: Mapped[list[str]]  # those for which the decision holds
    coverage: Mapped[dict[str, Any]]  # cohort key -> most people, of those cohorts: what a later count is compared with
    people_min: Mapped[int]
    people_max: Mapped[int | None]
    citation: Mapped[str]
    known: Mapped[str]
    to_confirm: Mapped[bool]
    law_state: Mapped[str]
    deadline_kind: Mapped[str]
    deadline_says: Mapped[str]
    provisional: Mapped[bool]
    waiting_for: Mapped[list[str]]  # anchors that have not happened
    anchor: Mapped[str | None]
    due_at: Mapped[datetime | None]
    target_at: Mapped[datetime | None]
    escalate_at: Mapped[list[str]]  # ISO 8601 UTC
    contents: Mapped[list[str]]
    later_contents: Mapped[list[str]]
    forbidden: Mapped[list[str]]
    methods: Mapped[list[str]]
    substitute: Mapped[dict[str, Any] | None] = mapped_column()
    form: Mapped[str | None]
    phase: Mapped[str | None]
    follows: Mapped[str | None]
    note: Mapped[str | None]
    digest: Mapped[str]
    written_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    settled_by_name: Mapped[str | None]
    settled_because: Mapped[str | None]
    settled_ref: Mapped[str | None]  # the notice or filing that met it
    signature: Mapped[dict[str, Any] | None] = mapped_column()  # DSSE envelope over a reasoned decision
    rechecked: Mapped[dict[str, Any] | None] = mapped_column()  # what a later assessment said of a settled row


class Escalation(Base):
    """Somebody was to be woken because an obligation came near or passed its target or limit; one row a step."""

    __tablename__ = "escalation"
    __table_args__ = (UniqueConstraint("obligation_id", "step"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    obligation_id: Mapped[str] = mapped_column(ForeignKey("obligation.id"))
    step: Mapped[str]  # target-1, target-2, ..., due
    at: Mapped[datetime]  # when the step came
    raised_at: Mapped[datetime]


class SeverityRow(Base):
    """How severe one incident is by one scale: what the assessor said, what came of it, and who held otherwise."""

    __tablename__ = "severity"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    scale: Mapped[str]
    said: Mapped[dict[str, Any]]  # what the scale asks -> the option that was chosen
    because: Mapped[str]
    cohorts: Mapped[list[Any]]  # one a cohort: band, score, because, flags
    band: Mapped[str]  # the worst of them
    score: Mapped[str | None]
    explained: Mapped[list[str]]
    assessed_at: Mapped[datetime]
    assessed_by: Mapped[str]
    assessed_by_name: Mapped[str]
    overridden_band: Mapped[str | None]
    overridden_because: Mapped[str | None]
    overridden_at: Mapped[datetime | None]
    overridden_by_name: Mapped[str | None]
    superseded_at: Mapped[datetime | None]
