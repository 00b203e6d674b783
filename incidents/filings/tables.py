"""The tables of filings."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base


class Filing(Base):
    """One report to one authority at one stage; `heading` is what it says beside its answers (see content.py)."""

    __tablename__ = "filing"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    obligation_ids: Mapped[list[str]]  # of the ledger; the first is the one it was prepared for
    reference: Mapped[str] = mapped_column(unique=True)
    party: Mapped[str]
    authority: Mapped[str]
    audience: Mapped[str]
    form: Mapped[str]
    form_digest: Mapped[str]
    stage: Mapped[str]
    language: Mapped[str]  # in which every text must stand before approval
    heading: Mapped[dict[str, Any]]
    due_at: Mapped[datetime | None]
    snapshot_version: Mapped[int | None]
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("filing.id"))
    prepared_at: Mapped[datetime]
    prepared_by: Mapped[str]
    prepared_by_name: Mapped[str]
    withdrawn_at: Mapped[datetime | None]


class FilingAnswer(Base):
    """What stands behind one question of a filing; superseded, never edited."""

    __tablename__ = "filing_answer"

    id: Mapped[str] = mapped_column(primary_key=True)
    filing_id: Mapped[str] = mapped_column(ForeignKey("filing.id"), index=True)
    question: Mapped[str]
    state: Mapped[str]  # content.AnswerState
    shape: Mapped[str]  # dossier.Shape
    value: Mapped[dict[str, Any]]  # {"is": ...} so that every JSON value fits one column
    because: Mapped[str | None]  # why it is not known
    from_records: Mapped[bool]
    said_by: Mapped[str]
    said_by_name: Mapped[str]
    said_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class FilingApproval(Base):
    """A second person's word for a filing, bound to the digest of its content; any change voids it."""

    __tablename__ = "filing_approval"

    id: Mapped[str] = mapped_column(primary_key=True)
    filing_id: Mapped[str] = mapped_column(ForeignKey("filing.id"), index=True)
    digest: Mapped[str]
    approved_at: Mapped[datetime]
    approved_by: Mapped[str]
    approved_by_name: Mapped[str]
    voided_at: Mapped[datetime | None]


class BreakGlass(Base):
    """One person let out a first filing alone; another person looks at it within a day."""

    __tablename__ = "filing_break_glass"

    id: Mapped[str] = mapped_column(primary_key=True)
    filing_id: Mapped[str] = mapped_column(ForeignKey("filing.id"), index=True)
    digest: Mapped[str]
    reason: Mapped[str]
    broken_at: Mapped[datetime]
    broken_by: Mapped[str]
    broken_by_name: Mapped[str]
    review_due_at: Mapped[datetime]
    overdue_at: Mapped[datetime | None]  # when the sweep found nobody had looked
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None]
    reviewed_by_name: Mapped[str | None]
    finding: Mapped[str | None]


class Submission(Base):
    """A person handed the report in: when, by which way, and exactly which bytes."""

    __tablename__ = "filing_submission"

    id: Mapped[str] = mapped_column(primary_key=True)
    filing_id: Mapped[str] = mapped_column(ForeignKey("filing.id"), unique=True)
    channel: Mapped[str]
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[str]
    submitted_by_name: Mapped[str]
    content_digest: Mapped[str]
    content: Mapped[dict[str, Any]]  # frozen: what was said, whatever becomes of forms and records
    paper: Mapped[str | None]  # name in the vault; None where it was spoken
    paper_sha256: Mapped[str | None]
    is_late: Mapped[bool]
    reasons_for_delay: Mapped[str | None]
    before_release: Mapped[bool] = mapped_column(default=False)  # it went in before anybody had released it
    recorded_at: Mapped[datetime]


class Acknowledgement(Base):
    """What the authority answered: its number, its date, its paper in the vault."""

    __tablename__ = "filing_acknowledgement"

    id: Mapped[str] = mapped_column(primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("filing_submission.id"), index=True)
    number: Mapped[str | None]
    acknowledged_at: Mapped[datetime]
    paper: Mapped[str | None]
    paper_sha256: Mapped[str | None]
    recorded_by: Mapped[str]
    recorded_by_name: Mapped[str]
    recorded_at: Mapped[datetime]
