"""A directory: a company's own file of people, presented as the person view without being copied."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import duckdb
from sqlglot import exp

from affected.mapping import ALWAYS, Column, Contact, Held, Mapping, check_columns
from affected.statements import rendered
from affected.words import AgeBand, Standing
from packs import BadInput

_EMPTY_FLAGS = ("", "false", "f", "0", "0.0")
_OLDEST = 120  # years; a birth date before that is a placeholder


class Source(Protocol):
    """Where the rows of a directory lie: a file today; a database is one more class of this shape."""

    @property
    def name(self) -> str:
        """What to call it in a sentence: a path or an address."""
        ...

    def columns(self) -> list[str]:
        """The columns there are. Raises BadInput when the source cannot be read."""
        ...

    def attach(self, connection: Any, view: str, *, dates: list[str]) -> None:
        """Make the rows readable as `view`; the columns in `dates` come as dates, NULL where they are none."""
        ...


@dataclass(frozen=True)
class FileSource:
    """One Parquet, CSV or JSONL file, read in place by DuckDB."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def columns(self) -> list[str]:
        with duckdb.connect() as connection:
            try:
                return [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {self._reader()}").fetchall()]  # noqa: S608
            except duckdb.Error as error:
                raise BadInput(f"{self.path}: this directory cannot be read: {_first_sentence(error)}") from None

    def attach(self, connection: Any, view: str, *, dates: list[str]) -> None:
        # A date column of text may hold anything; only here, embedded, may a cast try and give NULL.
        casts = ", ".join(f"COALESCE(TRY_CAST({q} AS DATE), CAST(TRY_CAST({q} AS TIMESTAMP) AS DATE)) AS {q}"
                          if self._is_text(name) else f"CAST({q} AS DATE) AS {q}"
                          for name in dates for q in (quoted(name),))  # fmt: skip
        replace = f" REPLACE ({casts})" if casts else ""
        connection.execute(f"CREATE VIEW {view} AS SELECT *{replace} FROM {self._reader()}")  # noqa: S608

    def _is_text(self, column: str) -> bool:
        with duckdb.connect() as connection:
            rows = connection.execute(f"DESCRIBE SELECT {quoted(column)} FROM {self._reader()}").fetchall()  # noqa: S608
        return str(rows[0][1]) not in {"DATE", "TIMESTAMP"}

    def _reader(self) -> str:
        if not self.path.is_file():
            raise BadInput(f"{self.path}: there is no such directory file.")
        path = literal(str(self.path))
        readers = {
            ".parquet": f"read_parquet({path})",
            ".csv": f"read_csv({path}, all_varchar = true, header = true)",
            ".jsonl": f"read_json({path}, format = 'newline_delimited')",
        }
        if self.path.suffix.lower() not in readers:
            raise BadInput(f"{self.path}: a directory is a .parquet, .csv or .jsonl file.")
        return readers[self.path.suffix.lower()]


@dataclass(frozen=True)
class Directory:
    """A source with its mapping, checked against one another."""

    mapping: Mapping
    source: Source

    def attach(self, connection: Any, *, as_of: date, bits: dict[str, int]) -> None:
        """Create the views `source`, `person` and `contact` on a connection; `bits` numbers the categories."""
        born = self.mapping.birth_date
        self.source.attach(connection, "source", dates=[born.column] if born else [])
        connection.execute(f"CREATE VIEW person AS {rendered(person_statement(self.mapping, as_of, bits), 'duckdb')}")
        connection.execute(f"CREATE VIEW contact AS {rendered(contact_statement(self.mapping), 'duckdb')}")


def open_directory(path: Path, mapping: Mapping) -> Directory:
    """A directory file with its mapping. Raises BadInput naming the mapping's field and the file."""
    source = FileSource(path)
    check_columns(mapping, source.columns(), file=path)
    return Directory(mapping, source)


def person_statement(mapping: Mapping, as_of: date, bits: dict[str, int]) -> str:
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
    return f"SELECT {listed} FROM source"  # noqa: S608 - every name is quoted, every value a literal


def contact_statement(mapping: Mapping) -> str:
    """The contact view: (person_id, kind, guardian 0 or 1, raw as the directory writes it)."""
    parts = [(kind, 0, kind) for kind in type(mapping.contact).model_fields if getattr(mapping.contact, kind)]
    parts += [(kind, 1, f"guardian_{kind}") for kind in ("phone", "email") if getattr(mapping.guardian, kind)]
    selects = [
        f"SELECT person_id, '{kind}' AS kind, {of} AS guardian, {column} AS raw FROM person WHERE NOT {column} IS NULL"  # noqa: S608
        for kind, of, column in parts
    ]
    none = "SELECT person_id, 'none' AS kind, 0 AS guardian, person_id AS raw FROM person WHERE person_id IS NULL"
    return " UNION ALL ".join(selects or [none])


def birthday_bounds(as_of: date) -> tuple[date, date, date]:
    """Born up to the first: 18 or older; up to the second: 14 or older; before the third: a placeholder."""
    return _years_before(as_of, 18), _years_before(as_of, 14), _years_before(as_of, _OLDEST)


def quoted(name: str) -> str:
    """A column's name, safely quoted."""
    return exp.to_identifier(name, quoted=True).sql(dialect="duckdb")


def literal(value: str) -> str:
    """A text value, safely quoted."""
    return exp.Literal.string(value).sql(dialect="duckdb")


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


def _first_sentence(error: Exception) -> str:
    text = json.dumps(str(error).splitlines()[0][:160], ensure_ascii=False).strip('"')
    return text if text.endswith(".") else text + "."
