"""What an engine is asked to do, the tables it is given, and how one is found by its name."""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import pyarrow as pa

import affected.engines
from affected.directory import Directory
from packs import BadInput

_TEXT, _FLAG, _BITS, _TIME = pa.string(), pa.int32(), pa.int64(), pa.timestamp("us")
_NUMBER = _FLAG  # of an item of evidence, or of a rule
# What is put into an engine, or added from what is there, before the steps run; times are UTC without a zone.
TABLES = {
    "evidence": pa.schema(
        [
            ("evidence_no", _NUMBER),
            ("exposed", _BITS),
            ("held_only", _FLAG),
            ("presumed", _FLAG),
            ("first_at", _TIME),
            ("last_at", _TIME),
        ]
    ),
    "evidence_row": pa.schema(
        [
            ("evidence_no", _NUMBER),
            ("row_no", pa.int64()),
            ("readable", _FLAG),
            ("copy", _FLAG),
            ("reason", _TEXT),
            ("seen_at", _TIME),
            ("shown", _BITS),
        ]
    ),
    "evidence_key": pa.schema(
        [
            ("evidence_no", _NUMBER),
            ("row_no", pa.int64()),
            ("cell", _FLAG),
            ("rank", _FLAG),
            ("kind", _TEXT),
            ("key", _TEXT),
            ("rule_no", _NUMBER),
            ("sure", _FLAG),
        ]
    ),
    "spelling": pa.schema([("kind", _TEXT), ("guardian", _FLAG), ("raw", _TEXT), ("key", _TEXT)]),
    "verdict": pa.schema([("evidence_no", _NUMBER), ("person_id", _TEXT), ("holds", _FLAG)]),
    # A row that may mean somebody, and nobody can say whom, is there without a person.
    "likeness": pa.schema(
        [
            ("evidence_no", _NUMBER),
            ("row_no", pa.int64()),
            ("person_id", _TEXT),
            ("probability", pa.float64()),
            ("probable", _FLAG),
        ]
    ),
    "chosen": pa.schema([("person_id", _TEXT)]),
}


@dataclass(frozen=True)
class Limits:
    """What the embedded engine may use of this machine: memory before it spills, and threads. Raises BadInput."""

    memory: str = "2GiB"
    threads: int = 2

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[1-9]\d*(\.\d+)? ?[KMGT]i?B", self.memory, re.IGNORECASE):
            raise BadInput(f"memory: '{self.memory}' is not a size such as 512MiB or 2GiB.")


class Engine(Protocol):
    """A connection with the tables above, empty, and the views `person` and `contact` of one directory."""

    def put(self, table: str, rows: pa.Table) -> None:
        """Append rows to one of TABLES."""
        ...

    def gather(self, kinds: Sequence[str], conditions: Sequence[str]) -> None:
        """Called once, when `evidence_key` and `chosen` stand: whoever has one of its keys of these kinds, is chosen
        or is not ruled out by a condition may be asked for from now on. An engine that sees the whole directory does
        nothing."""
        ...

    def make(self, name: str, statement: str) -> None:
        """Run one portable statement into the table `name`."""
        ...

    def show(self, name: str, statement: str) -> None:
        """Give one portable statement a name; it is run where it is asked for."""
        ...

    def add(self, table: str, statement: str) -> None:
        """Append what one portable statement finds to one of TABLES."""
        ...

    def drop(self, name: str) -> None:
        """Forget a table that was made or put in."""
        ...

    def ask(self, statement: str, *, order: Sequence[str] = ()) -> pa.Table:
        """Run one portable statement and bring the answer here, in the order of these columns, texts by their
        bytes."""
        ...

    def finish(self) -> None:
        """The last question was asked. Raises BadInput when the directory has changed meanwhile."""
        ...


class Opener(Protocol):
    """Opens an engine over a directory; what it made is gone at the end."""

    def __call__(
        self, directory: Directory, *, as_of: date, bits: dict[str, int], work_dir: Path, limits: Limits | None = None
    ) -> AbstractContextManager[Engine]: ...


@lru_cache(maxsize=1)
def engines() -> dict[str, Opener]:
    """The engines by name: every module of this folder that names ENGINE, with its open_engine."""
    return dict(_walk())


def engine_named(name: str) -> Opener:
    """One engine; none after it is loaded, for each brings a client of its own. Raises BadInput with the names there
    are."""
    found = next((opener for known, opener in _walk() if known == name), None)
    if found is None:
        raise BadInput(f"engine: '{name}' is not one of {', '.join(sorted(engines()))}.")
    return found


def _walk() -> Iterator[tuple[str, Opener]]:
    for found in pkgutil.iter_modules(affected.engines.__path__):
        module = importlib.import_module(f"affected.engines.{found.name}")
        if hasattr(module, "ENGINE"):
            yield module.ENGINE, module.open_engine
