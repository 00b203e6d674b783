"""The cleaned form of evidence: rows and keys in two Parquet files, made by an embedded engine with a memory limit."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from affected.keys import normalise

# `copy` marks a row that says the same as an earlier one; `sure` and `copy` are 0 or 1, because engines differ on
# aggregates of booleans. `cell` numbers the identifiers of a row, `rank` the ways to read one, likeliest first.
SCHEMA = """
CREATE TABLE line (row_no BIGINT, trouble VARCHAR, seen_at TIMESTAMP);
CREATE TABLE cell (row_no BIGINT, cell INTEGER, kind VARCHAR, raw VARCHAR);
CREATE TABLE reading (kind VARCHAR, raw VARCHAR, key_kind VARCHAR, key VARCHAR, rule VARCHAR, sure INTEGER,
  rank INTEGER);
CREATE TABLE refusal (kind VARCHAR, raw VARCHAR, reason VARCHAR);
"""
# The columns of keys.parquet.
KEY_COLUMNS = pa.schema(
    [
        ("row_no", pa.int64()),
        ("cell", pa.int32()),
        ("rank", pa.int32()),
        ("kind", pa.string()),
        ("key", pa.string()),
        ("rule", pa.string()),
        ("sure", pa.int32()),
    ]
)
_CHUNK = 200_000


@dataclass(frozen=True)
class Cleaned:
    """What cleaning found: counts of rows, and what a person should know about how the file was read."""

    rows: int
    report: dict[str, Any] = field(default_factory=dict)


@contextmanager
def bench(work_dir: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An embedded engine for cleaning, which reads no file but what it is handed and spills into `work_dir`."""
    spill = work_dir / "spill"
    connection = duckdb.connect(
        config={"memory_limit": "768MB", "temp_directory": str(spill), "threads": 2, "preserve_insertion_order": False}
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        connection.execute(SCHEMA)
        yield connection
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


def put(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Append Arrow rows to one of the tables of SCHEMA, column by name."""
    if rows.num_rows:
        connection.register("incoming", rows)
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608 - our own names
        connection.unregister("incoming")


def read_cells(connection: duckdb.DuckDBPyConnection, *, region: str | None, region_is_sure: bool) -> None:
    """Read every distinct spelling in `cell` once."""
    kinds = [kind for (kind,) in connection.execute("SELECT DISTINCT kind FROM cell ORDER BY kind").fetchall()]
    for kind in kinds:
        spellings = connection.sql(
            "SELECT DISTINCT raw FROM cell WHERE kind = $kind", params={"kind": kind}
        ).to_arrow_table()
        for start in range(0, spellings.num_rows, _CHUNK):
            part = spellings.column("raw").slice(start, _CHUNK).combine_chunks()
            keys, refused = normalise(kind, part, region=region, region_is_sure=region_is_sure)
            put(connection, "reading", _ranked(kind, keys))
            put(connection, "refusal", refused.append_column("kind", pa.repeat(kind, refused.num_rows)))


def write(connection: duckdb.DuckDBPyConnection, work_dir: Path, *, find_copies: bool) -> int:
    """Write rows.parquet (row_no, readable, copy, reason, seen_at) and keys.parquet (row_no, cell, rank, kind, key,
    rule, sure) into `work_dir`; how many rows there are. A copy keeps its row and gives no keys."""
    connection.execute(_KEYED)
    connection.execute(_COPIES if find_copies else _NO_COPIES)
    rows, keys = work_dir / "rows.parquet", work_dir / "keys.parquet"
    connection.execute(f"COPY ({_ROWS}) TO '{_quoted(rows)}' (FORMAT parquet)")
    connection.execute(f"COPY ({_KEYS}) TO '{_quoted(keys)}' (FORMAT parquet)")
    counted = connection.execute("SELECT COUNT(*) FROM line").fetchone()
    return int(counted[0]) if counted else 0


_KEYED = """
CREATE TABLE keyed AS
SELECT c.row_no, c.cell, r.rank, r.key_kind AS kind, r.key, r.rule, r.sure
FROM cell c JOIN reading r ON r.kind = c.kind AND r.raw = c.raw
"""
_COPIES = """
CREATE TABLE copied AS
SELECT row_no, CASE WHEN row_no > MIN(row_no) OVER (PARTITION BY said) THEN 1 ELSE 0 END AS copy
FROM (
  SELECT row_no, string_agg(kind || ':' || key, chr(31) ORDER BY kind, key) AS said
  FROM (SELECT DISTINCT row_no, kind, key FROM keyed) GROUP BY row_no
)
"""
_NO_COPIES = "CREATE TABLE copied AS SELECT DISTINCT row_no, 0 AS copy FROM keyed"
_ROWS = """
SELECT l.row_no, CASE WHEN d.row_no IS NULL THEN 0 ELSE 1 END AS readable, COALESCE(d.copy, 0) AS copy,
  COALESCE(l.trouble, f.reason, CASE WHEN d.row_no IS NULL THEN 'empty' END) AS reason, l.seen_at
FROM line l
LEFT JOIN copied d ON d.row_no = l.row_no
LEFT JOIN (
  SELECT c.row_no, MIN(u.reason) AS reason FROM cell c JOIN refusal u ON u.kind = c.kind AND u.raw = c.raw
  GROUP BY c.row_no
) f ON f.row_no = l.row_no
ORDER BY l.row_no
"""
_KEYS = """
SELECT k.row_no, k.cell, k.rank, k.kind, k.key, k.rule, k.sure
FROM keyed k JOIN copied d ON d.row_no = k.row_no AND d.copy = 0
"""


def _ranked(kind: str, keys: pa.Table) -> pa.Table:
    """`keys` of one kind with their rank among the readings of the same spelling."""
    ranks: list[int] = []
    before: str | None = None
    for raw in keys.column("raw").to_pylist():
        ranks.append(ranks[-1] + 1 if raw == before else 0)
        before = raw
    table = keys.rename_columns(["raw", "key_kind", "key", "rule", "sure"])
    table = table.set_column(4, "sure", table.column("sure").cast(pa.int32()))
    n = table.num_rows
    return table.append_column("kind", pa.repeat(kind, n)).append_column("rank", pa.array(ranks, pa.int32()))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
