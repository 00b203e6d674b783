"""In which language a person is told, and which notices are written in which languages."""

import pytest

from incidents.notices.library import holes_in, load_wording
from incidents.notices.reading import language_read

TO_PEOPLE = {"zh-Hant", "th", "vi", "id", "de", "fr", "es", "pt", "ja", "ko", "hi"}  # the notices that people get
STAFF_OR_BUSINESS = {"hotline", "controller"}
COMPLETE = {"en", "zh-Hans", "my"}  # every notice, page and report stands in these
WRITTEN = ["en", "zh-Hans", "my", "pt", "fr"]
ORDER = load_wording().order.falls_back


@pytest.mark.parametrize(
    ("wanted", "read"),
    [
        ("my", "my"),
        ("ZH-hans", "zh-Hans"),
        ("zh_CN", "zh-Hans"),
        ("zh-Hant-TW", "zh-Hans"),
        ("zh-HK", "zh-Hans"),
        ("pt-BR", "pt"),
        ("fr-CA-x-joual", "fr"),
        ("gl", "pt"),
        ("th", "en"),
        ("unknown", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_a_person_is_told_in_their_own_language_or_in_the_next_that_is_written(wanted, read):
    assert language_read(wanted, WRITTEN, ORDER, else_in="en") == read


def test_traditional_is_preferred_to_simplified_where_it_is_written():
    assert language_read("zh-TW", [*WRITTEN, "zh-Hant"], ORDER, else_in="en") == "zh-Hant"


def test_every_notice_stands_whole_in_the_three_languages_of_the_five_companies():
    wording = load_wording()
    for notice in wording.notices.values():
        assert set(notice.languages) >= COMPLETE, notice.id


def test_the_notices_to_people_stand_in_fourteen_languages_that_nobody_has_reviewed():
    wording = load_wording()
    for notice in wording.notices.values():
        if notice.id not in STAFF_OR_BUSINESS:
            assert set(notice.languages) == COMPLETE | TO_PEOPLE, notice.id
            assert not any(blocks.reviewed for blocks in notice.languages.values())


@pytest.mark.parametrize("language", sorted(TO_PEOPLE))
def test_a_translation_says_the_same_things_as_the_english_text(language):
    for notice in load_wording().notices.values():
        if language in notice.languages:
            english, theirs = notice.in_language("en"), notice.in_language(language)
            assert {name: holes_in(text) for name, text in theirs.texts.items()} == {
                name: holes_in(text) for name, text in english.texts.items()
            }, notice.id


def test_no_language_falls_back_to_nothing_or_to_itself():
    for tag, others in ORDER.items():
        assert others, tag
        assert tag not in others, tag
