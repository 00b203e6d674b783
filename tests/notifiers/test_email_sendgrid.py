"""SendGrid: a thousand people a request, nothing tracked, and suppression told as a refusal."""

import base64
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
from tests.loopback.judge import contracts
from tests.loopback.sendgrid import LoopbackSendGrid, event
from tests.loopback.web import as_json

AT = 1772802000


@pytest.fixture
def sendgrid():
    server = LoopbackSendGrid()
    yield server
    server.stop()


def open_at(server, *, at=AT, **more):
    provider: Any = registry.open_provider("email/sendgrid", {**server.environment(), **more})
    provider._setup = replace(provider._setup, now=lambda: datetime.fromtimestamp(at, UTC))
    return provider


def mail(reference, email="mya@there.example", **texts):
    words = {"subject": "Notice", "plain": "Hello.", "html": "<p>Hello.</p>", **texts}
    return Message(reference, Address(AddressKind.EMAIL, email), words, "MMSO", "my")


def test_a_thousand_people_travel_in_one_request_each_with_a_reference(sendgrid):
    messages = [mail(f"dlv_{n}", f"p{n}@there.example") for n in range(2500)]
    sent = list(open_at(sendgrid).send(messages))
    assert sorted(len(json.loads(r["body"])["personalizations"]) for r in sendgrid.requests) == [500, 1000, 1000]
    assert {s.outcome for s in sent} == {Outcome.ACCEPTED}
    assert dict(sendgrid.people) == {m.reference: m.to.value for m in messages}
    assert sendgrid.judge() == 3


def test_quotation_marks_in_an_address_or_a_reference_stay_within_it(sendgrid):
    odd = '"x\\ y,]}\u2028墨"@there.example'
    list(open_at(sendgrid).send([mail('a"b\\', odd), mail("dlv_2")]))
    assert sendgrid.people == [('a"b\\', odd), ("dlv_2", "mya@there.example")]


def test_many_different_letters_are_not_held_back_for_their_like(sendgrid):
    messages = [mail(f"dlv_{n}", f"p{n}@there.example", plain=f"Hello {n % 7}.") for n in range(1500)]
    sent = list(open_at(sendgrid).send(messages))
    assert sorted(s.reference for s in sent) == sorted(m.reference for m in messages)
    for request in sendgrid.requests:
        body = json.loads(request["body"])
        words = {f"Hello {int(p['custom_args']['reference'][4:]) % 7}." for p in body["personalizations"]}
        assert words == {body["content"][0]["value"]}


def test_nothing_is_tracked_and_no_suppression_list_is_passed_over(sendgrid):
    list(open_at(sendgrid).send([mail("dlv_1")]))
    body = json.loads(sendgrid.requests[0]["body"])
    off = body["tracking_settings"]
    assert not off["click_tracking"]["enable"]
    assert not off["click_tracking"]["enable_text"]
    assert not off["open_tracking"]["enable"]
    assert not off["subscription_tracking"]["enable"]
    assert not off["ganalytics"]["enable"]
    assert not [key for key in body.get("mail_settings", {}) if key.startswith("bypass")]
    assert body["from"] == {"email": "notices@house.example", "name": "MMSO"}


def test_people_with_different_words_travel_apart(sendgrid):
    list(open_at(sendgrid).send([mail("dlv_1"), mail("dlv_2", plain="Goodbye."), mail("dlv_3")]))
    assert sorted(len(json.loads(r["body"])["personalizations"]) for r in sendgrid.requests) == [1, 2]


def refuses(bad: set[str], *, named: bool):
    def script(request):
        people = json.loads(request["body"])["personalizations"]
        places = [i for i, person in enumerate(people) if person["to"][0]["email"] in bad]
        errors = [{"message": "bad", "field": f"personalizations.{i}.to.0.email" if named else None} for i in places]
        return as_json({"errors": errors}, 400) if places else None

    return script


@pytest.mark.parametrize("named", [True, False])
def test_the_others_are_told_when_some_are_refused(sendgrid, named):
    sendgrid.script = refuses({"p3@there.example", "p7@there.example"}, named=named)
    sent = list(open_at(sendgrid).send([mail(f"dlv_{n}", f"p{n}@there.example") for n in range(10)]))
    refused = {s.reference: s.permanent for s in sent if s.outcome is Outcome.REFUSED}
    assert refused == {"dlv_3": named, "dlv_7": named}, "for good only where it is said why"
    assert len(sent) == 10
    assert len(sendgrid.people) == 8


def test_what_is_wrong_with_all_is_not_looked_for_among_the_people(sendgrid):
    sendgrid.script = lambda _request: as_json({"errors": [{"message": "no", "field": "from.email"}]}, 400)
    sent = list(open_at(sendgrid).send([mail(f"dlv_{n}", f"p{n}@there.example") for n in range(10)]))
    assert [one.reason for one in sent] == [Reason.OUR_ACCOUNT] * 10
    assert len(sendgrid.requests) == 1


@pytest.mark.parametrize(
    ("name", "more", "outcome", "reason", "permanent"),
    [
        ("processed", {}, Outcome.ACCEPTED, None, False),
        ("deferred", {"response": "450"}, Outcome.DEFERRED, None, False),
        ("delivered", {}, Outcome.DELIVERED, None, False),
        ("open", {}, Outcome.READ, None, False),
        ("bounce", {"type": "bounce", "reason": "550"}, Outcome.BOUNCED, Reason.UNREACHABLE, True),
        ("bounce", {"type": "blocked"}, Outcome.BOUNCED, Reason.BLOCKED, False),
        ("dropped", {"reason": "Bounced Address"}, Outcome.REFUSED, Reason.SUPPRESSED_BY_PROVIDER, True),
        ("dropped", {"reason": "Unsubscribed Address"}, Outcome.REFUSED, Reason.OPTED_OUT, True),
        ("dropped", {"reason": "who knows"}, Outcome.REFUSED, Reason.OTHER, False),
        ("spamreport", {}, Outcome.COMPLAINED, None, False),
        ("unsubscribe", {}, Outcome.UNSUBSCRIBED, None, False),
        ("new_word", {}, Outcome.UNKNOWN, None, False),
    ],
)
def test_each_event_has_its_word(sendgrid, name, more, outcome, reason, permanent):
    request = sendgrid.events(event(name, "dlv_1", "mya@there.example", ip="10.1.1.1", **more), at=AT)
    (receipt,) = open_at(sendgrid).receipts(request)
    assert (receipt.outcome, receipt.reason, receipt.permanent) == (outcome, reason, permanent)
    assert receipt.reference == "dlv_1"
    assert "mya@" not in repr(receipt)
    assert "10.1.1.1" not in repr(receipt)


def test_a_batch_of_events_is_read_whole(sendgrid):
    events = [event("delivered", f"dlv_{n}", "x@there.example") for n in range(50)]
    receipts = open_at(sendgrid).receipts(sendgrid.events(*events, at=AT))
    assert [r.reference for r in receipts] == [f"dlv_{n}" for n in range(50)]


def test_a_signed_webhook_is_refused_once_it_is_too_old_or_when_no_key_is_set(sendgrid):
    request = sendgrid.events(event("delivered", "dlv_1", "x@there.example"), at=AT)
    assert open_at(sendgrid, at=AT + 3600).receipts(request)
    with pytest.raises(Forged, match="too old"):
        open_at(sendgrid, at=AT + 2 * 86400).receipts(request)
    with pytest.raises(Forged, match="no signature"):
        open_at(sendgrid, TOCSIN_SENDGRID_WEBHOOK_KEY="").receipts(request)


def test_signed_nonsense_is_bad_input_and_a_bad_key_is_named(sendgrid):
    provider = open_at(sendgrid)
    provider._verify = lambda _request: None
    for body in (b"no json", b'{"event": "delivered"}'):
        with pytest.raises(BadInput):
            provider.receipts(WebhookRequest("/", {}, body))
    with pytest.raises(BadInput, match="TOCSIN_SENDGRID_WEBHOOK_KEY"):
        open_at(sendgrid, TOCSIN_SENDGRID_WEBHOOK_KEY=base64.b64encode(b"junk").decode())


def test_the_published_signature_vector_holds_and_its_negatives_do_not(sendgrid):
    vector = json.loads((contracts() / "webhook_vectors.json").read_text())["sendgrid_event_webhook"]
    names = ("X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp")
    request = WebhookRequest(
        "/", dict(zip(names, (vector["signature"], vector["timestamp"]), strict=True)), vector["payload"].encode()
    )
    at = int(vector["timestamp"])
    provider = open_at(sendgrid, at=at, TOCSIN_SENDGRID_WEBHOOK_KEY=vector["public_key"])
    assert [r.reason for r in provider.receipts(request)] == [Reason.SUPPRESSED_BY_PROVIDER]
    wrong = vector["negative"]
    stranger = open_at(sendgrid, at=at, TOCSIN_SENDGRID_WEBHOOK_KEY=wrong["wrong_public_key"])
    forged = [
        (stranger, request),
        (provider, replace(request, headers={**request.headers, names[0]: wrong["wrong_signature"]})),
        (provider, replace(request, headers={**request.headers, names[1]: wrong["wrong_timestamp"]})),
        (provider, replace(request, body=wrong["wrong_payload"].encode())),
    ]
    for reader, each in forged:
        with pytest.raises(Forged):
            reader.receipts(each)
