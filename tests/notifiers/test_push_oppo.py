"""OPUSH: a signed log-in, what a request holds, approved templates where they are set up, what each code means."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from packs import BadInput
from tests.loopback import pairs
from tests.loopback.oppo import LoopbackOppo, message_of, refusal

WORDS = {"title": pairs.TITLE, "body": pairs.BODY}
DEVICE = "CN_078ad8b8a137cadb14ae5b70cf846312"
AT = datetime.fromtimestamp(1501484120, UTC)


@pytest.fixture
def server():
    loopback = LoopbackOppo()
    yield loopback
    loopback.stop()


def push(reference="dlv_1", token=DEVICE, words=WORDS):
    return Message(reference, Address(AddressKind.DEVICE_TOKEN, token), words, "MIAOKE-NAME", "zh-Hans")


def opened(server, **more) -> Any:
    return registry.open_provider("push/oppo", server.environment() | more)


def with_templates(server, folder, **more) -> Any:
    file = pairs.write(folder, **more)
    return opened(server, TOCSIN_OPPO_TEMPLATES=str(file), TOCSIN_OPPO_CATEGORY="ACCOUNT", TOCSIN_OPPO_NOTIFY_LEVEL="2")


def sent_by(server):
    return [message_of(request) for request in server.requests if "auth" not in request["path"]]


def only_messages(answer):
    return lambda request: None if "auth" in request["path"] else answer


def test_a_request_holds_device_words_and_reference_and_nothing_else_of_the_message(server):
    (sent,) = opened(server).send([push()])
    (message,) = sent_by(server)
    assert message == {
        "target_type": 2,
        "target_value": DEVICE,
        "verify_registration_id": True,
        "notification": {
            "title": pairs.TITLE,
            "content": pairs.BODY,
            "style": 1,
            "click_action_type": 0,
            "off_line": True,
            "off_line_ttl": 259200,
            "app_message_id": "dlv_1",
        },
    }
    assert (sent.outcome, sent.provider_reference) == (Outcome.ACCEPTED, "5742014-1-1-5d")
    assert server.judge() == 1


def test_where_templates_are_set_up_the_device_shows_the_words_that_were_approved(server, tmp_path):
    list(with_templates(server, tmp_path, channel="important").send([push()]))
    notification = sent_by(server)[0]["notification"]
    assert (notification["channel_id"], notification["category"], notification["notify_level"]) == (
        "important",
        "ACCOUNT",
        2,
    )
    assert notification["private_msg_template_id"] == "P1002"
    assert (notification["private_title_parameters"], notification["private_content_parameters"]) == (
        {},
        {"reference": "INC-7"},
    )
    assert server.shown == {DEVICE: (pairs.TITLE, pairs.BODY)}
    assert server.judge() == 1


def test_words_that_no_template_says_are_refused_for_good_and_not_sent(server, tmp_path):
    provider = with_templates(server, tmp_path)
    (sent,) = provider.send([push(words=WORDS | {"body": "别的话。"})])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.CONTENT_REFUSED, True)
    assert sent_by(server) == []
    assert provider.lacks(WORDS, "zh-Hans") == []
    (said,) = provider.lacks(WORDS | {"body": "别的话。"}, "my")
    assert said.endswith("no approved template renders title and body in my; it holds none of my.")


@pytest.mark.parametrize(("length", "style"), [(50, 1), (51, 2), (128, 2)])
def test_a_longer_text_takes_the_style_that_has_room_for_it(server, length, style):
    list(opened(server).send([push(words=WORDS | {"body": "长" * length})]))
    assert sent_by(server)[0]["notification"]["style"] == style
    assert server.judge() == 1


@pytest.mark.parametrize("words", [{"title": "长" * 51, "body": "x"}, {"title": "x", "body": "长" * 129}])
def test_words_that_are_too_long_are_refused_for_good(server, words):
    provider = opened(server)
    (sent,) = provider.send([push(words=words)])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.TOO_LONG, True)
    assert sent_by(server) == []
    assert len(provider.lacks(words, "zh-Hans")) == 1


@pytest.mark.parametrize("token", ["", "one;two", "one,two", "one two"])
def test_an_address_of_several_devices_or_none_is_never_sent(server, token):
    (sent,) = opened(server).send([push(token=token)])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.INVALID_ADDRESS, True)
    assert sent_by(server) == []


def test_what_would_end_a_field_stays_within_it(server):
    odd = 'x"}&auth_token=%22\\墨+'
    list(opened(server).send([push(odd, odd)]))
    (message,) = sent_by(server)
    assert (message["target_value"], message["notification"]["app_message_id"]) == (odd, odd)


def test_the_log_in_is_signed_with_the_moment_and_serves_half_a_day(server):
    provider = opened(server)
    now = AT
    provider._token._now = lambda: now
    provider._setup = replace(provider._setup, now=lambda: now)
    for hours in (0, 11, 12):
        now = AT + timedelta(hours=hours)
        list(provider.send([push()]))
    assert server.logins == 2


def test_a_token_that_ended_is_made_anew_for_the_next(server):
    provider = opened(server)
    list(provider.send([push()]))
    server.logins = 7
    (refused,) = provider.send([push()])
    assert (refused.outcome, refused.reason, refused.permanent) == (Outcome.REFUSED, Reason.LOG_IN_ENDED, False)
    (taken,) = provider.send([push()])
    assert (taken.outcome, server.logins) == (Outcome.ACCEPTED, 8)


@pytest.mark.parametrize(("code", "wait"), [(-1, 10.0), (-2, 1.0), (33, 3600.0), (99999, 60.0)])
def test_how_long_to_wait_follows_from_the_code(server, code, wait):
    server.script = only_messages(refusal(code))
    (sent,) = opened(server).send([push()])
    assert sent.retry_after == wait


def test_wrong_credentials_refuse_all_for_now_and_say_no_secret(server):
    sent = list(opened(server, TOCSIN_OPPO_MASTER_SECRET="another secret").send([push("dlv_1"), push("dlv_2")]))
    assert {(s.outcome, s.reason, s.permanent) for s in sent} == {(Outcome.REFUSED, Reason.CREDENTIALS, False)}
    assert {s.raw["code"] for s in sent} == {16}
    assert "another secret" not in repr(sent)


def test_a_level_that_is_none_is_one_sentence(server):
    with pytest.raises(BadInput) as refused:
        opened(server, TOCSIN_OPPO_NOTIFY_LEVEL="loud")
    assert str(refused.value) == "TOCSIN_OPPO_NOTIFY_LEVEL: must be 1, 2 or 16."
