"""The tables of watching a fan-out: what was forecast, how it stood each minute, what came of it and what it costs."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from incidents.foundation.database import Base


class FanOutForecast(Base):
    """What was forecast of one fan-out when its plan was whole; never changed, so that it can be held against it."""

    __tablename__ = "fan_out_forecast"

    fan_out_id: Mapped[str] = mapped_column(ForeignKey("fan_out.id"), primary_key=True)
    begins_at: Mapped[datetime]
    people: Mapped[int]  # to be told one by one
    unpaced: Mapped[int]  # of them, by providers that publish no pace
    curve: Mapped[list[Any]]  # [seconds since the beginning, people told], in order


class FanOutPoint(Base):
    """How one fan-out stood at one moment, from the counts of its batches; one a minute while it runs."""

    __tablename__ = "fan_out_point"

    fan_out_id: Mapped[str] = mapped_column(ForeignKey("fan_out.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    told: Mapped[int]
    answered: Mapped[int]
    failed: Mapped[int]
    waiting: Mapped[int]


class OutcomeTally(Base):
    """How many outcomes of each kind there are: one row, carried along by the outcomes that came since `upto`."""

    __tablename__ = "outcome_tally"

    name: Mapped[str] = mapped_column(primary_key=True)
    upto: Mapped[int] = mapped_column(BigInteger)  # the last outcome that is counted
    tallied_at: Mapped[datetime]
    counts: Mapped[list[Any]]  # [provider, outcome, at sending or later, how many]


class ProviderPrice(Base):
    """What one part of a message costs at a provider, said by a person; superseded, never edited. Unset is unknown."""

    __tablename__ = "provider_price"

    id: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(index=True)
    currency: Mapped[str]  # ISO 4217
    amount: Mapped[str]  # a decimal number
    because: Mapped[str]  # the contract or price list
    said_by: Mapped[str]
    said_by_name: Mapped[str]
    said_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
