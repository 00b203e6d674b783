"""Access tokens that many threads share: one that has ended is thrown away once, and never a fresh one in its place."""

import pytest

from notifiers.http import Call, Lines
from notifiers.tokens import AccessToken
from tests.loopback.web import LoopbackWeb, as_json


class _LogIn(LoopbackWeb):
    def answer(self, _request):
        return as_json({"access_token": f"token-{len(self.requests)}", "expires_in": 7200})


@pytest.fixture
def log_in():
    server = _LogIn()
    yield server
    server.stop()


def test_only_the_token_that_was_refused_is_thrown_away(log_in, clock):
    token = AccessToken(Lines(in_flight=1, timeout=5), lambda: Call(log_in.address, b"x", ()), clock.now)
    ended = token.value()
    token.forget(ended)
    fresh = token.value()
    token.forget(ended)  # another thread hears of the same end later
    assert (token.value(), len(log_in.requests)) == (fresh, 2)
    assert fresh != ended
