"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta


class FrozenClock:
    """Satisfies incidents.foundation.clock.Clock; `tick` moves it forward."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or datetime(2026, 3, 6, 13, 40, tzinfo=UTC)  # a Friday, 21:40 in Shanghai

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def tick(self, by: timedelta) -> datetime:
        self.at += by
        return self.at
