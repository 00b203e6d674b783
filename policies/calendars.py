"""Days off: of a place, by the library `holidays`; of bodies that it does not know; and how far they are published."""

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from pydantic import Field

from packs import Strict
from policies.facts import Place
from policies.pack import Basis

if TYPE_CHECKING:
    from holidays import HolidayBase


class Body(Basis):
    """The days off of a body with a calendar of its own, such as the institutions of the Union, beside weekends."""

    days: tuple[date, ...] = Field(min_length=1)


class Published(Basis):
    """The last year whose days off are published where each year's are announced anew; later ones are a guess."""

    through: int


class Calendars(Strict):
    """calendars.yaml."""

    bodies: dict[Place, Body] = Field(default_factory=dict)
    published: dict[Place, Published] = Field(default_factory=dict)

    def is_business_day(self, day: date, place: str | None) -> bool:
        """Whether `day` is worked in `place` (ISO 3166, or a body of ours); with no place, Monday to Friday."""
        if place is None:
            return day.weekday() < 5
        if place in self.bodies:
            return day.weekday() < 5 and day not in self.bodies[place].days
        return bool(_days_off(place).is_working_day(day))

    def add_business_days(self, day: date, n: int, place: str | None) -> date:
        """The `n`th working day after `day`, which itself does not count."""
        left = n
        while left:
            day += timedelta(days=1)
            left -= self.is_business_day(day, place)
        return day

    def is_published(self, year: int, place: str | None) -> bool:
        """Whether the days off of `year` in `place` are known and not guessed."""
        if place in self.bodies:
            return any(day.year == year for day in self.bodies[place].days)
        known = self.published.get(place or "")
        return known is None or year <= known.through


@cache
def is_place(name: str) -> bool:
    """Whether the library knows the days off of `name`."""
    try:
        _days_off(name)
    except NotImplementedError:
        return False
    return True


@cache
def _days_off(place: str) -> "HolidayBase":
    import holidays  # noqa: PLC0415 - its calendars are large, and who only sends counts no days

    country, _, subdivision = place.partition("-")
    return holidays.country_holidays(country, subdiv=subdivision or None)
