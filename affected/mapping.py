"""The directory mapping: one YAML file that says which column of a company's directory is which field of ours."""

from collections.abc import Collection, Iterator
from collections.abc import Mapping as Table
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from packs import BadInput, Strict, read_pack

Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
KINDS = ("phone", "email", "device_token", "messenger_id", "postal")
ALWAYS = "always"
# What stands before an address of which the directory does not say that it is of a service known to the mapping.
ELSEWHERE = "elsewhere"
# The word before an address that says of which push service or messenger it is, as in `<scheme>:<address>`; "" is none.
Scheme = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]{1,31})?$")]


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


class SchemeFrom(Strict):
    """The column that says of which service each address is: its values by scheme, upper and lower case alike. Unknown
    is never taken for known: an address beside any other value, and an empty one, is of a service named elsewhere."""

    column: str
    values: Annotated[dict[Scheme, list[str]], Field(min_length=1)]

    @model_validator(mode="after")
    def _says_each_once(self) -> "SchemeFrom":
        said = [value.strip().casefold() for values in self.values.values() for value in values]
        if doubled := next((one for one in said if said.count(one) > 1), None):
            raise ValueError(f"'{doubled}' stands under two schemes")
        return self


class Schemed(Contact):
    """A column of addresses that one service alone can use. `scheme` names it for all of them, `scheme_from` is the
    column that does; with neither they stand in the directory as `<scheme>:<address>`, or without one."""

    scheme: Scheme | None = None
    scheme_from: SchemeFrom | None = None

    @model_validator(mode="after")
    def _names_one_scheme(self) -> "Schemed":
        if self.scheme is not None and self.scheme_from is not None:
            raise ValueError("name either a scheme or the column that says it")
        return self

    @property
    def schemes(self) -> frozenset[str]:
        """The schemes that the mapping itself names."""
        named = [self.scheme] if self.scheme else self.scheme_from.values if self.scheme_from else ()
        return frozenset(named) - {""}


class InTurn(Schemed):
    """The same with further columns of the kind, in the order in which an address is looked for."""

    then: tuple[Schemed, ...] = ()


class Contacts(Strict):
    """The columns of addresses by kind; a kind that is left out is one the directory does not have."""

    phone: Contact | None = None
    email: Contact | None = None
    device_token: InTurn | None = None
    messenger_id: InTurn | None = None
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

    def in_turn(self, kind: str) -> tuple[Contact, ...]:
        """Every column of a kind of address, in order, a postal one in parts by its first line; none where the
        directory has no address of it."""
        in_parts = self.address.line_1 if kind == "postal" else None
        first: Contact | None = getattr(self.contact, kind) or in_parts
        return () if first is None else (first, *(first.then if isinstance(first, InTurn) else ()))


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


def check_schemes(mapping: Mapping, known: Table[str, Collection[str]], *, where: str) -> None:
    """Raise BadInput when the mapping names a scheme that is not in `known` (kind -> schemes): an address that no
    provider recognises would be taken for one without any, and be given to a service that it is not of."""
    for kind in KINDS:
        for contact in mapping.in_turn(kind):
            for scheme in sorted((contact.schemes if isinstance(contact, Schemed) else set()) - set(known[kind])):
                raise BadInput(
                    f"{where}: contact.{kind}: no provider has addresses '{scheme}:...'; "
                    f"there are {', '.join(sorted(known[kind])) or 'none'}."
                )


def _columns(value: object, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Column | Contact | AccountState | Held | SchemeFrom) and value.column is not None:
        yield f"{field}.column", value.column
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _columns(inner, f"{field}.{key}")
    elif isinstance(value, tuple):
        for place, inner in enumerate(value):
            yield from _columns(inner, f"{field}.{place}")
    elif isinstance(value, Strict):
        for key in type(value).model_fields:
            yield from _columns(getattr(value, key), f"{field}.{key}")
