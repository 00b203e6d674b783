"""A word of a closed vocabulary, with the sentence that says what it means."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A closed word that carries the sentence which says what it means."""

    sentence: str

    @classmethod
    def of(cls, value: str) -> Self:
        """The word that reads `value`; a type checker takes a call for the making of a word. Raises ValueError."""
        for word in cls:
            if word.value == value:
                return word
        raise ValueError(f"'{value}' is none of {', '.join(cls)}")

    def __new__(cls, value: str, sentence: str = "") -> "Word":
        word = str.__new__(cls, value)
        word._value_ = value
        word.sentence = sentence
        return word
