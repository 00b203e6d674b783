"""Counts a limit out: hours, days, working days or months from a moment, and what becomes of an end on a day off."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from policies.calendars import Calendars
from policies.pack import Limit, Roll
from policies.vocabulary import Unit

NOON = time(12)
END_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True)
class Counting:
    """By which clock and whose days off a limit is counted; `place` None knows weekends only."""

    zone: str
    place: str | None = None
    calendars: Calendars = field(default_factory=Calendars)

    def day(self, at: datetime) -> date:
        """The day of `at` by this clock."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def at(self, day: date, when: time) -> datetime:
        """That time of `day` by this clock, as aware UTC."""
        return datetime.combine(day, when, ZoneInfo(self.zone)).astimezone(UTC)


def count(limit: Limit, start: datetime, *, n: int, by: Counting) -> datetime:
    """The end of `n` units after `start`, aware UTC; days and months end with the day."""
    due = _hours(limit, start, n, by) if limit.unit is Unit.HOURS else by.at(_last_day(limit, start, n, by), END_OF_DAY)
    return _noon(due, by) if limit.roll is Roll.NOON_NEXT_BUSINESS_DAY else due


def add_months(day: date, n: int) -> date:
    """The same day `n` calendar months on, or that month's last day: 31 January and one month is 28 or 29 February."""
    months = day.year * 12 + day.month - 1 + n
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def stretched(start: datetime, due: datetime, *, business_days: int, by: Counting) -> datetime:
    """`due`, moved to a later day at the same time, until the days after that of `start` hold so many working ones."""
    held, day, last = 0, by.day(start), by.day(due)
    while day < last or held < business_days:
        day += timedelta(days=1)
        held += by.calendars.is_business_day(day, by.place)
    return due if day == last else by.at(day, due.astimezone(ZoneInfo(by.zone)).time())


def is_guess(limit: Limit, start: datetime, due: datetime, by: Counting) -> bool:
    """Whether the limit rests on days off of a year that are not published yet."""
    if limit.unit is not Unit.BUSINESS_DAYS and limit.roll is Roll.NONE:
        return False
    years = range(by.day(start).year, by.day(due).year + 1)
    return not all(by.calendars.is_published(year, by.place) for year in years)


def _hours(limit: Limit, start: datetime, n: int, by: Counting) -> datetime:
    begin = by.at(_first_day(limit, start, by), END_OF_DAY) if limit.from_year_end else start.astimezone(UTC)
    return begin + timedelta(hours=n)


def _last_day(limit: Limit, start: datetime, n: int, by: Counting) -> date:
    day = _first_day(limit, start, by)
    last = {
        Unit.CALENDAR_DAYS: lambda: day + timedelta(days=n),
        Unit.MONTHS: lambda: add_months(day, n),
        Unit.BUSINESS_DAYS: lambda: by.calendars.add_business_days(day, n, by.place),
    }[limit.unit]()
    if limit.roll is Roll.NEXT_BUSINESS_DAY and not by.calendars.is_business_day(last, by.place):
        return by.calendars.add_business_days(last, 1, by.place)
    return last


def _first_day(limit: Limit, start: datetime, by: Counting) -> date:
    return date(by.day(start).year, 12, 31) if limit.from_year_end else by.day(start)


def _noon(due: datetime, by: Counting) -> datetime:
    if by.calendars.is_business_day(by.day(due), by.place):
        return due
    return by.at(by.calendars.add_business_days(by.day(due), 1, by.place), NOON)
