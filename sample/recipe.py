"""The shapes of the data files a sample company is made from: kinds of people, places, name parts, columns."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from packs import Strict, read_pack

HERE = Path(__file__).parent
Trait = Literal[
    "id", "role", "state", "group", "owns", "name", "gender", "birth_date", "joined_on", "country", "region",
    "language", "phone", "email", "device_token", "messenger_id", "postal", "guardian_name", "guardian_phone",
    "guardian_email",
]  # fmt: skip
AgeBand = Literal["unknown", "adult", "14_to_17", "under_14"]
Script = Literal["hans", "mymr", "latn"]


class Serial(Strict):
    """The company's own person ids: `prefix` and a number counted from `first`."""

    prefix: str
    first: int


class State(Strict):
    """An account state in the company's own word; `keeps` is the share of its people whose data are not yet erased."""

    standing: Literal["active", "deleted", "anonymised"]
    word: str
    share: int
    keeps: float = 1.0


class Groups(Strict):
    """Shops, teams or centres. Group number r gets a share of people in proportion to 1 / r**skew."""

    prefix: str
    skew: float
    roles: tuple[str, ...]
    count: int = 0
    owner_role: str = ""

    @model_validator(mode="after")
    def _counted_or_owned(self) -> "Groups":
        if bool(self.count) == bool(self.owner_role):
            raise ValueError("give either count or owner_role (one group for each owner)")
        return self


class Kind(Strict):
    """One kind of people: its share, where they live, the ages on file, and the share for whom each thing is held.

    `holds` names a contact point, `name`, `gender`, `guardian` (of those known to be under 18) or a flag.
    """

    role: str
    share: int
    places: dict[str, int]
    ages: dict[AgeBand, int]
    holds: dict[str, float]


class Column(Strict):
    """One column of the company's table: a trait (`of`) or a yes-or-no (`flag`).

    `form`: `home` writes domestic numbers without the country code; `day` writes dates as dates, not as text.
    """

    of: Trait | None = None
    flag: str | None = None
    form: Literal["plain", "home", "day"] = "plain"

    @model_validator(mode="after")
    def _one_source(self) -> "Column":
        if (self.of is None) == (self.flag is None):
            raise ValueError("give either of or flag")
        return self


class Company(Strict):
    """One company of the sample. `people` is its weight among the companies made together."""

    company: str
    people: int = Field(gt=0)
    id: Serial
    home: str
    country_unknown: float
    shared_phones: float = 0.0
    groups: Groups | None = None
    states: tuple[State, ...]
    kinds: tuple[Kind, ...]
    columns: dict[str, Column]


class PhonePlan(Strict):
    """Valid mobile numbers of a country: `call` code, `starts`, `digits` more; `trunk` is dialled first at home."""

    call: str
    starts: tuple[str, ...]
    digits: int
    trunk: str = ""


class Postal(Strict):
    """The three parts of an invented address around the house and room numbers."""

    before: str
    between: str
    after: str


class Place(Strict):
    """A country in which the sample's people live."""

    country: str
    regions: tuple[str, ...]
    languages: dict[str, int]
    script: Script
    phone: PhonePlan
    mail: tuple[str, ...]
    postal: Postal


class NameParts(Strict):
    """Parts of names, each `as written=as spelled in Latin letters`."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    joint: str


class Names(Strict):
    """Name parts by script."""

    hans: NameParts
    mymr: NameParts
    latn: NameParts


def companies() -> dict[str, Company]:
    """Every company of the sample, in order of its file's name."""
    found = [read_pack(path, Company) for path in sorted((HERE / "companies").glob("*.yaml"))]
    return {company.company: company for company in found}


def places() -> dict[str, Place]:
    """Every place of the sample by country code."""
    found = [read_pack(path, Place) for path in sorted((HERE / "places").glob("*.yaml"))]
    return {place.country: place for place in found}


def names() -> Names:
    """The name parts of every script."""
    return read_pack(HERE / "names.yaml", Names)
