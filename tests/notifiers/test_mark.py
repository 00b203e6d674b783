"""The mark on a letter: what is read off it is the letter or nothing, never another letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifiers.mark import mark_of, reference_of
from packs import BadInput

REFERENCE = "dlv_01kb1x2y3z4a5b6c7d8e9f0g1h-12"
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
REFERENCES = st.builds(
    lambda stem, number: f"dlv_{stem}" + (f"-{number}" if number is not None else ""),
    st.text(ALPHABET, min_size=26, max_size=26),
    st.none() | st.integers(0, 9999),
)


@given(REFERENCES)
def test_a_reference_without_its_check_digits_names_nobody(reference):
    for text in (reference, mark_of(reference).rpartition(" /")[0], reference.removeprefix("dlv_").replace("-", "")):
        with pytest.raises(BadInput, match="check digits after the slash are missing"):
            reference_of(text)


@given(REFERENCES)
def test_scanned_or_typed_it_is_read_as_it_was(reference):
    assert reference_of(mark_of(reference)) == reference
    assert reference_of(mark_of(reference).upper().replace(" ", "").replace("0", "O").replace("1", "I")) == reference


@given(REFERENCES, st.data())
def test_one_wrong_character_and_a_swap_of_neighbours_are_found(reference, data):
    typed = [one for one in mark_of(reference).removeprefix("dlv ") if one.isalnum() or one == "/"]
    place = data.draw(st.integers(0, len(typed) - 1).filter(lambda one: typed[one] != "/"))
    other = data.draw(st.sampled_from(ALPHABET).filter(lambda one: one != typed[place]))
    wrong = ["".join([*typed[:place], other, *typed[place + 1 :]])]
    if place and typed[place - 1] not in {typed[place], "/"}:
        wrong.append("".join([*typed[: place - 1], typed[place], typed[place - 1], *typed[place + 1 :]]))
    for text in wrong:
        with pytest.raises(BadInput):
            reference_of(text)


def test_the_mark_can_be_copied_in_groups():
    assert mark_of(REFERENCE).startswith("dlv 01kb 1x2y 3z4a 5b6c 7d8e 9f0g 1h -12 /")


@pytest.mark.parametrize("text", ["", "dlv", "Ann Example, Sample Street 12", REFERENCE[:-5], f"{REFERENCE}x"])
def test_what_is_no_reference_is_not_repeated(text):
    with pytest.raises(BadInput) as wrong:
        reference_of(text)
    assert not text or text not in str(wrong.value)
