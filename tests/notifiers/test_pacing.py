"""Pacing keeps the quota whatever is asked of it, and obeys Retry-After."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifiers.pacing import Bucket, give_back, hold_off, read_paces, take
from packs import BadInput

STEPS = st.lists(st.tuples(st.integers(0, 50), st.floats(0, 5)), max_size=40)


@settings(deadline=None, max_examples=150)
@given(rate=st.floats(0.5, 100), burst=st.integers(1, 40), steps=STEPS)
def test_no_more_than_the_burst_and_the_rate_go_through(rate, burst, steps):
    bucket, now, let, start = Bucket(rate, burst), 1000.0, 0, 1000.0
    for wanted, pause in steps:
        now += pause
        grant = take(bucket, wanted, now)
        bucket, let = grant.bucket, let + grant.allowed
        assert 0 <= grant.allowed <= wanted
        assert let <= burst + rate * (now - start) + 1e-6


@settings(deadline=None, max_examples=150)
@given(rate=st.floats(0.5, 100), burst=st.integers(1, 40), wanted=st.integers(1, 100))
def test_whoever_waits_as_long_as_told_gets_at_least_one_through(rate, burst, wanted):
    first = take(Bucket(rate, burst), wanted, 50.0)
    if first.allowed < wanted:
        assert first.wait > 0
        assert take(first.bucket, 1, 50.0 + first.wait + 1e-6).allowed == 1
    else:
        assert first.wait == 0


def test_a_pace_without_limit_lets_everything_through():
    assert take(Bucket(0, 1), 10_000, 5.0).allowed == 10_000


def test_retry_after_stops_everything_and_then_goes_on_gently():
    held = hold_off(Bucket(10, 5), 30, 100.0)
    assert take(held, 5, 129.9).allowed == 0
    assert take(held, 5, 130.01).allowed == 1
    unlimited = hold_off(Bucket(0, 1), 30, 100.0)
    assert take(unlimited, 5, 110.0) == take(unlimited, 5, 110.0)
    assert (take(unlimited, 5, 110.0).allowed, take(unlimited, 5, 130.0).allowed) == (0, 5)


def test_permission_that_was_not_used_can_be_given_back():
    grant = take(Bucket(1, 10), 10, 100.0)
    assert take(grant.bucket, 1, 100.0).allowed == 0
    assert take(give_back(grant.bucket, 4), 10, 100.0).allowed == 4


def test_countries_with_a_pace_of_their_own_are_read_from_one_setting():
    paces = read_paces(" +95 1, +66 10.5,", name="X")
    assert {code: (pace.per_second, pace.burst) for code, pace in paces.items()} == {
        "+95": (1.0, 10),
        "+66": (10.5, 105),
    }
    assert read_paces("", name="X") == {}


@pytest.mark.parametrize("text", ["95 1", "+95", "+95 0", "+95 -1", "+95 1; +66 2"])
def test_a_pace_that_cannot_be_read_names_the_setting(text):
    with pytest.raises(BadInput, match="TOCSIN_X: "):
        read_paces(text, name="TOCSIN_X")
