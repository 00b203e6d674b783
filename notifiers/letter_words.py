"""The few words around a letter in its language: page numbers, the date, and whose guardian it is for."""

from collections.abc import Mapping
from functools import cache

from pydantic import Field

from notifiers.papers import TEMPLATES
from packs import Strict, read_pack

ELSE = "en"  # for a language that has none


class LetterWords(Strict):
    """What templates/letter/words.yaml holds of one language."""

    page: str
    reference: str
    guardian_of: str
    locale: str
    date: str
    digits: str = Field(min_length=10, max_length=10)


class _WordsFile(Strict):
    languages: dict[str, LetterWords]


def letter_words(language: str) -> LetterWords:
    """The words of `language`, or English ones. Raises BadInput for a file that does not fit."""
    return languages().get(language) or languages()[ELSE]


@cache
def languages() -> Mapping[str, LetterWords]:
    """The words of every language that has some."""
    return read_pack(TEMPLATES / "letter" / "words.yaml", _WordsFile).languages
