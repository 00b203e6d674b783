"""Reads assessments of severity and the scales behind them, for people and as JSON."""

from typing import Any

from incidents.obligations.tables import SeverityRow
from policies.scales.scale import Scale

_ROW = (
    *("id", "scale", "said", "because", "cohorts", "band", "score", "explained", "assessed_at", "assessed_by_name"),
    *("overridden_band", "overridden_because", "overridden_at", "overridden_by_name"),
)


def severity(row: SeverityRow) -> dict[str, Any]:
    """An assessment of severity as JSON."""
    return {name: getattr(row, name) for name in _ROW}


def scale(one: Scale) -> dict[str, Any]:
    """A scale as JSON: what it asks, with a sentence for each option, and its bands."""
    return {
        "id": one.id,
        "title": one.title,
        "cite": one.cite,
        "asks": [
            {
                "id": ask.id,
                "ask": ask.ask,
                "options": {str(option): option.sentence for option in ask.options},
                "default": ask.default,
            }
            for ask in one.asks
        ],
        "bands": {str(band): band.sentence for band in one.bands},
    }


def lines(row: SeverityRow) -> list[str]:
    """An assessment of severity as lines."""
    score = f" ({row.score})" if row.score is not None else ""
    found = [f"{row.scale}: {row.band}{score}, by {row.assessed_by_name}: {row.because}"]
    if row.overridden_band:
        found.append(f"  held to be {row.overridden_band} by {row.overridden_by_name}: {row.overridden_because}")
    return [*found, *(f"  {line}" for line in row.explained), "  An aid: it decides no obligation."]
