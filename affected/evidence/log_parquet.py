"""Parquet files of log lines: read in place by the engine, their days counted from what their row groups say."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from affected.evidence.coverage import Days, days_of
from affected.evidence.log_filter import Lines
from affected.evidence.log_formats import ColumnName
from affected.evidence.log_places import field_columns, json_column, only_lines
from affected.evidence.log_reading import LogReading
from affected.evidence.log_times import Time, time_of
from affected.sql import literal, quoted
from packs import BadInput

_PATTERN_SIGNS = re.compile(r"[*?\[]")  # in a name they would mean other files, too
_NO_TEXT = ("MAP(", "STRUCT(", "UNION(", "BIT", "INTERVAL", "VARIANT", "GEOMETRY")


class ParquetLog:
    """One file. Raises BadInput naming it, and the column that it lacks or that cannot be text."""

    shape, encoding = "parquet", None

    def __init__(self, path: Path, reading: LogReading, connection: Any) -> None:
        self._path, self._reading = path, reading
        self._source = _source([path])
        try:
            self._file = pq.ParquetFile(path)
            described = connection.execute(f"DESCRIBE SELECT * FROM {self._source}").fetchall()  # noqa: S608
        except (pa.ArrowInvalid, OSError, duckdb.Error):
            raise BadInput(f"{path.name}: this file begins like Parquet and cannot be read as Parquet.") from None
        self._types = {name: kind for name, kind, *_ in described if name != "file_row_number"}
        self._connection = connection

    def parts(self, connection: Any, first: int) -> Iterator[tuple[Lines, Days, int]]:
        """The whole file at once: its lines, numbered from `first`, their days, and the last number."""
        lines = self.lines([(self, first)])
        days = self._days(lines.time) or days_of(connection, lines.relation, lines.time.at)
        last = first + int(self._file.metadata.num_rows) - 1
        del self._file  # what it knows of a large file is large, and the file may wait for others
        yield lines, days, last

    def is_like(self, other: "ParquetLog") -> bool:
        """Whether one statement reads both: they have the same columns in the same order, and the engine counts files
        as we do. It does not where a column has the name of its count, nor where folders are columns (day=2026-03-01),
        for of those it counts only which are asked for."""
        counted = not any(name.lower() == "file_index" for name in self._types)
        folders = "=" in f"{self._path}{other._path}"
        return counted and not folders and list(self._types.items()) == list(other._types.items())

    def lines(self, run: Sequence[tuple["ParquetLog", int]]) -> Lines:
        """All lines of files like this one, those of each numbered from its number. Raises BadInput naming a column
        that is missing or cannot be text."""
        fields = field_columns(self._reading, self._column, file=self._path.name, names=list(self._types))
        name = self._time_name()
        offset = self._reading.utc_offset_minutes
        time = time_of(quoted(name), self._kind(name), offset) if name else time_of(fields["time"], "VARCHAR", offset)
        return Lines(
            _source([log._path for log, _ in run]),
            fields,
            time,
            row_no=f"file_row_number + {_first_of([first for _, first in run])}",
            trouble="CAST(NULL AS VARCHAR)",
            may_be_unread=False,
            only=only_lines(self._reading.shape.only, self._column),
        )

    def _days(self, time: Time) -> Days | None:
        """Lines a day, where the file's own statistics or its column of moments tell; None where only a reading can."""
        name = self._time_name()
        found = Days()
        if name is None or time.column is None or not self._kind(name).startswith("TIMESTAMP"):
            return None
        index = self._file.schema_arrow.names.index(name)
        if self._file.metadata.num_columns != len(self._file.schema_arrow.names):
            return None  # nested columns: a position says nothing
        for number in range(self._file.metadata.num_row_groups):
            group = self._file.metadata.row_group(number)
            ends = _ends(group.column(index).statistics, time)
            if ends and ends[0].date() == ends[1].date():
                nulls = group.column(index).statistics.null_count
                found.add(ends[0].date(), group.num_rows - nulls, *ends)
            else:
                self._count(number, name, time, found)
        found.lines = self._file.metadata.num_rows
        return found

    def _count(self, number: int, name: str, time: Time, found: Days) -> None:
        try:
            raw = self._file.read_row_group(number, columns=[name]).column(0)
        except (pa.ArrowInvalid, OSError):
            raise BadInput(f"{self._path.name}: this Parquet file is damaged in row group {number + 1}.") from None
        plain = pa.timestamp("us")
        at = pc.subtract(raw.cast(pa.timestamp("us", raw.type.tz), safe=False).cast(plain), pa.scalar(time.shift))
        days = pa.table({"day": at.cast(pa.date32(), safe=False), "at": at}).group_by("day")
        for row in days.aggregate([("at", "count"), ("at", "min"), ("at", "max")]).to_pylist():
            if row["day"] is not None:
                found.add(row["day"], row["at_count"], row["at_min"], row["at_max"])

    def _time_name(self) -> str | None:
        """The column that is the time, where it is one and as it stands."""
        place = self._reading.fields["time"]
        there = [self._name(name) for name in place.columns if self._column(name) is not None]
        return there[0] if len(there) == 1 and not place.pattern and not place.default else None

    def _name(self, name: ColumnName) -> str | None:
        names = list(self._types)
        if isinstance(name, int):
            return names[name - 1] if 1 <= name <= len(names) else None
        return name if name in self._types else None

    def _kind(self, name: str) -> str:
        return str(self._types[name])

    def _column(self, name: ColumnName) -> str | None:
        """The column as SQL text: by name, by number, or by a dotted name into a struct or a column of JSON."""
        own = self._name(name)
        if own is not None:
            return self._text(quoted(own), self._kind(own), own)
        parts = name.split(".") if isinstance(name, str) else []
        for cut in range(len(parts) - 1, 0, -1):
            front, rest = ".".join(parts[:cut]), parts[cut:]
            if front in self._types:
                return self._inner(front, rest)
        within = self._reading.shape.within
        return json_column(quoted(within), str(name)) if within and within in self._types else None

    def _inner(self, front: str, rest: list[str]) -> str | None:
        if self._kind(front) in {"VARCHAR", "JSON"}:
            return json_column(quoted(front), ".".join(rest))
        sql = ".".join(map(quoted, [front, *rest]))
        try:
            found = self._connection.execute(f"DESCRIBE SELECT {sql} AS c FROM {self._source}").fetchall()  # noqa: S608
        except duckdb.Error:
            return None
        return self._text(sql, str(found[0][1]), ".".join([front, *rest]))

    def _text(self, sql: str, kind: str, name: str) -> str:
        if kind.endswith("]") or kind.startswith(_NO_TEXT):
            raise BadInput(
                f"{self._path.name}: column '{name}' holds {kind.partition('(')[0].lower()}, which is no text."
            )
        if kind == "VARCHAR":
            return sql
        if kind == "BLOB":
            return f"TRY(decode({sql}))"
        text = f"CAST({sql} AS VARCHAR)"
        whole = f"CASE WHEN {sql} = trunc({sql}) AND abs({sql}) < 1e15 THEN CAST(CAST({sql} AS BIGINT) AS VARCHAR)"
        return f"{whole} ELSE {text} END" if kind in {"FLOAT", "DOUBLE"} else text  # a whole number without its .0


def _first_of(firsts: list[int]) -> str:
    """The number of the first line of the file that a row is from."""
    listed = f"([{', '.join(map(str, firsts))}])[CAST(file_index AS BIGINT) + 1]"
    return listed if len(firsts) > 1 else str(firsts[0])


def _source(paths: Iterable[Path]) -> str:
    listed = ", ".join(literal(_PATTERN_SIGNS.sub(r"[\g<0>]", str(path))) for path in paths)
    return f"read_parquet([{listed}], file_row_number = true, binary_as_string = true)"


def _ends(statistics: Any, time: Time) -> tuple[datetime, datetime] | None:
    """The first and last moment of a row group in UTC without a zone, where its writer says all that is needed."""
    if statistics is None or not statistics.has_min_max or not statistics.has_null_count:
        return None
    ends = []
    for end in (statistics.min, statistics.max):
        if not isinstance(end, datetime):
            return None
        ends.append((end.astimezone(UTC).replace(tzinfo=None) if end.tzinfo else end) - time.shift)
    return ends[0], ends[1]
