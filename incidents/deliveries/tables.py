"""The tables of deliveries: plan rows that never change, outcomes that are only added, and the roll-up of both."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base


def _where(condition: str) -> dict[str, Any]:
    """Makes an index of only some rows, on either database."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


_Counter = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself only in a plain INTEGER


class FanOut(Base):
    """One notice, as approved in one language, on its way to its people. `texts` are the approved pieces: variant of
    the text -> channel -> piece."""

    __tablename__ = "fan_out"
    __table_args__ = (UniqueConstraint("notice_id", "language"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    notice_id: Mapped[str]
    snapshot_id: Mapped[str | None]
    company: Mapped[str]
    party: Mapped[str]
    audience: Mapped[str]
    language: Mapped[str]
    sender_name: Mapped[str]
    content_digest: Mapped[str]
    audience_digest: Mapped[str]
    texts: Mapped[dict[str, Any]] = mapped_column(deferred=True)  # large: see words.py
    ladders: Mapped[list[Any]]  # routes as the house pack has them: roles, one_by_one, beside, last
    for_guardians: Mapped[bool]
    unknown_residence: Mapped[str]  # hold | send: what compliance decided about people whose country is unknown
    proof: Mapped[str]  # the outcome that counts as told
    wait_hours: Mapped[int]  # how long a route may take to bring that proof before the next one is taken
    tells_again: Mapped[bool]  # whether people who stay in doubt are told again
    wave: Mapped[int] = mapped_column(default=0)  # batches of later waves wait
    soak_minutes: Mapped[int] = mapped_column(default=0)  # how long a wave is watched before the next one begins
    quiet: Mapped[str] = mapped_column(default="")  # hours in which nobody is woken, 22:00-08:00 of their own clock
    waits_until_at: Mapped[datetime | None]  # how long their night may be waited for; None: not at all
    most_failed: Mapped[float] = mapped_column(default=1.0)  # the share of failures at which the fan-out pauses itself
    widened_at: Mapped[datetime | None]
    accepted: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # answers and failures that stood when it was resumed
    phase: Mapped[str]  # planning | sending | paused | aborted
    planned_at: Mapped[datetime]
    planned_by: Mapped[str]
    planned_by_name: Mapped[str]
    plan_ended_at: Mapped[datetime | None]  # None: not everybody has their row yet
    started_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    because: Mapped[str | None]  # why it was paused or aborted


class Compromise(Base):
    """A channel, a provider or the log-in that somebody said is in the wrong hands; without an incident it holds for
    every incident of the house. Lifted by a second act; never deleted."""

    __tablename__ = "compromise"

    id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incident.id"), index=True)
    subject: Mapped[str]
    since_at: Mapped[datetime]
    because: Mapped[str]
    marked_by: Mapped[str]
    marked_by_name: Mapped[str]
    marked_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_because: Mapped[str | None]
    lifted_by: Mapped[str | None]
    lifted_by_name: Mapped[str | None]


class Batch(Base):
    """Up to ten thousand deliveries by one provider: the unit of work, claimed by a lease. Its contacts lie in one
    sealed segment whose key is its own."""

    __tablename__ = "delivery_batch"
    __table_args__ = (
        Index("ix_delivery_batch_due", "phase", "not_before_at"),
        Index("ix_delivery_batch_settle", "settle_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    fan_out_id: Mapped[str] = mapped_column(ForeignKey("fan_out.id"), index=True)
    variant: Mapped[str]
    channel: Mapped[str]
    position: Mapped[int]  # place on the route; -1: beside it
    provider: Mapped[str]
    wave: Mapped[int] = mapped_column(default=0)
    destination: Mapped[str] = mapped_column(default="")  # calling code of all of them, if it has a pace of its own
    territory: Mapped[str] = mapped_column(default="")  # where all of them live, if their night counts
    size: Mapped[int]
    key_id: Mapped[str]
    segment_sha256: Mapped[str]
    phase: Mapped[str]  # waiting | listed (people work through it, see calls.py) | done
    not_before_at: Mapped[datetime | None]
    holder: Mapped[str | None]
    held_until_at: Mapped[datetime | None]
    settle_at: Mapped[datetime | None]  # when to ask after what is in doubt or not yet delivered; None: never again
    settled: Mapped[int]  # how often that was done
    # Of its deliveries: how many have an answer, failed, were reported as unwanted. They follow from the outcomes and
    # are carried along with them, so that nobody has to count ten million rows to see how it goes.
    answered: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    complained: Mapped[int] = mapped_column(default=0)


class Delivery(Base):
    """One person, one channel: a plan row, immutable. `person` is a token; no address stands here."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "person", "channel", name="uq_delivery_once"),
        UniqueConstraint("batch_id", "ordinal"),
        Index("ix_delivery_fan_out", "fan_out_id", "person"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    # No foreign keys: a row is written with its batch and never deleted or moved, and to look both up for each of ten
    # million rows costs more than to write the rows.
    fan_out_id: Mapped[str]
    notice_id: Mapped[str]
    person: Mapped[str]
    channel: Mapped[str]
    position: Mapped[int]
    batch_id: Mapped[str | None]  # None: nothing is sent
    ordinal: Mapped[int | None]
    planned_at: Mapped[datetime]


class Intent(Base):
    """Written before the act: a worker is about to send these ordinals of a batch. Without an end, it died."""

    __tablename__ = "delivery_intent"

    id: Mapped[str] = mapped_column(primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("delivery_batch.id"), index=True)
    ordinals: Mapped[list[Any]]
    holder: Mapped[str]
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class DeliveryOutcome(Base):
    """Something that became of a delivery: only ever added. `event_id` is the provider's, so that a second telling of
    the same event adds nothing."""

    __tablename__ = "delivery_outcome"
    __table_args__ = (
        # What a provider says at sending carries no id of an event: only what it tells later stands in this index.
        Index("uq_delivery_outcome_event", "provider", "event_id", unique=True, **_where("event_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(_Counter, primary_key=True, autoincrement=True)
    # No foreign key: plan rows are never deleted, and to look each one up would cost more than to write the outcome.
    delivery_id: Mapped[str] = mapped_column(index=True)
    event: Mapped[str]
    outcome: Mapped[str | None]  # the provider's word in ours; None for an act of ours
    reason: Mapped[str | None]
    permanent: Mapped[bool]
    provider: Mapped[str]
    provider_reference: Mapped[str | None] = mapped_column(index=True)
    event_id: Mapped[str | None]
    happened_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    raw: Mapped[dict[str, Any]]


class AcceptedRun(Base):
    """Neighbours in a batch whose first outcome is that the provider accepted their message: all of them in one row.
    Whoever has a roll-up of their own stands there, and here no more. See runs.py."""

    __tablename__ = "accepted_run"
    __table_args__ = (
        Index("ix_accepted_run_stretch", "batch_id", "stretch"),
        Index("ix_accepted_run_waits", "fan_out_id", "climbed", "recorded_at"),
    )

    id: Mapped[int] = mapped_column(_Counter, primary_key=True, autoincrement=True)
    fan_out_id: Mapped[str] = mapped_column(ForeignKey("fan_out.id"))
    batch_id: Mapped[str] = mapped_column(ForeignKey("delivery_batch.id"))
    stretch: Mapped[int]  # of the batch's ordinals, counted from 0; a run lies within one
    first: Mapped[int]  # ordinal
    last: Mapped[int]  # ordinal, itself within the run
    provider: Mapped[str]
    answers: Mapped[list[Any]]  # for each in order: the provider's reference and its raw answer
    climbed: Mapped[bool]  # whether the next route was looked for, for those who had no proof in time
    recorded_at: Mapped[datetime]


class DeliveryNow(Base):
    """The roll-up: the state that follows from the outcomes of one delivery, once there are any but a run's. Rebuilt at
    will from them."""

    __tablename__ = "delivery_now"
    __table_args__ = (Index("ix_delivery_now_state", "fan_out_id", "state", "climbed"),)

    delivery_id: Mapped[str] = mapped_column(primary_key=True)
    fan_out_id: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    provider_reference: Mapped[str | None]
    not_taken: Mapped[int]  # how many times a provider would not take it for now
    doubts: Mapped[int]  # how many times it was in doubt
    climbed: Mapped[bool]  # whether the next route was looked for
    changed_at: Mapped[datetime]


class ProviderRegion(Base):
    """Where a provider processes data, signed by a person; superseded, never edited. Unset means outside."""

    __tablename__ = "provider_region"

    id: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(index=True)  # a provider's id, or mail:<domain> for a mail exchanger
    region: Mapped[str]  # ISO 3166-1 alpha-2
    because: Mapped[str]  # the paper it rests on
    attested_by: Mapped[str]
    attested_by_name: Mapped[str]
    attested_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class ProviderPace(Base):
    """When a provider's next message may go, one number, so that a quota holds across machines; and its demotion."""

    __tablename__ = "provider_pace"

    provider: Mapped[str] = mapped_column(primary_key=True)  # with a calling code where a country has its own pace
    tat: Mapped[float]
    demoted_at: Mapped[datetime | None]
    demoted_because: Mapped[str | None]


class ProviderMinute(Base):
    """What one thread saw of a provider in one minute: messages handed over, not taken for now or unanswered, accepted,
    and of those accepted in that minute how many arrived quickly. Kept for an hour."""

    __tablename__ = "provider_minute"

    provider: Mapped[str] = mapped_column(primary_key=True)
    minute_at: Mapped[datetime] = mapped_column(primary_key=True)
    counter: Mapped[str] = mapped_column(primary_key=True)  # the thread, so that none waits for another
    handed: Mapped[int]
    failing: Mapped[int]
    accepted: Mapped[int]
    quick: Mapped[int]


class Announcement(Base):
    """What stands on a company's public page; written when it is sent, withdrawn but never deleted."""

    __tablename__ = "announcement"

    id: Mapped[str] = mapped_column(primary_key=True)
    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.id"), unique=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incident.id"), index=True)
    notice_id: Mapped[str]
    company: Mapped[str] = mapped_column(index=True)
    is_drill: Mapped[bool]
    language: Mapped[str]
    subject: Mapped[str]
    plain: Mapped[str]
    html: Mapped[str]
    proof: Mapped[str | None]
    published_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
