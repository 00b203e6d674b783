"""Approved templates: a notice's words are found in one exactly, or not at all."""

import pytest

from notifiers.patterns import Pattern, read_patterns
from packs import BadInput


def pattern(text):
    return Pattern("a", "en", "en", text)


@pytest.mark.parametrize(
    ("text", "words", "values"),
    [
        ("Hello.", "Hello.", ()),
        ("Hello.", "Hello!", None),
        ("{{1}} says {{2}}.", "Moqi says no.", ("Moqi", "no")),
        ("{{2}} says {{1}}.", "Moqi says no.", ("no", "Moqi")),
        ("{{1}} and {{1}}.", "a and a.", ("a",)),
        ("{{1}} and {{1}}.", "a and b.", None),
        ("{{ 1 }}: (what?) [now] \\d+", "x: (what?) [now] \\d+", ("x",)),
        ("{{1}}.", ".", None),
        ("{{1}}.", "a\tb.", None),
        ("{{1}}.", "a    b.", ("a    b",)),
        ("{{1}}.", "a     b.", None),
        ("Two\nlines {{1}}.", "Two\nlines x.", ("x",)),
    ],
)
def test_values_are_what_stands_at_the_places_and_nothing_else_may_differ(text, words, values):
    assert pattern(text).values_in(words) == values


@pytest.mark.parametrize("text", ["{{name}}", "{{0}}", "{{2}}", "{{1}} {{3}}", "{{}}"])
def test_places_are_numbered_from_one_and_none_is_left_out(tmp_path, text):
    file = tmp_path / "t.yaml"
    file.write_text(f"templates:\n  - {{name: a, language: en, code: en, text: '{text}'}}\n")
    with pytest.raises(BadInput, match=r"t.yaml:2: .*numbered"):
        read_patterns(file)


def test_a_text_over_several_lines_ends_where_its_last_one_does(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text("templates:\n  - name: a\n    language: my\n    code: my\n    text: |\n      One.\n      {{1}}\n")
    (found,) = read_patterns(file)
    assert found.values_in("One.\ntwo") == ("two",)
