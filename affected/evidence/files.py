"""Files of rows: delimited text, one item a line, JSON lines, Parquet, spreadsheets, read in batches, no row lost."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from affected.evidence.delimited import csv_rows, delimiter_of
from affected.evidence.encodings import bounded_lines, encoding_of, open_text, undecodable
from affected.evidence.spreadsheet import is_spreadsheet, sheet_rows
from affected.words import Malformed
from packs import BadInput

BATCH = 50_000
ColumnName = str | int  # a heading, or a number from 1
Heading = Callable[[list[str], list[list[str]]], bool]  # whether the first row is one, over the others


class Batch(Protocol):
    """Some rows: their numbers (1-based line or record of the file) and what is wrong with each, if anything."""

    @property
    def row_nos(self) -> list[int]: ...

    @property
    def trouble(self) -> list[str | None]: ...

    def column(self, index: int) -> pa.Array:
        """The cells of one column as text; empty where the row is too short."""
        ...


@dataclass(frozen=True)
class CellBatch:
    """Rows of text cells."""

    row_nos: list[int]
    trouble: list[str | None]
    cells: list[list[str]]

    def column(self, index: int) -> pa.Array:
        return pa.array([row[index] if index < len(row) else "" for row in self.cells], pa.string())


@dataclass(frozen=True)
class ArrowBatch:
    """Rows of a columnar file."""

    row_nos: list[int]
    trouble: list[str | None]
    columns: list[pa.Array]

    def column(self, index: int) -> pa.Array:
        return self.columns[index]


@dataclass(frozen=True)
class RowFile:
    """What a file of rows seems to be: its shape, the columns' names (empty without a heading) and its first rows."""

    path: Path
    shape: str  # delimited | lines | json | parquet | spreadsheet
    encoding: str | None
    delimiter: str | None
    header: bool
    names: list[str]
    sample: list[list[str]]
    batches: Callable[[], Iterator[Batch]]


def listed(said: ColumnName | list[ColumnName]) -> list[ColumnName]:
    """One name of a column, or several, as a list."""
    return said if isinstance(said, list) else [said]


def column_at(file: RowFile, field: str, name: ColumnName) -> int:
    """Where the column `name` stands, counted from 0. Raises BadInput naming the field of the reading and the file."""
    if isinstance(name, int):
        width = len(file.names) or max((len(row) for row in file.sample), default=1)
        if not 1 <= name <= width:
            raise BadInput(f"{file.path.name}: columns.{field}: there is no column {name}; the file has {width}.")
        return name - 1
    if name not in file.names:
        some = ", ".join(file.names[:12]) + (", ..." if len(file.names) > 12 else "")
        raise BadInput(f"{file.path.name}: columns.{field}: there is no column '{name}'; the file has {some}.")
    return file.names.index(name)


def open_rows(
    path: Path,
    *,
    looks_like_heading: Heading,
    encoding: str | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
    sheet: str | None = None,
) -> RowFile:
    """Look at a file and say how it will be read. Raises BadInput in one sentence naming the file."""
    if not path.exists():
        raise BadInput(f"{path.name}: there is no such file.")
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PAR1":
        return _parquet(path)
    if is_spreadsheet(path):
        return _spreadsheet(path, sheet, header, looks_like_heading)
    found = encoding_of(path, said=encoding)
    first = _first_lines(path, found)
    if first[0].lstrip().startswith("{"):
        return _json(path, found)
    mark = delimiter_of(first) if delimiter is None else delimiter or None  # an empty one: each line is one item
    rows = _sample(path, first, mark)
    titled = header if header is not None else looks_like_heading(rows[0], rows[1:])
    names = [cell.strip() for cell in rows[0]] if titled else []
    shape = "delimited" if mark else "lines"
    width = len(rows[0]) if rows else 1

    def batches() -> Iterator[Batch]:
        with open_text(path, found) as stream:
            yield from _cells(csv_rows(stream, mark, path.name), width, skip=titled)

    return RowFile(path, shape, found, mark, titled, names, rows[1:] if titled else rows, batches)


def _cells(rows: Iterator[tuple[int, list[str]]], width: int, *, skip: bool) -> Iterator[CellBatch]:
    batch = CellBatch([], [], [])
    for number, row in rows:
        if skip and any(cell.strip() for cell in row):
            skip = False
            continue
        batch.row_nos.append(number)
        batch.trouble.append(_trouble(row, width))
        batch.cells.append(row)
        if len(batch.row_nos) == BATCH:
            yield batch
            batch = CellBatch([], [], [])
    if batch.row_nos:
        yield batch


def _trouble(row: list[str], width: int) -> str | None:
    whole = "".join(row)
    if not whole or whole.isspace():
        return Malformed.EMPTY
    if undecodable(whole):
        return Malformed.UNDECODABLE
    return None if len(row) == width else Malformed.RAGGED


def _first_lines(path: Path, encoding: str) -> list[str]:
    found: list[str] = []
    with open_text(path, encoding) as stream:
        for line in bounded_lines(stream, name=path.name):
            if line.strip():
                found.append(line)
            if len(found) == 200:
                break
    if not found:
        raise BadInput(f"{path.name}: the file is empty.")
    return found


def _sample(path: Path, lines: list[str], mark: str | None) -> list[list[str]]:
    if mark is None:
        return [[line.strip("\r\n")] for line in lines]
    return [row for _, row in csv_rows(StringIO("".join(lines)), mark, path.name) if row]


def _json(path: Path, encoding: str) -> RowFile:
    with open_text(path, encoding) as stream:
        heads = [_object(line) for _, line in zip(range(200), bounded_lines(stream, name=path.name), strict=False)]
    names = list(dict.fromkeys(name for head in heads if head for name in head))

    def batches() -> Iterator[Batch]:
        with open_text(path, encoding) as stream:
            rows = enumerate(bounded_lines(stream, name=path.name), 1)
            while part := [row for _, row in zip(range(BATCH), rows, strict=False)]:
                yield _json_batch(part, names)

    sample = [[_text(head.get(name)) for name in names] for head in heads if head][:200]
    return RowFile(path, "json", encoding, None, True, names, sample, batches)


def _json_batch(part: list[tuple[int, str]], names: list[str]) -> CellBatch:
    batch = CellBatch([], [], [])
    for number, line in part:
        seen = _object(line)
        batch.row_nos.append(number)
        batch.trouble.append(None if seen is not None else Malformed.NOT_JSON if line.strip() else Malformed.EMPTY)
        batch.cells.append([_text((seen or {}).get(name)) for name in names])
    return batch


def _object(line: str) -> dict[str, Any] | None:
    try:
        seen = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return _flat(seen) if isinstance(seen, dict) else None


def _flat(tree: dict[str, Any], front: str = "", depth: int = 0) -> dict[str, Any]:
    """Nested objects as names with dots, three levels deep."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict) and depth < 3:
            flat |= _flat(value, f"{front}{key}.", depth + 1)
        else:
            flat[front + key] = value
    return flat


def _text(value: Any) -> str:
    if value is None or isinstance(value, list | dict):
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()  # JSON can say lone surrogates


def _spreadsheet(path: Path, sheet: str | None, header: bool | None, looks_like_heading: Heading) -> RowFile:
    rows = list(sheet_rows(path, sheet=sheet))
    full = [row for _, row in rows[:200] if any(cell.strip() for cell in row)]
    if not full:
        raise BadInput(f"{path.name}: the first {len(rows[:200])} rows of the sheet are empty.")
    titled = header if header is not None else looks_like_heading(full[0], full[1:])
    names = [cell.strip() for cell in full[0]] if titled else []

    def batches() -> Iterator[Batch]:
        return _cells(iter(rows), len(full[0]), skip=titled)

    return RowFile(path, "spreadsheet", None, None, titled, names, full[1:] if titled else full, batches)


def _parquet(path: Path) -> RowFile:
    try:
        file = pq.ParquetFile(path)
        names = list(file.schema_arrow.names)
        head = next(file.iter_batches(200), None)
    except (pa.ArrowInvalid, OSError):
        raise BadInput(f"{path.name}: this file begins like Parquet and cannot be read as Parquet.") from None
    if head is None:
        raise BadInput(f"{path.name}: the file holds no rows.")
    sample = [[_text(row[name]) if row[name] is not None else "" for name in names] for row in _plain(head)]

    def batches() -> Iterator[Batch]:
        start = 1
        try:
            for batch in pq.ParquetFile(path).iter_batches(BATCH):
                columns = [_as_text(column) for column in batch.columns]
                numbers = list(range(start, start + batch.num_rows))
                yield ArrowBatch(numbers, [None] * batch.num_rows, columns)
                start += batch.num_rows
        except (pa.ArrowInvalid, OSError):
            raise BadInput(f"{path.name}: this Parquet file is damaged after row {start - 1}.") from None

    return RowFile(path, "parquet", None, None, True, names, sample, batches)


def _plain(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    columns = {
        name: _as_text(column).to_pylist() for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    return [{name: values[n] for name, values in columns.items()} for n in range(batch.num_rows)]


def _as_text(column: pa.Array) -> pa.Array:
    try:
        return column.cast(pa.string()).fill_null("")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([""] * len(column), pa.string())
