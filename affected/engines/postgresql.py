"""PostgreSQL as the engine: evidence goes to the database where the directory lies, only the affected come back.

Everything is made in one transaction, as of one moment, as temporary tables that are gone with it; the role needs to
read the table and to make temporary tables, nothing else.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
import sqlalchemy as sa

from affected.directories.database import DatabaseTable
from affected.directory import Directory
from affected.engines.engine import TABLES, Limits
from affected.sql import iso_date, quoted
from affected.statements import rendered
from affected.views import views
from packs import BadInput

ENGINE = "postgres"
# The collation "C" orders texts by their bytes, as the other engines do.
_TYPES = {
    pa.string(): 'TEXT COLLATE "C"',
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE PRECISION",
    pa.timestamp("us"): "TIMESTAMP",
}
# PostgreSQL's own numbers of its types (pg_type), as what comes back is read.
_ARROW = {
    16: pa.bool_(),
    20: pa.int64(),
    23: pa.int32(),
    701: pa.float64(),
    1114: pa.timestamp("us"),
    1082: pa.date32(),
}


class Postgres:
    """One transaction on the directory's own database."""

    def __init__(self, cursor: Any, source: str, directory: Directory, as_of: date, bits: dict[str, int]) -> None:
        self._cursor = cursor
        cursor.execute("SET LOCAL datestyle = 'ISO'")
        for table, schema in TABLES.items():
            columns = ", ".join(f"{field.name} {_TYPES[field.type]}" for field in schema)
            cursor.execute(f"CREATE TEMP TABLE {table} ({columns}) ON COMMIT DROP")
        self.show("source", source)
        for name, statement in views(directory.mapping, as_of, bits).items():
            self.show(name, statement)

    def put(self, table: str, rows: pa.Table) -> None:
        text = BytesIO()
        pa_csv.write_csv(rows, text, pa_csv.WriteOptions(include_header=False))
        columns = ", ".join(rows.schema.names)
        with self._cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)") as copy:
            copy.write(text.getvalue())

    def gather(self, kinds: Sequence[str], conditions: Sequence[str]) -> None:
        for table in TABLES:
            self._cursor.execute(f"ANALYZE {table}")

    def make(self, name: str, statement: str) -> None:
        self._cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {rendered(statement, 'postgres')}")
        self._cursor.execute(f"ANALYZE {name}")

    def drop(self, name: str) -> None:
        self._cursor.execute(f"DROP TABLE {name}")

    def show(self, name: str, statement: str) -> None:
        self._cursor.execute(f"CREATE TEMP VIEW {name} AS {rendered(statement, 'postgres')}")

    def add(self, table: str, statement: str) -> None:
        columns = ", ".join(TABLES[table].names)
        self._cursor.execute(f"INSERT INTO {table} SELECT {columns} FROM ({rendered(statement, 'postgres')}) AS found")  # noqa: S608

    def ask(self, statement: str, *, order: Sequence[str] = ()) -> pa.Table:
        question = rendered(statement, "postgres")
        self._cursor.execute(f"SELECT * FROM ({question}) AS asked LIMIT 0")  # noqa: S608
        types = {one.name: _ARROW.get(one.type_code, pa.string()) for one in self._cursor.description}
        if order:
            said = ", ".join(f'{name} COLLATE "C"' if types[name] == pa.string() else name for name in order)
            question = f"SELECT * FROM ({question}) AS asked ORDER BY {said}"  # noqa: S608
        with self._cursor.copy(f"COPY ({question}) TO STDOUT (FORMAT csv)") as copy:
            text = b"".join(bytes(part) for part in copy)
        schema = pa.schema(list(types.items()))
        return _read(text, schema) if text else schema.empty_table()

    def finish(self) -> None:
        """Nothing to check: the whole was read as of one moment."""


@contextmanager
def open_engine(
    directory: Directory, *, as_of: date, bits: dict[str, int], work_dir: Path, limits: Limits | None = None
) -> Iterator[Postgres]:
    """An engine in the database of the directory. `work_dir` and `limits` are for engines of this machine. Raises
    BadInput when the directory lies elsewhere, or the database breaks off."""
    source = directory.source
    if not isinstance(source, DatabaseTable) or source.dialect != "postgresql":
        raise BadInput(f"{source.name}: the engine '{ENGINE}' needs a directory that lies in PostgreSQL.")
    with source.connected() as connection:
        driver: Any = connection.connection.driver_connection
        try:
            with driver.cursor() as cursor:
                yield Postgres(cursor, _source_statement(source.reflected, directory), directory, as_of, bits)
        except (psycopg.Error, pa.ArrowInvalid) as error:
            # The message may quote a row; the kind of trouble does not.
            raise BadInput(f"{source.name}: the database broke off ({type(error).__name__}).") from None
        finally:
            driver.rollback()


def _source_statement(table: sa.Table, directory: Directory) -> str:
    place = ".".join(quoted(part) for part in (table.schema, table.name) if part)
    columns = [_column(name, table.columns[name].type, name in directory.dates) for name in directory.columns]
    return f"SELECT {', '.join(columns)} FROM {place}"  # noqa: S608 - quoted names


def _column(name: str, kind: Any, is_date: bool) -> str:
    shown = quoted(name)
    if isinstance(kind, sa.String) and not is_date:
        return f"CAST({shown} AS VARCHAR) AS {shown}"  # of the database's own collation, whatever the column's is
    if not is_date or (isinstance(kind, sa.Date) and not isinstance(kind, sa.DateTime)):
        return shown
    as_text = iso_date(f"TRIM(CAST({shown} AS VARCHAR))")
    return f"{f'CAST({shown} AS DATE)' if isinstance(kind, sa.DateTime) else as_text} AS {shown}"


def _read(text: bytes, schema: pa.Schema) -> pa.Table:
    return pa_csv.read_csv(
        BytesIO(text),
        pa_csv.ReadOptions(column_names=schema.names, block_size=1 << 24),
        pa_csv.ParseOptions(newlines_in_values=True),
        pa_csv.ConvertOptions(
            column_types=schema,
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            timestamp_parsers=[pa_csv.ISO8601, "%Y-%m-%d %H:%M:%S.%f"],
        ),
    )
