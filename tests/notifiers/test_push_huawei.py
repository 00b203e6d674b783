"""Huawei Push Kit: a token, words and a tag; one log-in for many; what codes and receipts mean, and forged ones."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from notifiers.provider import Forged, WebhookRequest
from packs import BadInput
from tests.loopback.huawei import LoopbackHuawei, refusal, signed

WORDS = {"title": "墨奇", "body": "请打开应用查看通知。"}
AT = datetime.fromtimestamp(1772802000, UTC)


@pytest.fixture
def huawei():
    server = LoopbackHuawei()
    yield server
    server.stop()


def push(reference="dlv_1", token="IQAAAA-1"):
    return Message(reference, Address(AddressKind.DEVICE_TOKEN, token), WORDS, "MIAOKE-NAME", "zh-Hans")


def opened(server, at=AT, **more):
    provider: Any = registry.open_provider("push/huawei", server.environment() | more)
    provider._setup = replace(provider._setup, now=lambda: at)
    return provider


def only_messages(answer):
    return lambda request: None if "oauth2" in request["path"] else answer


def test_a_request_holds_token_words_and_tag_and_nothing_else_of_the_message(huawei):
    list(opened(huawei, TOCSIN_HUAWEI_CATEGORY="ACCOUNT").send([push()]))
    body = json.loads(huawei.requests[-1]["body"])
    android = body["message"].pop("android")
    assert body == {"validate_only": False, "message": {"token": ["IQAAAA-1"]}}
    assert (android["bi_tag"], android["category"]) == ("dlv_1", "ACCOUNT")
    notification = android["notification"]
    assert {name: notification[name] for name in WORDS} == WORDS
    assert notification["click_action"] == {"type": 3}
    assert not [w for w in ("MIAOKE-NAME", "zh-Hans", "http", "url") if w in json.dumps(android)]
    assert huawei.judge() == 1


def test_a_token_or_reference_with_quotation_marks_stays_within_its_own(huawei):
    odd = 'x"],"topic":"all\n\\墨'
    list(opened(huawei).send([push(odd, odd)]))
    message = json.loads(huawei.requests[-1]["body"])["message"]
    assert (message["token"], message["android"]["bi_tag"], "topic" in message) == ([odd], odd, False)


def test_one_log_in_serves_many_messages_until_huawei_says_that_its_token_has_ended(huawei):
    provider = opened(huawei)
    sent = [*provider.send([push(f"dlv_{n}", f"t-{n}") for n in range(300)]), *provider.send([push("dlv_x")])]
    assert ({s.outcome for s in sent}, huawei.logins) == ({Outcome.ACCEPTED}, 1)
    huawei.logins = 7  # the token of before is no longer known
    (refused,) = provider.send([push()])
    assert (refused.outcome, refused.reason, refused.permanent) == (Outcome.REFUSED, Reason.LOG_IN_ENDED, False)
    (taken,) = provider.send([push()])
    assert (taken.outcome, huawei.logins) == (Outcome.ACCEPTED, 8)


def test_wrong_credentials_refuse_all_for_now_and_say_no_secret(huawei):
    provider = opened(huawei, TOCSIN_HUAWEI_CLIENT_SECRET="another secret")
    sent = list(provider.send([push("dlv_1"), push("dlv_2")]))
    assert {(s.outcome, s.reason, s.permanent) for s in sent} == {(Outcome.REFUSED, Reason.CREDENTIALS, False)}
    assert "another secret" not in repr(sent)
    huawei.script = lambda _request: refusal("", 502)
    (sent,) = provider.send([push()])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.PROVIDER_ERROR, False)


@pytest.mark.parametrize(
    ("status", "outcome", "reason", "permanent"),
    [
        (0, Outcome.DELIVERED, None, False),
        (2, Outcome.BOUNCED, Reason.GONE, True),
        (6, Outcome.BOUNCED, Reason.OPTED_OUT, True),
        (10, Outcome.BOUNCED, Reason.UNREACHABLE, False),
        (14, Outcome.BOUNCED, Reason.PROVIDER_ERROR, False),
        (31, Outcome.BOUNCED, Reason.OTHER, True),
        (102, Outcome.BOUNCED, Reason.RATE_LIMITED, False),
        (201, Outcome.DEFERRED, None, False),
        (999, Outcome.UNKNOWN, None, False),
    ],
)
def test_each_receipt_says_what_became_of_its_message_and_hides_the_token(huawei, status, outcome, reason, permanent):
    provider = opened(huawei)
    (sent,) = provider.send([push()])
    (told,) = provider.receipts(huawei.call_back(status))
    assert (told.outcome, told.reason, told.permanent) == (outcome, reason, permanent)
    assert (told.reference, told.provider_reference, told.at) == ("dlv_1", sent.provider_reference, AT)
    assert "IQAAAA-1" not in repr(told)


def test_a_receipt_that_is_old_unsigned_or_signed_with_another_key_is_forged(huawei):
    provider = opened(huawei, at=AT + timedelta(seconds=601))
    list(provider.send([push()]))
    unsigned = WebhookRequest("/", {"X-HUAWEI-CALLBACK-ID": "timestamp=1772802600000; nonce=x; value=é"}, b"{}")
    for request in (huawei.call_back(0), huawei.call_back(0, at=1772802600, key="x"), unsigned):
        with pytest.raises(Forged):
            provider.receipts(request)
    assert provider.receipts(huawei.call_back(0, at=1772802600))
    without = opened(huawei, TOCSIN_HUAWEI_RECEIPT_KEY="")
    with pytest.raises(Forged):
        without.receipts(huawei.call_back(0, key=""))


@pytest.mark.parametrize("body", [b"no json", b"[]", b"{}", b'{"statuses":{}}'])
def test_a_signed_receipt_that_cannot_be_read_is_bad_input(huawei, body):
    with pytest.raises(BadInput):
        opened(huawei).receipts(WebhookRequest("/", {"X-HUAWEI-CALLBACK-ID": signed(1772802000)}, body))
