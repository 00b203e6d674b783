"""One law, contract or promise as data: who owes what to whom, when, with what content, and how that is known."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from packs import Strict
from policies.conditions import Condition
from policies.dated import DatedInt
from policies.facts import FactId, Facts, Place
from policies.vocabulary import (
    AnchorName,
    Audience,
    ContentElement,
    DeadlineKind,
    ForbiddenContent,
    Known,
    LawState,
    Pace,
    RequestForm,
    Role,
    Unit,
)

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
ChannelName = Annotated[str, Field(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$")]  # of a folder of Python's, such as in_app
Anchors = Annotated[
    tuple[AnchorName, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
]


# A duty of the same law, or `<law>/<duty>` of another.
Follows = Annotated[str, Field(pattern=r"^([a-z0-9-]+/[a-z0-9-]+/)?[a-z0-9]+(-[a-z0-9]+)*$")]


class Aliased(Strict):
    """A model whose YAML keys may be Python's own words."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Basis(Aliased):
    """Where a fact of law stands and how it is known; one that was not read in the text is to be confirmed."""

    cite: str = Field(min_length=3)
    known: Known
    to_confirm: bool | None = None

    @property
    def unconfirmed(self) -> bool:
        """Whether screens and reports that rest on this say that it is to be confirmed."""
        return self.known is not Known.READ_IN_TEXT if self.to_confirm is None else self.to_confirm


class Join(StrEnum):
    """Which of several limits counts."""

    FIRST = "first"
    LAST = "last"


class Roll(StrEnum):
    """What becomes of a limit in days that ends on a day off."""

    NONE = "none"
    NEXT_BUSINESS_DAY = "next_business_day"
    NOON_NEXT_BUSINESS_DAY = "noon_next_business_day"  # of a limit in hours, too


class Limit(Aliased):
    """`n` `unit` from the earliest of `anchors` that happened; several are alternatives that the law itself names.

    `from_year_end` counts from the last day of the anchor's calendar year; with `lapses_if_after` the limit does not
    count where that moment came only after its end.
    """

    n: DatedInt
    unit: Unit
    anchor: Anchors = ()
    roll: Roll = Roll.NONE
    from_year_end: bool = False
    lapses_if_after: AnchorName | None = None


class Case(Aliased):
    """A limit for one kind of party, and how soon before it; the last case may stand without a condition."""

    if_: Condition | None = Field(default=None, alias="if")
    limits: tuple[Limit, ...] = Field(min_length=1)
    pace: Pace | None = None
    to: str | None = None


class Stretch(Basis):
    """A rule of counting by which a period holds at least `business_days` working days, where `if` is established."""

    business_days: int = Field(gt=0)
    if_: Condition = Field(alias="if")
    says: str


class Timing(Aliased):
    """When a duty must be done: limits, or cases of limits, or a pace that the company's own target makes a time of.

    `holidays` names the place whose days off count; `seat` is the party's own.
    """

    kind: DeadlineKind
    anchor: Anchors = Field(min_length=1)
    pace: Pace | None = None
    limits: tuple[Limit, ...] = ()
    join: Join = Join.FIRST
    cases: tuple[Case, ...] = ()
    zone: str | None = None
    holidays: Place | Literal["seat"] | None = None
    stretch: Stretch | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        has_limit = bool(self.limits) or bool(self.cases)
        if self.kind is DeadlineKind.TARGET and (self.pace is None or has_limit):
            raise ValueError("a target has a pace and no limits")
        if self.kind is not DeadlineKind.TARGET and not has_limit:
            raise ValueError(f"a {self.kind} deadline has limits or cases")
        if any(case.if_ is None for case in self.cases[:-1]):
            raise ValueError("only the last case may stand without 'if'")
        return self


class Exemption(Basis):
    """What releases from one duty, once it is established; unknown releases nobody."""

    if_: Condition = Field(alias="if")


class Substitute(Basis):
    """What may stand in for telling people one by one, and on what condition."""

    if_: Condition | None = Field(default=None, alias="if")
    ways: tuple[str, ...] = Field(min_length=1)
    min_days: int | None = Field(default=None, gt=0)


class Duty(Basis):
    """One thing owed by one role to one audience."""

    id: Slug
    does: str
    owed_by: tuple[Role, ...] = Field(min_length=1)
    owed_to: Audience
    to: str | None = None
    one_per_residence_unless: Condition | None = None
    owed_if: Condition | None = None
    exempt_if: tuple[Exemption, ...] = ()
    deadline: Timing
    contents: tuple[ContentElement, ...] = ()
    later_contents: tuple[ContentElement, ...] = ()
    forbidden: tuple[ForbiddenContent, ...] = ()
    methods: tuple[ChannelName, ...] = ()
    substitute: Substitute | None = None
    form: Slug | None = None
    phase: Slug | None = None
    follows: Follows | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    note: str | None = None


class Definition(Basis):
    """A fact that a law works out from others; what a person answered of it counts more."""

    if_: Condition = Field(alias="if")


class PoliceDelay(Basis):
    """That telling `holds_back` may wait while law enforcement asks for it, and how long after its release it is due.

    A request by word of mouth counts `oral_days` (null: as long as a written one). `resumes` is the limit from the
    release; null means that what is overdue by then is due at once.
    """

    holds_back: tuple[Audience, ...] = (Audience.AFFECTED_INDIVIDUALS,)
    forms: tuple[RequestForm, ...] = tuple(RequestForm)
    oral_days: int | None = Field(default=None, gt=0)
    resumes: Limit | None = None


class FactWords(Strict):
    """How a fact is asked for, and the sentences that a trace says of it."""

    ask: str
    yes: str = ""
    no: str = ""
    unit: str | None = None


class Authority(Aliased):
    """Who receives the reports of a law, and how; `each` names a list of authorities.yaml with one for each place."""

    id: Slug
    name: dict[str, str]
    channels: tuple[str, ...] = ()
    known: Known
    each: str | None = None


class ResidencyRule(Basis):
    """Where the contact data of some people may be handled."""

    people_in: tuple[Place, ...] = Field(min_length=1)
    inside: tuple[Place, ...] = Field(min_length=1)
    says: str
    way_out: str | None = None


class Example(Strict):
    """A worked case beside the law: what comes out of which facts."""

    name: str
    facts: Facts
    party: str | None = None
    owed: tuple[Slug, ...] = ()
    possible: tuple[Slug, ...] = ()
    unknown: tuple[Slug, ...] = ()
    not_owed: tuple[Slug, ...] = ()
    due: dict[Slug, Any] = Field(default_factory=dict)
    because: dict[Slug, str] = Field(default_factory=dict)


class Law(Basis):
    """One law, contract or recommendation; its id is `<folder>/<file>`."""

    title: str
    area: Place | None = None
    state: LawState
    state_note: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    zone: str
    authority: Authority | None = None
    other_authorities: tuple[Authority, ...] = ()
    police_delay: PoliceDelay | None = None
    applies_if: Condition | None = None
    facts: dict[FactId, FactWords] = Field(default_factory=dict)
    defines: dict[FactId, Definition] = Field(default_factory=dict)
    duties: tuple[Duty, ...] = ()
    residency: tuple[ResidencyRule, ...] = ()
    records: str | None = None
    notes: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ids = [duty.id for duty in self.duties]
        double = next((one for one in ids if ids.count(one) > 1), None)
        if double:
            raise ValueError(f"duty {double!r} is written twice; append a dated value instead")
        if self.effective_from and self.effective_to and self.effective_to <= self.effective_from:
            raise ValueError("effective_to is not after effective_from")
        return self
