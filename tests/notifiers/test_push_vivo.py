"""vivo's push: a signed log-in, what a request holds, whose fault a refusal is."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from packs import BadInput
from tests.loopback.vivo import LoopbackVivo, refusal

WORDS = {"title": "墨奇：重要通知", "body": "有一条重要的安全通知，请您自行打开应用查看。编号INC-7"}
AT = datetime.fromtimestamp(1501484120, UTC)


@pytest.fixture
def server():
    loopback = LoopbackVivo()
    yield loopback
    loopback.stop()


def push(reference="dlv_1", token="15434206377650042960110", words=WORDS):
    return Message(reference, Address(AddressKind.DEVICE_TOKEN, token), words, "MIAOKE-NAME", "zh-Hans")


def opened(server, **more) -> Any:
    return registry.open_provider("push/vivo", server.environment() | more)


def sent_by(server):
    return [json.loads(request["body"]) for request in server.requests if request["path"] == "/message/send"]


def only_messages(answer):
    return lambda request: None if "auth" in request["path"] else answer


def test_a_request_holds_device_words_class_and_reference_and_nothing_else_of_the_message(server):
    (sent,) = opened(server, TOCSIN_VIVO_CATEGORY="ACCOUNT").send([push()])
    (body,) = sent_by(server)
    assert (body["regId"], body["requestId"]) == ("15434206377650042960110", "dlv_1")
    assert (body["title"], body["content"]) == tuple(WORDS.values())
    assert (body["classification"], body["category"], body["skipType"], body["pushMode"]) == (1, "ACCOUNT", 1, 0)
    assert not [w for w in ("MIAOKE-NAME", "zh-Hans", "http") if w in json.dumps(body)]
    assert (sent.outcome, sent.provider_reference) == (Outcome.ACCEPTED, "342982")
    assert server.judge() == 1


def test_a_device_or_reference_with_quotation_marks_stays_within_its_own(server):
    odd = 'x","alias":"all\n\\墨'
    list(opened(server).send([push(odd, odd)]))
    (body,) = sent_by(server)
    assert (body["regId"], body["requestId"], "alias" in body, "category" in body) == (odd, odd, False, False)


def test_a_second_telling_takes_the_place_of_the_first_on_the_screen_and_nobody_elses(server):
    list(opened(server).send([push(), push(), push("dlv_2")]))
    numbers = [body["notifyId"] for body in sorted(sent_by(server), key=lambda body: body["requestId"])]
    assert numbers[0] == numbers[1] != numbers[2]


def test_the_log_in_is_signed_with_the_moment_and_serves_two_hours_less_what_is_spared(server):
    provider = opened(server)
    now = AT
    provider._token._now = lambda: now
    provider._setup = replace(provider._setup, now=lambda: now)
    list(provider.send([push()]))
    now = AT + timedelta(seconds=6900)
    list(provider.send([push()]))
    assert server.logins == 1
    now = AT + timedelta(seconds=6901)
    list(provider.send([push()]))
    assert server.logins == 2
    first, second = (json.loads(r["body"])["timestamp"] for r in server.requests if r["path"] == "/message/auth")
    assert (first, second) == (1501484120000, 1501491021000)


def test_a_token_that_ended_is_made_anew_for_the_next(server):
    provider = opened(server)
    list(provider.send([push()]))
    server.logins = 7
    (refused,) = provider.send([push()])
    assert (refused.outcome, refused.reason, refused.permanent) == (Outcome.REFUSED, Reason.LOG_IN_ENDED, False)
    (taken,) = provider.send([push()])
    assert (taken.outcome, server.logins) == (Outcome.ACCEPTED, 8)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"title": "长" * 41, "body": "x"}, None),
        ({"title": "x", "body": "长" * 101}, None),
        (WORDS, 10056),
        (WORDS, 10058),
    ],
)
def test_words_that_are_too_long_are_refused_for_good(server, words, code):
    if code:
        server.script = only_messages(refusal(code))
    (sent,) = opened(server).send([push(words=words)])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.TOO_LONG, True)
    assert len(sent_by(server)) == bool(code)


@pytest.mark.parametrize(("code", "wait"), [(10070, 3600.0), (10072, 1.0), (10302, 60.0), (99999, 60.0)])
def test_how_long_to_wait_follows_from_the_code(server, code, wait):
    server.script = only_messages(refusal(code))
    (sent,) = opened(server).send([push()])
    assert sent.retry_after == wait


def test_wrong_credentials_refuse_all_for_now_and_say_no_secret(server):
    sent = list(opened(server, TOCSIN_VIVO_APP_SECRET="another secret").send([push("dlv_1"), push("dlv_2")]))
    assert {(s.outcome, s.reason, s.permanent) for s in sent} == {(Outcome.REFUSED, Reason.CREDENTIALS, False)}
    assert {s.raw["result"] for s in sent} == {10206}
    assert "another secret" not in repr(sent)


def test_before_any_incident_a_sentence_says_what_is_too_long(server):
    provider = opened(server)
    assert provider.lacks(WORDS, "zh-Hans") == []
    assert provider.lacks(WORDS | {"body": "x" * 101}, "en") == ["The body may have 100 characters and has 101."]


def test_an_app_id_that_is_no_number_is_one_sentence(server):
    with pytest.raises(BadInput) as refused:
        opened(server, TOCSIN_VIVO_APP_ID="com.moqi.app")
    assert str(refused.value) == "TOCSIN_VIVO_APP_ID: must be a number."
