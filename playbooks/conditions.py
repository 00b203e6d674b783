"""Conditions on facts with three answers: yes, no, and unknown, which is never taken for no."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import Field, model_validator

from packs import Strict

FactValue = bool | int | str
Facts = Mapping[str, FactValue | None]


class Condition(Strict):
    """One test of one fact (`fact` with `is`, `at_least` or `below`), or `all`, `any`, `not` of other conditions."""

    fact: str | None = None
    is_: bool | str | None = Field(None, alias="is")
    at_least: int | None = None
    below: int | None = None
    all_: tuple["Condition", ...] | None = Field(None, alias="all", min_length=1)
    any_: tuple["Condition", ...] | None = Field(None, alias="any", min_length=1)
    not_: "Condition | None" = Field(None, alias="not")

    @model_validator(mode="after")
    def _has_one_shape(self) -> Self:
        shapes = [self.fact, self.all_, self.any_, self.not_]
        tests = [self.is_, self.at_least, self.below]
        if sum(shape is not None for shape in shapes) != 1:
            raise ValueError("a condition has exactly one of 'fact', 'all', 'any' and 'not'")
        if sum(test is not None for test in tests) != (self.fact is not None):
            raise ValueError("a test of a fact has exactly one of 'is', 'at_least' and 'below'")
        return self

    def tests(self) -> Iterator["Condition"]:
        """Every test of a fact inside, outermost first."""
        if self.fact is not None:
            yield self
        for part in self.parts():
            yield from part.tests()

    def parts(self) -> tuple["Condition", ...]:
        """The conditions directly inside this one."""
        return self.all_ or self.any_ or ((self.not_,) if self.not_ else ())

    def as_text(self) -> str:
        """The condition as a person would read it."""
        if self.fact is not None:
            return _test_text(self)
        inner = [part.as_text() for part in self.parts()]
        if self.not_ is not None:
            return f"not ({inner[0]})"
        return "(" + (" and " if self.all_ else " or ").join(inner) + ")"


@dataclass(frozen=True)
class Verdict:
    """What a condition came to: `holds` is None while unknown, and then `missing` names the facts that are wanted."""

    holds: bool | None
    because: tuple[str, ...]
    missing: tuple[str, ...] = ()


def decide(condition: Condition | None, facts: Facts) -> Verdict:
    """Whether `condition` holds under `facts`, by Kleene's three-valued logic; no condition always holds."""
    if condition is None:
        return Verdict(True, ())
    holds = _holds(condition, facts)
    missing: tuple[str, ...] = ()
    if holds is None:
        wanted = (test.fact for test in condition.tests() if test.fact and facts.get(test.fact) is None)
        missing = tuple(dict.fromkeys(wanted))
    return Verdict(holds, _because(condition, facts), missing)


def _holds(condition: Condition, facts: Facts) -> bool | None:
    if condition.fact is not None:
        return _test(condition, facts.get(condition.fact))
    answers = [_holds(part, facts) for part in condition.parts()]
    if condition.not_ is not None:
        return None if answers[0] is None else not answers[0]
    settles = condition.any_ is not None  # one yes settles `any`, one no settles `all`
    if settles in answers:
        return settles
    return None if None in answers else not settles


def _test(test: Condition, value: FactValue | None) -> bool | None:
    if value is None:
        return None
    if test.is_ is not None:
        return value == test.is_
    number = int(value)
    return number >= test.at_least if test.at_least is not None else number < (test.below or 0)


def _because(condition: Condition, facts: Facts) -> tuple[str, ...]:
    said: dict[str, Any] = {}
    for test in condition.tests():
        value = facts.get(test.fact or "")
        said[f"the answer to {test.fact} is {_value_text(value)}"] = None
    return tuple(said)


def _test_text(test: Condition) -> str:
    if test.is_ is not None:
        return f"the answer to {test.fact} is {_value_text(test.is_)}"
    if test.at_least is not None:
        return f"the answer to {test.fact} is at least {test.at_least}"
    return f"the answer to {test.fact} is below {test.below}"


def _value_text(value: FactValue | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value is None else str(value)
