"""Facebook Messenger: who may be written to is Meta's to say, what it says is read aright, its webhooks are signed."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from werkzeug import Response

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from notifiers.provider import Forged, WebhookRequest
from packs import BadInput
from tests.loopback.facebook import PAGE, SECRET, TOKEN, WORD, LoopbackFacebook, signed, signed_tree

PSID = "9870000000000042"


@pytest.fixture
def facebook():
    server = LoopbackFacebook()
    yield server
    server.stop()


def open_at(server, **more):
    return registry.open_provider("messenger/facebook", {**server.environment(), **more})


def note(reference="dlv_1", psid=PSID, text="墨奇：请打开应用。"):
    return Message(reference, Address(AddressKind.MESSENGER_ID, psid), {"short": text})


def test_a_message_is_an_answer_within_meta_s_window_and_bears_no_tag_unless_one_was_chosen(facebook):
    list(open_at(facebook).send([note()]))
    request = facebook.requests[-1]
    assert request["path"] == f"/v25.0/{PAGE}/messages"
    assert json.loads(request["body"]) == {
        "recipient": {"id": PSID},
        "messaging_type": "RESPONSE",
        "message": {"text": "墨奇：请打开应用。", "metadata": "dlv_1"},
    }
    list(open_at(facebook, TOCSIN_FACEBOOK_TAG="HUMAN_AGENT").send([note()]))
    body = json.loads(facebook.requests[-1]["body"])
    assert (body["messaging_type"], body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    assert facebook.judge() == 2


def test_a_tag_that_meta_has_retired_is_refused_before_anything_is_sent(facebook):
    with pytest.raises(BadInput, match="TOCSIN_FACEBOOK_TAG"):
        open_at(facebook, TOCSIN_FACEBOOK_TAG="ACCOUNT_UPDATE")


def test_the_token_stands_in_a_header_and_the_address_bears_only_proof_of_the_secret(facebook):
    list(open_at(facebook).send([note()]))
    request = facebook.requests[0]
    assert request["headers"]["Authorization"] == f"Bearer {TOKEN}"
    assert request["args"] == {"appsecret_proof": hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()}


def test_what_is_no_page_scoped_id_leaves_the_house_never(facebook):
    sent = list(open_at(facebook).send([note(psid="mya.thida"), note("dlv_2"), note("dlv_3", psid="")]))
    assert [(s.reference, s.outcome, s.permanent) for s in sent] == [
        ("dlv_1", Outcome.REFUSED, True),
        ("dlv_2", Outcome.ACCEPTED, False),
        ("dlv_3", Outcome.REFUSED, True),
    ]
    assert {s.reason for s in sent if s.permanent} == {Reason.INVALID_ADDRESS}
    assert len(facebook.requests) == 1


def test_an_answer_that_is_no_error_document_is_read_by_its_status(facebook):
    for body in (b"no json", b"[]", b'{"error": "words"}', b'{"error": {"code": "x"}}'):
        facebook.script = lambda _request, body=body: Response(body, 503)
        (sent,) = open_at(facebook).send([note()])
        assert sent.outcome is Outcome.IN_DOUBT


def test_an_echo_brings_the_reference_and_a_delivery_names_the_message(facebook):
    provider = open_at(facebook)
    (sent,) = provider.send([note()])
    (echo,) = provider.receipts(facebook.echo(sent.provider_reference))
    assert (echo.outcome, echo.reference, echo.provider_reference) == (Outcome.ACCEPTED, "dlv_1", "m_0")
    (told,) = provider.receipts(facebook.delivery("m_0"))
    assert (told.outcome, told.reference, told.provider_reference) == (Outcome.DELIVERED, None, "m_0")
    assert told.at.isoformat() == "2026-03-06T13:00:02.345000+00:00"
    assert PSID not in repr([echo, told])
    assert "请打开" not in repr([echo, told])


def test_a_delivery_without_names_a_read_and_what_people_write_prove_nothing_of_a_message(facebook):
    provider = open_at(facebook)
    person, page = {"id": PSID}, {"id": PAGE}
    for event in (
        {"delivery": {"watermark": 1772802002000}},
        {"read": {"watermark": 1772802002000}},
        {"message": {"mid": "m_9", "text": "hello"}},
        {"message": {"mid": "m_9", "is_echo": True, "text": "a person's own answer"}},
    ):
        assert provider.receipts(signed(sender=person, recipient=page, timestamp=1772802002345, **event)) == []


def test_a_webhook_of_another_shape_is_read_as_far_as_it_goes(facebook):
    provider = open_at(facebook)
    odd: tuple[Any, ...] = (
        {},
        {"entry": 1},
        {"entry": [1]},
        {"entry": [{"messaging": {}}]},
        {"entry": [{"messaging": [1]}]},
    )
    for tree in odd:
        assert provider.receipts(signed_tree(tree, SECRET)) == []
    with pytest.raises(BadInput):
        provider.receipts(signed_tree([], SECRET))


def test_an_app_that_stands_by_in_a_conversation_is_told_too(facebook):
    told = {"timestamp": 1772802002345, "delivery": {"mids": ["m_0", "m_1"], "watermark": 1}}
    found = open_at(facebook).receipts(signed_tree({"entry": [{"standby": [told]}]}, SECRET))
    assert [(one.provider_reference, one.event_id) for one in found] == [
        ("m_0", "m_0:delivered"),
        ("m_1", "m_1:delivered"),
    ]


def test_a_body_that_was_changed_after_it_was_signed_is_forged(facebook):
    provider = open_at(facebook)
    list(provider.send([note()]))
    good = facebook.delivery("m_0")
    with pytest.raises(Forged):
        provider.receipts(WebhookRequest(good.target, good.headers, good.body.replace(b"m_0", b"m_1")))


def test_meta_gets_its_challenge_back_only_with_the_word_agreed_upon(facebook):
    provider = open_at(facebook)
    asked = f"/receipts/messenger/facebook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={WORD}"
    assert provider.greet(WebhookRequest(asked, {}, b"")) == "1158201444"
    for wrong in (asked.replace(WORD, "guess"), asked.replace("subscribe", "other"), "/receipts/messenger/facebook"):
        with pytest.raises(Forged):
            provider.greet(WebhookRequest(wrong, {}, b""))
    unset = open_at(facebook, TOCSIN_FACEBOOK_VERIFY_TOKEN="")
    with pytest.raises(Forged):
        unset.greet(WebhookRequest("/?hub.mode=subscribe&hub.challenge=1&hub.verify_token=", {}, b""))
