"""Deadlines: from an anchor to a time, with the counting said in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from policies.counting import Counting, count, is_guess, stretched
from policies.pack import Join, Limit, Stretch, Timing
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


@dataclass(frozen=True)
class Reading:
    """How a timing is read for one party: the law of the day `on`, the counting, the company's own targets.

    `stretch` says that the rule of counting which the timing names is established.
    """

    on: date
    by: Counting
    targets: Mapping[Pace, int] | None = None
    stretch: bool = False


def settle(timing: Timing, anchors: Anchored, reading: Reading, *, limits: tuple[Limit, ...] | None = None) -> Deadline:
    """The deadline of `timing`, or of the `limits` chosen among its cases."""
    target = _target(timing, earliest(timing.anchor, anchors), reading)
    if timing.kind is DeadlineKind.TARGET:
        return target
    counted = _standing(
        [(limit, _counted(limit, timing, anchors, reading)) for limit in limits or timing.limits], anchors
    )
    missing = tuple(dict.fromkeys(anchor for one in counted for anchor in one.waiting_for))
    known = [one for one in counted if one.due_at is not None]
    # The first of two limits binds as soon as one is known; the last is unknown until both are.
    if not known or (timing.join is Join.LAST and missing):
        said = " ".join(filter(None, (*(one.sentence for one in counted), target.sentence)))
        return replace(target, kind=timing.kind, waiting_for=missing, sentence=said)
    chosen = (min if timing.join is Join.FIRST else max)(known, key=lambda one: one.due_at or _NEVER)
    aims = [at for at in (target.target_at, chosen.due_at) if at is not None]
    return replace(
        chosen,
        target_at=min(aims) if timing.pace else None,
        waiting_for=missing,
        escalate_at=_steps(target, chosen, anchors),
        sentence=" ".join(_joined(counted, chosen, timing.join)),
    )


def earliest(names: tuple[AnchorName, ...], anchors: Anchored) -> tuple[AnchorName, datetime] | None:
    """The earliest of the anchors that the law names and that happened; another anchor never stands in."""
    happened = [(name, anchors[name]) for name in names if name in anchors]
    return min(happened, key=lambda pair: pair[1]) if happened else None


def _steps(target: Deadline, chosen: Deadline, anchors: Anchored) -> tuple[datetime, ...]:
    """When somebody is woken: before the limit passes, and at the target's own steps that come before it."""
    if chosen.anchor is None or chosen.due_at is None:
        return target.escalate_at
    start, due = anchors[chosen.anchor].astimezone(UTC), chosen.due_at
    warned = {start + (due - start) * share for share in WARN_AT}
    return tuple(sorted(warned | {at for at in target.escalate_at if at < due}))


def phrase(name: AnchorName) -> str:
    """An anchor as words."""
    return name.removesuffix("_at").replace("_", " ")


def shown(at: datetime, zone: str) -> str:
    """A time as people of `zone` read it."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"


def _standing(counted: list[tuple[Limit, Deadline]], anchors: Anchored) -> list[Deadline]:
    """The limits that count: one that lapses is gone where its moment came only after its end."""

    def lapsed(limit: Limit, one: Deadline) -> bool:
        later = anchors.get(limit.lapses_if_after) if limit.lapses_if_after else None
        return later is not None and one.due_at is not None and later > one.due_at

    return [one for limit, one in counted if not lapsed(limit, one)] or [one for _, one in counted]


def _counted(limit: Limit, timing: Timing, anchors: Anchored, reading: Reading) -> Deadline:
    names = limit.anchor or timing.anchor
    n = limit.n.on(reading.on)
    found = earliest(names, anchors)
    if n is None:
        return Deadline(timing.kind, None, None, None, (), (), f"No limit was in force on {reading.on}.")
    length = f"{n} {unit_said(limit.unit, n)}" if n else "No time"
    if limit.from_year_end:
        length = f"{length} after the end of the calendar year"
    if found is None:
        moments = " or ".join(phrase(name) for name in names)
        sentence = f"{length} from '{moments}', which has not happened or is not recorded; no other moment stands in."
        return Deadline(timing.kind, None, None, None, names, (), _upper(sentence))
    name, start = found
    due, more = _stretch(timing.stretch, start, count(limit, start, n=n, by=reading.by), reading)
    guess = is_guess(limit, start, due, reading.by) or (timing.holidays == "seat" and reading.by.place is None)
    zone = reading.by.zone
    sentence = f"{length} from '{phrase(name)}' ({shown(start, zone)}) end {shown(due, zone)}; {_HOW[limit.unit]}."
    said = " ".join(filter(None, (_upper(sentence), more, _GUESS if guess else "")))
    return Deadline(timing.kind, due, None, name, (), (), said, provisional=guess)


def _stretch(rule: Stretch | None, start: datetime, due: datetime, reading: Reading) -> tuple[datetime, str]:
    if rule is None:
        return due, ""
    later = stretched(start, due, business_days=rule.business_days, by=reading.by)
    if later == due:
        return due, ""
    if reading.stretch:
        return later, f"Longer than its number, so that it holds {rule.business_days} working days ({rule.cite})."
    return due, f"{rule.says} By that it would end {shown(later, reading.by.zone)}; it is not counted ({rule.cite})."


def _target(timing: Timing, first: tuple[AnchorName, datetime] | None, reading: Reading) -> Deadline:
    if timing.pace is None:
        return Deadline(timing.kind, None, None, None, (), (), "")
    targets, zone = reading.targets or {}, reading.by.zone
    hours = targets.get(timing.pace, TARGET_HOURS[timing.pace])
    whose = "the company's own target" if timing.pace in targets else "this product's own target"
    said = f"The text says '{timing.pace.replace('_', ' ')}' and names no number"
    if first is None:
        moments = " or ".join(phrase(name) for name in timing.anchor)
        sentence = f"{said}; {whose} is {hours} hours from '{moments}', which is not recorded."
        return Deadline(timing.kind, None, None, None, timing.anchor, (), sentence)
    name, start = first
    at = start.astimezone(UTC) + timedelta(hours=hours)
    steps = tuple(start.astimezone(UTC) + timedelta(hours=hours * share) for share in ESCALATE_AT)
    end = shown(at, zone)
    sentence = f"{said}; {whose} is {hours} hours from '{phrase(name)}' ({shown(start, zone)}), {end}."
    return Deadline(timing.kind, None, at, name, (), steps, sentence)


def _joined(counted: list[Deadline], chosen: Deadline, join: Join) -> list[str]:
    if len(counted) == 1:
        return [chosen.sentence]
    which = "earlier" if join is Join.FIRST else "later"
    return [chosen.sentence, f"Of {len(counted)} limits the {which} counts."]


def unit_said(unit: Unit, n: int) -> str:
    """A unit as a word, for one or for several."""
    words = unit.replace("_", " ")
    return words.removesuffix("s") if n == 1 else words


def _upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


_GUESS = "Provisional: whose days off count, or the days off of that year, are not known yet."
_HOW = {
    Unit.HOURS: "hours run through nights and holidays",
    Unit.CALENDAR_DAYS: "the day it happened does not count, and the last day counts to its end",
    Unit.BUSINESS_DAYS: "the day it happened and days off do not count, and the last day counts to its end",
    Unit.MONTHS: "to the same day of the month, or the month's last, and that day counts to its end",
}
