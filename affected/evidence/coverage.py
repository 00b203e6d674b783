"""What a log covers: lines a day, and the days without any; a stranger unseen in a gap is unknown, not absent."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


class Coverage:
    """Counts lines a day (UTC) over the batches of one log."""

    def __init__(self) -> None:
        self.lines = 0
        self._days: dict[date, int] = {}
        self._ends: tuple[datetime, datetime] | None = None

    def add(self, at: pa.Array, n: int) -> None:
        """Count one batch of times, UTC without a zone, NULL where a line has none that can be read."""
        self.lines += n
        for item in pc.value_counts(at.cast(pa.date32(), safe=False)).to_pylist():
            if item["values"] is not None:
                self._days[item["values"]] = self._days.get(item["values"], 0) + item["counts"]
        span = pc.min_max(at).as_py()
        if span["min"] is not None:
            first, last = self._ends or (span["min"], span["max"])
            self._ends = (min(first, span["min"]), max(last, span["max"]))

    def told(self, from_at: datetime | None, to_at: datetime | None) -> dict[str, Any]:
        """The first and last time, lines a day, and the days of the window (or between the two) that have none."""
        if self._ends is None:
            return {"first_at": None, "last_at": None, "days": {}, "gaps": []}
        first, last = (moment.replace(tzinfo=UTC) for moment in self._ends)
        start = (from_at or first).astimezone(UTC).date()
        end = (to_at or last).astimezone(UTC).date()
        span = [start + timedelta(days=n) for n in range(min((end - start).days + 1, 3660))]
        return {
            "first_at": first.isoformat(),
            "last_at": last.isoformat(),
            "days": {day.isoformat(): count for day, count in sorted(self._days.items())},
            "gaps": [day.isoformat() for day in span if day not in self._days],
        }
