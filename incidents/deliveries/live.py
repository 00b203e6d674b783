"""How a fan-out runs now: rate, time to finish, and how far ahead of or behind its forecast and each deadline."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incidents.deliveries.duties import Deadline, deadlines
from incidents.deliveries.points import Counts, counts, stopped_at
from incidents.deliveries.tables import Batch, FanOut
from incidents.deliveries.takes import Course, in_words
from incidents.deliveries.watch_tables import FanOutForecast, FanOutPoint
from incidents.notices.tables import Notice
from incidents.record.tables import Incident

RECENT = timedelta(minutes=5)
SHORTEST = timedelta(seconds=10)  # of less no rate is formed
SHOWN = 300  # points


@dataclass(frozen=True)
class Run:
    """One deadline held against the rate of the last minutes."""

    deadline: Deadline
    margin: timedelta | None  # between the finish at this rate and the deadline
    told_by_then: int | None

    def as_json(self) -> dict[str, Any]:
        one, margin = self.deadline, self.margin
        said = {name: getattr(one, name) for name in ("duty", "party", "citation", "kind")}
        said |= {"ends_at": one.ends_at.isoformat(), "told_by_then": self.told_by_then}
        return said | {"margin_s": margin.total_seconds() if margin is not None else None}


@dataclass(frozen=True)
class Live:
    """The answer at `at`. None is what nobody can say: no rate yet, no forecast, a provider without a known pace."""

    fan_out_id: str
    phase: str
    begins_at: datetime
    at: datetime
    people: int  # to be told one by one, as planned
    counts: Counts
    rate: float | None  # answers a second
    finishes_at: datetime | None
    expected: int | None  # told by now, by the forecast
    ahead: timedelta | None  # of the forecast; negative: behind it
    runs: Sequence[Run]
    by_provider: Sequence[dict[str, Any]]
    points: Sequence[tuple[datetime, int, int]] = field(repr=False)  # at, told, failed
    forecast: Sequence[tuple[datetime, int]] = field(repr=False)

    @property
    def sentence(self) -> str:
        """What a person wants to know, in one sentence; it also stands for the picture where nobody sees it."""
        said = [f"{self.counts.told:,} of {self.people:,} told one by one"]
        if self.counts.waiting and self.rate is not None:
            said.append(f"{self.rate:,.1f} a second over the last minutes")
        if self.counts.waiting and self.finishes_at is not None:
            said.append(f"done in {in_words(self.finishes_at - self.at)} at that rate")
        if self.ahead is not None:
            where = "ahead of" if self.ahead >= timedelta() else "behind"
            said.append(f"{in_words(abs(self.ahead))} {where} the forecast")
        return "; ".join(said) + "."

    def as_json(self) -> dict[str, Any]:
        """For doors and for the chart."""
        said: dict[str, Any] = {name: getattr(self, name) for name in ("fan_out_id", "phase", "people", "rate")}
        said |= {"begins_at": self.begins_at.isoformat(), "at": self.at.isoformat()} | vars(self.counts)
        said |= {"finishes_at": self.finishes_at.isoformat() if self.finishes_at else None, "expected": self.expected}
        said |= {"ahead_s": self.ahead.total_seconds() if self.ahead is not None else None, "says": self.sentence}
        said |= {"deadlines": [one.as_json() for one in self.runs], "by_provider": list(self.by_provider)}
        said["points"] = [{"at": at.isoformat(), "told": told, "failed": failed} for at, told, failed in self.points]
        return said | {"forecast": [{"at": at.isoformat(), "told": told} for at, told in self.forecast]}


def live(tx: Session, fan_out: FanOut, *, kit: Any) -> Live:
    """How it runs at this moment, or ran when it stopped."""
    at = stopped_at(fan_out) or kit.clock.now()
    stands, points = counts(tx, fan_out.id), _points(tx, fan_out.id)
    foreseen = tx.get(FanOutForecast, fan_out.id)
    rate = _rate(points, stands, at) if stopped_at(fan_out) is None else None
    finishes_at = _finish(stands, rate, at)
    known = _course(foreseen) if foreseen and not foreseen.unpaced else None
    begins_at = foreseen.begins_at if foreseen else fan_out.planned_at
    people = foreseen.people if foreseen else _planned(tx, fan_out.id)
    elapsed = (at - begins_at).total_seconds()
    pace: dict[str, Any] = {"people": people, "rate": rate, "finishes_at": finishes_at, "at": at, "points": points}
    return Live(
        fan_out_id=fan_out.id,
        phase=fan_out.phase,
        begins_at=begins_at,
        at=at,
        people=people,
        counts=stands,
        rate=rate,
        finishes_at=finishes_at,
        expected=known.told_by(elapsed) if known else None,
        ahead=_ahead(known, people - stands.waiting, elapsed) if known and people else None,
        runs=[_run(one, stands, **pace) for one in _deadlines(tx, fan_out, kit)],
        by_provider=_by_provider(tx, fan_out.id),
        points=[*_thin([(one.at, one.told, one.failed) for one in points]), (at, stands.told, stands.failed)],
        forecast=[(begins_at + timedelta(seconds=s), n) for s, n in foreseen.curve] if known and foreseen else [],
    )


def _points(tx: Session, fan_out_id: str) -> Sequence[FanOutPoint]:
    return tx.scalars(select(FanOutPoint).where(FanOutPoint.fan_out_id == fan_out_id).order_by(FanOutPoint.at)).all()


def _course(foreseen: FanOutForecast) -> Course:
    seconds, people = zip(*foreseen.curve, strict=True)
    return Course(np.array(seconds, float), np.array(people, float))


def _rate(points: Sequence[FanOutPoint], now: Counts, at: datetime) -> float | None:
    since = next((one for one in points if one.at >= at - RECENT), points[-1] if points else None)
    if since is None or at - since.at < SHORTEST:
        return None
    return max(0, now.answered - since.answered) / (at - since.at).total_seconds()


def _finish(now: Counts, rate: float | None, at: datetime) -> datetime | None:
    if not now.waiting:
        return at
    return at + timedelta(seconds=now.waiting / rate) if rate else None


def _ahead(foreseen: Course, handled: int, elapsed: float) -> timedelta:
    return timedelta(seconds=foreseen.reaches(max(0, handled)) - elapsed)


def _run(
    deadline: Deadline,
    now: Counts,
    *,
    people: int,
    rate: float | None,
    finishes_at: datetime | None,
    at: datetime,
    points: Sequence[FanOutPoint],
) -> Run:
    margin = deadline.ends_at - finishes_at if finishes_at else None
    left = (deadline.ends_at - at).total_seconds()
    if left < 0:  # it has passed: what was told by then is known
        return Run(deadline, margin, max((one.told for one in points if one.at <= deadline.ends_at), default=0))
    if not now.waiting:
        return Run(deadline, margin, now.told)
    more = min(now.waiting, int(rate * left)) if rate is not None else None
    return Run(deadline, margin, min(people, now.told + more) if more is not None else None)


def _deadlines(tx: Session, fan_out: FanOut, kit: Any) -> list[Deadline]:
    notice = tx.get(Notice, fan_out.notice_id)
    if notice is None:
        return []
    own = kit.of(tx.get_one(Incident, fan_out.incident_id))
    return deadlines(tx, notice, packs=own.packs, providers=own.providers, parts={})


def _by_provider(tx: Session, fan_out_id: str) -> list[dict[str, Any]]:
    names = ("size", "answered", "failed", "complained")
    sums = [func.sum(getattr(Batch, name)) for name in names]
    query = select(Batch.channel, Batch.provider, *sums).where(Batch.fan_out_id == fan_out_id)
    rows = tx.execute(query.group_by(Batch.channel, Batch.provider).order_by(Batch.channel, Batch.provider))
    return [dict(zip(("channel", "provider", *names), row, strict=True)) for row in rows]


def _planned(tx: Session, fan_out_id: str) -> int:
    """Before the forecast is kept: everybody on a first route, as far as it is written."""
    return tx.scalar(select(func.coalesce(func.sum(Batch.size), 0)).where(Batch.fan_out_id == fan_out_id)) or 0


def _thin(points: Sequence[tuple[datetime, int, int]]) -> Sequence[tuple[datetime, int, int]]:
    """At most SHOWN of them; the newest is added by whoever asks."""
    return points[:: max(1, -(-len(points) // SHOWN))]
