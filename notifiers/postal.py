"""A postal address: one text as it stands on an envelope, or its parts as a JSON object; never guessed apart."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category

from babel import Locale

MOST_LINES = 6  # DIN 5008, the zone of the addressee
_PARTS = ("name", "company", "line_1", "line_2", "postcode", "city", "state", "country")


class NotAnAddress(Exception):
    """The text cannot stand on an envelope. What is wrong is said without it."""


@dataclass(frozen=True)
class Postal:
    """`lines` as printed, top to bottom; `country` (ISO 3166-1 alpha-2) and `parts` only where the directory has the
    parts. Never shown."""

    lines: tuple[str, ...] = field(repr=False)
    country: str | None = None
    parts: Mapping[str, str] | None = field(default=None, repr=False)


def read_postal(text: str, *, home: str = "") -> Postal:
    """The address in `text`; `home` is the country it is posted in, whose name stands on no letter.

    Raises NotAnAddress for parts of other names, for an unknown country, and for more lines than a window shows.
    """
    parts = _parts(text) if text.lstrip().startswith("{") else None
    lines = _lines(parts, home) if parts is not None else [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    if not 1 <= len(lines) <= MOST_LINES:
        raise NotAnAddress(f"{len(lines)} lines; an address has 1 to {MOST_LINES}")
    if any(category(character) == "Cc" for line in lines for character in line):
        raise NotAnAddress("a control character")
    return Postal(tuple(lines), (parts or {}).get("country") or None, parts)


def _parts(text: str) -> dict[str, str]:
    try:
        tree: Any = json.loads(text)
    except ValueError:
        raise NotAnAddress("no JSON") from None
    if not isinstance(tree, dict) or not all(name in _PARTS for name in tree):
        raise NotAnAddress(f"other parts than {', '.join(_PARTS)}")
    parts = {name: str(value).strip() for name, value in tree.items() if value is not None and str(value).strip()}
    parts["country"] = parts.get("country", "").upper()
    if parts["country"] not in _countries() or not parts.get("line_1"):
        raise NotAnAddress("no country (two letters) or no line_1")
    return parts


def _lines(parts: Mapping[str, str], home: str) -> list[str]:
    """As most countries write them, the number before the place; the United States write it behind the state."""
    city, state, postcode = (parts.get(name, "") for name in ("city", "state", "postcode"))
    american = f"{city}{', ' if city and state else ''}{state} {postcode}"
    place = american if parts["country"] == "US" else f"{postcode} {city}{', ' if city and state else ''}{state}"
    country = "" if parts["country"] == home else _countries()[parts["country"]].upper()
    return [*(parts.get(name, "") for name in ("name", "company", "line_1", "line_2")), place.strip(), country]


def _countries() -> Mapping[str, str]:
    # In English, for the post of the country in which it is handed over; a directory's own text says it otherwise.
    territories: Mapping[str, str] = Locale.parse("en").territories
    return {code: name for code, name in territories.items() if len(code) == 2 and code.isalpha()}
