"""The time, always aware UTC, always from a clock that was handed in."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Whatever can say what time it is and let some pass; tests hand in one that stands still."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Come back when so much time has passed."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def aware(moment: datetime, *, name: str = "time") -> datetime:
    """`moment` in UTC. Raises ValueError when it carries no zone: a naive time is a guess."""
    if moment.tzinfo is None:
        raise ValueError(f"{name} has no time zone; write one, for example 2026-03-06T21:40+08:00")
    return moment.astimezone(UTC)


def read_moment(text: str, *, name: str = "time") -> datetime:
    """ISO 8601 text with an offset, in UTC. Raises ValueError with one sentence."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} '{text}' is not an ISO 8601 time such as 2026-03-06T21:40+08:00") from None
    return aware(moment, name=name)
