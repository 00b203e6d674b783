"""Access tokens that many threads share: one that has ended is thrown away once, and never a fresh one in its place."""

import pytest

from notifiers.http import Call, Lines
from notifiers.outcome import Reason
from notifiers.tokens import AccessToken, NoToken
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


@pytest.mark.parametrize(
    ("told", "status", "reason"),
    [
        ({"code": 16}, 200, Reason.CREDENTIALS),
        ({"errcode": 40013}, 200, Reason.CREDENTIALS),
        ({"code": -2}, 200, Reason.PROVIDER_ERROR),  # flow control
        ({"errcode": -1}, 200, Reason.PROVIDER_ERROR),  # busy
        ({"error": 1101}, 400, Reason.CREDENTIALS),
        ({"error": 1101}, 429, Reason.PROVIDER_ERROR),
        ({}, 502, Reason.PROVIDER_ERROR),
    ],
)
def test_who_is_busy_has_not_refused_our_credentials(log_in, clock, told, status, reason):
    log_in.script = lambda _request: as_json(told, status)
    token = AccessToken(Lines(in_flight=1, timeout=5), lambda: Call(log_in.address, b"x", ()), clock.now)
    with pytest.raises(NoToken) as no:
        token.value()
    assert (no.value.reason, no.value.raw) == (reason, {"status": status, **told})
