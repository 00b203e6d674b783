"""The table of calls that people make: who called whom, when, and what they wrote down."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base


class Call(Base):
    """One call to one person, written before it is made; what came of it is written into it once. The number stands in
    the sealed segment of the batch and nowhere else. Of a delivery's calls one at most is current: it has a lease
    (`held_until_at`) or says when somebody is to call again (`again_at`)."""

    __tablename__ = "delivery_call"
    __table_args__ = (
        UniqueConstraint("delivery_id", "number"),
        Index("ix_delivery_call_again", "batch_id", "again_at"),
        Index("ix_delivery_call_held", "called_by", "held_until_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    fan_out_id: Mapped[str] = mapped_column(ForeignKey("fan_out.id"))
    batch_id: Mapped[str] = mapped_column(ForeignKey("delivery_batch.id"))
    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.id"))
    intent_id: Mapped[str] = mapped_column(ForeignKey("delivery_intent.id"))
    number: Mapped[int]  # the first call to this person, the second, ...
    called_by: Mapped[str]
    called_by_name: Mapped[str]
    begun_at: Mapped[datetime]
    held_until_at: Mapped[datetime | None]  # nobody else calls this person until then
    written_at: Mapped[datetime | None]
    disposition: Mapped[str | None]
    again_at: Mapped[datetime | None]  # not before then
    promised: Mapped[bool]  # the person asked to be called back at that time
    note: Mapped[str]  # holds no personal data
