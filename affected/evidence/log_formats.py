"""The formats of access logs: each is one YAML file in formats/, found by walking, with an example that is its test."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from packs import Strict, read_pack

LogField = Literal["time", "actor", "address", "session", "record", "action", "outcome", "target", "parameters"]
Target = Literal["path", "name", "statement"]
ColumnName = str | int
HERE = Path(__file__).parent / "formats"


class Place(Strict):
    """Where a field stands: the first of the columns that is not empty; of it what `pattern` catches; or `default`."""

    column: ColumnName | list[ColumnName]
    pattern: str | None = None
    default: str | None = None

    @property
    def columns(self) -> list[ColumnName]:
        """The columns in the order they are looked at."""
        return self.column if isinstance(self.column, list) else [self.column]


class Example(Strict):
    """A few lines in the format, how they are read, and the rows that are kept of them; the contract test reads it."""

    text: str
    file: str = "log.txt"
    reading: dict[str, Any]
    lines: int
    expect: list[dict[str, Any]]


class LogFormat(Strict):
    """One format. `pattern` (for text) has a named group a field; `document` is the key of the list in which a JSON
    document holds its records; `within` is the column that holds the record as JSON; `only` says which lines are of
    this log at all; `target` says what `record` is a pattern of; `span` is how many lines one row may take.
    `known` is `read` where the names come from the page in `source`, `general` where no page was at hand."""

    title: str
    source: str
    known: Literal["read", "general"]
    shape: Literal["any", "text", "json", "delimited"]
    pattern: str | None = None
    columns: dict[LogField, ColumnName | list[ColumnName] | Place] = Field(default_factory=dict)
    document: str | None = None
    within: str | None = None
    only: Place | None = None
    target: Target | None = None
    header: bool | None = None
    delimiter: str | None = None
    span: int = Field(20, ge=1, le=5_000)
    examples: list[Example] = Field(default_factory=list)


def place(said: ColumnName | list[ColumnName] | Place) -> Place:
    """A column named short, as a Place."""
    return said if isinstance(said, Place) else Place(column=said)


@lru_cache(maxsize=1)
def formats() -> dict[str, LogFormat]:
    """The formats by name, which is their file's. Raises BadInput naming the file and the field."""
    return {path.stem: read_pack(path, LogFormat) for path in sorted(HERE.glob("*.yaml"))}
