"""The cleaned form of evidence: rows and keys in two Parquet files, made by an embedded engine with a memory limit."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from affected.keys import normalise

# `copy` marks a row that has the keys of an earlier one; `sure` and `copy` are 0 or 1, because engines differ on
# aggregates of booleans. `shown` is a set of categories, as bits by the item's own list. `cell` numbers the identifiers
# of a row, `rank` the ways to read one, likeliest first.
SCHEMA = """
CREATE TABLE line (row_no BIGINT, trouble VARCHAR, seen_at TIMESTAMP, shown BIGINT);
CREATE TABLE cell (row_no BIGINT, cell INTEGER, kind VARCHAR, raw VARCHAR);
CREATE TABLE keyed (row_no BIGINT, cell INTEGER, rank INTEGER, kind VARCHAR, key VARCHAR, rule VARCHAR, sure INTEGER);
CREATE TABLE refusal (row_no BIGINT, reason VARCHAR);
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
_REFUSALS = pa.schema([("row_no", pa.int64()), ("reason", pa.string())])
_CHUNK = 100_000  # cells that are read at a time; what is written the same way many times is read once in each
_MEMORY = "200MB"  # of the engine; the rest of the child's half GiB is the interpreter's and a chunk's


@dataclass(frozen=True)
class Cleaned:
    """What cleaning found: counts of rows, and what a person should know about how the file was read."""

    rows: int
    report: dict[str, Any] = field(default_factory=dict)


@contextmanager
def bench(work_dir: Path, *, source: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """An embedded engine for cleaning, which reads no file but `source` (or those in it) and spills into `work_dir`."""
    spill = work_dir / "spill"
    connection = duckdb.connect(
        config={"memory_limit": _MEMORY, "temp_directory": str(spill), "threads": 2, "preserve_insertion_order": False}
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        connection.execute(SCHEMA)
        _cut_off(connection, [work_dir, *([source] if source and source.is_dir() else [])], source)
        yield connection
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


def _cut_off(connection: duckdb.DuckDBPyConnection, folders: list[Path], source: Path | None) -> None:
    listed = ", ".join(f"'{_quoted(folder)}'" for folder in folders)
    connection.execute(f"SET allowed_directories = [{listed}]")
    file = f"'{_quoted(source)}'" if source else ""
    connection.execute(f"SET allowed_paths = [{file}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def put(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Append Arrow rows to one of the tables of SCHEMA, column by name."""
    if rows.num_rows:
        connection.register("incoming", rows)
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608 - our own names
        connection.unregister("incoming")


def read_cells(connection: duckdb.DuckDBPyConnection, *, region: str | None, region_is_sure: bool) -> None:
    """Read the spellings in `cell` into `keyed` and `refusal`; what is surely its own key never leaves the engine."""
    connection.execute(f"INSERT INTO keyed SELECT row_no, cell, 0, kind, raw, kind, 1 FROM cell WHERE {_OWN}")  # noqa: S608
    kinds = connection.execute("SELECT DISTINCT kind FROM cell ORDER BY kind").fetchall()
    for (kind,) in kinds:
        rest = f"SELECT row_no, cell, raw FROM cell WHERE kind = $kind AND NOT {_OWN}"  # noqa: S608
        for batch in connection.cursor().sql(rest, params={"kind": kind}).to_arrow_reader(_CHUNK):
            _put_read(connection, [_read(kind, batch, region, region_is_sure)])
    connection.execute("DROP TABLE cell")


def read_batch(
    connection: duckdb.DuckDBPyConnection,
    columns: Iterable[tuple[str, pa.RecordBatch]],
    *,
    region: str | None,
    region_is_sure: bool,
) -> None:
    """Read the spellings of `columns` (their kind; row_no, cell, raw) into `keyed` and `refusal`: what read_cells does,
    of cells that are here and need not go through the engine. They go in together: many small inserts cost the engine
    several times as much."""
    found = []
    for kind, cells in columns:
        own = _is_own(kind, cells.column("raw"))
        rest = cells.filter(pc.invert(own))
        found.append((_as_written(kind, cells.filter(own)), _REFUSALS.empty_table()))
        found += [
            _read(kind, rest.slice(start, _CHUNK), region, region_is_sure) for start in range(0, rest.num_rows, _CHUNK)
        ]
    _put_read(connection, found)


def write(connection: duckdb.DuckDBPyConnection, work_dir: Path, *, find_copies: bool) -> int:
    """Write rows.parquet (row_no, readable, copy, reason, seen_at, shown) and keys.parquet (row_no, cell, rank, kind,
    key, rule, sure) into `work_dir`; how many rows there are. A copy keeps its row, and gives its keys only where no
    earlier row was read in the same way: by which rules somebody is found does not hang on which row comes first."""
    connection.execute(_COPIES if find_copies else _NO_COPIES)
    rows, keys = work_dir / "rows.parquet", work_dir / "keys.parquet"
    connection.execute(f"COPY ({_ROWS}) TO '{_quoted(rows)}' (FORMAT parquet)")
    connection.execute(f"COPY ({_KEYS}) TO '{_quoted(keys)}' (FORMAT parquet)")
    counted = connection.execute("SELECT COUNT(*) FROM line").fetchone()
    return int(counted[0]) if counted else 0


# An id or a token in plain signs is what it says; an id that a spreadsheet may have changed is read with its repair.
_OWN_KINDS, _PLAIN, _CHANGED = ("person_id", "device_token", "messenger_id"), "[!-~]+", r"0\d*|.*\d\.0+"
_OWN = f"""(kind IN {_OWN_KINDS} AND regexp_full_match(raw, '{_PLAIN}')
  AND NOT (kind = 'person_id' AND regexp_full_match(raw, '{_CHANGED}')))"""
# Rows are compared in full only where the least and the greatest hash of their keys are those of another row too. Rows
# of the same keys are read alike where the hash of their readings, cell by cell, is the same.
_COPIES = """
CREATE TABLE copied AS
WITH hashed AS (SELECT row_no, MIN(hash(kind, key)) AS a, MAX(hash(kind, key)) AS z FROM keyed GROUP BY row_no),
alike AS (SELECT row_no FROM hashed SEMI JOIN (SELECT a, z FROM hashed GROUP BY a, z HAVING COUNT(*) > 1) USING (a, z)),
said AS (
  SELECT row_no, kind, key, SUM(hash(cell, rank, kind, key, rule, sure)) AS readings
  FROM keyed SEMI JOIN alike USING (row_no) GROUP BY row_no, kind, key
),
told AS (
  SELECT row_no, SUM(readings) AS readings,
    array_to_string(list_sort(list(kind || ':' || key)), chr(31)) || chr(30) || COALESCE(MIN(shown), 0) AS said
  FROM said JOIN line USING (row_no) GROUP BY row_no
),
first_read AS (SELECT said, MIN(row_no) AS row_no FROM told GROUP BY said, readings),
first AS (SELECT said, MIN(row_no) AS row_no FROM first_read GROUP BY said)
SELECT told.row_no, first_read.row_no IS NULL AS read_alike
FROM told JOIN first ON first.said = told.said LEFT JOIN first_read ON first_read.row_no = told.row_no
WHERE told.row_no > first.row_no
"""
_NO_COPIES = "CREATE TABLE copied (row_no BIGINT, read_alike BOOLEAN)"
_ROWS = """
SELECT l.row_no, CASE WHEN k.row_no IS NULL THEN 0 ELSE 1 END AS readable,
  CASE WHEN d.row_no IS NULL THEN 0 ELSE 1 END AS copy,
  COALESCE(l.trouble, f.reason, CASE WHEN k.row_no IS NULL THEN 'empty' END) AS reason, l.seen_at, l.shown
FROM line l
LEFT JOIN (SELECT DISTINCT row_no FROM keyed) k ON k.row_no = l.row_no
LEFT JOIN copied d ON d.row_no = l.row_no
LEFT JOIN (SELECT row_no, MIN(reason) AS reason FROM refusal GROUP BY row_no) f ON f.row_no = l.row_no
ORDER BY l.row_no
"""
_KEYS = """
SELECT row_no, cell, rank, kind, key, rule, sure FROM keyed ANTI JOIN (FROM copied WHERE read_alike) AS c USING (row_no)
"""


def _is_own(kind: str, raw: pa.Array) -> pa.Array:
    """What _OWN says of each."""
    if kind not in _OWN_KINDS:
        return pa.repeat(False, len(raw))
    own = pc.match_substring_regex(raw, f"^(?:{_PLAIN})$")
    changed = pc.match_substring_regex(raw, f"^(?:{_CHANGED})$")
    return pc.and_not(own, changed) if kind == "person_id" else own


def _as_written(kind: str, cells: pa.RecordBatch) -> pa.Table:
    n = cells.num_rows
    said = {name: cells.column(name) for name in ("row_no", "cell")} | {"rank": _whole(0, n), "sure": _whole(1, n)}
    return pa.table(said | {"kind": pa.repeat(kind, n), "key": cells.column("raw"), "rule": pa.repeat(kind, n)})


def _read(kind: str, cells: pa.RecordBatch, region: str | None, region_is_sure: bool) -> tuple[pa.Table, pa.Table]:
    """The rows of `keyed` and of `refusal` that some cells make."""
    spellings = cells.column("raw").dictionary_encode()
    keys, refused = normalise(kind, spellings.dictionary, region=region, region_is_sure=region_is_sure)
    return _keyed(cells, spellings, keys), _refused(cells, spellings, refused)


def _put_read(connection: duckdb.DuckDBPyConnection, found: list[tuple[pa.Table, pa.Table]]) -> None:
    for n, (table, schema) in enumerate((("keyed", KEY_COLUMNS), ("refusal", _REFUSALS))):
        parts = [each[n].select(schema.names).cast(schema) for each in found]
        put(connection, table, pa.concat_tables([schema.empty_table(), *parts]))


def _whole(value: int, n: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.int32()), n)


def _keyed(cells: pa.RecordBatch, spellings: pa.DictionaryArray, keys: pa.Table) -> pa.Table:
    """Each cell with each reading of its spelling, ranked in the order in which `keys` has them."""
    meant = _codes(keys, spellings)
    order = np.argsort(meant, kind="stable")
    readings = np.bincount(meant, minlength=len(spellings.dictionary))
    starts = np.cumsum(readings) - readings
    written = spellings.indices.to_numpy()
    repeats = readings[written]
    cell = np.repeat(np.arange(len(written)), repeats)
    rank = np.arange(len(cell)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    said = keys.take(pa.array(order[starts[written[cell]] + rank]))
    columns = {name: cells.column(name).take(pa.array(cell)) for name in ("row_no", "cell")}
    columns |= {"rank": pa.array(rank, pa.int32()), "sure": said.column("sure").cast(pa.int32())}
    return pa.table({**columns, **{name: said.column(name) for name in ("kind", "key", "rule")}})


def _refused(cells: pa.RecordBatch, spellings: pa.DictionaryArray, refused: pa.Table) -> pa.Table:
    """Each cell whose spelling could not be read, with the reason."""
    codes = _codes(refused, spellings)
    at = pc.index_in(spellings.indices, value_set=pa.array(codes, pa.int32()))
    some = pc.is_valid(at)
    return pa.table({"row_no": cells.column("row_no").filter(some), "reason": refused["reason"].take(at.filter(some))})


def _codes(table: pa.Table, spellings: pa.DictionaryArray) -> Any:
    """The position of each row's spelling in the dictionary."""
    if not table.num_rows:
        return np.zeros(0, np.int32)
    return pc.index_in(table.column("raw"), value_set=spellings.dictionary).combine_chunks().to_numpy()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
