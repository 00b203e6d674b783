"""Deadlines: from an anchor to a time, with the counting said in a sentence."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from policies.pack import Join, Limit, Roll, Timing
from policies.vocabulary import AnchorName, DeadlineKind, Pace, Unit

# The product's own targets, in hours, where a company sets none: no law says them.
TARGET_HOURS: Mapping[Pace, int] = {
    Pace.IMMEDIATELY: 12,
    Pace.TIMELY: 48,
    Pace.WITHOUT_UNDUE_DELAY: 48,
    Pace.PER_RULES: 72,
}
ESCALATE_AT = (0.5, 1.0, 2.0)  # shares of the target at which the next person is woken
WARN_AT = (0.5, 0.75)  # shares of a limit at which somebody is woken before it passes
END_OF_DAY = time(23, 59, 59)

_NEVER = datetime.max.replace(tzinfo=UTC)

Anchored = Mapping[AnchorName, datetime]


@dataclass(frozen=True)
class Deadline:
    """`due_at` is what the law limits, `target_at` what the company aims at; aware UTC, null until the anchor is."""

    kind: DeadlineKind
    due_at: datetime | None
    target_at: datetime | None
    anchor: AnchorName | None
    waiting_for: tuple[AnchorName, ...]
    escalate_at: tuple[datetime, ...]
    sentence: str
    provisional: bool = False


def settle(
    timing: Timing,
    anchors: Anchored,
    *,
    on: date,
    zone: str,
    limits: tuple[Limit, ...] | None = None,
    targets: Mapping[Pace, int] | None = None,
) -> Deadline:
    """The deadline of `timing` (or of the `limits` chosen among its cases) under the law of the day `on`."""
    zone = timing.zone or zone
    first = earliest(timing.anchor, anchors)
    target = _target(timing, first, targets or {}, zone)
    if timing.kind is DeadlineKind.TARGET:
        return target
    counted = [_counted(limit, timing, anchors, on, zone) for limit in limits or timing.limits]
    missing = tuple(dict.fromkeys(anchor for one in counted for anchor in one.waiting_for))
    known = [one for one in counted if one.due_at is not None]
    # The first of two limits binds as soon as one is known; the last is unknown until both are.
    if not known or (timing.join is Join.LAST and missing):
        return Deadline(timing.kind, None, None, None, missing, (), " ".join(one.sentence for one in counted))
    chosen = (min if timing.join is Join.FIRST else max)(known, key=lambda one: one.due_at or _NEVER)
    aims = [at for at in (target.target_at, chosen.due_at) if at is not None]
    return replace(
        chosen,
        target_at=min(aims) if timing.pace else None,
        waiting_for=missing,
        escalate_at=target.escalate_at if timing.pace else _warnings(chosen, anchors),
        sentence=" ".join(_joined(counted, chosen, timing.join)),
    )


def earliest(names: tuple[AnchorName, ...], anchors: Anchored) -> tuple[AnchorName, datetime] | None:
    """The earliest of the anchors that the law names and that happened; another anchor never stands in."""
    happened = [(name, anchors[name]) for name in names if name in anchors]
    return min(happened, key=lambda pair: pair[1]) if happened else None


def count(limit: Limit, start: datetime, *, n: int, zone: str, place: str | None = None) -> datetime:
    """The end of `n` units after `start`, aware UTC; days and months end with the day in `zone`."""
    if limit.unit is Unit.HOURS:
        return start.astimezone(UTC) + timedelta(hours=n)
    day = start.astimezone(ZoneInfo(zone)).date()
    last = {
        Unit.CALENDAR_DAYS: lambda: day + timedelta(days=n),
        Unit.MONTHS: lambda: add_months(day, n),
        Unit.BUSINESS_DAYS: lambda: add_business_days(day, n, place),
    }[limit.unit]()
    if limit.roll is Roll.NEXT_BUSINESS_DAY and not is_business_day(last, place):
        last = add_business_days(last, 1, place)
    return datetime.combine(last, END_OF_DAY, ZoneInfo(zone)).astimezone(UTC)


def add_months(day: date, n: int) -> date:
    """The same day `n` calendar months on, or that month's last day: 31 January and one month is 28 or 29 February."""
    months = day.year * 12 + day.month - 1 + n
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_business_days(day: date, n: int, place: str | None) -> date:
    """The `n`th working day after `day`, which itself does not count."""
    left = n
    while left:
        day += timedelta(days=1)
        left -= is_business_day(day, place)
    return day


def is_business_day(day: date, place: str | None) -> bool:
    """Whether `day` is worked in `place` (ISO 3166, with a subdivision or none); with no place, Monday to Friday."""
    if place is None:
        return day.weekday() < 5
    return bool(_days_off(place).is_working_day(day))


@cache
def _days_off(place: str) -> holidays.HolidayBase:
    country, _, subdivision = place.partition("-")
    return holidays.country_holidays(country, subdiv=subdivision or None)


def _counted(limit: Limit, timing: Timing, anchors: Anchored, on: date, zone: str) -> Deadline:
    names = limit.anchor or timing.anchor
    n = limit.n.on(on)
    found = earliest(names, anchors)
    if n is None:
        return Deadline(timing.kind, None, None, None, (), (), f"No limit was in force on {on}.")
    length = f"{n} {_unit(limit.unit, n)}"
    if found is None:
        moments = " or ".join(phrase(name) for name in names)
        sentence = f"{length} from '{moments}', which has not happened or is not recorded; no other moment stands in."
        return Deadline(timing.kind, None, None, None, names, (), _upper(sentence))
    name, start = found
    due = count(limit, start, n=n, zone=zone, place=timing.holidays)
    sentence = f"{length} from '{phrase(name)}' ({shown(start, zone)}) end {shown(due, zone)}; {_HOW[limit.unit]}."
    return Deadline(timing.kind, due, None, name, (), (), _upper(sentence))


def _target(
    timing: Timing, first: tuple[AnchorName, datetime] | None, targets: Mapping[Pace, int], zone: str
) -> Deadline:
    if timing.pace is None:
        return Deadline(timing.kind, None, None, None, (), (), "")
    hours = targets.get(timing.pace, TARGET_HOURS[timing.pace])
    whose = "the company's own target" if timing.pace in targets else "this product's own target"
    said = f"The text says '{timing.pace.replace('_', ' ')}' and names no number; {whose} is {hours} hours"
    if first is None:
        moments = " or ".join(phrase(name) for name in timing.anchor)
        sentence = f"{said} from '{moments}', which is not recorded."
        return Deadline(timing.kind, None, None, None, timing.anchor, (), sentence)
    name, start = first
    at = start.astimezone(UTC) + timedelta(hours=hours)
    steps = tuple(start.astimezone(UTC) + timedelta(hours=hours * share) for share in ESCALATE_AT)
    sentence = f"{said} from '{phrase(name)}' ({shown(start, zone)}), {shown(at, zone)}."
    return Deadline(timing.kind, None, at, name, (), steps, sentence)


def _warnings(chosen: Deadline, anchors: Anchored) -> tuple[datetime, ...]:
    if chosen.anchor is None or chosen.due_at is None:
        return ()
    start = anchors[chosen.anchor].astimezone(UTC)
    return tuple(start + (chosen.due_at - start) * share for share in WARN_AT)


def phrase(name: AnchorName) -> str:
    """An anchor as words."""
    return name.removesuffix("_at").replace("_", " ")


def shown(at: datetime, zone: str) -> str:
    """A time as people of `zone` read it."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"


def _joined(counted: list[Deadline], chosen: Deadline, join: Join) -> list[str]:
    if len(counted) == 1:
        return [chosen.sentence]
    which = "earlier" if join is Join.FIRST else "later"
    return [chosen.sentence, f"Of {len(counted)} limits the {which} counts."]


def _unit(unit: Unit, n: int) -> str:
    words = unit.replace("_", " ")
    return words.removesuffix("s") if n == 1 else words


def _upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


_HOW = {
    Unit.HOURS: "hours run through nights and holidays",
    Unit.CALENDAR_DAYS: "the day it happened does not count, and the last day counts to its end",
    Unit.BUSINESS_DAYS: "the day it happened and days off do not count, and the last day counts to its end",
    Unit.MONTHS: "to the same day of the month, or the month's last, and that day counts to its end",
}
