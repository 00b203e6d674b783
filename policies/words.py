"""A word of a closed vocabulary, with the sentence that says what it means."""

from enum import StrEnum


class Word(StrEnum):
    """A closed word that carries the sentence which says what it means."""

    sentence: str

    def __new__(cls, value: str, sentence: str) -> "Word":
        word = str.__new__(cls, value)
        word._value_ = value
        word.sentence = sentence
        return word
