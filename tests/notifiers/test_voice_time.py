"""How long a call takes: by syllables or by words, said twice, in minutes begun; and what that changes about pace."""

import pytest

from notifiers.registry import channels
from notifiers.voice_time import minutes, seconds

CHANNEL = channels()["voice"]


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("word " * 180, 59, 61),
        ("字" * 311, 59, 61),
        ("M O, 5 T A E", 2, 2),  # a reference is read character by character
        ("2026", 1, 2),
    ],
)
def test_a_text_takes_as_long_as_its_words_or_syllables(text, least, most):
    assert least <= seconds(text) <= most


def test_a_burmese_syllable_is_counted_once_though_a_consonant_closes_it():
    assert seconds("မြန်") == seconds("မာ")
    assert seconds("မြန်မာ") == pytest.approx(2 * seconds("မာ"))


def test_each_stop_is_a_pause():
    assert seconds("Stop. Go.") > seconds("Stop Go")
    assert seconds("停。走。") > seconds("停走")


def test_a_minute_begun_is_a_minute_and_the_notice_is_said_twice():
    assert minutes("字") == 1
    assert minutes("word " * 90) == 2  # half a minute twice, and who answers and waits for the key
    assert minutes("word " * 180) == 3


def test_a_call_is_billed_by_the_minute_and_paced_as_one_call():
    parts = CHANNEL.count({"spoken": "word " * 180})
    assert parts == 3
    assert CHANNEL.paced(parts) == 1
    assert channels()["sms"].paced(parts) == parts
    assert channels()["sms"].paced(0) == 1


def test_a_call_rings_and_may_say_where_to_make_sure():
    assert CHANNEL.rings
    assert not CHANNEL.short
