"""What a pre-flight finds wrong with how people could be told, a sentence each; nothing of what few people are."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from affected import Roll
from incidents.deliveries.closed import BY_RULE, Why
from incidents.foundation.privacy import FEWEST_ALIKE, described
from notifiers.message import AddressKind
from notifiers.registry import channels

_SAID = BY_RULE | {Why.OTHER_SERVICE, Why.OTHER_COUNTRY, Why.COMPROMISED, Why.NOT_PREPARED}
_NAMELESS = "The directory's mapping says nothing of names, so a letter is addressed as the address stands."
# What is left to people of whom nobody can be told one by one, by preflight.Told.
_LEFT = {"announcement": "announcement only", "nobody": "told by nothing"}


def of_marks(shut: Collection[str]) -> Iterator[str]:
    """The channels and providers that are marked compromised."""
    yield from (f"{one} is marked compromised and is used for nothing." for one in sorted(shut))


def of_rows(rolled: Roll) -> Iterator[str]:
    """What is wrong with the directory itself."""
    if rolled.nameless:
        yield f"{people(rolled.nameless)} of the directory without an id: nobody can be told by their row."
    if rolled.doubled:
        yield f"{rolled.doubled:,} rows of the directory have an id that another row has: no scoping takes such people."


def of_letters(directory: Any, lines: Collection[Any]) -> Iterator[str]:
    """Whose name stands on no letter, where any of these people (preflight.Line) are written to."""
    by_post = [one.channel for one in lines if one.channel in channels() and _is_posted(one.channel)]
    if by_post and not directory.names_people:
        yield f"{by_post[0]}: {_NAMELESS}"


def of_people(lines: Mapping[Any, int]) -> Iterator[str]:
    """What is wrong with the ways of these people (preflight.Line -> how many)."""
    yield from _closed(lines)
    yield from _languages(lines)
    yield from _without_way(lines)
    lost = sum(many for line, many in lines.items() if line.told == "nobody")
    if lost:
        yield f"{people(lost)} cannot be told by anything."


def people(many: int) -> str:
    """So many people, in words."""
    return "1 person" if many == 1 else f"{many:,} people"


def _is_posted(channel: str) -> bool:
    return channels()[channel].address is AddressKind.POSTAL


def _closed(lines: Mapping[Any, int]) -> Iterator[str]:
    shut: Counter[tuple[str, Why]] = Counter()
    for line, many in lines.items():
        shut.update({(one.provider or one.channel, one.why): many for one in line.closed if one.why in _SAID})
    for (where, why), many in sorted(shut.items()):
        yield f"{where}, {people(many)}: {why.sentence}"


def _languages(lines: Mapping[Any, int]) -> Iterator[str]:
    other: Counter[tuple[str, str]] = Counter()
    for line, many in lines.items():
        if line.language and line.language != line.told_in:
            other[line.language, line.told_in] += many
    for (language, instead), many in sorted(other.items()):
        if many >= FEWEST_ALIKE:
            yield f"There is no wording in '{language}': {people(many)} would be told in '{instead}'."
    if few := sum(many for many in other.values() if many < FEWEST_ALIKE):
        yield f"There is no wording in languages that few speak: {people(few)} would be told in another."


def _without_way(lines: Mapping[Any, int]) -> Iterator[str]:
    """The cohorts (role, residence, language) of whom nobody can be told one by one."""
    cohorts: dict[tuple[str, str, str], Counter[str]] = {}
    for line, many in lines.items():
        cohorts.setdefault((line.role, line.residence, line.language), Counter())[line.told] += many
    stuck = {cohort: told for cohort, told in cohorts.items() if set(told) <= set(_LEFT)}
    found = {left: {cohort: told[left] for cohort, told in stuck.items() if told[left]} for left in _LEFT}
    only = sum(found["announcement"].values())
    if only and len(stuck) == len(cohorts):
        yield f"announcement only: {people(only)}; nobody of the directory can be told one by one."
    elif len(stuck) < len(cohorts):
        for left, said in _LEFT.items():
            yield from _each(said, found[left])


def _each(said: str, found: Mapping[tuple[Any, ...], int]) -> Iterator[str]:
    shown, few = described(found, (3, 2, 1))
    for traits, many in sorted(shown.items(), key=lambda one: (-one[1], str(one[0]))):
        yield f"{said}: {people(many)} ({who(*traits)}); nobody like them can be told one by one."
    if few:
        yield f"{said}: {people(few)} of whom few are alike; nobody like them can be told one by one."


def who(role: str | None, residence: str | None, language: str | None) -> str:
    """What people have in common, in words; what is None is not said of them."""
    said = (role if role != "" else "no role", residence, language if language != "" else "no language")
    return ", ".join(one for one in said if one is not None)
