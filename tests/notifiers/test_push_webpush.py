"""Web Push: sealed for one browser, never sent to a machine inside, and no stranger can make others wait."""

import json
import socket
import time
from datetime import UTC, datetime

import pytest
from werkzeug import Response

from notifiers import registry
from notifiers.http import Call, Lines, Lost
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from notifiers.outside import is_outside
from packs import BadInput
from tests.loopback.webpush import LoopbackWebPush, b64, claims

TEXTS = {"title": "墨奇", "body": "请打开网站查看通知。"}


@pytest.fixture
def browser(tmp_path):
    server = LoopbackWebPush(tmp_path)
    yield server
    server.stop()


def push(written, reference="dlv_1", texts=TEXTS):
    return Message(reference, Address(AddressKind.DEVICE_TOKEN, written), texts)


def sent_to(browser, written, **settings):
    more = {f"TOCSIN_WEBPUSH_{name.upper()}": value for name, value in settings.items()}
    (sent,) = registry.open_provider("push/webpush", browser.environment() | more).send([push(written)])
    return sent


def test_the_browser_reads_the_words_and_nobody_between_does(browser):
    sent = sent_to(browser, browser.subscription())
    assert (sent.outcome, dict(sent.raw)) == (Outcome.ACCEPTED, {"status": 201})
    assert browser.messages == [{**TEXTS, "reference": "dlv_1"}]
    body = browser.requests[0]["body"]
    assert "请".encode() not in body
    assert b"dlv_1" not in body
    assert browser.judge() == 1


def test_a_second_telling_takes_the_place_of_the_first_and_is_sealed_anew(browser):
    provider = registry.open_provider("push/webpush", browser.environment())
    for reference in ("dlv_1", "dlv_1", "dlv_2"):
        list(provider.send([push(browser.subscription(), reference)]))
    topics = [request["headers"]["Topic"] for request in browser.requests]
    assert topics[0] == topics[1] != topics[2]
    assert len({request["body"][:16] for request in browser.requests}) == 3  # the salt of each
    assert len({request["body"][21:86] for request in browser.requests}) == 3  # the sender's key of each


def test_the_token_names_the_push_service_alone_and_is_good_for_less_than_a_day(browser):
    sent_to(browser, browser.subscription())
    said = claims(browser.requests[0]["headers"]["Authorization"], browser.address)
    assert said["aud"] == browser.address
    assert 0 < said["exp"] - time.time() < 24 * 3600


def test_a_known_service_is_waited_for_as_it_says_and_at_most_an_hour(browser):
    for said, waited in (("120", 120), ("999999999", 3600)):
        browser.script = lambda _request, said=said: Response(status=429, headers={"Retry-After": said})
        assert sent_to(browser, browser.subscription()).retry_after == waited


def test_whoever_runs_a_push_service_of_their_own_cannot_make_all_others_wait(browser):
    browser.script = lambda _request: Response(status=429, headers={"Retry-After": "999999999"})
    sent = sent_to(browser, browser.subscription(), services="push.example")
    assert (sent.outcome, sent.permanent, sent.retry_after) == (Outcome.REFUSED, False, 30.0)


INSIDE = [
    "http://push.example/x",  # without TLS
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "https://10.1.2.3/x",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/x",
    "https://intranet/x",
    "https://user:word@push.example/x",
    "https://push.example:99999/x",
    "https:///x",
    "ftp://push.example/x",
    "https://push.example/a b",
    "https://push.example/\r\nX-Evil: 1",
]  # fmt: skip


@pytest.mark.parametrize("endpoint", INSIDE)
def test_an_endpoint_inside_or_without_tls_is_refused_for_good_and_nothing_is_sent(browser, endpoint, monkeypatch):
    monkeypatch.setattr(Lines, "exchange", lambda _self, calls: iter([(key, pytest.fail("sent")) for key, _ in calls]))
    sent = sent_to(browser, browser.subscription(endpoint), inside="")
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.INVALID_ADDRESS, True)


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1", "0"])
def test_whatever_a_name_turns_into_no_connection_is_opened_to_a_machine_inside(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        url = f"http://{host}:{server.getsockname()[1]}/"
        answer = Lines(outside=True, timeout=2).one(Call(url, b"x"))
        assert isinstance(answer, Lost)
        assert not answer.left
        with pytest.raises(TimeoutError):
            server.accept()


def test_only_addresses_of_the_open_internet_are_outside():
    assert all(map(is_outside, ["1.1.1.1", "2606:4700::1111"]))
    inside = ["127.0.0.1", "10.0.0.1", "100.64.0.1", "169.254.169.254", "192.168.1.1", "0.0.0.0", "224.0.0.1", "::1"]
    inside += ["fd00::1", "fe80::1%eth0", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "", "push.example"]
    assert not [one for one in inside if is_outside(one)]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "no JSON",
        "[" * 100_000,
        "[]",
        "null",
        '{"endpoint": "https://push.example/x"}',
        '{"endpoint": "https://push.example/x", "keys": {"p256dh": "AAAA", "auth": "AAAA"}}',
        '{"endpoint": "https://push.example/x", "keys": {"p256dh": "é", "auth": 7}}',
        '{"endpoint": "https://push.example/x", "keys": []}',
    ],
)
def test_what_is_no_subscription_is_refused_for_good(browser, written):
    sent = sent_to(browser, written)
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.INVALID_ADDRESS, True)
    assert browser.requests == []


def test_padding_and_the_other_alphabet_of_base64_are_read(browser):
    tree = json.loads(browser.subscription())
    tree["keys"] = {k: v.replace("-", "+").replace("_", "/") + "=" * (-len(v) % 4) for k, v in tree["keys"].items()}
    assert sent_to(browser, json.dumps(tree)).outcome is Outcome.ACCEPTED


def test_words_that_fit_no_message_are_refused_here(browser):
    provider = registry.open_provider("push/webpush", browser.environment())
    room = 3993 - len(json.dumps({"title": "t", "body": "", "reference": "dlv_1"}, separators=(",", ":")))
    for more, outcome in ((0, Outcome.ACCEPTED), (1, Outcome.REFUSED)):
        texts = {"title": "t", "body": "x" * (room + more)}
        (sent,) = provider.send([push(browser.subscription(), texts=texts)])
        assert sent.outcome is outcome
    assert browser.judge() == 1
    assert len(browser.requests[0]["body"]) == 4096


def test_a_setting_that_cannot_work_is_named(browser, tmp_path):
    (tmp_path / "other.pem").write_text("junk")
    for name, value in (("CONTACT", "dpo@house.example"), ("SIGNING_KEY", str(tmp_path / "other.pem"))):
        with pytest.raises(BadInput, match=f"TOCSIN_WEBPUSH_{name}"):
            registry.open_provider("push/webpush", browser.environment() | {f"TOCSIN_WEBPUSH_{name}": value})


def test_the_day_is_read_from_the_clock_that_was_handed_in(browser):
    provider = registry.open_provider("push/webpush", browser.environment())
    at = datetime(2030, 1, 1, 12, 30, tzinfo=UTC)
    provider._setup = type(provider._setup)(provider._setup.values, "", lambda: at)  # type: ignore[attr-defined]
    list(provider.send([push(browser.subscription())]))
    said = claims(browser.requests[0]["headers"]["Authorization"], browser.address)
    assert said["exp"] == datetime(2030, 1, 2, 0, 0, tzinfo=UTC).timestamp()
    assert b64(browser.auth) not in repr(provider)
