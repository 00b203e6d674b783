"""The tables of notices: what is drafted, who wrote which words, who approved what they read, and what voided it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base


class Notice(Base):
    """One notice: one wording, one sender, one audience. `audience` is {kind, ...}: see audience.Kind."""

    __tablename__ = "notice"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    reference: Mapped[str] = mapped_column(unique=True)
    wording: Mapped[str]  # the folder under templates/notices/
    purpose: Mapped[str]
    party: Mapped[str]  # who owes the telling
    sender: Mapped[str]  # in whose name it is told
    audience: Mapped[dict[str, Any]]
    obligations: Mapped[list[str]]  # duties (law/duty) that one message fulfils together
    contents: Mapped[list[str]]
    forbidden: Mapped[list[str]]
    methods: Mapped[list[str]]
    routes: Mapped[dict[str, Any]]  # the house's ladder for this audience
    snapshot_id: Mapped[str | None] = mapped_column(ForeignKey("snapshot.id"))
    follows_id: Mapped[str | None] = mapped_column(ForeignKey("notice.id"))  # the notice of the round before
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[str]
    drafted_by_name: Mapped[str]
    withdrawn_at: Mapped[datetime | None]


class NoticeVariant(Base):
    """Readers of a notice who get one and the same text; one row a group, replaced when the draft is made anew."""

    __tablename__ = "notice_variant"
    __table_args__ = (UniqueConstraint("notice_id", "key"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notice.id"), index=True)
    key: Mapped[str]
    language: Mapped[str]
    zone: Mapped[str]
    subject: Mapped[str]  # the controller that is told; empty for everybody else
    age_unknown: Mapped[bool]
    categories: Mapped[list[str]]
    cohorts: Mapped[list[str]]
    people: Mapped[dict[str, Any] | None] = mapped_column()  # {min, max}, for controllers only
    groups: Mapped[list[Any]]  # [categories, min, max], for controllers only


class NoticeText(Base):
    """What a person wrote into one placeholder in one language. Superseded, never edited."""

    __tablename__ = "notice_text"
    __table_args__ = (Index("ix_notice_text_live", "notice_id", "language", "superseded_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notice.id"))
    language: Mapped[str]
    placeholder: Mapped[str]
    words: Mapped[str]
    said_at: Mapped[datetime]
    said_by: Mapped[str]
    said_by_name: Mapped[str]
    superseded_at: Mapped[datetime | None]


class NoticeRelease(Base):
    """Somebody stood by name for wording that no reviewer has read in its language; it holds for these bytes only."""

    __tablename__ = "notice_release"

    id: Mapped[str] = mapped_column(primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notice.id"), index=True)
    language: Mapped[str]
    wording_digest: Mapped[str]
    because: Mapped[str]
    released_at: Mapped[datetime]
    released_by: Mapped[str]
    released_by_name: Mapped[str]


class NoticeApproval(Base):
    """A second person approved what they read in one language: these texts, for these people, by these routes."""

    __tablename__ = "notice_approval"

    id: Mapped[str] = mapped_column(primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notice.id"), index=True)
    language: Mapped[str]
    content_digest: Mapped[str]
    audience_digest: Mapped[str]
    texts: Mapped[dict[str, Any]] = mapped_column(deferred=True)  # variant -> form -> piece: what is sent, to the byte
    confirmed: Mapped[list[str]]  # what the approver confirmed of the free text, in words of ForbiddenContent
    approved_at: Mapped[datetime]
    approved_by: Mapped[str]
    approved_by_name: Mapped[str]
    holding_id: Mapped[str | None] = mapped_column(ForeignKey("holding_text.id"))


class NoticeVoid(Base):
    """An approval fell because something changed; a new row, for an approval is never rewritten."""

    __tablename__ = "notice_void"

    id: Mapped[str] = mapped_column(primary_key=True)
    approval_id: Mapped[str] = mapped_column(ForeignKey("notice_approval.id"), unique=True)
    because: Mapped[str]
    voided_at: Mapped[datetime]
    voided_by: Mapped[str]
    voided_by_name: Mapped[str]


class HoldingText(Base):
    """A first word that a company approved before anything happened; bound to the wording and the house's own words."""

    __tablename__ = "holding_text"

    id: Mapped[str] = mapped_column(primary_key=True)
    company: Mapped[str] = mapped_column(index=True)
    language: Mapped[str]
    digest: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str]
    proposed_by_name: Mapped[str]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[str | None]
    approved_by_name: Mapped[str | None]
    valid_until: Mapped[datetime | None]
