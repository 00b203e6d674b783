"""The tables of snapshots: what was frozen never changes; what compliance decided is superseded, never edited."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base
from incidents.foundation.errors import Refused


class Snapshot(Base):
    """One version of who is affected. `digest` is over the sorted plain rows of its files (see freeze.digest_of)."""

    __tablename__ = "snapshot"
    __table_args__ = (UniqueConstraint("incident_id", "version"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    version: Mapped[int]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("snapshot.id"))
    directory: Mapped[str]
    as_of_on: Mapped[date]  # ages are of this day
    evidence_ids: Mapped[list[str]]
    key_id: Mapped[str]
    salt_key_id: Mapped[str]  # keys the strangers' tokens; the same through all versions
    digest: Mapped[str]
    counts: Mapped[dict[str, Any]]
    changes: Mapped[dict[str, Any]]  # counts of the difference from the parent; empty for the first
    reports: Mapped[dict[str, Any]]  # by evidence id: how it was read, what a log covers
    frozen_at: Mapped[datetime]
    frozen_by: Mapped[str]
    frozen_by_name: Mapped[str]


class SnapshotFile(Base):
    """One encrypted Parquet file of a snapshot, with the digest of its rows and of its bytes as they lie."""

    __tablename__ = "snapshot_file"
    __table_args__ = (UniqueConstraint("snapshot_id", "name"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    snapshot_id: Mapped[str] = mapped_column(ForeignKey("snapshot.id"), index=True)
    name: Mapped[str]  # people | strangers | why | rows | unknown_ids | hits | aliases | likenesses
    rows: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str]
    sealed_sha256: Mapped[str]


class SnapshotCohort(Base):
    """Counts of one cohort in one snapshot. `cohort_id` follows from the key, so it is the same in every version."""

    __tablename__ = "snapshot_cohort"
    __table_args__ = (UniqueConstraint("snapshot_id", "cohort_id", "membership"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    snapshot_id: Mapped[str] = mapped_column(ForeignKey("snapshot.id"), index=True)
    cohort_id: Mapped[str] = mapped_column(index=True)
    membership: Mapped[str]  # affected | undecided | stranger
    controller: Mapped[str]
    residence: Mapped[str]
    region: Mapped[str | None]
    role: Mapped[str]
    language: Mapped[str]
    age_band: Mapped[str]
    standing: Mapped[str]
    categories: Mapped[list[str]]
    people: Mapped[int]
    certain: Mapped[int]
    possible: Mapped[int]
    presumed: Mapped[int]
    with_guardian: Mapped[int]
    unreachable: Mapped[int]
    by_address: Mapped[dict[str, Any]]


class CohortDecision(Base):
    """What compliance decided about people of whom it is not certain; it holds for later versions too."""

    __tablename__ = "cohort_decision"
    __table_args__ = (Index("ix_cohort_decision_live", "incident_id", "superseded_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    snapshot_id: Mapped[str] = mapped_column(ForeignKey("snapshot.id"))  # the version that was looked at
    cohort_id: Mapped[str]
    membership: Mapped[str]  # stranger | undecided
    decision: Mapped[str]  # include | exclude | announce_only
    because: Mapped[str]
    decided_at: Mapped[datetime]
    decided_by: Mapped[str]
    decided_by_name: Mapped[str]
    superseded_at: Mapped[datetime | None]


class PersonReview(Base):
    """What compliance decided about named people, or a group of them, with the reason; superseded, never edited."""

    __tablename__ = "person_review"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    snapshot_id: Mapped[str] = mapped_column(ForeignKey("snapshot.id"))  # the version that was looked at
    decision: Mapped[str]  # include | exclude
    selection: Mapped[dict[str, Any]]  # kind and its opaque ids and words; of people no more than that they were named
    evidence_ids: Mapped[list[str]]  # what lay there when it was decided; later evidence is not covered
    exposed: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))  # of people included: what was exposed
    people: Mapped[int] = mapped_column(BigInteger)
    token_key_id: Mapped[str]  # of the tokens in person_standing
    sealed_key_id: Mapped[str | None]  # of the ids of included people, who must be found again in the directory
    sealed: Mapped[bytes | None]
    because: Mapped[str]
    decided_at: Mapped[datetime]
    decided_by: Mapped[str]
    decided_by_name: Mapped[str]
    superseded_at: Mapped[datetime | None]


class PersonStanding(Base):
    """One person, by token, under a review; the newest of each is in force. `again`: excluded, and found anew."""

    __tablename__ = "person_standing"
    __table_args__ = (
        Index("ix_person_standing_live", "incident_id", "superseded_at"),
        Index("ix_person_standing_person", "person"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"))
    review_id: Mapped[str] = mapped_column(ForeignKey("person_review.id"), index=True)
    snapshot_id: Mapped[str] = mapped_column(ForeignKey("snapshot.id"))
    person: Mapped[str]
    word: Mapped[str]  # include | exclude | again
    known_by: Mapped[list[str]]  # the evidence that had found them when it was decided
    was_certain: Mapped[bool]
    found_by: Mapped[list[str]]  # the evidence that found them since
    at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class ReviewCount(Base):
    """How many people of a version stand how by which review; made anew from the standings whenever they change."""

    __tablename__ = "review_count"

    id: Mapped[str] = mapped_column(primary_key=True)
    snapshot_id: Mapped[str] = mapped_column(ForeignKey("snapshot.id"), index=True)
    review_id: Mapped[str] = mapped_column(ForeignKey("person_review.id"))
    cohort_id: Mapped[str]
    membership: Mapped[str]
    word: Mapped[str]
    found_by: Mapped[list[str]]
    people: Mapped[int] = mapped_column(BigInteger)
    certain: Mapped[int] = mapped_column(BigInteger)


def _is_frozen(_mapper: Any, _connection: Any, _target: Any) -> None:
    raise Refused("snapshot_frozen", "A frozen snapshot cannot be changed; scope again for a new version.")


for _table in (Snapshot, SnapshotFile, SnapshotCohort):
    event.listen(_table, "before_update", _is_frozen)
    event.listen(_table, "before_delete", _is_frozen)
