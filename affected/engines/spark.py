"""Spark as the engine, in this process or by Connect: evidence goes to the cluster, only the affected come back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from affected.directories.files import FileSource
from affected.directories.spark import SparkTable, session
from affected.directory import Directory
from affected.engines.engine import TABLES, Limits
from affected.sql import iso_date, quoted
from affected.statements import rendered
from affected.views import views
from packs import BadInput

ENGINE = "spark"
_TYPES = {pa.string(): "STRING", pa.int32(): "INT", pa.int64(): "BIGINT", pa.float64(): "DOUBLE"}
_TYPES[pa.timestamp("us")] = "TIMESTAMP_NTZ"


class Spark:
    """Temporary views of a session of its own, all gone at the end."""

    def __init__(
        self, spark: Any, source: SparkTable | FileSource, directory: Directory, as_of: date, bits: dict[str, int]
    ) -> None:
        self._spark, self._source = spark, source
        self._state = source.state() if isinstance(source, FileSource) else None
        self._made: list[Any] = []
        self._waiting: dict[str, list[pa.Table]] = {table: [schema.empty_table()] for table, schema in TABLES.items()}
        self._show("source", _source(spark, source, directory))
        self._shown: list[str] = []
        for name, statement in views(directory.mapping, as_of, bits).items():
            self.show(name, statement)

    def put(self, table: str, rows: pa.Table) -> None:
        schema = TABLES[table]
        self._waiting.setdefault(table, []).append(rows.select(schema.names).cast(schema))

    def gather(self, kinds: Sequence[str], conditions: Sequence[str]) -> None:
        """The whole directory is seen where it lies."""

    def make(self, name: str, statement: str) -> None:
        self._deliver()
        # Kept, because a view would be computed anew at each use.
        frame = self._sql(statement).persist()
        self._made.append(frame)
        self._show(name, frame)

    def drop(self, name: str) -> None:
        # What was made of it may not be computed yet, and Spark Connect looks names up anew at each use.
        self._shown.append(name)

    def show(self, name: str, statement: str) -> None:
        self._shown.append(name)
        self._show(name, self._sql(statement))

    def add(self, table: str, statement: str) -> None:
        self._deliver()
        found = self._sql(statement).select(*TABLES[table].names)
        self._show(table, self._spark.table(table).unionByName(found))

    def ask(self, statement: str, *, order: Sequence[str] = ()) -> pa.Table:
        self._deliver()
        found = self._sql(statement)
        return (found.orderBy(*order) if order else found).toArrow()

    def finish(self) -> None:
        if isinstance(self._source, FileSource) and self._source.state() != self._state:
            raise BadInput(
                f"{self._source.name}: this directory was written to while it was read; none of it was taken."
            )

    def close(self) -> None:
        """Let go of what was kept in the cluster's memory."""
        for frame in self._made:
            frame.unpersist()
        for name in (*TABLES, *self._shown, "source"):
            self._spark.catalog.dropTempView(name)

    def _deliver(self) -> None:
        for table, parts in self._waiting.items():
            # Connect takes nothing that is empty without being told its columns.
            columns = ", ".join(f"{field.name} {_TYPES[field.type]}" for field in TABLES[table])
            frame = self._spark.createDataFrame(pa.concat_tables(parts), columns)
            known = self._spark.catalog.tableExists(table)
            self._show(table, self._spark.table(table).unionByName(frame) if known else frame)
        self._waiting = {}

    def _sql(self, statement: str) -> Any:
        return self._spark.sql(rendered(statement, "spark"))

    def _show(self, name: str, frame: Any) -> None:
        frame.createOrReplaceTempView(name)


@contextmanager
def open_engine(
    directory: Directory, *, as_of: date, bits: dict[str, int], work_dir: Path, limits: Limits | None = None
) -> Iterator[Spark]:
    """An engine on Spark over a table of its catalogue, or over a file that Spark can reach. Raises BadInput."""
    source = directory.source
    if not isinstance(source, SparkTable | FileSource):
        raise BadInput(f"{source.name}: the engine '{ENGINE}' needs a directory that Spark can read.")
    spark = session(source.name)
    from pyspark.errors import PySparkException  # noqa: PLC0415

    engine: Spark | None = None
    try:
        engine = Spark(spark, source, directory, as_of, bits)
        yield engine
    except PySparkException as error:
        # The message may quote a row; the kind of trouble does not.
        raise BadInput(f"{source.name}: Spark broke off ({type(error).__name__}).") from None
    finally:
        if engine is not None:
            engine.close()


def _source(spark: Any, source: SparkTable | FileSource, directory: Directory) -> Any:
    frame = _file(spark, source) if isinstance(source, FileSource) else source.frame()
    kinds = dict(frame.dtypes)
    return frame.selectExpr(*[_column(name, kinds[name], name in directory.dates) for name in directory.columns])


def _file(spark: Any, source: FileSource) -> Any:
    path, suffix = str(source.path.resolve()), source.path.suffix.lower()
    readers = {
        ".parquet": lambda: spark.read.parquet(path),
        ".csv": lambda: spark.read.csv(path, header=True, multiLine=True, escape='"', mode="FAILFAST"),
        ".jsonl": lambda: spark.read.json(path, mode="FAILFAST"),
    }
    return readers[suffix]()


def _column(name: str, kind: str, is_date: bool) -> str:
    shown = quoted(name)
    said = f"CAST({shown} AS DATE)" if kind.startswith("timestamp") else iso_date(f"TRIM(CAST({shown} AS VARCHAR))")
    expression = f"{said} AS {shown}" if is_date and kind != "date" else shown
    return rendered(f"SELECT {expression} FROM x", "spark").removeprefix("SELECT ").removesuffix(" FROM x")  # noqa: S608
