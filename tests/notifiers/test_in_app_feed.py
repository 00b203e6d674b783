"""The feed of the company's app: keys that only a backend can make, and what it says was read."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from notifiers import registry
from notifiers.in_app.feed import Feed
from notifiers.outcome import Outcome
from notifiers.provider import Forged, Stands
from packs import BadInput
from tests.loopback.backend import SECRET, key_of, signed, signed_events

AT = 1772802000


@pytest.fixture
def feed() -> Feed:
    made = registry.open_provider("in_app/feed", {"TOCSIN_FEED_SECRET": SECRET})
    assert isinstance(made, Feed)
    made._setup = replace(made._setup, now=lambda: datetime.fromtimestamp(AT, UTC))
    return made


def test_a_backend_makes_the_same_key_with_openssl_and_two_accounts_have_two(feed):
    assert isinstance(feed, Stands)
    assert feed.key_of("4711") == key_of("4711") != key_of("4712")
    assert "4711" not in feed.key_of("4711")
    assert feed.key_of("4711") != key_of("4711", "another secret of 32 characters!")


def test_an_event_says_what_was_read_and_when(feed):
    events = [
        {"notice": "dlv_1", "event": "read", "at": "2026-03-06T13:00:00+00:00"},
        {"notice": "dlv_2", "event": "delivered"},
    ]
    read, delivered = feed.receipts(signed_events(events, at=AT))
    assert (read.outcome, read.reference, read.at) == (Outcome.READ, "dlv_1", datetime(2026, 3, 6, 13, tzinfo=UTC))
    assert (delivered.outcome, delivered.reference, delivered.at) == (Outcome.DELIVERED, "dlv_2", None)


def test_an_account_named_like_a_request_gets_no_key_that_signs_one(feed):
    body = b'{"events": [{"notice": "dlv_1", "event": "read"}]}'
    for name in (f"{AT}.{body.decode()}", f"receipts:{AT}.{body.decode()}"):
        key = base64.urlsafe_b64decode(feed.key_of(name) + "=").hex()
        request = signed(body, at=AT)
        request.headers["Tocsin-Signature"] = f"t={AT},v1={key}"  # type: ignore[index]
        with pytest.raises(Forged):
            feed.receipts(request)


def test_a_changed_body_is_forged(feed):
    request = signed(b'{"events": []}', at=AT)
    with pytest.raises(Forged):
        feed.receipts(type(request)(request.target, request.headers, b'{"events": [] }'))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"events": {}, "x": 1}' + b"x",
        b'{"events": ["x"]}',
        b'{"events": [{"notice": "d", "event": "bounced"}]}',
        b'{"events": [{"notice": 7, "event": "read"}]}',
        b'{"events": [{"notice": "d", "event": "read", "at": "2026-03-06T13:00:00"}]}',
    ],
)
def test_what_cannot_be_read_is_said_so_and_not_repeated(feed, body):
    with pytest.raises(BadInput, match="body: must be"):
        feed.receipts(signed(body, at=AT))


@pytest.mark.parametrize(("name", "value"), [("SECRET", "short"), ("KEEP_DAYS", "0"), ("REPLAY_WINDOW", "soon")])
def test_a_setting_that_cannot_work_is_named(name, value):
    with pytest.raises(BadInput, match=f"TOCSIN_FEED_{name}"):
        registry.open_provider("in_app/feed", {"TOCSIN_FEED_SECRET": SECRET} | {f"TOCSIN_FEED_{name}": value})
