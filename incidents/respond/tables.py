"""The tables of alerts to colleagues: each alert once, with its outcome by target; and the jobs that keep failing."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base


class Alert(Base):
    """One alert. The row stands before anything is sent; `key` names the occasion, so that none is told twice."""

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_next", "sent_at", "next_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incident.id"), index=True)
    sentence: Mapped[str]  # no personal data: kind, reference, link
    noted_at: Mapped[datetime]
    next_at: Mapped[datetime]  # when it is tried next, while somebody has not taken it
    tries: Mapped[int] = mapped_column(default=0)
    out_of_band: Mapped[bool] = mapped_column(default=False)  # of the last try
    sent_at: Mapped[datetime | None]  # when the last target of the set had taken it
    took: Mapped[int] = mapped_column(default=0)  # how many of the set have taken it, and have not, at the last try
    failed: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]  # when it was given up
    unsent: Mapped[str | None]  # why, a word of alerts.UNSENT


class AlertTarget(Base):
    """What became of one alert at one target, named by its set and place. Its row and each try stand before the act."""

    __tablename__ = "alert_target"

    alert_id: Mapped[str] = mapped_column(ForeignKey("alert.id"), primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)
    took_at: Mapped[datetime | None]


class JobFailure(Base):
    """How often one kind of background work failed lately."""

    __tablename__ = "job_failure"

    job: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]
    kind: Mapped[str]  # of the last error; its text may quote a row, and is not kept
    since_at: Mapped[datetime]
    last_at: Mapped[datetime]
