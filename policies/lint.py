"""Looks through packs for what a reader cannot see: facts nobody words, forms that do not exist, contradictions."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from packs import BadInput, line_of, read_pack, tree_of
from policies.calendars import Calendars, is_place
from policies.conditions import Condition, Op
from policies.evaluate import ASLEEP
from policies.houses import House
from policies.load import HERE, Authorities, Groups, Questions
from policies.pack import Duty, Law
from policies.vocabulary import Audience, Decision, Known, LawState

REGULATORS = (Audience.SUPERVISORY_AUTHORITY, Audience.SECTOR_REGULATOR)

Where = tuple[int | str, ...]


@dataclass(frozen=True)
class Existing:
    """What a pack may refer to; None where the caller did not say, and then it is not looked at."""

    words: frozenset[str]
    areas: frozenset[str]
    calendars: Calendars
    lists: frozenset[str]
    forms: Collection[str] | None
    channels: Collection[str] | None


def lint(
    path: Path | None = None, *, forms: Collection[str] | None = None, channels: Collection[str] | None = None
) -> list[str]:
    """Complaints as `file:line: sentence`, all of them; empty when every pack is sound.

    `forms` and `channels`: the ids that exist, where the caller knows them.
    """
    root = path or HERE
    try:
        words = read_pack(root / "questions.yaml", Questions).root
        areas = read_pack(root / "areas.yaml", Groups).root
        calendars = read_pack(root / "calendars.yaml", Calendars)
        lists = read_pack(root / "authorities.yaml", Authorities).root
    except BadInput as error:
        return [str(error)]
    complaints: list[str] = []
    for file in sorted((*root.glob("laws/*/*.yaml"), *root.glob("house/*.yaml"))):
        try:
            law = read_pack(file, House if file.parent.name == "house" else Law)
        except BadInput as error:
            complaints.append(str(error))
            continue
        tree = tree_of(file.read_text(encoding="utf-8"), str(file))
        known = Existing(
            words=frozenset({*words, *law.facts, *law.defines}),
            areas=frozenset(areas),
            calendars=calendars,
            lists=frozenset(lists),
            forms=forms,
            channels=channels,
        )
        complaints += [f"{file}:{line_of(tree, where)}: {said}" for where, said in _complaints(law, known)]
    return complaints


def _complaints(law: Law, known: Existing) -> Iterator[tuple[Where, str]]:
    yield from _law(law, known)
    for number, duty in enumerate(law.duties):
        for where, said in _duty(law, duty, known):
            yield ("duties", number, *where), f"{duty.id}: {said}"
    if isinstance(law, House):
        for number, route in enumerate(law.routes):
            used = {*route.one_by_one, *route.beside, *([route.last] if route.last else [])}
            for channel in _strangers(used, known.channels):
                yield ("routes", number), f"there is no channel '{channel}'."


def _law(law: Law, known: Existing) -> Iterator[tuple[Where, str]]:
    if not _is_zone(law.zone):
        yield ("zone",), f"there is no time zone '{law.zone}'."
    if law.area and len(law.area) == 3 and law.area not in known.areas:
        yield ("area",), f"there is no area '{law.area}'."
    if law.authority and law.authority.each and law.authority.each not in known.lists:
        yield ("authority",), f"authorities.yaml has no list '{law.authority.each}'."
    if law.state is LawState.IN_FORCE and law.effective_from is None:
        yield ("state",), "a law in force says since when (effective_from)."
    for where, condition in _conditions(law):
        yield from ((where, said) for said in _condition(condition, known))
    if not isinstance(law, House):
        yield from _examples(law)


def _duty(law: Law, duty: Duty, known: Existing) -> Iterator[tuple[Where, str]]:
    if known.forms is not None and duty.form and duty.form not in known.forms:
        yield ("form",), f"there is no form '{duty.form}'."
    if duty.follows and "/" not in duty.follows and duty.follows not in {one.id for one in law.duties}:
        yield ("follows",), f"there is no duty '{duty.follows}' to follow."
    for channel in _strangers(duty.methods, known.channels):
        yield ("methods",), f"there is no channel '{channel}'."
    if duty.to_confirm is False and duty.known is not Known.READ_IN_TEXT:
        yield ("to_confirm",), "what was not read in the text ships as to be confirmed."
    if duty.to and duty.owed_to in REGULATORS and duty.to not in _authorities(law):
        yield ("to",), f"no authority of this law has the id '{duty.to}'; name it in authority or other_authorities."
    off = duty.deadline.holidays
    if off and off != "seat" and off not in known.calendars.bodies and not is_place(off):
        yield ("deadline",), f"nobody knows the days off of '{off}'."
    if duty.deadline.zone and not _is_zone(duty.deadline.zone):
        yield ("deadline",), f"there is no time zone '{duty.deadline.zone}'."


def _authorities(law: Law) -> set[str]:
    return {one.id for one in (law.authority, *law.other_authorities) if one is not None}


def _condition(condition: Condition, known: Existing) -> Iterator[str]:
    for fact in sorted(condition.facts() - known.words):
        yield f"nobody words the fact '{fact}'; add it to facts or to questions.yaml."
    if _contradicts(condition):
        yield "this condition can never hold: it asks for one thing and for its contrary."


def _contradicts(condition: Condition) -> bool:
    if condition.all:
        denied = [one.not_ for one in condition.all if one.not_ is not None]
        if any(one in denied for one in condition.all) or _empty_range(condition.all):
            return True
    below = (*condition.children, *((condition.counts,) if condition.counts else ()))
    return any(_contradicts(child) for child in below)


def _empty_range(conditions: tuple[Condition, ...]) -> bool:
    # Numbers asked to be at least so much and less than that, whatever the day.
    floors = [one for one in conditions if one.op in (Op.GTE, Op.GT)]
    roofs = [one for one in conditions if one.op in (Op.LTE, Op.LT)]
    return any(
        (floor.number, floor.people) == (roof.number, roof.people) and _least(floor) > _most(roof)
        for floor in floors
        for roof in roofs
    )


def _least(floor: Condition) -> int:
    values = [one.is_ or 0 for one in floor.value.values] if floor.value else [0]
    return min(values) + (floor.op is Op.GT)


def _most(roof: Condition) -> int:
    values = [one.is_ or 0 for one in roof.value.values] if roof.value else [0]
    return max(values) - (roof.op is Op.LT)


def _conditions(law: Law) -> Iterator[tuple[Where, Condition]]:
    if law.applies_if:
        yield ("applies_if",), law.applies_if
    for name, definition in law.defines.items():
        yield ("defines", name), definition.if_
    for number, duty in enumerate(law.duties):
        for where, condition in _duty_conditions(duty):
            yield ("duties", number, *where), condition


def _duty_conditions(duty: Duty) -> Iterator[tuple[Where, Condition]]:
    if duty.owed_if:
        yield ("owed_if",), duty.owed_if
    for nth, exemption in enumerate(duty.exempt_if):
        yield ("exempt_if", nth), exemption.if_
    for nth, case in enumerate(duty.deadline.cases):
        if case.if_:
            yield ("deadline", "cases", nth), case.if_
    if duty.deadline.stretch:
        yield ("deadline", "stretch"), duty.deadline.stretch.if_
    if duty.substitute and duty.substitute.if_:
        yield ("substitute",), duty.substitute.if_


def _examples(law: Law) -> Iterator[tuple[Where, str]]:
    ids = {duty.id for duty in law.duties}
    for number, example in enumerate(law.examples):
        named = {duty for decision in Decision for duty in getattr(example, decision)}
        for duty in sorted(named | set(example.due) | set(example.because) - ids):
            if duty not in ids:
                yield ("examples", number), f"there is no duty '{duty}'."
    if law.state in ASLEEP:
        return
    for decision in (Decision.OWED, Decision.NOT_OWED, Decision.UNKNOWN):
        if law.duties and not any(getattr(example, decision) for example in law.examples):
            yield ("examples",), f"no example shows a duty that is {decision.replace('_', ' ')}."


def _strangers(used: Collection[str], known: Collection[str] | None) -> list[str]:
    return sorted(set(used) - set(known)) if known is not None else []


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
