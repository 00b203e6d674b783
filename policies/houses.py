"""A house policy as data: what one company promises its people when data leaks, and how it can reach them."""

from datetime import date

from pydantic import Field

from packs import Strict
from policies.facts import Answers, FactId, Place, YesNo
from policies.pack import Basis, ChannelName, Law, Slug
from policies.vocabulary import Audience, Pace, Role, Unit


class Document(Strict):
    """The published document that the pack paraphrases."""

    title: str
    updated_on: date | None = None
    effective_on: date | None = None
    note: str | None = None


class Route(Basis):
    """How one audience is reached: one by one, in order; what goes out beside it, and what stands in at the end."""

    audience: Audience
    roles: tuple[str, ...] = ()
    named: bool
    one_by_one: tuple[ChannelName, ...] = ()
    beside: tuple[ChannelName, ...] = ()
    last: ChannelName | None = None
    last_when: str | None = None
    note: str | None = None


class Verify(Strict):
    """Where a person can make sure that a notice is real, without a link in it."""

    kind: Slug
    value: str
    sample: bool
    cite: str | None = None


class Vendors(Basis):
    """What a class of vendors may be handed."""

    channels: tuple[ChannelName, ...]
    may_carry: tuple[FactId, ...]
    never: tuple[FactId, ...]


class Promise(Basis):
    """Where the policy says that data stays."""

    inside: tuple[Place, ...] = Field(min_length=1)
    says: str


class AnswerTime(Basis):
    """How soon the policy says that people's questions are answered."""

    n: int
    unit: Unit


class QuietHours(Strict):
    """When people are not woken, by their own clock, unless harm is immediate; it never moves a deadline."""

    begin: str
    end: str
    sample: bool = True


class House(Law):
    """One company's policy; its duties are the promises in it."""

    company: dict[str, str]
    sender_names: dict[str, str]
    document: Document
    country: Place = "unknown"
    languages: tuple[str, ...] = Field(min_length=1)
    roles: dict[str, Role] = Field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    contacts: dict[str, str] = Field(default_factory=dict)
    verify: tuple[Verify, ...] = ()
    stays: tuple[Promise, ...] = ()
    vendors: tuple[Vendors, ...] = ()
    targets_hours: dict[Pace, int] = Field(default_factory=dict)
    answer_time: AnswerTime | None = None
    quiet_hours: QuietHours | None = None
    established_in: dict[Place, YesNo] = Field(default_factory=dict)
    stores_in: dict[Place, YesNo] = Field(default_factory=dict)
    offers_to: dict[Place, YesNo] = Field(default_factory=dict)
    answers: Answers = Field(default_factory=dict)
    children: str | None = None
    deleted_accounts: str | None = None
