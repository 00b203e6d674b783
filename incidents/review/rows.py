"""Rows of the database as a proof bundle writes them: plain JSON, times in UTC, what people wrote by hand masked."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from incidents.foundation.privacy import masked
from incidents.record.tables import Incident

Row = dict[str, Any]
Section = Callable[[Session, Incident], list[Row]]


def counted(rows: Iterable[Any]) -> dict[str, int]:
    """(word, how many) of each row, as sums by word."""
    return dict(sorted(Counter({str(name): int(count) for name, count in rows}).items()))


def plain(row: Any, names: str, *, text: str = "") -> Row:
    """The named columns as JSON types; those in `text` were written by a person and are masked."""
    found = {name: _value(getattr(row, name)) for name in names.split()}
    return found | {name: masked(found[name]) for name in text.split() if isinstance(found[name], str)}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value
