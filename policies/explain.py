"""A law in plain lines: what binds since when; of each duty who owes what to whom, when, and how that is known."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from packs import BadInput
from policies.conditions import CohortFilter, Condition, PeopleFilter
from policies.houses import House
from policies.load import Packs, everything
from policies.pack import Duty, Law, Limit, PoliceDelay, Timing
from policies.vocabulary import Known, LawState


@dataclass(frozen=True)
class Listed:
    """One law as a list shows it."""

    id: str
    title: str
    jurisdiction: str
    area: str | None
    state: LawState
    known: Known
    to_confirm: bool
    duties: tuple[str, ...]


def list_laws(packs: Packs, jurisdiction: str | None = None) -> tuple[Listed, ...]:
    """All laws, contracts and house policies, or those of one folder (`cn`) or area (`CN`)."""
    rows = [
        Listed(
            name,
            law.title,
            name.split("/", 1)[0],
            law.area,
            law.state,
            law.known,
            law.unconfirmed or law.state is LawState.TO_CONFIRM or any(duty.unconfirmed for duty in law.duties),
            tuple(duty.id for duty in law.duties),
        )
        for name, law in everything(packs).items()
    ]
    wanted = (jurisdiction or "").lower()
    return tuple(row for row in rows if not wanted or wanted in (row.jurisdiction, (row.area or "").lower()))


def law_of(packs: Packs, wanted: str) -> Law:
    """The pack with this id. Raises BadInput naming near ones."""
    found = everything(packs)
    if wanted not in found:
        near = [name for name in found if name.endswith(f"/{wanted}")] or get_close_matches(wanted, found)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise BadInput(f"There is no law '{wanted}'; `./tocsin policies list` names all.{meant}")
    return found[wanted]


def explain(packs: Packs, wanted: str) -> list[str]:
    """The lines that say what one pack holds."""
    law = law_of(packs, wanted)
    return [*_head(wanted, law), *(line for duty in law.duties for line in _duty(law, duty)), *_tail(law)]


def describe(condition: Condition) -> str:
    """A condition as one phrase."""
    if condition.all or condition.any:
        joiner = " and " if condition.all else " or "
        return "(" + joiner.join(describe(child) for child in condition.children) + ")"
    if condition.not_ is not None:
        return f"not {describe(condition.not_)}"
    return _leaf(condition)


def _leaf(condition: Condition) -> str:
    value: Any = getattr(condition, condition.asks)
    if condition.asks in ("number", "people"):
        what = value if condition.asks == "number" else f"people {_filter(value)}".strip()
        limits = condition.value.values if condition.value else ()
        shown = ", ".join(f"{one.is_:,}" + (f" from {one.from_}" if one.from_ else "") for one in limits if one.is_)
        return f"{what} {condition.op} {shown}"
    if condition.asks == "cohort":
        return f"people {_filter(value)}"
    if isinstance(value, tuple):
        return f"{condition.asks} in {' or '.join(value)}"
    return f"{value}" if condition.asks == "fact" else f"{condition.asks.replace('_', ' ')} {value}"


def _filter(wanted: CohortFilter) -> str:
    parts = [f"{name} {' or '.join(values)}" for name, values in wanted.wanted.items()]
    if isinstance(wanted, PeopleFilter) and wanted.if_:
        parts.append(f"for whom {describe(wanted.if_)}")
    return ", ".join(parts)


def _head(wanted: str, law: Law) -> Iterator[str]:
    yield f"{wanted}: {law.title}"
    yield f"  {law.cite}"
    yield f"  {law.state.sentence} {law.state_note or ''}".rstrip()
    since = f"since {law.effective_from}" if law.effective_from else "no date on record"
    yield f"  {since}" + (f", until {law.effective_to}" if law.effective_to else "")
    yield f"  How it is known: {law.known.sentence}" + (" To be confirmed." if law.unconfirmed else "")
    for one in (law.authority, *law.other_authorities):
        if one is not None:
            how = f": {', '.join(one.channels)}" if one.channels else ""
            yield f"  To {one.id}: {one.name.get('en', one.id)}{how} [{one.known}]"
    if law.police_delay:
        yield f"  {_police(law.police_delay)}"
    if law.applies_if:
        yield f"  Applies if {describe(law.applies_if)}"
    for name, definition in law.defines.items():
        yield f"  {name}: {describe(definition.if_)} [{definition.cite}]"
    if isinstance(law, House):
        yield from _house(law)


def _police(rule: PoliceDelay) -> str:
    spoken = f"; by word of mouth for {rule.oral_days} days" if rule.oral_days else ""
    after = rule.resumes
    then = f"; then {_number(after)} {after.unit.replace('_', ' ')}" if after else "; then at once"
    return f"Telling {', '.join(rule.holds_back)} may wait for law enforcement{spoken}{then} [{rule.cite}]"


def _house(house: House) -> Iterator[str]:
    for route in house.routes:
        beside = f"; beside it {', '.join(route.beside)}" if route.beside else ""
        last = f"; at last {route.last}" if route.last else ""
        who = f" ({', '.join(route.roles)})" if route.roles else ""
        named = "" if route.named else "; the policy itself names no channel for this"
        yield f"  {route.audience}{who}: {', then '.join(route.one_by_one)}{beside}{last} [{route.cite}]{named}"
    for promise in house.stays:
        yield f"  Data stays in {', '.join(promise.inside)}: {promise.says} [{promise.cite}]"
    for vendor in house.vendors:
        channels, carried = ", ".join(vendor.channels), ", ".join(vendor.may_carry)
        yield f"  A vendor of {channels} gets {carried}; never {', '.join(vendor.never)} [{vendor.cite}]"


def _duty(law: Law, duty: Duty) -> Iterator[str]:
    yield ""
    yield f"  {duty.id}: {duty.does}"
    yield f"    {' or '.join(duty.owed_by)} owes it to {duty.to or duty.owed_to} [{duty.cite}; {duty.known}]"
    if duty.unconfirmed or law.unconfirmed:
        yield "    To be confirmed."
    if duty.owed_if:
        yield f"    Owed if {describe(duty.owed_if)}"
    for exemption in duty.exempt_if:
        yield f"    Released if {describe(exemption.if_)} is established [{exemption.cite}]"
    yield f"    When: {_when(duty.deadline)}"
    yield from _content(duty)
    if duty.form:
        yield f"    Form: {duty.form}" + (f" ({duty.phase})" if duty.phase else "")
    if duty.note:
        yield f"    {duty.note}"


def _content(duty: Duty) -> Iterator[str]:
    for label, values in (
        ("Content", duty.contents),
        ("Later", duty.later_contents),
        ("Never in it", duty.forbidden),
        ("Ways", duty.methods),
    ):
        if values:
            yield f"    {label}: {', '.join(values)}"
    if duty.substitute:
        condition = f" if {describe(duty.substitute.if_)}" if duty.substitute.if_ else ""
        yield f"    Instead{condition}: {', '.join(duty.substitute.ways)} [{duty.substitute.cite}]"


def _when(timing: Timing) -> str:
    parts = [timing.pace.replace("_", " ")] if timing.pace else []
    parts += [_limit(limit, timing) for limit in timing.limits]
    for case in timing.cases:
        condition = f" if {describe(case.if_)}" if case.if_ else " otherwise"
        parts += [_limit(limit, timing) + condition for limit in case.limits]
    if timing.pace and not timing.limits:
        parts.append(f"from {_moments(timing.anchor)}")
    return f"{'; '.join(parts)} ({timing.kind})"


def _number(limit: Limit) -> str:
    return ", ".join(f"{one.is_}" + (f" from {one.from_}" if one.from_ else "") for one in limit.n.values)


def _limit(limit: Limit, timing: Timing) -> str:
    end = "the end of the calendar year of " if limit.from_year_end else ""
    lapses = f", unless {limit.lapses_if_after} comes after its end" if limit.lapses_if_after else ""
    return (
        f"{_number(limit)} {limit.unit.replace('_', ' ')} after {end}{_moments(limit.anchor or timing.anchor)}{lapses}"
    )


def _moments(anchors: tuple[str, ...]) -> str:
    return " or ".join(anchors) + (", the earliest" if len(anchors) > 1 else "")


def _tail(law: Law) -> Iterator[str]:
    for rule in law.residency:
        yield f"  Contact data of people in {', '.join(rule.people_in)}: inside {', '.join(rule.inside)} [{rule.cite}]"
    yield from (f"  {note}" for note in law.notes)
