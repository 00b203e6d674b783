"""The table of notices that stand ready for the company's app: no words, no account, only a keyed digest."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base


class InAppNotice(Base):
    """One delivery that stands on the feed. Its words are those approved for its batch; whose it is, is known only to
    whoever has the account and the key of the incident's tokens."""

    __tablename__ = "in_app_notice"
    __table_args__ = (
        Index("ix_in_app_notice_key", "company", "key_digest"),
        Index("ix_in_app_notice_gone", "until_at"),
    )

    delivery_id: Mapped[str] = mapped_column(primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("delivery_batch.id"), index=True)
    company: Mapped[str]
    key_digest: Mapped[str]  # of the account's name, by the key of the incident's tokens: two incidents' are not alike
    published_at: Mapped[datetime]
    until_at: Mapped[datetime]  # then the row is deleted
    fetched_at: Mapped[datetime | None]  # when it was first handed to the app
