"""The door for providers: a signed event is taken, a forged one is refused, nothing else is believed."""

import pytest

from incidents.kit import Kit
from notifiers.outcome import Outcome, Receipt
from notifiers.provider import Forged, Reply, Told, WebhookRequest
from packs import BadInput


class Signed:
    """A provider whose signature is one header; it keeps the requests as it saw them."""

    def __init__(self) -> None:
        self.seen: list[WebhookRequest] = []

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        self.seen.append(request)
        if request.header("X-Signature") != "ours":
            raise Forged("no")
        if request.body == b"{":
            raise BadInput("body: not readable as JSON.")
        return [Receipt(Outcome.DELIVERED, "e1", reference="dlv_unknown", provider_reference="x")]


class Greeter(Signed):
    """A provider that asks for the address first, and wants its word back."""

    def greet(self, request: WebhookRequest) -> str:
        self.seen.append(request)
        if not request.target.endswith("word=ours"):
            raise Forged("no")
        return "<b>1158201444</b>"


@pytest.fixture
def provider(app, kit: Kit):
    made = Signed()
    fields = {name: getattr(kit, name) for name in Kit.__dataclass_fields__}
    app.extensions["tocsin"] = Kit(**(fields | {"providers": {"sms/signed": made, "messenger/greeter": Greeter()}}))
    return made


def test_a_signed_event_is_answered_after_it_was_written_and_seen_as_it_came(app, provider):
    client = app.test_client()
    answer = client.post("/receipts/sms/signed?a=%2B86&b=", data=b'{"x": 1}', headers={"X-Signature": "ours"})
    assert answer.status_code == 204
    assert provider.seen[0].target == "/receipts/sms/signed?a=%2B86&b="
    assert provider.seen[0].body == b'{"x": 1}'


def test_a_forged_an_unreadable_and_a_stranger_s_request_are_refused(app, provider):
    client = app.test_client()
    forged = client.post("/receipts/sms/signed", data=b"{}", headers={"X-Signature": "theirs"})
    assert (forged.status_code, forged.json["code"]) == (403, "forged")
    unreadable = client.post("/receipts/sms/signed", data=b"{", headers={"X-Signature": "ours"})
    assert (unreadable.status_code, unreadable.json["code"]) == (422, "bad_input")
    assert client.post("/receipts/sms/nobody", data=b"{}").status_code == 404


class Waiting(Signed):
    """A provider that waits for an answer to what asks for one."""

    def reply(self, request: WebhookRequest, told: Told) -> Reply | None:
        return Reply("text/xml; charset=utf-8", "<R>好</R>".encode()) if "waits" in request.target else None


def test_a_provider_that_waits_for_an_answer_hears_it_once_its_event_was_written(app, kit):
    fields = {name: getattr(kit, name) for name in Kit.__dataclass_fields__}
    app.extensions["tocsin"] = Kit(**(fields | {"providers": {"voice/signed": Waiting()}}))
    client, ours = app.test_client(), {"X-Signature": "ours"}
    heard = client.post("/receipts/voice/signed?waits=1", data=b"{}", headers=ours)
    assert (heard.status_code, heard.content_type) == (200, "text/xml; charset=utf-8")
    assert heard.data == "<R>好</R>".encode()
    assert heard.headers["Content-Length"] == str(len(heard.data))
    assert heard.headers["X-Content-Type-Options"] == "nosniff"
    assert client.post("/receipts/voice/signed", data=b"{}", headers=ours).status_code == 204
    assert client.post("/receipts/voice/signed?waits=1", data=b"{}", headers={"X-Signature": "x"}).status_code == 403


def test_who_asks_whether_the_address_is_ours_hears_its_own_word_as_plain_text(app, provider):
    client = app.test_client()
    answer = client.get("/receipts/messenger/greeter?challenge=1&word=ours")
    assert (answer.status_code, answer.text) == (200, "<b>1158201444</b>")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/receipts/messenger/greeter?word=theirs").status_code == 403
    assert client.get("/receipts/sms/signed?word=ours").status_code == 404
    assert client.get("/receipts/sms/nobody?word=ours").status_code == 404
    assert provider.seen == []


def test_whoever_greets_is_answered_200_for_a_signed_event(app, provider):
    answer = app.test_client().post("/receipts/messenger/greeter", data=b"{}", headers={"X-Signature": "ours"})
    assert (answer.status_code, answer.data) == (200, b"")
