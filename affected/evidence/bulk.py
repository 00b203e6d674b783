"""Bulk actions of a log: lines that count and name no record are told, and may presume people affected."""

from datetime import datetime
from typing import Any

from affected.evidence.cleaning import Cleaned
from affected.evidence.log_reading import LogReading
from affected.evidence.predicate import compiled, compiled_tree
from affected.evidence.reading import Condition, Evidence
from affected.mapping import Mapping
from affected.words import Malformed, Rule

_NOBODY = "nobody was presumed affected by them, because the reading names no people under bulk"


def bulk_report(connection: Any, reading: LogReading) -> dict[str, Any]:
    """How many lines that count read in bulk, and how many name no record at all, each with first and last time; and a
    sentence for whoever reviews the log where such lines presume nobody."""
    bulk, nameless = (_lines(connection, reason) for reason in (Malformed.BULK_ACTION, Malformed.NO_RECORD_ID))
    warnings = []
    if reading.bulk is None and bulk["lines"]:
        warnings.append(f"Lines that count and read in bulk: {bulk['lines']:,}; {_NOBODY}.")
    if reading.bulk is None and nameless["lines"]:
        said = f"Lines that count and name no record: {nameless['lines']:,}"
        warnings.append(f"{said}; if some of them read many people, {_NOBODY}.")
    presumed = bool(reading.bulk and bulk["lines"])
    return {"bulk": bulk | {"presumed": presumed}, "nameless": nameless, "warnings": warnings}


def bulk_conditions(
    evidence: Evidence, cleaned: Cleaned | None, mapping: Mapping, bits: dict[str, int]
) -> list[Condition]:
    """Everybody whom a bulk action is presumed to have read; none where none was found, or the reading names nobody."""
    reading = evidence.reading
    if (
        not isinstance(reading, LogReading)
        or reading.bulk is None
        or cleaned is None
        or not cleaned.report["bulk"]["lines"]
    ):
        return []
    people, name = reading.bulk.people, f"{evidence.id}: bulk.people"
    sql = (
        compiled(people, name, mapping, bits) if isinstance(people, str) else compiled_tree(people, name, mapping, bits)
    )
    first, last = (datetime.fromisoformat(at) if at else None for at in _ends(cleaned))
    return [Condition(sql, Rule.BULK_ACTION, True, first or reading.first_at, last or reading.last_at)]


def _ends(cleaned: Cleaned) -> tuple[str | None, str | None]:
    return cleaned.report["bulk"]["first_at"], cleaned.report["bulk"]["last_at"]


def _lines(connection: Any, reason: Malformed) -> dict[str, Any]:
    count, first, last = connection.execute(
        "SELECT COUNT(*), MIN(seen_at), MAX(seen_at) FROM line WHERE trouble = $reason", {"reason": reason.value}
    ).fetchone()
    first, last = (moment.isoformat() + "+00:00" if moment else None for moment in (first, last))
    return {"lines": count, "first_at": first, "last_at": last}
