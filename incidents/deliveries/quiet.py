"""Quiet hours: people are not woken by a message that may wait until their morning, where the duty behind it allows."""

import re
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import get_global

from incidents.foundation.errors import BadInput
from notifiers.registry import channels

_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_STEP = timedelta(minutes=15)  # no zone's offset is finer
_DAY = timedelta(days=1)


def read_window(text: str) -> tuple[time, time]:
    """The window of "22:00-08:00", local time. Raises BadInput for anything else."""
    found = _WINDOW.fullmatch(text)
    if found is None or found[1] + found[2] == found[3] + found[4]:
        raise BadInput(f"quiet: '{text}' is no window of a day such as 22:00-08:00.")
    first, second, third, fourth = map(int, found.groups())
    return time(first, second), time(third, fourth)


def rings(channel: str) -> bool:
    """Whether a message on this channel may wake somebody: it is read on a lock screen, or a telephone rings."""
    return channels()[channel].short or channels()[channel].rings


def quiet_until(window: str, territory: str, now: datetime) -> datetime | None:
    """When it is no longer quiet for people who live in `territory` (ISO 3166-1 alpha-2); None when it is not quiet
    now, or nobody knows where they live. Of a country with several zones each counts: it is quiet while it is in any.
    """
    zones = _zones(territory)
    moment = now
    while any(_is_quiet(window, moment.astimezone(zone).time()) for zone in zones):
        moment += _STEP
        if moment - now > _DAY:  # some zone is always quiet: then the window says nothing
            return None
    return _to_the_minute(window, zones, moment) if moment > now else None


def clocks(territory: str, now: datetime) -> tuple[str, ...]:
    """What the clocks of `territory` show, such as 21:40, from the earliest to the latest; none where it is unknown."""
    return tuple(
        f"{one:%H:%M}" for one in sorted({now.astimezone(zone).replace(tzinfo=None) for zone in _zones(territory)})
    )


def zones_of(territory: str) -> tuple[str, ...]:
    """The names of the time zones of `territory` (tz database); none where it is unknown."""
    return tuple(zone.key for zone in _zones(territory))


def _is_quiet(window: str, local: time) -> bool:
    begins, ends = read_window(window)
    return begins <= local < ends if begins < ends else local >= begins or local < ends


def _to_the_minute(window: str, zones: Iterable[ZoneInfo], moment: datetime) -> datetime:
    """The first whole minute before `moment` at which it is quiet nowhere any more."""
    earlier = moment.replace(second=0, microsecond=0)
    while not any(_is_quiet(window, (earlier - timedelta(minutes=1)).astimezone(zone).time()) for zone in zones):
        earlier -= timedelta(minutes=1)
    return earlier


@cache
def _zones(territory: str) -> tuple[ZoneInfo, ...]:
    """The zones of a territory by the Unicode CLDR, of which Babel holds a copy."""
    found = get_global("zone_territories")
    return tuple(ZoneInfo(zone) for zone, where in sorted(found.items()) if where == territory)
