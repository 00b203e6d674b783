"""The feed of the company's app: what a company's secret opens and what it does not, and what was read."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from notifiers import registry
from notifiers.in_app.feed import Feed
from notifiers.outcome import Outcome
from notifiers.provider import Forged, Stands, WebhookRequest
from packs import BadInput
from tests.loopback.backend import (
    COMPANY,
    OTHER,
    OTHER_SECRET,
    SECRET,
    SECRETS,
    asking,
    header,
    name_of,
    signed,
    signed_events,
)

AT = 1772802000
EVENT = b'{"events": [{"notice": "dlv_1", "event": "read"}]}'


def opened(secrets: str = SECRETS, **more: str) -> Feed:
    made = registry.open_provider("in_app/feed", {"TOCSIN_FEED_SECRETS": secrets} | more)
    assert isinstance(made, Feed)
    made._setup = replace(made._setup, now=lambda: datetime.fromtimestamp(AT, UTC))
    return made


@pytest.fixture
def feed() -> Feed:
    return opened()


def get(said: str) -> WebhookRequest:
    return WebhookRequest("/", {"Tocsin-Signature": said}, b"")


def test_an_app_asks_for_the_account_that_its_backend_signed(feed):
    assert isinstance(feed, Stands)
    assert feed.companies == {COMPANY, OTHER}
    assert feed.asked(COMPANY, get(asking("4711", at=AT))) == feed.name_of(COMPANY, "4711") == name_of("4711")
    assert feed.name_of(OTHER, "4711") != feed.name_of(COMPANY, "4711")


@pytest.mark.parametrize(
    "said",
    [
        asking("4711", at=AT, company=OTHER, secret=OTHER_SECRET),  # another company's own, at this one's door
        asking("4711", at=AT, secret=OTHER_SECRET),  # another company's secret in this one's name
        asking("4711", at=AT, company="nobody"),
        header("receipts", f"v=1,c={COMPANY},t={AT},a={name_of('4711')}", b"", SECRET),  # for another use
        header("feed", f"v=1,c={COMPANY},t={AT},a=4711", b"", SECRET),
        header("feed", f"v=1,c={COMPANY},t={AT}", b"", SECRET),
        header("feed", f"v=2,c={COMPANY},t={AT},a={name_of('4711')}", b"", SECRET),
        header("feed", f"c={COMPANY},v=1,t={AT},a={name_of('4711')}", b"", SECRET),
        header("feed", f"v=1,c={OTHER},c={COMPANY},t={AT},a={name_of('4711')}", b"", SECRET),
        header("feed", f"v=1,c={COMPANY},t=-1,a={name_of('4711')}", b"", SECRET),
        header("feed", f"v=1,c={COMPANY},a={name_of('4711')}", b"", SECRET),
        asking("4711", at=AT)[:-1],
        asking("4711", at=AT) + ",x=1",
        asking("4711", at=AT).replace("a=", "a=é"),
        "",
        ",s=",
        "é" * 300,
    ],
)
def test_whoever_did_not_sign_for_this_company_and_this_use_is_refused(feed, said):
    with pytest.raises(Forged):
        feed.asked(COMPANY, get(said))


def test_a_part_that_is_added_later_is_covered_by_the_signature(feed):
    more = header("feed", f"v=1,c={COMPANY},t={AT},a={name_of('4711')},n=7", b"", SECRET)
    assert feed.asked(COMPANY, get(more)) == name_of("4711")
    with pytest.raises(Forged):
        feed.asked(COMPANY, get(more.replace("n=7", "n=8")))


@pytest.mark.parametrize(("age", "taken"), [(3600, True), (3601, False), (-60, True), (-61, False)])
def test_a_header_for_asking_holds_an_hour_and_a_clock_may_be_a_minute_ahead(feed, age, taken):
    if taken:
        assert feed.asked(COMPANY, get(asking("4711", at=AT - age)))
    else:
        with pytest.raises(Forged):
            feed.asked(COMPANY, get(asking("4711", at=AT - age)))


@pytest.mark.parametrize(("age", "taken"), [(300, True), (301, False), (-60, True), (-61, False)])
def test_the_word_of_a_backend_is_taken_for_five_minutes(feed, age, taken):
    if taken:
        assert len(feed.receipts(signed(EVENT, at=AT - age))) == 1
    else:
        with pytest.raises(Forged):
            feed.receipts(signed(EVENT, at=AT - age))


def test_two_secrets_of_a_company_hold_at_once_and_one_that_is_taken_out_no_more():
    fresh = "a-fresh-secret-of-32-characters!!"
    both, alone = opened(f"{SECRETS} {COMPANY}={fresh}"), opened(f"{OTHER}={OTHER_SECRET} {COMPANY}={fresh}")
    for secret in (SECRET, fresh):
        assert both.asked(COMPANY, get(asking("4711", at=AT, secret=secret))) == name_of("4711")
        assert both.receipts(signed(EVENT, at=AT, secret=secret))
    assert alone.receipts(signed(EVENT, at=AT, secret=fresh))
    with pytest.raises(Forged):
        alone.receipts(signed(EVENT, at=AT))


def test_an_event_says_what_was_read_by_whose_word_and_when(feed):
    events = [
        {"notice": "dlv_1", "event": "read", "at": "2026-03-06T13:00:00+00:00"},
        {"notice": "dlv_2", "event": "delivered"},
        {"notice": "dlv_3", "event": "acknowledged"},
    ]
    read, delivered, acknowledged = feed.receipts(signed_events(events, at=AT))
    assert (read.outcome, read.reference, read.at) == (Outcome.READ, "dlv_1", datetime(2026, 3, 6, 13, tzinfo=UTC))
    assert (delivered.outcome, delivered.reference, delivered.at) == (Outcome.DELIVERED, "dlv_2", None)
    assert (acknowledged.outcome, acknowledged.raw) == (Outcome.READ, {"event": "acknowledged"})
    assert acknowledged.event_id != read.event_id
    assert {one.company for one in (read, delivered, acknowledged)} == {COMPANY}
    (theirs,) = feed.receipts(signed(EVENT, at=AT, company=OTHER, secret=OTHER_SECRET))
    assert theirs.company == OTHER


def test_a_changed_body_is_forged(feed):
    request = signed(b'{"events": []}', at=AT)
    with pytest.raises(Forged):
        feed.receipts(replace(request, body=b'{"events": [] }'))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"events": {}, "x": 1}' + b"x",
        b'{"events": ["x"]}',
        b'{"events": [{"notice": "d", "event": "bounced"}]}',
        b'{"events": [{"notice": "d", "event": ["read"]}]}',
        b'{"events": [{"notice": 7, "event": "read"}]}',
        b'{"events": [{"notice": "d", "event": "read", "at": "2026-03-06T13:00:00"}]}',
        b'{"events": [{"notice": "d", "event": "read", "at": "2026-03-06T13:01:01Z"}]}',  # yet to come
    ],
)
def test_what_cannot_be_read_is_said_so_and_not_repeated(feed, body):
    with pytest.raises(BadInput, match="body: must be"):
        feed.receipts(signed(body, at=AT))


def test_one_request_carries_a_thousand_events(feed):
    events = [{"notice": f"dlv_{number}", "event": "read"} for number in range(1001)]
    assert len(feed.receipts(signed_events(events[:1000], at=AT))) == 1000
    with pytest.raises(BadInput, match="1001 events"):
        feed.receipts(signed_events(events, at=AT))


@pytest.mark.parametrize(
    ("secrets", "said"),
    [
        ("short", "entry 1 must be company=secret"),
        (f"{SECRETS} {COMPANY}=short", "entry 3 must be company=secret"),
        (f"Moqi={SECRET}", "entry 1 must be company=secret"),
        (f"{COMPANY}={SECRET} {OTHER}={SECRET}", f"{COMPANY} and {OTHER} have the same secret"),
        (f"{SECRETS} {COMPANY}={SECRET}x {COMPANY}={SECRET}y", f"{COMPANY} has more than 2 secrets"),
    ],
)
def test_secrets_that_cannot_work_are_named_and_not_repeated(secrets, said):
    with pytest.raises(BadInput, match=f"TOCSIN_FEED_SECRETS: {said}") as refused:
        opened(secrets)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"), [("KEEP_DAYS", "0"), ("REPLAY_WINDOW", "soon"), ("ASK_WINDOW", "-1"), ("CLOCK_SKEW", "1.5")]
)
def test_a_setting_that_cannot_work_is_named(name, value):
    with pytest.raises(BadInput, match=f"TOCSIN_FEED_{name}"):
        opened(**{f"TOCSIN_FEED_{name}": value})
