"""Says why a person is affected, or is not, in lines that a person reads."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

_LIKE = ("role", "language", "age_band", "standing")


def lines(said: Mapping[str, Any]) -> list[str]:
    """The lines of affected.explain, and of a look-up in an incident."""
    return [*_lines(said)]


def _lines(said: Mapping[str, Any]) -> Iterator[str]:
    if said["merged"]:
        yield "The directory merged this id into another person, who is meant from here on."
    if said["found"] == "not_found":
        yield f"{said['person_id']}: not in this answer."
    else:
        yield f"{said['person_id']}: {said['found']}, {said['certainty']}{', presumed' if said['presumed'] else ''}"
        place = said["region"] or said["residence"]
        yield f"  {said['controller']}, {place}, " + ", ".join(said[name] for name in _LIKE)
    for one in said["because"]:
        yield f"  {one['evidence']}, {one['rule']}: {one['says']}{_span(one)}"
        yield from _rows(one)
    for one in said["categories"]:
        yield f"  exposed: {one['category']}{_span(one)}"
    yield from (f"  {one}" for one in said["else"])
    if review := said.get("review"):
        yield f"  reviewed: {review['says']} {review['because']} ({review['by']}, {_day(review['at'])})"
    for one in said.get("told", ()):
        yield f"  {one['notice']} in {one['language']} by {one['channel']}: {one['state']}{_at(one['at'])}"


def _rows(one: Mapping[str, Any]) -> Iterator[str]:
    if one["row_numbers"]:
        more = one["rows"] - len(one["row_numbers"])
        listed = ", ".join(str(number) for number in one["row_numbers"])
        yield f"    {one['rows']:,} rows: {listed}{f' and {more:,} more' if more > 0 else ''}"


def _span(one: Mapping[str, Any]) -> str:
    first, last = (_day(one[name]) for name in ("first_at", "last_at"))
    if not (first or last):
        return ""
    return f" ({first or 'unknown'} to {last or 'unknown'})" if first != last else f" ({first})"


def _at(moment: datetime | None) -> str:
    return f" {_day(moment)}" if moment else ""


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z" if moment else ""
