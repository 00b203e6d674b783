"""Sentences of the hall on a page in another language: gathered, read back, said with the same values."""

import re

import pytest

from web.languages import gather, phrases
from web.languages.catalogs import FOLDER, SOURCE, languages
from web.languages.phrases import REFUSAL, SENTENCE, holes, phrase
from web.languages.sentences import sentences

TRANSLATED = [one.language for one in languages().values() if one.language != SOURCE]
FIGURE = re.compile(r"\d+")


def messages(language):
    """(place, context, message, translation) of every message of a language with one form."""
    for path in (FOLDER / language).glob("*.po"):
        for (context, message), said in gather.strings(path, languages()[language]).items():
            if isinstance(message, str):
                yield path.stem, context, message, said


def with_holes(language):
    return [(message, said) for _, context, message, said in messages(language) if context in (SENTENCE, REFUSAL)]


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_message_has_the_same_holes_in_every_language(language):
    found = with_holes(language)
    assert len(found) > 400
    assert [(message, said) for message, said in found if holes(message) != holes(said)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_message_filled_with_values_is_read_back_as_itself(language):
    wrong = {}
    for message, said in with_holes(language):
        values = {name: f"Zq{place}" for place, name in enumerate(holes(message), 1)}
        found = phrase(message.format_map(values), language)
        if found != said.format_map(values):
            wrong[message] = found
    assert wrong == {}


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_figure_of_a_law_is_the_same_figure_in_every_language(language):
    wrong = [
        (message, said)
        for place, _, message, said in messages(language)
        if place in ("laws", "questions")
        and not re.search(r"\b(?:million|billion)\b", message)
        and sorted(FIGURE.findall(message)) != sorted(FIGURE.findall(re.sub(r"\d+月(?:\d+日)?", _day_only, said)))
    ]
    assert wrong == []


def _day_only(month):
    """A month that English names by its word is a figure in Chinese; its day is a figure in both."""
    return " ".join(FIGURE.findall(month[0])[1:])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("moqi is established in CN.", "moqi 在 CN 设立。"),
        ("There is no incident 'INC-1'.", "没有事件 'INC-1'。"),
        (
            "These people are resident in CN, aged under 14 or 14 to 17.",
            "这些人居住在 CN、年龄未满 14 岁或14 至 17 岁。",
        ),
        (
            "Federal Act on Data Protection (Switzerland): nothing is said of moqi that would bring it in.",
            "联邦数据保护法（瑞士）：没有关于 moqi 的任何说明会使其适用。",
        ),
        (
            "1,460 of 1,483 told one by one; about 170 seconds, said 2 times",
            "1,483 人中已逐一通知 1,460 人；约 170 秒，播报 2 遍",
        ),
    ],
)
def test_a_line_of_the_hall_is_said_in_chinese(line, said):
    assert phrase(line, "zh-Hans") == said


def test_what_somebody_typed_stays_as_they_typed_it():
    """`nobody` is a word of the console, too."""
    assert phrase("company: there is no house policy 'nobody'; there are moqi.", "zh-Hans").count("'nobody'") == 1


def test_values_that_are_words_or_sentences_are_said_too():
    line = (
        "72 hours from 'became aware' (2026-11-27 18:03 Europe/Brussels) end 2026-11-30 18:03 Europe/Brussels; "
        "hours run through nights and holidays. Of 2 limits the earlier counts."
    )
    for language in TRANSLATED:
        said = phrase(line, language)
        assert said is not None
        assert "2026-11-27 18:03 Europe/Brussels" in said
        assert not re.search(r"[a-z]{3,}", said.replace("Europe/Brussels", ""), re.IGNORECASE), said


def test_a_citation_behind_a_sentence_stays_as_it_is_looked_up():
    known = "Nobody has been counted yet: whatever hangs on who is affected is unknown."
    assert phrase(f"{known} (article 34(1))", "my") == f"{phrase(known, 'my')} (article 34(1))"
    assert phrase(f"{known} (annex, grade I)", "my") == f"{phrase(known, 'my')} (annex, grade I)"


@pytest.mark.parametrize("text", ["", " ", "Zq Wv Xk", "2026-03-07", "a_b", "Zq; Wv; Xk", "Zq: Wv"])
def test_what_no_catalog_knows_stays_as_it_was_said(text):
    assert phrase(text, "my") is None


def test_what_is_too_long_to_be_a_line_of_ours_is_not_looked_into():
    assert phrase("there is no column Zq; " * 20_000, "my") is None


SOURCE_OF_ALL = '''
"""A docstring that says so much is no line of a page."""

def one(name, rest):
    """Nor is this docstring here."""
    raise Refused("code", f"{name} cannot be {rest.state} {rest.state} with {{braces}}.")

def two(name, many):
    raise ValueError(f"the programmer {name} is told")
    yield f"SELECT {name} FROM people"
    yield "nothing has to come before it"
    yield f"at least {many:,}"
    yield "resident in {values}"
    yield "one"
'''


def test_sentences_are_told_from_what_only_machines_read(tmp_path):
    shown = tmp_path / "policies" / "judge.py"
    other = tmp_path / "policies" / "lint.py"
    shown.parent.mkdir()
    for path in (shown, other):
        path.write_text(SOURCE_OF_ALL)
    found = list(sentences(tmp_path, "policies"))
    refusal = ("refusal", "{name} cannot be {state} {state2} with {{braces}}.")
    assert found.count(refusal) == 2, "a refusal may reach a page from anywhere"
    assert sorted(set(found) - {refusal}, key=lambda one: one[1]) == [
        ("sentence", "at least {many}"),
        (None, "nothing has to come before it"),
        ("sentence", "resident in {values}"),
    ]


def test_of_two_messages_that_fit_the_one_of_which_most_is_fixed_is_meant(monkeypatch):
    shapes = [
        phrases._as_shape(SENTENCE, *pair)
        for pair in (("{a} is {b}.", "kurz {a} {b}"), ("{a} is not {b}.", "lang {a} {b}"))
    ]
    monkeypatch.setattr(phrases, "_messages", lambda _: tuple(sorted(shapes, key=lambda one: -one.fixed)))
    assert phrases._filled("Zq is not Wv.", "my", 1) == "lang Zq Wv"
    assert phrases._filled("Zq is Wv.", "my", 1) == "kurz Zq Wv"
