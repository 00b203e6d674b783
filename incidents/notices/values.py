"""The values of a notice's placeholders for one group of readers: dates in their zone, words in their language."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_datetime, get_timezone_name
from babel.numbers import format_decimal

from incidents.notices.files import NoticeFile, WordsFile
from incidents.notices.library import Wording
from incidents.notices.sandbox import fill_block


@dataclass(frozen=True)
class Way:
    """One way to verify or to reach: app, website, hotline, email, postal or other; a value may differ by language."""

    kind: str
    value: str | Mapping[str, str]

    def said(self, language: str) -> str:
        """The value in `language`, without a scheme that would make it a link."""
        value = self.value if isinstance(self.value, str) else self.value.get(language, "")
        return re.sub(r"^https?://|/$", "", value.strip())


@dataclass(frozen=True)
class HouseWords:
    """What the sender's house pack says about itself; what it does not say is empty and must be written by a person."""

    sender: Mapping[str, str] = field(default_factory=dict)
    verify: tuple[Way, ...] = ()
    reach: tuple[Way, ...] = ()


@dataclass(frozen=True)
class IncidentWords:
    """What the record says. `found_at` is the company's awareness; the span is None where nobody knows."""

    possible: bool
    found_at: datetime
    happened_from: datetime | None = None
    happened_to: datetime | None = None


@dataclass(frozen=True)
class Variant:
    """Readers who get one and the same text. `people` and `groups` are counted only for controllers: {min, max}."""

    language: str
    categories: tuple[str, ...]
    zone: str
    cohorts: tuple[str, ...]
    age_unknown: bool = False
    people: tuple[int | None, int | None] | None = None
    groups: tuple[tuple[tuple[str, ...], int | None, int | None], ...] = ()
    subject: str = ""  # the controller that is told

    @property
    def key(self) -> str:
        """Names this variant among those of its notice."""
        age = "?" if self.age_unknown else ""
        return "|".join((self.language, self.subject, self.zone, age, ",".join(self.categories)))


@dataclass(frozen=True)
class NoticeWords:
    """What the notice says of itself, and of the one it puts right."""

    reference: str
    wrong_reference: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Said:
    """Everything that fills placeholders and is the same for all readers of a notice."""

    house: HouseWords
    incident: IncidentWords
    notice: NoticeWords


def values(
    wording: Wording, notice_file: NoticeFile, said: Said, variant: Variant, written: Mapping[str, str]
) -> dict[str, Any]:
    """Every placeholder that any notice may name, for this variant; what nobody filled is empty."""
    words = wording.words[variant.language]
    house, incident, notice = said.house, said.incident, said.notice
    themes = list(dict.fromkeys(wording.theme_of[kind] for kind in _ordered(wording, variant.categories)))
    young = "_young" if notice_file.tone == "young" else ""
    ways = [way for way in house.verify if way.kind not in notice_file.without_ways]
    made: dict[str, Any] = {
        "sender": house.sender.get(variant.language, ""),
        "verify_lines": ways_said(words.verify, ways, variant.language),
        "reach_lines": ways_said(words.reach, house.reach, variant.language),
        "reference": notice.reference,
        "wrong_reference": notice.wrong_reference,
        "sent_on": day(words, notice.sent_at, variant.zone),
        "possible": incident.possible,
        "happened_from": day(words, incident.happened_from, variant.zone),
        "happened_to": day(words, incident.happened_to, variant.zone),
        "found_on": day(words, incident.found_at, variant.zone),
        "age_unknown": variant.age_unknown,
        "categories": kinds_of_data(wording, words, variant.categories),
        "harms": [getattr(words, f"harms{young}")[theme] for theme in themes],
        "advice_lines": [getattr(words, f"advice{young}")[theme] for theme in themes],
    }
    made |= _counts(wording, words, variant)
    for name, text in written.items():
        made[name] = text.splitlines() if name.endswith("_lines") else text
    return made


def zone_of(wording: Wording, residence: str, otherwise: str) -> str:
    """The zone in which a reader in this country is told dates; `otherwise` where the country is unknown."""
    named = wording.themes.zones.get(residence)
    zones = get_global("territory_zones").get(residence, [])
    return named or (zones[0] if len(zones) == 1 else otherwise)


def day(words: WordsFile, moment: datetime | None, zone: str) -> str:
    """The day of `moment` in `zone`, in the reader's language; empty for None."""
    if moment is None:
        return ""
    return _digits(words, format_datetime(moment, words.date, tzinfo=ZoneInfo(zone), locale=locale_of(words.language)))


def instant(words: WordsFile, moment: datetime, zone: str) -> str:
    """The day and the hour of `moment` in `zone`, which is named, in the reader's language."""
    local, locale = moment.astimezone(ZoneInfo(zone)), locale_of(words.language)
    hour = _digits(words, format_datetime(local, "HH:mm", locale=locale))
    return f"{day(words, moment, zone)} {hour} ({get_timezone_name(local, locale=locale)})"


def number(words: WordsFile, count: int) -> str:
    """A count in the reader's language."""
    return _digits(words, format_decimal(count, locale=locale_of(words.language)))


def kinds_of_data(wording: Wording, words: WordsFile, categories: Sequence[str]) -> str:
    """The kinds of data as one phrase, in the order in which the themes list them."""
    names = [words.categories[kind] for kind in _ordered(wording, categories)]
    between, last = words.list
    return last.join((between.join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


@lru_cache(maxsize=64)
def locale_of(language: str) -> Locale:
    """Babel's locale of one of our languages."""
    return Locale.parse(language, sep="-")


def _ordered(wording: Wording, categories: Sequence[str]) -> list[str]:
    order = list(wording.theme_of)
    return sorted(set(categories) & set(order), key=order.index)


def ways_said(sentences: Mapping[str, str], ways: Sequence[Way], language: str) -> list[str]:
    """Each way as a sentence of the language; one without a value there is left out."""
    said = ((sentences.get(way.kind, sentences["other"]), way.said(language)) for way in ways)
    return [fill_block(sentence, {"value": value}, name="words") for sentence, value in said if value]


def _counts(wording: Wording, words: WordsFile, variant: Variant) -> dict[str, Any]:
    if variant.people is None:
        return {"people": "", "people_possible": False, "groups": []}
    low, high = variant.people
    groups = [
        fill_block(
            words.people["group"],
            {"kinds": kinds_of_data(wording, words, kinds), "people": _people(words, at_least, at_most)},
            name="words",
        )
        for kinds, at_least, at_most in variant.groups
    ]
    return {"people": _people(words, low, high), "people_possible": low != high, "groups": groups}


def _people(words: WordsFile, low: int | None, high: int | None) -> str:
    # None means that nobody knows this end; it is never shown as a number.
    shown = {name: number(words, end) for name, end in (("low", low), ("high", high)) if end is not None}
    if low is not None and low == high:
        return fill_block(words.people["exactly"], {"n": shown["low"]}, name="words")
    for form, ends in (("between", {"low", "high"}), ("at_least", {"low"}), ("at_most", {"high"})):
        if set(shown) == ends:
            return fill_block(words.people[form], shown, name="words")
    return ""


def _digits(words: WordsFile, text: str) -> str:
    return text.translate(str.maketrans("0123456789", words.digits))
