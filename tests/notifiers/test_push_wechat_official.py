"""WeChat official accounts: a template with our reference against doubles, and events believed only when sealed."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from notifiers.provider import Forged, WebhookRequest
from packs import BadInput
from tests.loopback.weixin import AES_KEY, TEMPLATE, TOKEN, LoopbackWeixin, event, refusal, sealed, signed

WORDS = {"title": "墨奇通知", "body": "请打开应用查看通知。"}
AT = 1772802000


@pytest.fixture
def weixin():
    server = LoopbackWeixin("wechat_official")
    yield server
    server.stop()


def push(reference="dlv_1", openid="oABCD-1", words=WORDS):
    return Message(reference, Address(AddressKind.DEVICE_TOKEN, openid), words, "MIAOKE-NAME", "zh-Hans")


def opened(server, at=AT, **more):
    secrets = {"TOCSIN_WECHAT_OFFICIAL_WEBHOOK_TOKEN": TOKEN, "TOCSIN_WECHAT_OFFICIAL_AES_KEY": AES_KEY}
    provider: Any = registry.open_provider("push/wechat_official", server.environment() | secrets | more)
    provider._setup = replace(provider._setup, now=lambda: datetime.fromtimestamp(at, UTC))
    return provider


def test_a_request_holds_openid_template_words_and_reference_and_no_link(weixin):
    list(opened(weixin).send([push()]))
    assert json.loads(weixin.requests[-1]["body"]) == {
        "touser": "oABCD-1",
        "template_id": TEMPLATE,
        "client_msg_id": "dlv_1",
        "data": {
            "thing1": {"value": WORDS["title"]},
            "thing2": {"value": WORDS["body"]},
            "time3": {"value": "2026年3月6日 21:00"},
        },
    }
    assert weixin.judge() == 1


def test_somebody_who_does_not_follow_the_account_takes_the_next_route(weixin):
    weixin.script = lambda request: None if "stable_token" in request["path"] else refusal(43004)
    (sent,) = opened(weixin).send([push()])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.UNREACHABLE, True)


@pytest.mark.parametrize(
    ("status", "outcome", "reason", "permanent"),
    [
        ("success", Outcome.DELIVERED, None, False),
        ("failed:user block", Outcome.BOUNCED, Reason.OPTED_OUT, True),
        ("failed: system failed", Outcome.BOUNCED, Reason.PROVIDER_ERROR, False),
        ("failed:system failed", Outcome.BOUNCED, Reason.PROVIDER_ERROR, False),
        ("failed:something new", Outcome.UNKNOWN, None, False),
    ],
)
def test_each_event_finds_its_message_and_names_no_person(weixin, status, outcome, reason, permanent):
    provider = opened(weixin)
    (sent,) = provider.send([push()])
    (told,) = provider.receipts(sealed(event(sent.provider_reference, status)))
    assert (told.outcome, told.reason, told.permanent) == (outcome, reason, permanent)
    assert (told.reference, told.provider_reference) == (None, sent.provider_reference)
    assert told.at == datetime.fromtimestamp(AT, UTC)
    assert "oABCD" not in repr(told)


def test_other_events_and_what_people_write_to_the_account_are_nothing_to_us(weixin):
    provider = opened(weixin)
    assert provider.receipts(sealed(event("1", "", kind="subscribe"))) == []
    assert provider.receipts(sealed("<xml><MsgType>text</MsgType><Content>my number is 1</Content></xml>")) == []


@pytest.mark.parametrize(
    "request_",
    [
        sealed(event("1", "success"), token="another"),
        sealed(event("1", "success"), at=AT - 601),
        sealed(event("1", "success"), at=AT + 601),
        sealed(event("1", "success"), app_id="wx-of-another"),
        WebhookRequest(sealed(event("1", "success")).target, {}, sealed(event("2", "success")).body),
        WebhookRequest(signed(AT), {}, event("1", "success").encode()),  # plain mode: the body is not signed
        WebhookRequest(signed(AT, "AAAA", name="msg_signature"), {}, b"<xml><Encrypt>AAAA</Encrypt></xml>"),
        WebhookRequest(signed(AT, "", name="msg_signature"), {}, b""),
        WebhookRequest("/receipts/x?msg_signature=%C3%A9&timestamp=1772802000&nonce=1", {}, b"<xml></xml>"),
    ],
)
def test_an_event_that_is_old_unsealed_or_sealed_by_another_is_forged(weixin, request_):
    with pytest.raises(Forged):
        opened(weixin).receipts(request_)


def test_without_token_and_key_nothing_is_believed(weixin):
    for missing in ("WEBHOOK_TOKEN", "AES_KEY"):
        provider = opened(weixin, **{f"TOCSIN_WECHAT_OFFICIAL_{missing}": ""})
        with pytest.raises(Forged):
            provider.receipts(sealed(event("1", "success"), token=""))
        with pytest.raises(Forged):
            provider.greet(WebhookRequest(signed(AT, token=""), {}, b""))


def test_the_address_is_confirmed_by_the_signature_that_the_page_works_out(weixin):
    # The example of https://developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/message_push
    target = (
        "/revice?signature=f464b24fc39322e44b38aa78f5edd27bd1441696&echostr=4375120948345356249"
        "&timestamp=1714036504&nonce=1514711492"
    )
    provider = opened(weixin, at=1714036504)
    assert provider.greet(WebhookRequest(target, {}, b"")) == "4375120948345356249"
    with pytest.raises(Forged):
        provider.greet(WebhookRequest(target.replace("f464", "f465"), {}, b""))


@pytest.mark.parametrize("key", ["short", "é" * 43, "a" * 44])
def test_a_key_that_is_none_is_named(weixin, key):
    with pytest.raises(BadInput, match="TOCSIN_WECHAT_OFFICIAL_AES_KEY") as refused:
        opened(weixin, TOCSIN_WECHAT_OFFICIAL_AES_KEY=key)
    assert key not in str(refused.value)
