"""Delimited text as Arrow tables: plain rows a block at a time, the rest by the reader that no quote can mislead."""

import re
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from affected.evidence.delimited import csv_rows, row_trouble
from affected.evidence.text_blocks import blocks, line_array

_BROKEN = "\ufffd".encode()
Rows = list[tuple[int, list[str]]]


class DelimitedBlocks:
    """Tables (row_no, trouble, c0 and so on for the wanted columns); row_no is the line on which a row begins.

    A block in which every line is plainly a row is read by Arrow; any other by delimited.csv_rows. Both say the same of
    what both can read, which a test shows.
    """

    def __init__(self, path: Path, encoding: str, delimiter: str, *, width: int, wanted: list[int], span: int) -> None:
        self._path, self._encoding, self._delimiter = path, encoding, delimiter
        self._width, self._wanted, self._span = width, sorted(set(wanted)), span
        sign = re.escape(delimiter)
        cell = rf'(?:[^"{sign}]*|"(?:[^"]|"")*")'
        self._plain_row = rf"^{cell}(?:{sign}{cell})*$"
        self._blank_row = re.compile(rb'(?m)^[\s"' + re.escape(delimiter.encode()) + rb"]*\n")

    def tables(self, *, header: bool) -> Iterator[pa.Table]:
        """The rows in order; of a file with a header, the first row that is not blank is left out."""
        feed = blocks(self._path, self._encoding)
        number, pending = 1, next(feed, b"")
        while pending:
            table = None if header else self._at_once(pending, number)
            if table is not None:
                yield table
                number, pending = number + table.num_rows, next(feed, b"")
                continue
            head = self._heading(pending) if header else pending
            rest = self._ahead(pending[len(head) :], feed)
            rows, lines, taken = self._row_by_row(head, rest)
            heading = next((n for n, (_, row) in enumerate(rows) if "".join(row).strip()), None) if header else None
            if heading is not None:
                header = False
                del rows[heading]
            yield self._table([(number + begins - 1, row) for begins, row in rows])
            number, pending = number + lines, (head + rest)[taken:] or next(feed, b"")

    def _at_once(self, block: bytes, number: int) -> pa.Table | None:
        """The block by Arrow; None where a line of it is not plainly a row of the file's width."""
        if len(self._delimiter.encode()) != 1 or _BROKEN in block:
            return None
        if b'"' in block and not pc.all(pc.match_substring_regex(line_array(block), self._plain_row)).as_py():
            return None
        ragged: list[object] = []

        def set_aside(row: object) -> str:
            ragged.append(row)
            return "skip"

        names = [f"c{n}" for n in range(self._width)]
        found = csv.read_csv(
            BytesIO(block),
            csv.ReadOptions(column_names=names, use_threads=False, block_size=len(block) + 1),
            csv.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=False,
                ignore_empty_lines=False,
                invalid_row_handler=set_aside,
            ),
            csv.ConvertOptions(
                include_columns=[f"c{n}" for n in self._wanted],
                column_types={f"c{n}": pa.string() for n in self._wanted},
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
        if ragged or self._may_be_blank(found):
            return None
        row_no = pa.array(np.arange(number, number + found.num_rows))
        return found.append_column("row_no", row_no).append_column("trouble", pa.nulls(found.num_rows, pa.string()))

    def _may_be_blank(self, found: pa.Table) -> bool:
        """Whether in some row all that is wanted is blank: then the rest of it is too, or may be."""
        blank = pa.scalar(True)
        for n in self._wanted:
            blank = pc.and_(blank, pc.equal(pc.binary_length(pc.utf8_trim_whitespace(found[f"c{n}"])), 0))
            if not pc.any(blank).as_py():
                return False
        return True

    def _row_by_row(self, head: bytes, rest: bytes) -> tuple[Rows, int, int]:
        """The rows that begin in `head`, how many lines they take, and how many bytes; the last may end in `rest`."""
        size = head.count(b"\n")
        lines = [line + b"\n" for line in (head + rest).split(b"\n")[:-1]][: size + self._span + 1]
        rows: Rows = []
        used = len(lines)
        text = StringIO(b"".join(lines).decode())
        for begins, row in csv_rows(text, self._delimiter, self._path.name, span=self._span):
            if begins > size:
                used = begins - 1
                break
            rows.append((begins, row))
        return rows, used, sum(map(len, lines[:used]))

    def _heading(self, block: bytes) -> bytes:
        """The lines up to the first that is not blank, with it."""
        blank = self._blank_row.match(block)
        return block[: block.find(b"\n", blank.end() if blank else 0) + 1 or len(block)]

    def _ahead(self, rest: bytes, feed: Iterator[bytes]) -> bytes:
        """Enough lines after a block for its last row to end in."""
        while rest.count(b"\n") <= self._span and (more := next(feed, b"")):
            rest += more
        return rest

    def _table(self, rows: Rows) -> pa.Table:
        cells = {f"c{n}": pa.array([r[n] if n < len(r) else "" for _, r in rows], pa.string()) for n in self._wanted}
        row_no = pa.array([number for number, _ in rows], pa.int64())
        trouble = pa.array([row_trouble(row, self._width) for _, row in rows], pa.string())
        return pa.table({**cells, "row_no": row_no, "trouble": trouble})
