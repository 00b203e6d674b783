"""What a reviewer of a log must know, as sentences of its report: what it does not tell, and what it reads in bulk."""

from typing import Any

_NAMED = 10  # days that are named one by one


def notes(report: dict[str, Any]) -> list[str]:
    """Sentences on days that a log does not cover or hardly covers, and on lines that presume or might presume people;
    none for an item that is no log. No personal data."""
    coverage = report.get("coverage")
    if coverage is None:
        return []
    found = []
    if coverage.get("unknown_days"):
        found.append(f"It holds no line of {_days(coverage['unknown_days'])}: who was read then is unknown.")
    for end, word in (("unknown_before", "begins"), ("unknown_after", "ends")):
        if coverage.get(end):
            found.append(f"It {word} at {coverage[end]}, inside the window: who was read {end[8:]} that is unknown.")
    if coverage.get("thin_days"):
        found.append(f"It holds hardly any lines of {_days(coverage['thin_days'])}; some may be missing.")
    bulk = report.get("bulk", {})
    if bulk.get("presumed"):
        found.append(f"Lines that read in bulk: {bulk['lines']:,}; whoever the reading names is presumed affected.")
    return [*found, *report.get("warnings", [])]


def _days(days: list[str]) -> str:
    named = ", ".join(days[:_NAMED])
    return f"{named} and {len(days) - _NAMED} more days" if len(days) > _NAMED else named
