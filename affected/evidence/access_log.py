"""Access logs: who read which record when and from where; the lines of a stranger become the people read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from affected.evidence.bulk import bulk_conditions as conditions
from affected.evidence.bulk import bulk_report
from affected.evidence.cleaning import Cleaned, bench, read_cells, write
from affected.evidence.coverage import Days, told
from affected.evidence.log_files import LogFile, files_of, left_out
from affected.evidence.log_filter import Selection
from affected.evidence.log_parquet import ParquetLog
from affected.evidence.log_reading import LogReading
from affected.evidence.log_text import TextLog
from packs import BadInput

READING = LogReading
__all__ = ["READING", "clean", "conditions"]


_TOGETHER = 100  # Parquet files read by one statement: between two statements a processor waits for the other


class _Log:
    """One log while it is read: what was counted so far, and the number that the next line gets."""

    def __init__(self, connection: Any, reading: LogReading) -> None:
        self._connection, self._reading = connection, reading
        self._selection = Selection(reading)
        self._next = 1
        self._waiting: list[tuple[ParquetLog, int, str]] = []  # with the number of its first line, and its name
        self.days = Days()
        self.files: list[dict[str, Any]] = []
        self.shapes: list[tuple[str, str | None]] = []

    def take(self, file: LogFile) -> None:
        """Read one file of the log, or let it wait for others like it, until `read_waiting`. Raises BadInput naming
        it."""
        before, first = self.days.lines, self._next
        if not file.is_empty:
            with file.path.open("rb") as stream:
                opener = ParquetLog if stream.read(4) == b"PAR1" else TextLog
            self._take(opener(file.path, self._reading, self._connection), first, file.name)
        self.files.append({"name": file.name, "first_row": first, "lines": self.days.lines - before})

    def read_waiting(self) -> None:
        """Read the Parquet files that wait. Raises BadInput naming the first of them that cannot be read."""
        run, self._waiting = self._waiting, []
        if not run:
            return
        self._connection.begin()
        try:
            with _blaming(run[0][2], "parquet"):
                lines = run[0][0].lines([(log, first) for log, first, _ in run])
                self._selection.take(self._connection, lines)
                self._connection.commit()
        except BadInput:
            self._connection.rollback()  # whatever it had put in, or lines would count twice
            if len(run) == 1:
                raise
            for one in run:  # which of them it is
                self._waiting = [one]
                self.read_waiting()

    def _take(self, log: ParquetLog | TextLog, first: int, name: str) -> None:
        self.shapes.append((log.shape, log.encoding))
        if isinstance(log, ParquetLog) and self._waiting and not log.is_like(self._waiting[-1][0]):
            self.read_waiting()
        with _blaming(name, log.shape):
            for lines, days, last in log.parts(self._connection, first):
                self.days.join(days)
                self._next = last + 1
                if isinstance(log, ParquetLog):
                    self._waiting.append((log, first, name))
                else:
                    self._selection.take(self._connection, lines)
        if len(self._waiting) == _TOGETHER:
            self.read_waiting()


@contextmanager
def _blaming(name: str, shape: str) -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise BadInput(f"{name}: reading it needs more memory than a reader has.") from None
    except duckdb.Error:
        if shape != "parquet":
            raise
        raise BadInput(f"{name}: this Parquet file is damaged; none of it was read.") from None


def clean(path: Path, reading: LogReading, work_dir: Path, *, region: str | None) -> Cleaned:
    """Write the lines that count, and those that cannot be read, as rows and keys into `work_dir`. Raises BadInput.

    `path` is a file, a folder, or a ZIP of several files: in the order of their names they are one log, whose lines are
    numbered through. The report counts every line: read, outside (of the filter), and kept; says with which number each
    file begins (line n of a file is row first_row + n - 1), which days are covered, and what was read in bulk.
    """
    with bench(work_dir, source=path) as connection:
        log = _Log(connection, reading)
        for file in files_of(path, work_dir):
            log.take(file)
            if not path.is_dir():
                log.read_waiting()  # an archive's file is gone when the next is unpacked
        log.read_waiting()
        if not log.shapes:
            raise BadInput(f"{path.name}: the file is empty.")
        bulk = bulk_report(connection, reading)
        read_cells(connection, region=reading.phone_region or region, region_is_sure=True)
        kept = write(connection, work_dir, find_copies=False)
    shape, encoding = log.shapes[0]
    report: dict[str, Any] = {"shape": shape, "encoding": encoding, "format": reading.format, "lines": log.days.lines}
    report |= {"kept": kept, "outside": log.days.lines - kept, "files": log.files, "left_out": left_out(path)}
    return Cleaned(kept, report | {"coverage": told(log.days, reading.where.from_at, reading.where.to_at)} | bulk)
