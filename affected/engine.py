"""The embedded engine: DuckDB with a memory limit and a spill folder, cut off from all files but its sources."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from affected.directory import Directory, literal
from affected.keys import SURE_EMAIL, normalise
from affected.phones import CN_MOBILE, sure_e164
from affected.statements import rendered
from packs import BadInput

_CHUNK = 200_000
_TABLES = """
CREATE TABLE evidence (evidence_id VARCHAR, exposed BIGINT, held_only INTEGER, presumed INTEGER,
  first_at TIMESTAMP, last_at TIMESTAMP);
CREATE TABLE spelling (kind VARCHAR, guardian INTEGER, raw VARCHAR, key VARCHAR);
CREATE TABLE verdict (evidence_id VARCHAR, person_id VARCHAR, holds INTEGER);
CREATE TABLE likeness (evidence_id VARCHAR, row_no BIGINT, person_id VARCHAR, probability DOUBLE, probable INTEGER);
"""
_ROWS = "row_no BIGINT, readable INTEGER, copy INTEGER, reason VARCHAR, seen_at TIMESTAMP"
_KEYS = "row_no BIGINT, cell INTEGER, rank INTEGER, kind VARCHAR, key VARCHAR, rule VARCHAR, sure INTEGER"


@dataclass(frozen=True)
class Limits:
    """What the engine may use of this machine: memory before it spills, and threads."""

    memory: str = "2GiB"
    threads: int = 2


class Engine:
    """One connection with a directory and cleaned evidence attached."""

    def __init__(self, connection: Any, directory: Directory) -> None:
        self._connection = connection
        self._directory = directory

    def put(self, table: str, rows: pa.Table) -> None:
        """Append Arrow rows by column name."""
        self._connection.register("incoming", rows)
        self._connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608
        self._connection.unregister("incoming")

    def make(self, name: str, statement: str) -> None:
        """Run one portable statement into the table `name`."""
        self._connection.execute(f"CREATE TABLE {name} AS {rendered(statement, 'duckdb')}")

    def ask(self, statement: str) -> pa.Table:
        """Run one portable statement and bring the answer here."""
        return self._connection.sql(rendered(statement, "duckdb")).to_arrow_table()

    def make_verdict(self, evidence_id: str, condition: str) -> None:
        """Add the people of whom `condition` holds, or can be neither affirmed nor denied."""
        statement = (
            f"SELECT {literal(evidence_id)} AS evidence_id, person_id, CASE WHEN {condition} THEN 1 END AS holds "  # noqa: S608
            f"FROM person WHERE ({condition}) OR ({condition}) IS NULL"
        )
        self._connection.execute(f"INSERT INTO verdict BY NAME {rendered(statement, 'duckdb')}")

    def find_spellings(self) -> None:
        """Fill `spelling` with the directory's own ways to write the keys that the evidence holds.

        The directory's columns are read in place; what is surely canonical is compared by the engine, the distinct
        rest is read by the same code that reads the evidence, and only what is looked for is kept.
        """
        run = self._connection.execute
        run("CREATE TABLE wanted AS SELECT DISTINCT kind, key FROM evidence_key WHERE kind <> 'person_id'")
        run("INSERT INTO spelling SELECT kind, 0, key, key FROM wanted WHERE kind IN ('device_token', 'messenger_id')")
        for kind, guardian, region in self._address_columns():
            sure = _sure(kind, region)
            source = f"SELECT raw, {sure} AS key FROM contact WHERE kind = '{kind}' AND guardian = {guardian}"  # noqa: S608
            run(
                f"INSERT INTO spelling SELECT DISTINCT '{kind}', {guardian}, s.raw, s.key FROM ({source}) AS s "  # noqa: S608
                f"JOIN wanted AS w ON w.kind = '{kind}' AND w.key = s.key"
            )
            rest = self._connection.sql(f"SELECT DISTINCT raw FROM ({source}) WHERE key IS NULL").to_arrow_table()  # noqa: S608
            self._read_rest(kind, guardian, region, rest)

    def contacts(self, person_ids: pa.Array) -> pa.Table:
        """(person_id, kind, address as the directory writes it, guardian) of these people."""
        self.put("chosen", pa.table({"person_id": person_ids.cast(pa.string())}))
        return self.ask(
            "SELECT c.person_id, c.kind, c.raw AS address, c.guardian FROM contact AS c "
            "JOIN (SELECT DISTINCT person_id FROM chosen) AS x ON x.person_id = c.person_id"
        )

    def _address_columns(self) -> Iterator[tuple[str, int, str | None]]:
        held = {kind for (kind,) in self._connection.execute("SELECT DISTINCT kind FROM wanted").fetchall()}
        for kind in ("phone", "email"):
            for guardian, place in ((0, self._directory.mapping.contact), (1, self._directory.mapping.guardian)):
                column = getattr(place, kind)
                if kind in held and column is not None:
                    yield kind, guardian, column.region

    def _read_rest(self, kind: str, guardian: int, region: str | None, rest: pa.Table) -> None:
        for start in range(0, rest.num_rows, _CHUNK):
            part = rest.column("raw").slice(start, _CHUNK).combine_chunks()
            keys, _ = normalise(kind, part, region=region)
            self._connection.register("incoming", keys)
            self._connection.execute(
                f"INSERT INTO spelling SELECT DISTINCT '{kind}', {guardian}, i.raw, i.key FROM incoming AS i "  # noqa: S608
                "JOIN wanted AS w ON w.kind = i.kind AND w.key = i.key WHERE i.sure"
            )
            self._connection.unregister("incoming")


@contextmanager
def embedded(
    directory: Directory,
    cleaned: Mapping[str, Path],
    *,
    as_of: date,
    bits: dict[str, int],
    work_dir: Path,
    limits: Limits | None = None,
) -> Iterator[Engine]:
    """An engine over a directory and the folders of cleaned evidence by id; gone, with its spill, at the end."""
    limits, spill = limits or Limits(), work_dir / "spill"
    config = {"memory_limit": limits.memory, "temp_directory": str(spill), "threads": limits.threads}
    connection = duckdb.connect(config=config | {"preserve_insertion_order": False})
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(_TABLES)
        connection.execute("CREATE TABLE chosen (person_id VARCHAR)")
        directory.attach(connection, as_of=as_of, bits=bits)
        _attach_evidence(connection, cleaned)
        _cut_off(connection, [directory.source.name], spill)
        yield Engine(connection, directory)
    except duckdb.OutOfMemoryException:
        raise BadInput(
            f"{directory.source.name}: resolving needs more than {limits.memory} of memory or disk."
        ) from None
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


def _attach_evidence(connection: Any, cleaned: Mapping[str, Path]) -> None:
    for table, columns, file in (("evidence_row", _ROWS, "rows.parquet"), ("evidence_key", _KEYS, "keys.parquet")):
        connection.execute(f"CREATE TABLE {table} (evidence_id VARCHAR, {columns})")
        for item_id, folder in cleaned.items():
            path = literal(str(folder / file))
            connection.execute(
                f"INSERT INTO {table} BY NAME SELECT {literal(item_id)} AS evidence_id, * FROM read_parquet({path})"  # noqa: S608
            )


def _cut_off(connection: Any, sources: list[str], spill: Path) -> None:
    # From here on a statement can reach the directory and the spill, and nothing else of this machine.
    spill.mkdir(parents=True, exist_ok=True)
    connection.execute(f"SET allowed_paths = [{', '.join(literal(name) for name in sources)}]")
    connection.execute(f"SET allowed_directories = [{literal(str(spill))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _sure(kind: str, region: str | None) -> str:
    """The engine's own words for what keys._fast takes without the library; NULL means it must be read."""
    if kind == "email":
        return f"CASE WHEN regexp_full_match(LOWER(raw), {literal(SURE_EMAIL)}) THEN LOWER(raw) END"
    national = f"WHEN regexp_full_match(raw, {literal(CN_MOBILE)}) THEN '+86' || raw" if region == "CN" else ""
    return f"CASE WHEN regexp_full_match(raw, {literal(sure_e164())}) THEN raw {national} END"
