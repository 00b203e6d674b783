"""Twilio: what is asked of it, how its codes are read, and whose webhooks are believed."""

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from werkzeug import Response

from notifiers import registry
from notifiers.message import Address, AddressKind, Inquiry, Message
from notifiers.outcome import Outcome, Reason
from notifiers.provider import Forged, WebhookRequest
from tests.loopback.judge import contracts
from tests.loopback.twilio import NUMBER, LoopbackTwilio

HOOK = "https://house.example/hooks/twilio"


@pytest.fixture
def twilio():
    server = LoopbackTwilio()
    yield server
    server.stop()


def open_at(server, **more):
    return registry.open_provider("sms/twilio", {**server.environment(), **more}, callback_url=HOOK)


def sms(reference="dlv_1", number="+8613800138000", text="墨奇：请打开应用。 100% & more"):
    return Message(reference, Address(AddressKind.PHONE, number), {"short": text})


def test_the_approved_words_go_as_they_are_with_our_reference_in_the_callback(twilio):
    list(open_at(twilio).send([sms()]))
    form = parse_qs(twilio.requests[0]["body"].decode())
    assert form["Body"] == ["墨奇：请打开应用。 100% & more"]
    assert form["To"] == ["+8613800138000"]
    assert form["From"] == [NUMBER]
    assert form["StatusCallback"] == [f"{HOOK}?reference=dlv_1"]
    assert (form["SmartEncoded"], form["ShortenUrls"]) == (["false"], ["false"])
    assert twilio.requests[0]["headers"]["Authorization"].startswith("Basic ")


def test_nothing_in_an_address_or_a_reference_can_become_a_field_of_its_own(twilio):
    provider = open_at(twilio)
    (sent,) = provider.send([sms("dlv&1 +é", "+1&From=x %墨")])
    form = parse_qs(twilio.requests[0]["body"].decode())
    assert (form["To"], form["From"]) == (["+1&From=x %墨"], [NUMBER])
    (receipt,) = provider.receipts(twilio.call_back(sent.provider_reference, "delivered"))
    assert receipt.reference == "dlv&1 +é"


def test_of_an_acceptance_only_what_proves_it_is_kept(twilio):
    (sent,) = open_at(twilio).send([sms()])
    assert set(sent.raw) == {"sid", "status"}
    twilio.script = lambda _request: Response(b"no json", 201)
    (sent,) = open_at(twilio).send([sms()])
    assert (sent.outcome, sent.raw, sent.provider_reference) == (
        Outcome.ACCEPTED,
        {"unreadable": True, "bytes": 7},
        None,
    )


def test_a_sender_pool_takes_the_place_of_the_number(twilio):
    pool = "MG" + "0" * 32
    more = {"TOCSIN_TWILIO_MESSAGING_SERVICE_SID": pool, "TOCSIN_TWILIO_FROM_NUMBER": ""}
    list(open_at(twilio, **more).send([sms()]))
    form = parse_qs(twilio.requests[0]["body"].decode())
    assert form["MessagingServiceSid"] == [pool]
    assert "From" not in form
    assert twilio.judge() == 1


@pytest.mark.parametrize(
    ("status", "code", "outcome", "reason"),
    [
        ("sent", "", Outcome.ACCEPTED, None),
        ("delivered", "", Outcome.DELIVERED, None),
        ("read", "", Outcome.READ, None),
        ("undelivered", "30003", Outcome.BOUNCED, Reason.UNREACHABLE),
        ("failed", "30007", Outcome.REFUSED, Reason.CONTENT_REFUSED),
        ("undelivered", "", Outcome.BOUNCED, Reason.OTHER),
        ("teleported", "", Outcome.UNKNOWN, None),
    ],
)
def test_a_signed_callback_moves_one_message(twilio, status, code, outcome, reason):
    provider = open_at(twilio)
    (sent,) = provider.send([sms()])
    more = {"ErrorCode": code} if code else {}
    (receipt,) = provider.receipts(twilio.call_back(sent.provider_reference, status, **more))
    assert (receipt.outcome, receipt.reason, receipt.reference) == (outcome, reason, "dlv_1")
    assert "+8613800138000" not in repr(receipt)


def test_a_callback_for_another_message_does_not_fit_the_signature(twilio):
    provider = open_at(twilio)
    (sent,) = provider.send([sms()])
    good = twilio.call_back(sent.provider_reference, "delivered")
    with pytest.raises(Forged):
        provider.receipts(WebhookRequest(good.target.replace("dlv_1", "dlv_2"), good.headers, good.body))


def test_a_form_longer_than_any_callback_is_not_even_read(twilio, monkeypatch):
    provider = open_at(twilio)
    (sent,) = provider.send([sms()])
    good = twilio.call_back(sent.provider_reference, "delivered")
    monkeypatch.setattr("notifiers.sms.twilio.parse_qsl", lambda *_a, **_k: pytest.fail("it was read"))
    with pytest.raises(Forged):
        provider.receipts(WebhookRequest(good.target, good.headers, good.body + b"&x=y" * 20_000))


def test_an_unknown_message_is_looked_for_by_its_words_and_number(twilio):
    provider = open_at(twilio)
    list(provider.send([sms("dlv_1"), sms("dlv_2", text="another text")]))
    found = list(provider.ask([Inquiry("dlv_2", None, sms("dlv_2", text="another text")), Inquiry("dlv_9")]))
    assert [(r.reference, r.outcome) for r in found] == [("dlv_2", Outcome.ACCEPTED)]
    assert not list(provider.ask([Inquiry("dlv_3", None, sms("dlv_3", text="never sent"))]))


def test_the_published_signature_vectors_hold(twilio):
    vectors = json.loads((contracts() / "webhook_vectors.json").read_text())["twilio"]
    checked = 0
    for vector in vectors:
        if "body" in vector:
            continue  # JSON bodies: Twilio's message callbacks are forms
        address = vector.get("validate_url", vector["url"])
        form = [
            (k, v) for k, values in vector["params"].items() for v in (values if isinstance(values, list) else [values])
        ]
        provider = registry.open_provider(
            "sms/twilio",
            {**twilio.environment(), "TOCSIN_TWILIO_AUTH_TOKEN": vector["token"]},
            callback_url=address.partition("?")[0],
        )
        target = f"{urlsplit(address).path}?{urlsplit(address).query}"
        headers = {"x-twilio-signature": vector["signature"]}
        assert len(provider.receipts(WebhookRequest(target, headers, urlencode(form).encode()))) == 1
        with pytest.raises(Forged):
            provider.receipts(WebhookRequest(target, headers, urlencode([*form, ("Extra", "1")]).encode()))
        checked += 1
    assert checked >= 5
