"""A directory in a table or view of a database that SQLAlchemy speaks: PostgreSQL, SQLite, MySQL, MariaDB."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from affected.directories.source import Size, read_address
from packs import BadInput

SCHEMES = ("postgresql", "sqlite", "mysql", "mariadb")
_DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
# Everything is read as of one moment, whatever is written meanwhile; SQLite's transactions are of this kind anyway.
_ISOLATION = {"postgresql": "REPEATABLE READ", "mysql": "REPEATABLE READ", "mariadb": "REPEATABLE READ"}
_ROWS = 20_000
_IDS = 2_000  # in one question; SQLite's limit on variables is the lowest


@dataclass(frozen=True)
class DatabaseTable:
    """One table or view; `url` carries the password, so it is never shown."""

    name: str
    table: str
    dialect: str
    url: sa.URL = field(repr=False)

    def columns(self) -> list[str]:
        return list(self.reflected.columns.keys())

    def size(self) -> Size:
        with self.connected() as connection:
            counted = connection.execute(sa.select(sa.func.count()).select_from(self.reflected)).scalar_one()
        return Size(int(counted), None)

    def batches(self, columns: list[str], *, only: tuple[str, pa.Array] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows, all in one transaction; what is asked for by `only` comes by the table's own index if it can."""
        question = sa.select(*(self.reflected.columns[name] for name in columns))
        try:
            with self.connected() as connection:
                if only is None:
                    yield from _streamed(connection, question, columns)
                else:
                    yield from self._asked_for(connection, question, columns, only)
        except (SQLAlchemyError, ValueError) as error:
            # The message may quote a row; the kind of trouble does not.
            raise BadInput(f"{self.name}: reading this table broke off ({type(error).__name__}).") from None

    @cached_property
    def reflected(self) -> sa.Table:
        """The table with its columns and their types. Raises BadInput."""
        schema, _, table = self.table.rpartition(".")
        try:
            return sa.Table(table, sa.MetaData(), schema=schema or None, autoload_with=self._engine)
        except NoSuchTableError:
            raise BadInput(f"{self.name}: there is no table '{self.table}' here that may be read.") from None
        except SQLAlchemyError as error:
            raise BadInput(
                f"{self.name}: this database cannot be reached ({type(error.__cause__).__name__})."
            ) from None

    def connected(self) -> sa.Connection:
        """A connection in which everything is read as of one moment."""
        return self._engine.connect()

    @cached_property
    def _engine(self) -> sa.Engine:
        options = {"isolation_level": _ISOLATION[self.dialect]} if self.dialect in _ISOLATION else {}
        return sa.create_engine(self.url, poolclass=sa.NullPool, **options)

    def _asked_for(
        self, connection: sa.Connection, question: sa.Select[Any], columns: list[str], only: tuple[str, pa.Array]
    ) -> Iterator[pa.RecordBatch]:
        column, wanted = self.reflected.columns[only[0]], set(only[1].to_pylist())
        if isinstance(column.type, sa.String):
            for batch in _by_ids(connection, question, columns, column, wanted):
                wanted -= {one.strip() for one in batch.column(columns.index(only[0])).to_pylist() if one}
                yield batch
        # Whoever is left may be written with spaces around, or as a number: found without the index.
        shown = sa.func.trim(sa.cast(column, sa.String(255)))
        yield from _by_ids(connection, question, columns, shown, wanted)


def _by_ids(
    connection: sa.Connection, question: sa.Select[Any], columns: list[str], shown: Any, wanted: set[str]
) -> Iterator[pa.RecordBatch]:
    ids = sorted(wanted)
    for start in range(0, len(ids), _IDS):
        yield from _streamed(connection, question.where(shown.in_(ids[start : start + _IDS])), columns)


def _streamed(connection: sa.Connection, question: sa.Select[Any], columns: list[str]) -> Iterator[pa.RecordBatch]:
    found = connection.execution_options(stream_results=True, yield_per=_ROWS).execute(question)
    for rows in found.partitions(_ROWS):
        values = zip(*rows, strict=True)
        yield pa.RecordBatch.from_arrays([pa.array(map(_text, one), pa.string()) for one in values], names=columns)


def open_source(address: str) -> DatabaseTable:
    """The table at an address such as `postgresql://reader:$CRM_PASSWORD@db/crm?table=crm.people`. Raises BadInput."""
    read = read_address(address)
    dialect, options = read.parts.scheme, read.options()
    table = options.pop("table", None)
    if table is None:
        raise BadInput(f"source: {read.plain}: say which table: ?table=people.")
    path = read.parts.path.removeprefix("/")
    if dialect == "sqlite" and not Path(path).is_file():
        raise BadInput(f"source: {read.plain}: there is no such file.")
    try:
        url = sa.URL.create(
            _DRIVERS.get(dialect, dialect),
            username=read.parts.username,
            password=read.password,
            host=read.parts.hostname,
            port=read.parts.port,
            database=path,
            query=options,  # such as sslmode=verify-full: the driver refuses what it does not know
        )
        url.get_dialect()
    except (NoSuchModuleError, ImportError):
        raise BadInput(f"source: {read.plain}: no driver for {dialect} is installed.") from None
    return DatabaseTable(f"{read.plain}?table={table}", table, dialect, url)


def _text(value: Any) -> str | None:
    """As the embedded engine would write it: truth in small letters, days and moments in ISO 8601."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
