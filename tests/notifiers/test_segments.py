"""An SMS is counted in the parts that the carrier bills and paces."""

import pytest

from notifiers.segments import segments


@pytest.mark.parametrize(
    ("text", "count", "encoding", "units"),
    [
        ("", 0, "gsm-7", 0),
        ("a" * 160, 1, "gsm-7", 160),
        ("a" * 161, 2, "gsm-7", 161),
        ("a" * 306, 2, "gsm-7", 306),
        ("€" * 80, 1, "gsm-7", 160),
        ("通" * 70, 1, "ucs-2", 70),
        ("通" * 71, 2, "ucs-2", 71),
        ("မြန်မာ" * 12, 2, "ucs-2", 72),
        ("😀" * 35, 1, "ucs-2", 70),
        ("😀" * 36, 2, "ucs-2", 72),
    ],
)
def test_parts_are_counted_in_septets_or_in_sixteen_bit_units(text, count, encoding, units):
    counted = segments(text)
    assert (counted.count, counted.encoding, counted.units) == (count, encoding, units)


def test_the_characters_that_made_it_dear_are_named():
    assert segments("It’s 5 € – now").forcing == ("’", "–")
