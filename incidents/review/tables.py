"""The tables of the review: lessons, the actions that follow from them, and the bundles that were made."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base


class Lesson(Base):
    """What was learned, in a person's words, which stay out of timeline and bundle."""

    __tablename__ = "lesson"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    kind: Mapped[str]  # lessons.LessonKind
    words: Mapped[str]
    written_at: Mapped[datetime]
    written_by: Mapped[str]
    written_by_name: Mapped[str]


class LessonAction(Base):
    """What somebody will do about a lesson, and by when."""

    __tablename__ = "lesson_action"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    lesson_id: Mapped[str] = mapped_column(ForeignKey("lesson.id"))
    words: Mapped[str]
    owner: Mapped[str]
    due_on: Mapped[date] = mapped_column(Date)
    taken_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_name: Mapped[str | None]


class BundleMade(Base):
    """One proof bundle that was written: its digest, and the key that signed it."""

    __tablename__ = "bundle_made"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    fingerprint: Mapped[str]
    timeline_head: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    made_by_name: Mapped[str]
