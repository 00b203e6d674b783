"""Dumps: tables out of a system, whose rows name people and whose filled columns show what was exposed of each."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from affected.evidence.cleaning import Cleaned, bench, write
from affected.evidence.files import Batch, ColumnName, RowFile, column_at, listed
from affected.evidence.identifier_list import ListReading, columns_of, open_list, read_rows
from affected.evidence.reading import Evidence

# What stands in a cell that holds nothing, in small letters: an empty one, and what databases write for NULL.
_NOTHING = ("", "null", "\\n", "none", "nan", "<null>")


class DumpReading(ListReading):
    """As for a list, with `shows`: category -> the columns that hold it. A row exposes the categories of its filled
    cells, whatever the directory says the person has given, and the categories of `exposed` as in every list.

    `blank`: what else stands in a cell that holds nothing, such as `-` or `0000-00-00`.
    """

    exposed: list[str] = Field(default_factory=list)
    shows: dict[str, ColumnName | list[ColumnName]] = Field(min_length=1, max_length=63)
    blank: list[str] = Field(default_factory=list)


READING = DumpReading


def categories(evidence: Evidence) -> set[str]:
    """Every category that some row of the dump may show."""
    reading = evidence.reading
    return set(reading.shows) if isinstance(reading, DumpReading) else set()


def clean(path: Path, reading: DumpReading, work_dir: Path, *, region: str | None) -> Cleaned:
    """Write the cleaned rows, each with what it shows, and the keys into `work_dir`. Raises BadInput. The report says
    how many rows show each category."""
    file = open_list(path, reading)
    columns, shows = columns_of(file, reading), _columns(file, reading)
    blank = pa.array(sorted({*_NOTHING, *(mark.strip().lower() for mark in reading.blank)}), pa.string())
    counts = dict.fromkeys(shows, 0)
    with bench(work_dir) as connection:
        for batch in file.batches():
            filled = {name: _filled(batch, at, blank) for name, at in shows.items()}
            shown = _bits(list(filled.values()))
            read_rows(connection, batch, columns, region=reading.phone_region or region, shown=shown)
            for name, some in filled.items():
                counts[name] += pc.sum(some).as_py() or 0
        rows = write(connection, work_dir, find_copies=True)
    named = {kind: [file.names[n] if file.names else n + 1 for n in at] for kind, at in columns.items()}
    report = {"shape": file.shape, "encoding": file.encoding, "delimiter": file.delimiter, "header": file.header}
    return Cleaned(rows, report | {"columns": named, "shown": list(shows), "rows_showing": counts})


def _columns(file: RowFile, reading: DumpReading) -> dict[str, list[int]]:
    """Positions of the columns that show each category, categories in alphabetical order."""
    said = sorted(reading.shows.items())
    return {name: [column_at(file, f"shows.{name}", column) for column in listed(columns)] for name, columns in said}


def _filled(batch: Batch, at: list[int], blank: pa.Array) -> pa.Array:
    """Whether each row has something in one of these columns."""
    some = pa.repeat(False, len(batch.row_no))
    for position in at:
        text = pc.utf8_lower(pc.utf8_trim_whitespace(batch.columns[position]))
        some = pc.or_(some, pc.invert(pc.is_in(text, value_set=blank)))
    return some


def _bits(filled: list[pa.Array]) -> pa.Array:
    """Each row's categories as bits, the first category the lowest."""
    bits = pa.repeat(pa.scalar(0, pa.int64()), len(filled[0]))
    for bit, some in enumerate(filled):
        bits = pc.add(bits, pc.if_else(some, pa.scalar(1 << bit, pa.int64()), pa.scalar(0, pa.int64())))
    return bits
