"""What is said of an access log: its format, its columns, whose lines count, and what a bulk action means."""

import ipaddress
from typing import Any, Literal

from pydantic import AwareDatetime, Field, model_validator

from affected.evidence.log_formats import ColumnName, LogField, LogFormat, Place, Target, formats, place
from affected.evidence.predicate import Node
from affected.evidence.reading import Reading
from packs import Strict

# What a field of `where` is compared with.
ASKED: dict[str, LogField] = {
    "addresses": "address",
    "actors": "actor",
    "sessions": "session",
    "actions": "action",
    "outcomes": "outcome",
}


class Where(Strict):
    """Which lines count: any of the addresses (or networks), actors or sessions, and all of the rest."""

    addresses: list[str] = Field(default_factory=list)
    actors: list[str] = Field(default_factory=list)
    sessions: list[str] = Field(default_factory=list)
    actions: list[str] = Field(default_factory=list)
    outcomes: list[str] = Field(default_factory=list)
    from_at: AwareDatetime | None = None
    to_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Where":
        if not (self.by_whom or (self.from_at and self.to_at)):
            raise ValueError("say whose lines count (addresses, actors, sessions) or a window from_at, to_at")
        for address in self.addresses:
            try:
                ipaddress.ip_network(address, strict=False)
            except ValueError:
                raise ValueError(f"'{address}' is neither an address nor a network") from None
        if self.from_at and self.to_at and self.from_at > self.to_at:
            raise ValueError("from_at is after to_at")
        return self

    @property
    def by_whom(self) -> bool:
        """Whether somebody's lines are meant, and not all lines of a time."""
        return bool(self.addresses or self.actors or self.sessions)


class Bulk(Strict):
    """Who is presumed read when an action without record ids counts: everybody of whom `people` holds (a predicate,
    as text or as a tree). Without `actions`, each line that counts and names no record is such an action."""

    actions: list[str] = Field(default_factory=list)
    people: str | Node


class LogReading(Reading):
    """`format` is one of formats/; `columns` names columns (by heading, dotted name, or number from 1) where the format
    has none, or others. `record`, where no column holds it, is a pattern, or several, with {record} in it: of the path
    (`/learners/{record}/profile`), of a name, or of a statement (`WHERE id = {record}`, `id IN ({record})`).
    Times without a zone are in `utc_offset_minutes`. `record_kind`: the person's id, or an address of theirs.
    """

    format: str = "columns"
    columns: dict[LogField, ColumnName] = Field(default_factory=dict)
    record: str | list[str] | None = None
    record_in: Target | None = None
    record_kind: Literal["person_id", "phone", "email"] = "person_id"
    where: Where
    bulk: Bulk | None = None
    utc_offset_minutes: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    @model_validator(mode="after")
    def _names_the_record(self) -> "LogReading":
        if self.format not in formats():
            raise ValueError(f"there is no format '{self.format}'; there are {', '.join(formats())}")
        fields = self.fields
        if not self.patterns and ("record" not in fields or "time" not in fields):
            if self.shape.target and "record" not in fields:
                raise ValueError(f"a {self.format} log needs record: a pattern with {{record}} in it")
            raise ValueError("columns must name at least time and record")
        self._check_patterns(fields)
        for said, field in ASKED.items():
            if getattr(self.where, said) and field not in fields:
                raise ValueError(f"where.{said} needs columns.{field}")
        return self

    def _check_patterns(self, fields: dict[LogField, Place]) -> None:
        if not self.patterns:
            return
        if any(pattern.count("{record}") != 1 for pattern in self.patterns):
            raise ValueError(f"a {self.format} log needs record: a pattern with {{record}} in it once")
        if not {"time", "target"} <= set(fields) or self.target is None:
            raise ValueError("a pattern of the record needs columns.time, columns.target and record_in")

    @property
    def shape(self) -> LogFormat:
        """The format itself."""
        return formats()[self.format]

    @property
    def patterns(self) -> list[str]:
        """The patterns of the record; none where a column holds it."""
        return [self.record] if isinstance(self.record, str) else list(self.record or [])

    @property
    def target(self) -> Target | None:
        """What the patterns are of."""
        return self.record_in or self.shape.target

    @property
    def fields(self) -> dict[LogField, Place]:
        """Where each field stands, the reading's own word first."""
        said: dict[LogField, Any] = {**self.shape.columns, **self.columns}
        return {field: place(column) for field, column in said.items()}
