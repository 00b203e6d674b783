"""The tables of evidence."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base


class EvidenceItem(Base):
    """One file as handed in; `reading` says how the scoping is to read it (mapping, window, categories exposed)."""

    __tablename__ = "evidence_item"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    title: Mapped[str]
    kind: Mapped[str]  # identifier_list | free_text | access_log | predicate | document
    suffix: Mapped[str]  # .csv and the like; a file name may hold personal data and is not kept
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    sealed_sha256: Mapped[str]
    reading: Mapped[dict[str, Any]]
    collected_at: Mapped[datetime]
    collected_by: Mapped[str]
    collected_by_name: Mapped[str]
    source: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]


class Custody(Base):
    """Who had an item in hand, when, and what for."""

    __tablename__ = "custody"

    id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("evidence_item.id"), index=True)
    action: Mapped[str]  # collected | read | exported | withdrawn
    at: Mapped[datetime]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    purpose: Mapped[str]
