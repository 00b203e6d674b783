"""The facts of one breach, parties, cohorts and answers; whatever is not said is unknown."""

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from packs import Strict
from policies.categories import DataCategory
from policies.vocabulary import AgeBand, AnchorName, BreachKind, Certainty, RequestForm, Role, Standing


class Truth(StrEnum):
    """What is known of a statement; in this order `all` is the least and `any` the greatest."""

    NO = "no"
    UNKNOWN = "unknown"
    POSSIBLE = "possible"
    YES = "yes"


class Span(Strict):
    """A number of which only the bounds are known; `max: null` means that nobody can say how many more."""

    min: int = Field(default=0, ge=0)
    max: int | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Span":
        if self.max is not None and self.max < self.min:
            raise ValueError(f"max {self.max} is below min {self.min}")
        return self


def _as_span(value: Any) -> Any:
    return {"min": value, "max": value} if isinstance(value, int) and not isinstance(value, bool) else value


def _as_truth(value: Any) -> Any:
    # Packs are YAML 1.2, where yes is a word; JSON and other writers hand in booleans.
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _as_answer(value: Any) -> Any:
    return "unknown" if value is None else _as_span(_as_truth(value))


YesNo = Annotated[Truth, BeforeValidator(_as_truth), Field(json_schema_extra={"enum": ["yes", "no", "unknown"]})]
People = Annotated[Span, BeforeValidator(_as_span)]
Answer = Annotated[Truth | Span, BeforeValidator(_as_answer)]
FactId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Answers = dict[FactId, Answer]
PLACE = r"^([A-Z]{2,3}(-[A-Z0-9]{1,3})?|unknown)$"  # ISO 3166-1 or -2, or a group in areas.yaml
Place = Annotated[str, Field(pattern=PLACE)]


class Breach(Strict):
    """What was lost, and whether that is established."""

    kinds: dict[BreachKind, YesNo] = Field(default_factory=dict)
    certainty: Certainty = Certainty.HAPPENED

    @model_validator(mode="before")
    @classmethod
    def _list_is_yes(cls, value: Any) -> Any:
        # A list names what is established; what it leaves out stays unknown.
        if isinstance(value, dict) and isinstance(value.get("kinds"), list):
            return {**value, "kinds": dict.fromkeys(value["kinds"], "yes")}
        return value


class PoliceRequest(Strict):
    """A law-enforcement agency asked a party not to tell yet; `ends_at` is null while it set no end.

    `where` lists the countries, states or areas whose duties it asked to hold back; empty means all.
    """

    agency: str
    form: RequestForm
    requested_at: AwareDatetime
    ends_at: AwareDatetime | None = None
    where: tuple[Place, ...] = ()


class PartyFacts(Strict):
    """One party that may owe something, with its own awareness; `id` is a company or `company:own-id`."""

    id: str = Field(pattern=r"^[a-z0-9-]+(:[A-Za-z0-9_-]+)?$")
    anchors: dict[AnchorName, AwareDatetime] = Field(default_factory=dict)
    done: dict[str, dict[AnchorName, AwareDatetime]] = Field(
        default_factory=dict,
        description="When each duty (law/duty) was done; a duty that follows it counts from there.",
    )
    established_in: dict[Place, YesNo] = Field(default_factory=dict)
    stores_in: dict[Place, YesNo] = Field(default_factory=dict)
    offers_to: dict[Place, YesNo] = Field(default_factory=dict)
    answers: Answers = Field(default_factory=dict)
    police_requests: tuple[PoliceRequest, ...] = ()
    zone: str | None = None
    roles: tuple[Role, ...] = Field(
        default=(), description="What it is while nobody is counted; cohorts say it better."
    )

    @property
    def house(self) -> str:
        """The company whose policy stands over this party."""
        return self.id.split(":", 1)[0]


class CohortFacts(Strict):
    """People who share controller, residence, role, language, age band, standing and exposed data kinds.

    `region` is the part of the country, where it is known (US-CA); `joint_controllers` decide over them, too.
    """

    id: str
    controller: str
    joint_controllers: tuple[str, ...] = ()
    residence: Place = "unknown"
    region: Place | None = None
    role: str = "person"
    language: str = "unknown"
    age_band: AgeBand = AgeBand.UNKNOWN
    standing: Standing = Standing.ACTIVE
    categories: tuple[DataCategory, ...] = ()
    people: People
    answers: Answers = Field(default_factory=dict)

    @cached_property
    def place(self) -> str:
        """Where they live, as closely as is known."""
        return self.region or self.residence

    @cached_property
    def traits(self) -> tuple[object, ...]:
        """All that a condition can tell of them; one with answers of its own may differ from its like in any fact."""
        alone = self.id if self.answers else None
        return (self.place, self.residence, self.age_band, self.standing, self.categories, alone)


class Facts(Strict):
    """Everything that one assessment reads."""

    as_of: AwareDatetime
    company: str
    breach: Breach = Breach()
    parties: tuple[PartyFacts, ...] = ()
    cohorts: tuple[CohortFacts, ...] = ()
    answers: Answers = Field(default_factory=dict)

    @model_validator(mode="after")
    def _no_doubles(self) -> "Facts":
        for what, ids in (
            ("party", [party.id for party in self.parties]),
            ("cohort", [cohort.id for cohort in self.cohorts]),
        ):
            double = next((one for one in ids if ids.count(one) > 1), None) if len(set(ids)) < len(ids) else None
            if double is not None:
                raise ValueError(f"{what} {double!r} is named twice")
        return self


def facts_schema() -> dict[str, Any]:
    """The JSON Schema of the facts file."""
    return Facts.model_json_schema()
