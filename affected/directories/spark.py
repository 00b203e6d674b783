"""A directory in a table or view that Spark knows; rows come here only where somebody asks for a few people."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlglot

from affected.directories.source import Size
from affected.sql import literal, quoted
from packs import BadInput

SCHEMES = ("spark",)


@dataclass(frozen=True)
class SparkTable:
    """One table by its name in Spark's catalogue."""

    table: str

    @property
    def name(self) -> str:
        return f"spark:{self.table}"

    def columns(self) -> list[str]:
        return list(self.frame().columns)

    def size(self) -> Size:
        return Size(int(self.frame().count()), None)

    def batches(self, columns: list[str], *, only: tuple[str, pa.Array] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows as text, brought here by Arrow."""
        frame = self.frame()
        if only is not None:
            listed = ", ".join(literal(one) for one in only[1].to_pylist()) or "''"
            frame = frame.where(rendered_where(f"TRIM(CAST({quoted(only[0])} AS VARCHAR)) IN ({listed})"))
        found = frame.select(*[frame[name].cast("string").alias(name) for name in columns]).toArrow()
        yield from found.to_batches(20_000)

    def frame(self) -> Any:
        """The table as a DataFrame. Raises BadInput."""
        from pyspark.errors import PySparkException  # noqa: PLC0415

        try:
            frame = session(self.name).table(self.table)
            _ = frame.columns
        except PySparkException as error:
            raise BadInput(f"{self.name}: Spark cannot read this table ({type(error).__name__}).") from None
        return frame


def open_source(address: str) -> SparkTable:
    """The table at `spark:crm.people`. The session is Spark's own: SPARK_REMOTE names a Connect server."""
    return SparkTable(address.removeprefix("spark:").removeprefix("//"))


def session(name: str) -> Any:
    """The session of this program: of a Connect server where SPARK_REMOTE names one. Raises BadInput without Spark."""
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError:
        raise BadInput(f"{name}: Spark is not installed here; the extra `spark` brings it.") from None
    builder = SparkSession.builder.config("spark.sql.session.timeZone", "UTC").config("spark.ui.enabled", "false")
    return builder.getOrCreate() if os.environ.get("SPARK_REMOTE") else builder.appName("tocsin").getOrCreate()


def rendered_where(condition: str) -> str:
    """A condition in Spark's words."""
    # Not by statements.rendered, which remembers what it was asked: these are people's ids.
    return sqlglot.parse_one(condition, read="duckdb").sql(dialect="spark")
