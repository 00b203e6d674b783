"""A value of a law with the day from which it counts; a change is appended, never edited."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from packs import Strict

T = TypeVar("T")


class Since(Strict, Generic[T]):
    """The value `is_` from the day `from_` on; null ends it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: date | None = Field(default=None, alias="from")
    is_: T | None = Field(alias="is")


class Dated(Strict, Generic[T]):
    """The values that held one after the other, oldest first."""

    values: tuple[Since[T], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> "Dated[T]":
        days = [value.from_ or date.min for value in self.values]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError("dated values overlap: each must begin after the one before it")
        return self

    def on(self, day: date) -> T | None:
        """The value in force on `day`, or None before the first or after an ended one."""
        found: T | None = None
        for value in self.values:
            if (value.from_ or date.min) <= day:
                found = value.is_
        return found


def _as_dated(value: Any) -> Any:
    if isinstance(value, list):
        return {"values": value}
    return value if isinstance(value, Dated | dict) else {"values": [{"is": value}]}


DatedInt = Annotated[Dated[int], BeforeValidator(_as_dated)]
