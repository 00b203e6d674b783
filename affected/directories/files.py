"""A directory in a Parquet, CSV or JSONL file, read in place by DuckDB."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from affected.directories.source import Size
from affected.sql import literal, quoted
from packs import BadInput

SCHEMES = ("",)
SUFFIXES = (".parquet", ".csv", ".jsonl")
_SEEN = ("UUID", "DATE", "TIMESTAMP", "TIME")  # what DuckDB takes a text for when it looks like one


@dataclass(frozen=True)
class FileSource:
    """One file of people."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def columns(self) -> list[str]:
        with duckdb.connect() as connection:
            try:
                return [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {self.reader()}").fetchall()]  # noqa: S608
            except duckdb.Error as error:
                raise BadInput(f"{self.path}: this directory cannot be read: {_first_sentence(error)}") from None

    def size(self) -> Size:
        size = self.path.stat().st_size
        if self.path.suffix.lower() != ".parquet":
            return Size(None, size)
        with duckdb.connect() as connection:
            found = connection.execute(f"SELECT COUNT(*) FROM {self.reader()}").fetchone()  # noqa: S608 - from its footer
        return Size(int(found[0]) if found else None, size)

    def attach(self, connection: Any, view: str, *, dates: list[str]) -> None:
        """Make the rows readable as `view`; the columns in `dates` come as dates, NULL where they are none."""
        # A date column of text may hold anything; only here, embedded, may a cast try and give NULL.
        casts = ", ".join(f"COALESCE(TRY_CAST({q} AS DATE), CAST(TRY_CAST({q} AS TIMESTAMP) AS DATE)) AS {q}"
                          if self._is_text(name) else f"CAST({q} AS DATE) AS {q}"
                          for name in dates for q in (quoted(name),))  # fmt: skip
        replace = f" REPLACE ({casts})" if casts else ""
        connection.execute(f"CREATE VIEW {view} AS SELECT *{replace} FROM {self.reader()}")  # noqa: S608

    def state(self) -> tuple[int, int, int]:
        """What changes when somebody writes to the file: which file it is, its size, when it was last written."""
        seen = self.path.stat()
        return seen.st_ino, seen.st_size, seen.st_mtime_ns

    def reader(self) -> str:
        """DuckDB's way to read the file, as the source of a SELECT. Raises BadInput."""
        if not self.path.is_file():
            raise BadInput(f"{self.path}: there is no such directory file.")
        path = literal(str(self.path))
        readers = {
            ".parquet": f"read_parquet({path})",
            ".csv": f"read_csv({path}, all_varchar = true, header = true)",
            ".jsonl": f"read_json({path}, format = 'newline_delimited'{self._texts()})",
        }
        if self.path.suffix.lower() not in readers:
            raise BadInput(f"{self.path}: a directory is a {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]} file.")
        return readers[self.path.suffix.lower()]

    def _texts(self) -> str:
        """Columns of a JSONL file in which DuckDB would see more than text: an id must stay as it is written."""
        if self.path.suffix.lower() != ".jsonl":
            return ""
        plain = f"read_json({literal(str(self.path))}, format = 'newline_delimited')"
        with duckdb.connect() as connection:
            found = connection.execute(f"DESCRIBE SELECT * FROM {plain}").fetchall()  # noqa: S608
        kinds = ", ".join(
            f"{quoted(name)}: {literal('VARCHAR' if kind in _SEEN else kind)}" for name, kind, *_ in found
        )
        return f", columns = {{{kinds}}}"

    def _is_text(self, column: str) -> bool:
        with duckdb.connect() as connection:
            rows = connection.execute(f"DESCRIBE SELECT {quoted(column)} FROM {self.reader()}").fetchall()  # noqa: S608
        return str(rows[0][1]) not in {"DATE", "TIMESTAMP"}


def open_source(address: str) -> FileSource:
    """The file at a path."""
    return FileSource(Path(address))


def _first_sentence(error: Exception) -> str:
    text = json.dumps(str(error).splitlines()[0][:160], ensure_ascii=False).strip('"')
    return text if text.endswith(".") else text + "."
