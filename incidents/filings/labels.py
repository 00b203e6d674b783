"""How a report says a value in a language: numbers, moments and the words of vocabularies, from one file a language."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.numbers import format_decimal

from incidents.filings.dossier import Shape
from incidents.filings.forms import REPORTS, Language
from incidents.foundation.errors import BadInput
from packs import Strict, read_pack

WORDS = REPORTS / "layout" / "words"
_PLACES = "residence"  # its words come from CLDR; from our files only what is said where the place is not known


class Labels(Strict):
    """The words of one language. `moment` is a strftime pattern; `vocabularies` is vocabulary -> word -> label."""

    language: Language
    locale: str
    moment: str
    labels: dict[str, str]
    languages: dict[str, str]
    vocabularies: dict[str, dict[str, str]]

    def number(self, value: int) -> str:
        """A number with the language's own grouping."""
        return str(format_decimal(value, locale=self.locale))

    def count(self, value: Mapping[str, int | None]) -> str:
        """{min, max} in words; a bound that nobody knows is said to be unknown."""
        low, high = value["min"] or 0, value["max"]
        if high is None:
            return self.labels["at_least"].format(min=self.number(low))
        kind = "exactly" if low == high else "between"
        return self.labels[kind].format(min=self.number(low), max=self.number(high))

    def at(self, moment: datetime, zone: ZoneInfo) -> str:
        """A moment in the authority's zone, with its distance from UTC."""
        local = moment.astimezone(zone)
        offset = local.strftime("%z")
        return self.labels["zone"].format(moment=local.strftime(self.moment), offset=f"{offset[:3]}:{offset[3:]}")

    def word(self, vocabulary: str, word: str) -> str:
        """The label of a word; one that no file knows is shown as it is."""
        if vocabulary == _PLACES and len(word) == 2:
            return str(Locale.parse(self.locale).territories.get(word, word))
        return self.vocabularies.get(vocabulary, {}).get(word) or word.replace("_", " ")

    def words(self, value: Mapping[str, Any]) -> str:
        """{vocabulary, words} as a list in the language."""
        return self.labels["comma"].join(self.word(value["vocabulary"], each) for each in value["words"])


def report_languages() -> list[str]:
    """The languages that reports have words in."""
    return sorted(each.stem for each in WORDS.glob("*.yaml"))


@cache
def read_labels(language: str, folder: Path = WORDS) -> Labels:
    """The words of `language`. Raises BadInput where there is no file for it."""
    path = folder / f"{language}.yaml"
    if not path.exists():
        known = ", ".join(sorted(each.stem for each in folder.glob("*.yaml")))
        raise BadInput(f"language: reports have no words in '{language}'; there are {known}.")
    return read_pack(path, Labels)


def say(value: Any, shape: Shape, labels: Labels, zone: ZoneInfo) -> str:
    """A stored value of the dossier (see dossier.plain) as one line; tables are said by `table`."""
    sayings: Mapping[Shape, Callable[[Any], str]] = {
        Shape.COUNT: labels.count,
        Shape.NUMBER: labels.number,
        Shape.MOMENT: lambda moment: labels.at(datetime.fromisoformat(moment), zone),
        Shape.WORDS: labels.words,
        Shape.FLAG: lambda flag: labels.labels["yes" if flag else "no"],
        Shape.FACT: lambda fact: _fact(fact, labels),
    }
    return sayings.get(shape, str)(value)


def table(rows: list[dict[str, Any]], shape: Shape, labels: Labels, zone: ZoneInfo) -> list[list[str]]:
    """Rows of a tally (word, number) or of dated measures (moment, word) as cells."""
    if shape is Shape.DATED:
        return [
            [labels.at(datetime.fromisoformat(row["at"]), zone), labels.word(row["vocabulary"], row["word"])]
            for row in rows
        ]
    return [[labels.word(row["vocabulary"], row["word"]), labels.count(row["count"])] for row in rows]


def _fact(value: Any, labels: Labels) -> str:
    if isinstance(value, Mapping):
        return labels.count({"min": value.get("min"), "max": value.get("max")})
    if isinstance(value, int) and not isinstance(value, bool):
        return labels.number(value)
    return labels.labels.get(value, str(value)) if value in ("yes", "no", "unknown") else str(value)
