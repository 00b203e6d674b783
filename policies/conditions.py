"""Conditions of laws as data: a small tree of all, any and not over facts, numbers and the people concerned."""

from enum import StrEnum
from functools import cached_property
from typing import Self

from pydantic import ConfigDict, Field, model_validator

from packs import Strict
from policies.categories import DataCategory, Facet
from policies.dated import DatedInt
from policies.facts import FactId, Place
from policies.vocabulary import AgeBand, BreachKind, Certainty, Standing


class Op(StrEnum):
    """How a number is compared; "more than 500" and "500 or more" are different laws."""

    GTE = "gte"
    GT = "gt"
    LTE = "lte"
    LT = "lt"


class CohortFilter(Strict):
    """Which cohorts are counted; a cohort whose value is unknown counts as possible, never as none."""

    residence: tuple[Place, ...] = ()
    age_band: tuple[AgeBand, ...] = ()
    standing: tuple[Standing, ...] = ()
    category: tuple[DataCategory, ...] = ()
    facet: tuple[Facet, ...] = ()

    @cached_property
    def wanted(self) -> dict[str, tuple[str, ...]]:
        """Field -> accepted values, of the fields that are asked for."""
        return {name: getattr(self, name) for name in CohortFilter.model_fields if getattr(self, name)}

    @cached_property
    def said(self) -> str:
        """The filter as a sentence goes on with it, a space in front: ` resident in DE or FR aged adult`."""
        values = {name: " or ".join(one.replace("_", " ") for one in ones) for name, ones in self.wanted.items()}
        parts = [_SAID[name].format(values=said) for name, said in values.items()]
        return f" {', '.join(parts)}" if parts else ""


class PeopleFilter(CohortFilter):
    """Which people are counted; with `if`, those of whom that condition holds, judged cohort by cohort."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    if_: "Condition | None" = Field(default=None, alias="if")


class Condition(Strict):
    """One node: exactly one of its keys says what it asks; `op` and `value` belong to `number` and `people`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    all: tuple["Condition", ...] | None = Field(default=None, min_length=1)
    any: tuple["Condition", ...] | None = Field(default=None, min_length=1)
    not_: "Condition | None" = Field(default=None, alias="not")
    fact: FactId | None = None
    number: FactId | None = None
    people: PeopleFilter | None = None
    op: Op | None = None
    value: DatedInt | None = None
    cohort: CohortFilter | None = None
    breach_kind: BreachKind | None = None
    certainty: Certainty | None = None
    established: tuple[Place, ...] | None = None
    offering: tuple[Place, ...] | None = None
    stored: tuple[Place, ...] | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        asked = [key for key in _ASKS if getattr(self, key) is not None]
        if len(asked) != 1:
            found = ", ".join(key.rstrip("_") for key in asked) or "none"
            raise ValueError(f"a condition asks exactly one thing, found {found}")
        compares = asked[0] in ("number", "people")
        if compares != (self.op is not None) or compares != (self.value is not None):
            raise ValueError("op and value go with number and people, and only with them")
        return self

    @cached_property
    def asks(self) -> str:
        """The key that says what this node asks."""
        return next(key for key in _ASKS if getattr(self, key) is not None)

    @cached_property
    def children(self) -> tuple["Condition", ...]:
        """The nodes below this one, which are judged where it is."""
        return (*(self.all or ()), *(self.any or ()), *((self.not_,) if self.not_ else ()))

    @cached_property
    def counts(self) -> "Condition | None":
        """What must hold of a cohort whose people this node counts, where it counts any by a condition."""
        return self.people.if_ if self.people else None

    def facts(self) -> frozenset[str]:
        """Every fact id that this tree names."""
        own = {named for named in (self.fact, self.number) if named}
        below = (*self.children, *((self.counts,) if self.counts else ()))
        return frozenset(own).union(*(child.facts() for child in below))

    def cohort_fields(self) -> frozenset[str]:
        """The cohort fields that this tree reads; cohorts equal in them are judged alike."""
        own = set(self.cohort.wanted) if self.cohort else set()
        own = {_FIELDS.get(field, field) for field in own}
        return frozenset(own).union(*(child.cohort_fields() for child in self.children))


# The field of a cohort that a filter reads, where the two are called otherwise.
_FIELDS = {"category": "categories", "facet": "categories", "residence": "place"}
_SAID = {
    "residence": "resident in {values}",
    "age_band": "aged {values}",
    "standing": "with an account that is {values}",
    "category": "with exposed {values}",
    "facet": "with exposed data of the kind {values}",
}
_ASKS = (
    "all",
    "any",
    "not_",
    "fact",
    "number",
    "people",
    "cohort",
    "breach_kind",
    "certainty",
    "established",
    "offering",
    "stored",
)
