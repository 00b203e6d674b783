"""What a log covers: lines a day, and days without any or with few; a stranger unseen there is unknown, not absent."""

import statistics
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

_MOST_DAYS = 3660  # ten years of days are listed, no more
_THIN = 0.01  # of the median day


@dataclass
class Days:
    """Lines counted by their day (UTC); `lines` counts those too whose time cannot be read."""

    lines: int = 0
    counts: dict[date, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, day: date, count: int, first: datetime, last: datetime) -> None:
        """Count lines of one day, the earliest and latest of them in UTC without a zone."""
        if count:
            self.counts[day] = self.counts.get(day, 0) + count
            self.first = min(self.first or first, first)
            self.last = max(self.last or last, last)

    def join(self, others: "Days") -> None:
        """Count what another part of the log holds."""
        self.lines += others.lines
        for day, count in others.counts.items():
            self.counts[day] = self.counts.get(day, 0) + count
        ends = [end for end in (self.first, self.last, others.first, others.last) if end is not None]
        self.first, self.last = (min(ends), max(ends)) if ends else (None, None)


def days_of(connection: Any, relation: str, at: str) -> Days:
    """Count the lines of a relation by the SQL time `at`."""
    found = Days()
    counted = connection.execute(
        f"SELECT CAST({at} AS DATE) AS day, COUNT(*), MIN({at}), MAX({at}) FROM {relation} GROUP BY 1"  # noqa: S608
    ).fetchall()
    for day, count, first, last in counted:
        found.lines += count
        if day is not None:
            found.add(day, count, first, last)
    return found


def told(days: Days, from_at: datetime | None, to_at: datetime | None) -> dict[str, Any]:
    """First and last time, lines a day, and of the window (or between the two) what is not known.

    `gaps`: days without any line. `thin_days`: days with less than a hundredth of the median day's lines.
    `unknown_before`: the first line, where the window begins before it (logs are kept for so long only);
    `unknown_after` likewise. `unknown_days`: the days on which nobody can be said not to have been read.
    """
    first, last = _zoned(days.first), _zoned(days.last)
    start, end = from_at or first, to_at or last
    span = _days(start, end)
    gaps = [day for day in span if day not in days.counts]
    before = first if first and from_at and from_at < first else None
    after = last if last and to_at and to_at > last else None
    usual = statistics.median(days.counts.values()) if days.counts else 0
    thin = [day for day, count in sorted(days.counts.items()) if count < usual * _THIN]
    return {
        "first_at": first.isoformat() if first else None,
        "last_at": last.isoformat() if last else None,
        "days": {day.isoformat(): count for day, count in sorted(days.counts.items())},
        "gaps": [day.isoformat() for day in gaps],
        "thin_days": [day.isoformat() for day in thin],
        "unknown_before": before.isoformat() if before else None,
        "unknown_after": after.isoformat() if after else None,
        "unknown_days": [day.isoformat() for day in gaps],
    }


def _zoned(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _days(start: datetime | None, end: datetime | None) -> list[date]:
    if start is None or end is None:
        return []
    first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
    return [first + timedelta(days=n) for n in range(min((last - first).days + 1, _MOST_DAYS))]
