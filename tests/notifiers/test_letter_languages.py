"""A letter can be set in every language in which there are notices to people, with its own words around the text."""

from datetime import UTC, datetime

import pytest

from incidents.notices.library import load_wording
from notifiers.letter_words import languages
from notifiers.message import Address, AddressKind, Message
from notifiers.postal import read_postal
from notifiers.sheets import Letter, Sheet, printed

WORDING = load_wording()
TO = "Ann Example\nSample Street 12\nSingapore"


def test_every_language_of_the_notices_has_its_words_around_a_letter():
    assert set(languages()) == set(WORDING.words)


@pytest.mark.parametrize("language", sorted(WORDING.words))
def test_our_fonts_set_the_words_of_every_language(language):
    words = WORDING.words[language]
    said = "\n".join([*words.harms.values(), *words.advice.values(), *words.headings.values()])
    texts = {"subject": words.headings["what_happened"], "plain": said}
    message = Message("dlv_1-1", Address(AddressKind.POSTAL, TO), texts, "SMO", language)
    made = printed([Letter(message, read_postal(TO, home="SG"))], Sheet("PO Box 1"), at=datetime.now(UTC))
    assert made.pdf
    assert not made.unsettable
