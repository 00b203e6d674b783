"""Identifier lists: files whose rows name people by id, telephone, e-mail or another address."""

import re
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from affected.evidence.cleaning import Cleaned, bench, put, read_batch, write
from affected.evidence.files import Batch, ColumnName, RowFile, column_at, listed, open_rows
from affected.evidence.reading import Reading
from packs import BadInput

Kind = Literal["person_id", "phone", "email", "contact", "device_token", "messenger_id"]

# Words that headings use, by what the column holds; longest first where one holds another.
_HEADINGS: tuple[tuple[str, Kind], ...] = (
    (r"e-?mail|邮箱|邮件|mail(?!ing)", "email"),
    (r"mobile|phone|msisdn|cell|telephone|^tel$|手机|电话|联系方式|ဖုန်း", "phone"),
    (r"device.?token|push.?token|fcm.?token|registration.?(id|token)", "device_token"),
    (r"psid|messenger", "messenger_id"),
    (r"^contacts?$|contact.?(point|info|detail)", "contact"),
    (
        r"^(user|person|customer|member|account|student|learner|patient|client)[ _.-]?(id|no|number)$|^uid$|用户编号",
        "person_id",
    ),
)
# Columns about an address that hold none.
_NOT_ADDRESSES = re.compile(r"model|brand|verified|country|code|type|[ _]at$|[ _]on$|count|opt")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBER = re.compile(r"[+＋(]?[\d０-９][\d０-９\s\-().]{5,22}")


class ListReading(Reading):
    """`columns`: which columns (by heading, or by number from 1) hold which identifiers; guessed when left out.

    `sheet`: which sheet of a spreadsheet is meant, where several hold rows.
    """

    columns: dict[Kind, ColumnName | list[ColumnName]] = Field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    sheet: str | None = None


READING = ListReading


def clean(path: Path, reading: ListReading, work_dir: Path, *, region: str | None) -> Cleaned:
    """Write the cleaned rows and keys of a list into `work_dir`; `region` is the directory's, used when the evidence
    names none. Raises BadInput."""
    file = open_list(path, reading)
    columns = columns_of(file, reading)
    with bench(work_dir) as connection:
        for batch in file.batches():
            read_rows(connection, batch, columns, region=reading.phone_region or region)
        rows = write(connection, work_dir, find_copies=True)
    named = {kind: [file.names[n] if file.names else n + 1 for n in at] for kind, at in columns.items()}
    report = {"shape": file.shape, "encoding": file.encoding, "delimiter": file.delimiter, "header": file.header}
    return Cleaned(rows, report | {"columns": named, "unread_columns": list(file.unread)})


def open_list(path: Path, reading: ListReading) -> RowFile:
    """The file as the reading says, or as it seems."""
    header = reading.header
    if header is None and any(isinstance(name, str) for name in _wanted(reading)):
        header = True
    return open_rows(
        path,
        looks_like_heading=_looks_like_heading,
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        header=header,
        sheet=reading.sheet,
    )


def columns_of(file: RowFile, reading: ListReading) -> dict[Kind, list[int]]:
    """Positions of the columns by what they hold, as named or as guessed. Raises BadInput when there are none."""
    if reading.columns:
        return {kind: [column_at(file, kind, name) for name in listed(said)] for kind, said in reading.columns.items()}
    found: dict[Kind, list[int]] = {}
    width = len(file.names) or max((len(row) for row in file.sample), default=1)
    for index in range(width):
        kind = _by_name(file.names[index]) if file.names else None
        kind = kind or _by_content([row[index] for row in file.sample if index < len(row)])
        if kind:
            found.setdefault(kind, []).append(index)
    if not found:
        # A column called "id" alone may number the rows of the list, so it counts only where nothing better stands.
        bare = [n for n, name in enumerate(file.names) if name.lower() in {"id", "no", "编号"}]
        found = {"person_id": bare[:1] or [0]} if bare or width == 1 else {}
    if not found:
        raise BadInput(
            f"{file.path.name}: none of its {width} columns is known to name a person; say which in columns."
        )
    return found


def _wanted(reading: ListReading) -> list[ColumnName]:
    return [name for said in reading.columns.values() for name in listed(said)]


def read_rows(
    connection: Any,
    batch: Batch,
    columns: dict[Kind, list[int]],
    *,
    region: str | None,
    shown: pa.Array | None = None,
) -> None:
    """Put the rows of a batch, and the keys that they name, on the bench; `shown`: what each row shows (see write)."""
    row_no = batch.row_no
    line = {"row_no": row_no, "trouble": batch.trouble}
    put(connection, "line", pa.table(line if shown is None else line | {"shown": shown}))
    named = [(kind, batch.columns[position]) for kind, positions in columns.items() for position in positions]
    cells = [(kind, _filled(row_no, number, raw)) for number, (kind, raw) in enumerate(named)]
    read_batch(connection, cells, region=region, region_is_sure=True)


def _filled(row_no: pa.Array, number: int, raw: pa.Array) -> pa.RecordBatch:
    """The cells of a column in which something stands."""
    some = pc.greater(pc.binary_length(pc.utf8_trim_whitespace(raw)), 0)
    kept = raw.filter(some)
    cell = pa.repeat(pa.scalar(number, pa.int32()), len(kept))
    return pa.RecordBatch.from_pydict({"row_no": row_no.filter(some), "cell": cell, "raw": kept})


def _looks_like_heading(first: list[str], rest: list[list[str]]) -> bool:
    """Whether the first row names columns: none of its cells is an identifier, and one is a known heading or stands
    over cells of another make."""
    if any(_is_identifier(cell) for cell in first) or not all(cell.strip() for cell in first[:1]):
        return False
    if any(_by_name(cell) for cell in first):
        return True
    return any(_is_identifier(cell) for row in rest[:20] for cell in row) and len(first) > 1


def _is_identifier(cell: str) -> bool:
    return bool(_ADDRESS.fullmatch(cell.strip()) or _NUMBER.fullmatch(cell.strip()))


def _by_name(name: str) -> Kind | None:
    low = name.strip().lower()
    if _NOT_ADDRESSES.search(low):
        return None
    return next((kind for pattern, kind in _HEADINGS if re.search(pattern, low)), None)


def _by_content(cells: list[str]) -> Kind | None:
    full = [cell.strip() for cell in cells if cell.strip()]
    if not full:
        return None
    addresses = sum(bool(_ADDRESS.fullmatch(cell)) for cell in full) / len(full)
    numbers = sum(_is_phone_like(cell) for cell in full) / len(full)
    if addresses + numbers < 0.5:
        return None
    return "email" if addresses > 0.9 else "phone" if numbers > 0.9 else "contact" if addresses and numbers else None


def _is_phone_like(cell: str) -> bool:
    digits = sum(character.isdigit() for character in cell)
    return bool(_NUMBER.fullmatch(cell)) and 8 <= digits <= 15 and not re.fullmatch(r"\d{4}-\d\d-\d\d.*", cell)
