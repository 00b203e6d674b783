"""Apple's push service: one provider token for many, what a notification says, and what each reason means."""

import itertools
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from notifiers.push.apns import Apns
from packs import BadInput
from tests.loopback.apns import TOPIC, LoopbackApns, claims, refusal

DEVICE = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"
NOW = datetime(2026, 3, 6, 13, 0, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def apns(tmp_path):
    server = LoopbackApns(tmp_path)
    yield server
    server.stop()


def push(reference="dlv_1", token=DEVICE, **texts):
    words = {"title": "墨奇", "body": "请打开应用查看通知。"} | texts
    return Message(reference, Address(AddressKind.DEVICE_TOKEN, token), words)


def opened(apns, at=NOW):
    provider = registry.open_provider("push/apns", apns.environment())
    clock = [at]
    assert isinstance(provider, Apns)
    provider._setup = replace(provider._setup, now=lambda: datetime.fromtimestamp(clock[0], UTC))
    return provider, clock


def test_a_notification_holds_the_words_and_the_reference_and_nothing_to_click(apns):
    provider, _ = opened(apns)
    (sent,) = provider.send([push()])
    request = apns.requests[-1]
    assert request["path"] == f"/3/device/{DEVICE}"
    assert json.loads(request["body"]) == {
        "aps": {"alert": {"title": "墨奇", "body": "请打开应用查看通知。"}, "sound": "default"},
        "reference": "dlv_1",
    }
    assert request["headers"]["Apns-Topic"] == TOPIC
    assert int(request["headers"]["Apns-Expiration"]) == int(NOW) + 72 * 3600
    assert (sent.outcome, sent.provider_reference) == (Outcome.ACCEPTED, request["headers"]["Apns-Id"])
    assert apns.judge() == 1


def test_a_second_telling_has_the_same_name_so_that_a_device_shows_one_notification(apns):
    for reference in ("dlv_1", "dlv_1", "dlv_2"):
        list(opened(apns)[0].send([push(reference)]))
    names = [(r["headers"]["Apns-Id"], r["headers"]["Apns-Collapse-Id"]) for r in apns.requests]
    assert names[0] == names[1] != names[2]


def test_two_workers_use_one_provider_token_which_is_made_anew_after_twenty_minutes_and_before_sixty(apns):
    one, clock = opened(apns)
    other, other_clock = opened(apns)
    for minutes in range(180):
        clock[0] = other_clock[0] = NOW + minutes * 60
        list(one.send([push()]))
        list(other.send([push()]))
        issued = claims(apns.requests[-1]["headers"]["Authorization"].removeprefix("bearer "))["iat"]
        assert 0 <= clock[0] - issued < 3600
    issues = [claims(token)["iat"] for token in apns.tokens]
    assert len(issues) == len(set(issues)) > 2
    assert all(later - earlier >= 1200 for earlier, later in itertools.pairwise(issues))


def test_too_many_provider_tokens_stop_everything_for_twenty_minutes(apns):
    apns.script = lambda _request: refusal("TooManyProviderTokenUpdates", 429)
    (sent,) = opened(apns)[0].send([push()])
    assert sent.retry_after == 1200


@pytest.mark.parametrize("token", ["", "../../4/devices", "00fc?x=1", "0 0", "00\r\nX: y", "é0"])
def test_what_is_no_device_token_never_becomes_part_of_an_address(apns, token):
    (sent,) = opened(apns)[0].send([push(token=token)])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.INVALID_ADDRESS, True)
    assert apns.requests == []


def test_words_over_4096_bytes_are_refused_here(apns):
    sent = list(opened(apns)[0].send([push(body="知" * 1400), push("dlv_2", body="知" * 1300)]))
    assert {(s.reference, s.outcome, s.reason) for s in sent} == {
        ("dlv_1", Outcome.REFUSED, Reason.TOO_LONG),
        ("dlv_2", Outcome.ACCEPTED, None),
    }
    assert apns.judge() == 1


def test_a_million_bad_addresses_are_answered_without_asking_for_more_than_the_window(apns):
    provider, _ = opened(apns)
    asked = given = 0

    def messages():
        nonlocal asked
        for number in range(2000):
            asked += 1
            assert asked - given <= provider.about.window
            yield push(f"dlv_{number}", DEVICE if number % 100 == 0 else "no token")

    for _ in provider.send(messages()):
        given += 1
    assert (asked, given, len(apns.devices)) == (2000, 2000, 20)


def test_a_device_token_is_in_no_log_even_where_the_line_is_dead(apns, caplog):
    caplog.set_level(logging.DEBUG)
    provider, _ = opened(apns)
    apns.stop()
    (sent,) = provider.send([push()])
    said = [r.getMessage() for r in caplog.records if not r.name.startswith("werkzeug")]
    assert not sent.permanent
    assert DEVICE not in " ".join([repr(sent), *said])


def test_a_file_that_is_no_key_is_named(apns, tmp_path):
    (tmp_path / "junk.p8").write_text("junk")
    for file in (tmp_path / "junk.p8", tmp_path / "absent.p8"):
        with pytest.raises(BadInput, match="TOCSIN_APNS_SIGNING_KEY"):
            registry.open_provider("push/apns", apns.environment() | {"TOCSIN_APNS_SIGNING_KEY": str(file)})
