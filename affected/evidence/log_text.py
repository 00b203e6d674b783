"""A log of text: its lines, JSON objects or cells as tables of Arrow, from which the engine takes the fields."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from affected.evidence.coverage import Days, days_of
from affected.evidence.delimited_blocks import DelimitedBlocks
from affected.evidence.files import RowFile, open_rows
from affected.evidence.json_documents import begins_document, records_of
from affected.evidence.log_files import LogFile
from affected.evidence.log_filter import Lines
from affected.evidence.log_formats import ColumnName
from affected.evidence.log_places import Column, field_columns, json_paths, only_lines
from affected.evidence.log_reading import LogReading
from affected.evidence.log_times import Time, time_of
from affected.evidence.text_blocks import blocks, line_array
from affected.sql import literal

_CHUNK = 50_000
_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True)
class _Shaped:
    """A file's tables (row_no, trouble, and a line or cells), and what the engine reads of each: the expression `v`,
    what is wrong with a line beside that, and how a column is said over `v`. The paths of `v` come as columns are asked
    for, so it is asked for last."""

    tables: Iterator[pa.Table]
    column: Column
    names: list[str]
    v: Callable[[], str] = lambda: "NULL"
    trouble: str = "own_trouble"


class TextLog:
    """One file of a log that is no Parquet. Raises BadInput naming the file, and the column that it lacks."""

    def __init__(self, path: Path, reading: LogReading, _connection: Any) -> None:
        self._path, self._reading = path, reading
        self._file: RowFile | None = None
        self.shape, self.encoding = "json document", "utf-8"
        head = LogFile(path.name, path).head.decode("utf-8-sig", "ignore")
        if reading.shape.shape in {"any", "json"} and begins_document(head, reading.shape.document):
            return
        self._file = self._opened()
        self.shape, self.encoding = self._file.shape, self._file.encoding or ""

    def parts(self, connection: Any, first: int) -> Iterator[tuple[Lines, Days, int]]:
        """Some lines after others, each time in the table `part` and numbered from `first`; their days; the last."""
        shaped = self._shaped()
        fields = field_columns(self._reading, shaped.column, file=self._path.name, names=shaped.names)
        only = only_lines(self._reading.shape.only, shaped.column)
        time = time_of(fields["time"], "VARCHAR", self._reading.utc_offset_minutes)
        listed = "".join(f', {sql} AS "{field}"' for field, sql in fields.items())
        select = (
            f"SELECT row_no, trouble, {time.at} AS seen_at{listed}, {only or 'TRUE'} AS only_these "  # noqa: S608
            f"FROM (SELECT *, {shaped.trouble} AS trouble FROM (SELECT * RENAME (row_no AS own_no, trouble AS "
            f"own_trouble), own_no + {first - 1} AS row_no, {shaped.v()} AS v FROM incoming))"
        )
        lines = Lines(
            "part", {field: f'"{field}"' for field in fields}, Time("seen_at"), only="only_these" if only else None
        )
        for table in shaped.tables:
            connection.register("incoming", table)
            connection.execute(f"CREATE OR REPLACE TEMP TABLE part AS {select}")
            connection.unregister("incoming")
            last = first - 1 + int(table["row_no"][-1].as_py()) if table.num_rows else first - 1
            yield lines, days_of(connection, "part", "seen_at"), last

    def _opened(self) -> RowFile:
        shape = self._reading.shape
        named = any(isinstance(name, str) for place in self._reading.fields.values() for name in place.columns)
        header = shape.header if shape.header is not None else True if named or shape.within else None
        text = shape.shape == "text"
        return open_rows(
            self._path,
            looks_like_heading=lambda _first, _rest: False,
            encoding=self._reading.encoding,
            delimiter="" if text else self._reading.delimiter or shape.delimiter,
            header=False if text else header,
            sheet=self._reading.sheet,
        )

    def _shaped(self) -> _Shaped:
        file, shape = self._file, self._reading.shape
        if file is None:
            return _json(_in_lines(records_of(self._path, "utf-8-sig", shape.document)), None, [])
        if shape.shape == "text":
            return _text(_line_tables(self._path, file), str(shape.pattern))
        if file.shape == "json":
            return _json(
                _line_tables(self._path, file),
                shape.within,
                file.names if shape.shape == "any" and not shape.within else [],
            )
        return self._cells(file)

    def _cells(self, file: RowFile) -> _Shaped:
        width = len(file.names) or max((len(row) for row in file.sample), default=1)
        within = self._reading.shape.within

        def position(name: ColumnName) -> int | None:
            if isinstance(name, int):
                return name - 1 if 1 <= name <= width else None
            return file.names.index(name) if name in file.names else None

        if within and within in file.names:
            cell = position(within)
            assert cell is not None  # noqa: S101 - it is among the names
            return _json(self._tables(file, width, [cell]), None, [], line=f"c{cell}")
        asked = [name for place in self._reading.fields.values() for name in place.columns]
        asked += self._reading.shape.only.columns if self._reading.shape.only else []
        wanted = [at for at in map(position, asked) if at is not None]

        def column(name: ColumnName) -> str | None:
            at = position(name)
            return None if at is None else f"c{at}"

        return _Shaped(self._tables(file, width, wanted), column, file.names)

    def _tables(self, file: RowFile, width: int, wanted: list[int]) -> Iterator[pa.Table]:
        if file.shape == "delimited" and file.delimiter:
            span = self._reading.shape.span
            found = DelimitedBlocks(
                self._path, str(file.encoding), file.delimiter, width=width, wanted=wanted, span=span
            )
            yield from found.tables(header=file.header)
            return
        for batch in file.batches():
            cells = {f"c{n}": batch.columns[n] for n in wanted}
            yield pa.table({**cells, "row_no": batch.row_no, "trouble": batch.trouble})


def _line_tables(path: Path, file: RowFile) -> Iterator[pa.Table]:
    number = 1
    for block in blocks(path, str(file.encoding)):
        lines = line_array(block)
        if file.shape == "json" and (b"\\ud" in block or b"\\uD" in block):
            lines = pa.array([_mended(line) for line in lines.to_pylist()], pa.string())
        yield _numbered(lines, number)
        number += len(lines)


def _in_lines(records: Iterator[str]) -> Iterator[pa.Table]:
    number = 1
    while part := [record for _, record in zip(range(_CHUNK), records, strict=False)]:
        yield _numbered(pa.array([_mended(record) for record in part], pa.string()), number)
        number += len(part)


def _numbered(lines: pa.Array, first: int) -> pa.Table:
    n = len(lines)
    return pa.table({"row_no": np.arange(first, first + n), "trouble": pa.nulls(n, pa.string()), "line": lines})


def _mended(line: str) -> str:
    """A line of JSON in which half a surrogate pair, which JSON can say and no text can hold, is a question mark."""
    if not _LONE_SURROGATE.search(line):
        return line
    try:
        return json.dumps(json.loads(line), ensure_ascii=False).encode("utf-8", "replace").decode()
    except (ValueError, RecursionError):
        return line


def _text(tables: Iterator[pa.Table], pattern: str) -> _Shaped:
    names = list(re.compile(pattern).groupindex)
    listed = ", ".join(map(literal, names))
    # What most lines are is asked first.
    trouble = f"""CASE WHEN contains(line, '\ufffd') THEN 'undecodable' WHEN v."{names[0]}" <> '' THEN NULL
      WHEN regexp_full_match(line, '\\s*') THEN 'empty'
      WHEN NOT regexp_matches(line, {literal(pattern)}) THEN 'not_a_log_line' END"""
    return _Shaped(
        tables,
        lambda name: f'v."{name}"' if name in names else None,
        names,
        lambda: f"regexp_extract(line, {literal(pattern)}, [{listed}])",
        trouble,
    )


def _json(tables: Iterator[pa.Table], within: str | None, names: list[str], line: str = "line") -> _Shaped:
    paths: list[str] = []
    text = f"COALESCE(TRY(json_extract_string({line}, {literal(json_paths(within)[0])})), {line})" if within else line

    def column(name: ColumnName) -> str | None:
        if isinstance(name, int) or (names and name not in names):
            return None
        found = []
        for path in json_paths(name):
            paths.append(path)
            found.append(f"v[{len(paths)}]")
        return found[0] if len(found) == 1 else f"COALESCE({', '.join(found)})"

    def v() -> str:
        return f"TRY(json_extract_string({text}, [{', '.join(map(literal, paths))}]))"

    # What most lines are is asked first; what is left is no object, or no JSON at all.
    trouble = f"""CASE WHEN COALESCE(own_trouble, 'ragged') <> 'ragged' THEN own_trouble
      WHEN v IS NOT NULL AND starts_with({line}, '{{') THEN own_trouble
      WHEN regexp_full_match({line}, '\\s*') THEN 'empty'
      WHEN v IS NULL OR NOT regexp_matches({line}, '^\\s*\\{{') THEN 'not_json' ELSE own_trouble END"""
    return _Shaped(tables, column, names, v, trouble)
