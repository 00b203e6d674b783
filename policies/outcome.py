"""What an evaluation says: obligations with reasons, questions that would settle more, warnings, laws set aside."""

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from policies.deadlines import Deadline
from policies.facts import Span, Truth
from policies.vocabulary import Audience, ContentElement, Decision, ForbiddenContent, Known, LawState, Role


@dataclass(frozen=True)
class Reasoned:
    """One decision with the cohorts that share it and the trace that led to it."""

    decision: Decision
    cohorts: tuple[str, ...]
    because: tuple[str, ...]
    trace: Mapping[str, Any]


@dataclass(frozen=True)
class Instead:
    """What may stand in for telling people one by one: in which ways, whether that may be now, why, and the facts that
    would settle it."""

    ways: tuple[str, ...]
    min_days: int | None
    cite: str
    known: Known
    holds: Truth
    because: tuple[str, ...]
    asks: tuple[str, ...]


@dataclass(frozen=True)
class Obligation:
    """One duty of one party towards one subject; `reasoned` splits it by cohort, `decision` is the strongest."""

    id: str
    law: str
    duty: str
    party: str
    roles: tuple[Role, ...]
    owed_to: Audience
    subject: str
    does: str
    decision: Decision
    reasoned: tuple[Reasoned, ...]
    people: Span
    citation: str
    known: Known
    to_confirm: bool
    state: LawState
    deadline: Deadline
    contents: tuple[ContentElement, ...]
    later_contents: tuple[ContentElement, ...]
    forbidden: tuple[ForbiddenContent, ...]
    methods: tuple[str, ...]
    substitute: Instead | None
    form: str | None
    phase: str | None
    follows: str | None
    note: str | None

    @property
    def because(self) -> tuple[str, ...]:
        """The sentences that decided."""
        return tuple(
            dict.fromkeys(line for one in self.reasoned if one.decision is self.decision for line in one.because)
        )

    @property
    def cohorts(self) -> tuple[str, ...]:
        """The cohorts for which `decision` holds."""
        return tuple(cohort for one in self.reasoned if one.decision is self.decision for cohort in one.cohorts)


class Effect(StrEnum):
    """What an answer would do to an obligation."""

    DECIDES = "decides"
    MAY_RELEASE = "may_release"
    FIXES_DEADLINE = "fixes_deadline"


@dataclass(frozen=True)
class Question:
    """A fact that nobody has established, asked of one party, and what the answer would change.

    A `standing` one is of the party whatever the incident, such as that it is a bank; it need be answered only once.
    """

    fact: str
    party: str
    ask: str
    changes: tuple[tuple[str, Effect], ...]
    standing: bool


@dataclass(frozen=True)
class SetAside:
    """A law that was not asked about a party, and why."""

    law: str
    party: str
    because: str


@dataclass(frozen=True)
class Evaluation:
    """All that one evaluation says."""

    obligations: tuple[Obligation, ...]
    questions: tuple[Question, ...]
    warnings: tuple[str, ...]
    set_aside: tuple[SetAside, ...]


def as_json(value: Any) -> Any:  # noqa: PLR0911 - one return a kind of value
    """Any value of this module as plain JSON; times as ISO 8601 in UTC."""
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): as_json(one) for key, one in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, Obligation):
        return {**_fields(value), "because": list(value.because), "cohorts": list(value.cohorts)}
    return _fields(value) if is_dataclass(value) and not isinstance(value, type) else value


def _fields(value: Any) -> dict[str, Any]:
    return {name: as_json(getattr(value, name)) for name in value.__dataclass_fields__}
