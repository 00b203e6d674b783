"""The table of pre-flights that somebody asked for: one row a company, counts only."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base


class AskedPreflight(Base):
    """The last time somebody asked how a company's people could be told, and what the last count found. No count in it
    describes few people (see preflight.as_json)."""

    __tablename__ = "asked_preflight"

    company: Mapped[str] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    asked_by_name: Mapped[str]
    counted_at: Mapped[datetime | None]  # when the last count that has ended began
    refused: Mapped[str]  # why that count could not be made; empty where it was
    found: Mapped[dict[str, Any] | None]  # what the last count that could be made said
    found_at: Mapped[datetime | None]

    @property
    def waits(self) -> bool:
        """Whether a count is still to be made."""
        return self.counted_at is None or self.counted_at < self.asked_at
