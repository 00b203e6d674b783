"""The tables of the call list: who called whom, when and by which script, and lists from which nobody is called."""

from datetime import datetime
from typing import Any

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
    script_digest: Mapped[str | None]  # a CallScript; None: begun before scripts were kept


class CallScript(Base):
    """What callers were given to say, word for word, once for all calls that said it: its file may change later.
    `digest` is the SHA-256 of `said` as canonical JSON."""

    __tablename__ = "call_script"

    digest: Mapped[str] = mapped_column(primary_key=True)
    said: Mapped[dict[str, Any]]  # script.Script.as_json()


class CallListClosing(Base):
    """That the list of a notice in one language was given up: nobody is called from it, nor from that of a later round
    of the notice, until somebody reopens it by a second act; never deleted."""

    __tablename__ = "call_list_closing"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    notice_id: Mapped[str]
    language: Mapped[str]
    because: Mapped[str]
    closed_by: Mapped[str]
    closed_by_name: Mapped[str]
    closed_at: Mapped[datetime]
    reopened_because: Mapped[str | None]
    reopened_by: Mapped[str | None]
    reopened_by_name: Mapped[str | None]
    reopened_at: Mapped[datetime | None]
