"""Sifts the rows of a source that passes by: only those who may be meant are kept, so nothing is copied whole."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from affected.directories.source import RowSource
from affected.directory import Directory
from affected.mapping import Contact
from affected.spellings import SPELLING, read_spellings
from affected.sql import literal, quoted
from affected.statements import rendered
from affected.views import contact_statement, person_statement

_STEPS = 4  # of a chain of merges, as the view of them follows it
_MOST_ASKED_FOR = 100_000  # ids by which a source is asked; for more it is cheaper to see all rows
# Who of the rows that pass may be meant: by an address, by id, or because a condition cannot be ruled out.
_MEANT = """
CREATE OR REPLACE TEMP TABLE meant AS
SELECT c.person_id FROM passing_contact AS c SEMI JOIN evidence_key AS k ON k.kind = c.kind AND k.key = c.key
UNION ALL
SELECT c.person_id FROM passing_contact AS c
JOIN passing_spelling AS s ON s.kind = c.kind AND s.guardian = c.guardian AND s.raw = c.raw
SEMI JOIN evidence_key AS k ON k.kind = s.kind AND k.key = s.key
WHERE c.key IS NULL
UNION ALL
SELECT p.person_id FROM passing_person AS p JOIN by_id AS i ON i.person_id = p.person_id
"""
_BY_ID = """
CREATE OR REPLACE TEMP TABLE by_id AS
SELECT key AS person_id FROM evidence_key WHERE kind = 'person_id' UNION SELECT person_id FROM chosen
"""


class Sieve:
    """Looks at one batch after another through the same views that the statements read."""

    def __init__(self, connection: Any, directory: Directory, as_of: date, bits: dict[str, int]) -> None:
        self._connection, self._directory, self._as_of, self._bits = connection, directory, as_of, bits
        self._began = False

    def sift(self, source: RowSource, kinds: Sequence[str], conditions: Sequence[str]) -> None:
        """Fill the table `source` with the rows of whoever may be meant, by `evidence_key`, `chosen` and the
        conditions. Rows without an id are kept: whether they matter is asked later."""
        self._connection.execute(_BY_ID)
        only = None if kinds or conditions else self._asked_for()
        for batch in source.batches(self._directory.columns, only=only):
            self._pass_by(pa.Table.from_batches([batch]), kinds, conditions)
        for _ in range(_STEPS if self._directory.mapping.merged_into else 0):
            self._follow(source)
        if not self._began:
            nobody = pa.table({name: pa.array([], pa.string()) for name in self._directory.columns})
            self._pass_by(nobody, kinds, conditions)

    def _follow(self, source: RowSource) -> None:
        """Keep also whom the kept ones were merged into, who may have passed by before."""
        if not self._began:
            return
        own, other = (f"TRIM(CAST({quoted(at.column)} AS VARCHAR))" for at in self._merge())
        kept = f"SELECT {own} FROM source WHERE NOT {own} IS NULL"  # noqa: S608
        missing = f"SELECT DISTINCT {other} FROM source WHERE NOT {other} IN ({kept})"  # noqa: S608
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE by_id (person_id) AS {missing}")
        only = self._asked_for()
        if only is not None and not len(only[1]):
            return
        for batch in source.batches(self._directory.columns, only=only):
            self._pass_by(pa.Table.from_batches([batch]), [], [])

    def _merge(self) -> tuple[Contact, Contact]:
        mapping = self._directory.mapping
        return mapping.person_id, mapping.merged_into or mapping.person_id

    def _asked_for(self) -> tuple[str, pa.Array] | None:
        ids = self._connection.sql("SELECT DISTINCT person_id FROM by_id ORDER BY 1").to_arrow_table()["person_id"]
        many = len(ids) > _MOST_ASKED_FOR
        return None if many else (self._directory.mapping.person_id.column, ids.combine_chunks())

    def _pass_by(self, rows: pa.Table, kinds: Sequence[str], conditions: Sequence[str]) -> None:
        run = self._connection.execute
        self._connection.register("incoming_rows", rows)
        if not self._began:
            self._begin()
        self._connection.register("passing_spelling", self._spellings(kinds))
        run(_MEANT)
        for condition in conditions:
            doubt = f"SELECT person_id FROM passing_person WHERE ({condition}) OR ({condition}) IS NULL"  # noqa: S608
            run(f"INSERT INTO meant {rendered(doubt, 'duckdb')}")
        column = f"TRIM(CAST({quoted(self._directory.mapping.person_id.column)} AS VARCHAR))"
        run(
            f"INSERT INTO source SELECT * FROM passing WHERE COALESCE({column}, '') = '' "  # noqa: S608
            f"OR {column} IN (SELECT person_id FROM meant){self._merged()}"
        )
        self._connection.unregister("passing_spelling")
        self._connection.unregister("incoming_rows")

    def _merged(self) -> str:
        # A record that became another's is kept whoever is meant: what it held is that person's.
        pointer = self._directory.mapping.merged_into
        return f" OR COALESCE(TRIM(CAST({quoted(pointer.column)} AS VARCHAR)), '') <> ''" if pointer else ""

    def _begin(self) -> None:
        self._began = True
        run, mapping = self._connection.execute, self._directory.mapping
        dates = ", ".join(f"{_as_date(name)} AS {quoted(name)}" for name in self._directory.dates)
        run(f"CREATE TEMP VIEW passing AS SELECT *{f' REPLACE ({dates})' if dates else ''} FROM incoming_rows")  # noqa: S608
        run("CREATE TABLE source AS SELECT * FROM passing LIMIT 0")
        person = person_statement(mapping, self._as_of, self._bits, source="passing")
        run(f"CREATE TEMP VIEW passing_person AS {rendered(person, 'duckdb')}")
        contact = contact_statement(mapping, person="passing_person")
        run(f"CREATE TEMP VIEW passing_contact AS {rendered(contact, 'duckdb')}")

    def _spellings(self, kinds: Sequence[str]) -> pa.Table:
        listed = ", ".join(literal(kind) for kind in kinds)
        if not listed:
            return SPELLING.empty_table()
        odd = f"SELECT DISTINCT kind, guardian, raw FROM passing_contact WHERE key IS NULL AND kind IN ({listed})"  # noqa: S608
        odd = self._connection.sql(odd).to_arrow_table()
        return read_spellings(odd, self._directory.regions())


def _as_date(column: str) -> str:
    text = f"CAST({quoted(column)} AS VARCHAR)"
    return f"COALESCE(TRY_CAST({text} AS DATE), CAST(TRY_CAST({text} AS TIMESTAMP) AS DATE))"
