"""A directory: a company's own source of people, and the views of it that the statements read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from affected.canonical import bare, key_of
from affected.directories.files import SUFFIXES, FileSource
from affected.directories.source import RowSource, open_source
from affected.mapping import ALWAYS, Column, Contact, Held, Mapping, check_columns, read_mapping
from affected.sql import literal, quoted
from affected.words import AgeBand, Standing
from packs import BadInput

_EMPTY_FLAGS = ("", "false", "f", "0", "0.0")
_OLDEST = 120  # years; a birth date before that is a placeholder
Keyed = Callable[[str, str | None], str]  # (kind, region) -> the key of `raw` as SQL, NULL where it must be read


@dataclass(frozen=True)
class Directory:
    """A source with its mapping, checked against one another."""

    mapping: Mapping
    source: FileSource | RowSource

    def check(self) -> None:
        """Raise BadInput when the source cannot be read, or lacks a column that the mapping names."""
        check_columns(self.mapping, self.source.columns(), where=self.source.name)

    @property
    def dates(self) -> list[str]:
        """The columns that are dates."""
        return [self.mapping.birth_date.column] if self.mapping.birth_date else []

    @property
    def columns(self) -> list[str]:
        """The columns that the mapping names, each once."""
        return list(dict.fromkeys(column for _, column in self.mapping.columns()))

    def regions(self) -> dict[tuple[str, int], str | None]:
        """The country of each column of addresses that can be spelled in several ways, by (kind, guardian 0 or 1)."""
        places = ((0, self.mapping.contact), (1, self.mapping.guardian))
        found = {(kind, of): getattr(place, kind) for kind in ("phone", "email") for of, place in places}
        return {at: column.region for at, column in found.items() if column is not None}


def spelled(kinds: Iterable[str], directory: Directory) -> list[str]:
    """Those of some kinds of address that the directory has and that can be spelled in several ways."""
    return sorted(set(kinds) & {kind for kind, _ in directory.regions()})


def open_directory(address: str | Path, mapping: Mapping) -> Directory:
    """A directory at a path or an address, checked with its mapping. Raises BadInput naming place and field."""
    directory = Directory(mapping, open_source(str(address)))
    directory.check()
    return directory


def company_directory(mapping_file: Path) -> Directory:
    """The directory that a mapping file names as its source, else the file of people beside it. A source elsewhere is
    looked at when it is used: a database that is down must not keep anybody from working. Raises BadInput."""
    mapping = read_mapping(mapping_file)
    if mapping.source:
        return Directory(mapping, open_source(mapping.source))
    beside = [path for suffix in SUFFIXES if (path := mapping_file.with_suffix(suffix)).exists()]
    if not beside:
        raise BadInput(
            f"{mapping_file}: it names no source, and no file of people lies beside it ({', '.join(SUFFIXES)})."
        )
    return open_directory(beside[0], mapping)


def person_statement(mapping: Mapping, as_of: date, bits: dict[str, int], *, source: str = "source") -> str:
    """The person view: one row a person; NULL is unknown. `held` and `possible` are sets of categories as bits:
    what the person is known to have given, and that with whatever the mapping says nothing of."""
    held = [_held(said, bits[name]) for name, said in sorted(mapping.categories.items()) if name in bits]
    unsaid = sum(1 << bit for name, bit in bits.items() if name not in mapping.categories)
    given = " | ".join(held) or "0"
    residence, guardian = mapping.residence, mapping.guardian
    country = literal(residence.value) if residence.value else _country(residence.country)
    columns = {
        "person_id": _text(mapping.person_id.column),
        "controller": f"COALESCE({_value(mapping.controller)}, {literal(mapping.directory)})",
        **{kind: _address(getattr(mapping.contact, kind)) for kind in type(mapping.contact).model_fields},
        "guardian_name": _address(guardian.name),
        "guardian_phone": _address(guardian.phone),
        "guardian_email": _address(guardian.email),
        "country": country,
        "region": _value(residence.region),
        "language": _value(mapping.language),
        "birth_date": quoted(mapping.birth_date.column) if mapping.birth_date else "CAST(NULL AS DATE)",
        "age_band": _age_band(mapping, as_of),
        "role": _value(mapping.role),
        "speaks_for": _value(mapping.speaks_for),
        "standing": _standing(mapping),
        "held": f"CAST({given} AS BIGINT)",
        "possible": f"CAST(({given}) | {unsaid} AS BIGINT)",
    }
    listed = ", ".join(f"{said} AS {name}" for name, said in columns.items())
    return f"SELECT {listed} FROM {source}"  # noqa: S608 - every name is quoted, every value a literal


def contact_statement(mapping: Mapping, *, keyed: Keyed = key_of, person: str = "person") -> str:
    """The contact view: (person_id, kind, guardian 0 or 1, raw as the directory writes it, key or NULL where `raw` must
    be read to know it)."""
    parts = [
        (kind, 0, kind, found) for kind in type(mapping.contact).model_fields if (found := _at(mapping.contact, kind))
    ]
    parts += [
        (kind, 1, f"guardian_{kind}", found) for kind in ("phone", "email") if (found := _at(mapping.guardian, kind))
    ]
    selects = [
        f"SELECT person_id, '{kind}' AS kind, {of} AS guardian, raw, {keyed(kind, found.region)} AS key FROM "  # noqa: S608
        f"(SELECT person_id, {column} AS raw, {bare(column)} AS bare FROM {person} WHERE NOT {column} IS NULL) AS s"
        for kind, of, column, found in parts
    ]
    none = (
        "SELECT person_id, 'none' AS kind, 0 AS guardian, person_id AS raw, person_id AS key "  # noqa: S608
        f"FROM {person} WHERE person_id IS NULL"
    )
    return " UNION ALL ".join(selects or [none])


def _at(place: object, kind: str) -> Contact | None:
    found: Contact | None = getattr(place, kind)
    return found


def birthday_bounds(as_of: date) -> tuple[date, date, date]:
    """Born up to the first: 18 or older; up to the second: 14 or older; before the third: a placeholder."""
    return _years_before(as_of, 18), _years_before(as_of, 14), _years_before(as_of, _OLDEST)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - years, day=28)


def _age_band(mapping: Mapping, as_of: date) -> str:
    if mapping.birth_date is None:
        return "CAST(NULL AS VARCHAR)"
    born, (adult, fourteen, oldest) = quoted(mapping.birth_date.column), birthday_bounds(as_of)
    return (
        f"CASE WHEN {born} IS NULL OR {born} > DATE '{as_of}' OR {born} < DATE '{oldest}' THEN NULL "
        f"WHEN {born} <= DATE '{adult}' THEN '{AgeBand.ADULT}' "
        f"WHEN {born} <= DATE '{fourteen}' THEN '{AgeBand.FROM_14_TO_17}' ELSE '{AgeBand.UNDER_14}' END"
    )


def _standing(mapping: Mapping) -> str:
    state = mapping.account_state
    if state is None:
        return literal(Standing.ACTIVE)
    cases = [
        f"WHEN {_text(state.column)} IN ({', '.join(literal(v) for v in values)}) THEN {literal(standing)}"
        for standing, values in sorted(state.values.items())
        if values and standing != Standing.ACTIVE.value
    ]
    return f"CASE {' '.join(cases)} ELSE '{Standing.ACTIVE}' END" if cases else literal(Standing.ACTIVE)


def _held(said: str | Held, bit: int) -> str:
    if said == ALWAYS or isinstance(said, str):
        return str(1 << bit)
    flags = ", ".join(literal(flag) for flag in _EMPTY_FLAGS)
    column = quoted(said.column)
    shown = f"LOWER(TRIM(CAST({column} AS VARCHAR)))"
    return f"CASE WHEN {column} IS NULL OR {shown} IN ({flags}) THEN 0 ELSE {1 << bit} END"


def _text(column: str) -> str:
    shown = f"TRIM(CAST({quoted(column)} AS VARCHAR))"
    return f"CASE WHEN {shown} = '' THEN NULL ELSE {shown} END"


def _address(contact: Contact | None) -> str:
    return _text(contact.column) if contact else "CAST(NULL AS VARCHAR)"


def _value(said: Column | None) -> str:
    if said is None:
        return "CAST(NULL AS VARCHAR)"
    if said.column is None:
        return literal(said.prefix + (said.value or said.default or ""))
    shown = _text(said.column)
    if said.prefix:
        shown = f"{literal(said.prefix)} || {shown}"
    return f"COALESCE({shown}, {literal(said.default)})" if said.default else shown


def _country(said: Column | None) -> str:
    if said is None:
        return "CAST(NULL AS VARCHAR)"
    shown = f"UPPER({_value(said)})"
    return f"CASE WHEN LENGTH({shown}) = 2 THEN {shown} ELSE NULL END"
