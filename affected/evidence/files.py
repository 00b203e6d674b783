"""Files of rows: delimited text, one item a line, JSON lines, Parquet, spreadsheets, read in batches, no row lost."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from affected.evidence.delimited import csv_rows, delimiter_of, row_trouble
from affected.evidence.delimited_blocks import DelimitedBlocks
from affected.evidence.encodings import bounded_lines, encoding_of, open_text
from affected.evidence.spreadsheet import is_spreadsheet, sheet_rows
from affected.words import Malformed
from packs import BadInput

BATCH = 50_000
ColumnName = str | int  # a heading, or a number from 1
SPAN = 20  # lines that one row of a list may take
Heading = Callable[[list[str], list[list[str]]], bool]  # whether the first row is one, over the others


@dataclass(frozen=True)
class Batch:
    """Some rows: their numbers (1-based line or record of the file), what is wrong with each, if anything, and their
    columns as text; a cell is empty where the row is too short."""

    row_no: pa.Array
    trouble: pa.Array
    columns: list[pa.Array]


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
    unread: tuple[str, ...] = ()  # columns that are no text and cannot be made any


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
    if name in file.unread or any(one.startswith(f"{name}.") for one in file.names):
        raise BadInput(f"{file.path.name}: columns.{field}: the column '{name}' holds no text.")
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
        if mark:
            wanted = list(range(width))
            blocks = DelimitedBlocks(path, found, mark, width=width, wanted=wanted, span=SPAN)
            yield from map(_from_table, blocks.tables(header=titled))
        else:
            with open_text(path, found) as stream:
                yield from _cells(csv_rows(stream, None, path.name), width, skip=titled)

    return RowFile(path, shape, found, mark, titled, names, rows[1:] if titled else rows, batches)


def _from_table(table: pa.Table) -> Batch:
    row_no, trouble = table["row_no"].combine_chunks(), table["trouble"].combine_chunks()
    names = [f"c{n}" for n in range(table.num_columns - 2)]
    return Batch(row_no, trouble, [table[name].combine_chunks() for name in names])


def _cells(rows: Iterator[tuple[int, list[str]]], width: int, *, skip: bool) -> Iterator[Batch]:
    while part := [row for _, row in zip(range(BATCH), rows, strict=False)]:
        heading = (
            next((n for n, (_, row) in enumerate(part) if any(cell.strip() for cell in row)), None) if skip else None
        )
        if heading is not None:
            skip, part = False, part[:heading] + part[heading + 1 :]
        numbers, troubles = [number for number, _ in part], [row_trouble(row, width) for _, row in part]
        yield _batch(numbers, troubles, [row for _, row in part], width)


def _batch(numbers: list[int], troubles: list[str | None], rows: list[list[str]], width: int) -> Batch:
    columns = [pa.array([row[n] if n < len(row) else "" for row in rows], pa.string()) for n in range(width)]
    return Batch(pa.array(numbers, pa.int64()), pa.array(troubles, pa.string()), columns)


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


def _json_batch(part: list[tuple[int, str]], names: list[str]) -> Batch:
    seen = [_object(line) for _, line in part]
    troubles: list[str | None] = [
        None if one is not None else Malformed.NOT_JSON if line.strip() else Malformed.EMPTY
        for one, (_, line) in zip(seen, part, strict=True)
    ]
    rows = [[_text((one or {}).get(name)) for name in names] for one in seen]
    return _batch([number for number, _ in part], troubles, rows, len(names))


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
        head = next(file.iter_batches(200), None)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError):
        raise BadInput(f"{path.name}: this file begins like Parquet and cannot be read as Parquet.") from None
    if head is None:
        raise BadInput(f"{path.name}: the file holds no rows.")
    names, unread = _leaves(file.schema_arrow)
    sample = [list(row) for row in zip(*(_as_text(head, name).to_pylist() for name in names), strict=True)]

    def batches() -> Iterator[Batch]:
        start = 1
        try:
            for batch in pq.ParquetFile(path).iter_batches(BATCH, columns=names or None):
                columns = [_as_text(batch, name) for name in names]
                row_no = pa.array(np.arange(start, start + batch.num_rows))
                yield Batch(row_no, pa.nulls(batch.num_rows, pa.string()), columns)
                start += batch.num_rows
        except (pa.ArrowInvalid, OSError):
            raise BadInput(f"{path.name}: this Parquet file is damaged after row {start - 1}.") from None

    return RowFile(path, "parquet", None, None, True, names, sample, batches, tuple(unread))


def _leaves(schema: pa.Schema) -> tuple[list[str], list[str]]:
    """The columns that can be text, those within others by names with dots, and the columns that cannot."""
    names: list[str] = []
    unread: list[str] = []

    def walk(field: pa.Field, front: str) -> None:
        name = front + field.name
        if pa.types.is_struct(field.type):
            for inner in field.type:
                walk(inner, f"{name}.")
        else:
            (names if _can_be_text(field.type) else unread).append(name)

    for field in schema:
        walk(field, "")
    return names, unread


def _can_be_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    try:
        pa.nulls(0, kind).cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return True


def _as_text(batch: pa.RecordBatch, name: str) -> pa.Array:
    """A column as text; bytes that are no text in UTF-8 become a sign that stands for them."""
    if name in batch.schema.names:
        column = batch.column(name)
    else:
        front, *rest = _path(batch.schema, name)
        column = pc.struct_field(batch.column(front), rest)
    try:
        return column.cast(pa.string()).fill_null("")
    except pa.ArrowInvalid:
        plain = [value.decode("utf-8", "replace") if value is not None else "" for value in column.to_pylist()]
        return pa.array(plain, pa.string())


def _path(schema: pa.Schema, name: str) -> list[str]:
    """The steps of a dotted name; a column's own name may hold dots."""
    front = next(one for one in schema.names if name.startswith(f"{one}."))
    return [front, *name.removeprefix(f"{front}.").split(".")]
