"""The directory mapping: one YAML file that says which column of a company's directory is which field of ours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from packs import BadInput, Strict, read_pack

Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
KINDS = ("phone", "email", "device_token", "messenger_id", "postal")
ALWAYS = "always"


class Column(Strict):
    """A column of the directory, or one value for everybody; `default` stands in where the column is empty."""

    column: str | None = None
    value: str | None = None
    prefix: str = ""
    default: str | None = None

    @model_validator(mode="after")
    def _names_one_source(self) -> "Column":
        if (self.column is None) == (self.value is None) and not (self.column is None and self.default):
            raise ValueError("name either a column or a value")
        return self


class Contact(Strict):
    """A column of addresses; `region` is the country in which a telephone number without a country code is read."""

    column: str
    region: Region | None = None


class Contacts(Strict):
    """The columns of addresses by kind; a kind that is left out is one the directory does not have."""

    phone: Contact | None = None
    email: Contact | None = None
    device_token: Contact | None = None
    messenger_id: Contact | None = None
    postal: Contact | None = None


class Guardian(Strict):
    """The guardian's columns; each can be left out."""

    name: Contact | None = None
    phone: Contact | None = None
    email: Contact | None = None


class Names(Strict):
    """The columns of people's own names, in two parts or in one; `region` is the country whose customs they follow."""

    given: Contact | None = None
    family: Contact | None = None
    full: Contact | None = None


class Address(Strict):
    """The columns of a postal address in parts; one that is a single text is contact.postal, which goes before."""

    street_number: Contact | None = None
    line_1: Contact | None = None
    line_2: Contact | None = None
    suburb: Contact | None = None
    city: Contact | None = None
    state: Contact | None = None
    postcode: Contact | None = None


class Residence(Strict):
    """Country (ISO 3166-1 alpha-2) and, where the directory has it, subdivision (ISO 3166-2)."""

    country: Column | None = None
    region: Column | None = None
    value: Region | None = None


class AccountState(Strict):
    """Which values of a column mean which standing; a value that is not listed counts as active."""

    column: str
    values: dict[Literal["active", "deleted", "anonymised"], list[str]]


class Held(Strict):
    """A category that a person has given when this column is neither empty nor false nor 0."""

    column: str


class Mapping(Strict):
    """How one directory's columns become the person view."""

    directory: Annotated[str, StringConstraints(min_length=1)]
    source: str | None = None  # where the people lie; the file beside the mapping when left out
    controller: Column | None = None
    person_id: Contact
    merged_into: Contact | None = None  # the id of the person whose record this one became
    contact: Contacts = Contacts()
    guardian: Guardian = Guardian()
    name: Names = Names()
    address: Address = Address()
    residence: Residence = Residence()
    language: Column | None = None
    birth_date: Contact | None = None
    role: Column | None = None
    speaks_for: Column | None = None  # the controller on whose behalf this person is told, such as the shop they own
    account_state: AccountState | None = None
    categories: dict[str, Literal["always"] | Held] = Field(default_factory=dict)

    def columns(self) -> Iterator[tuple[str, str]]:
        """Every (field of the mapping, column it names), the fields written with dots."""
        for field in type(self).model_fields:
            yield from _columns(getattr(self, field), field)


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises BadInput naming file, line and field."""
    return read_pack(path, Mapping)


def check_columns(mapping: Mapping, present: list[str], *, where: str) -> None:
    """Raise BadInput naming the place and the field when the mapping names a column that the directory lacks."""
    for field, column in mapping.columns():
        if column not in present:
            some = ", ".join(present[:12]) + (", ..." if len(present) > 12 else "")
            raise BadInput(
                f"{where}: the mapping of '{mapping.directory}' names column '{column}' in {field}, "
                f"which is not there; it has {some}."
            )


def _columns(value: object, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Column | Contact | AccountState | Held) and value.column is not None:
        yield f"{field}.column", value.column
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _columns(inner, f"{field}.{key}")
    elif isinstance(value, Strict):
        for key in type(value).model_fields:
            yield from _columns(getattr(value, key), f"{field}.{key}")
