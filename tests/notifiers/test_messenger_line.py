"""LINE: one key a delivery, so that telling again reaches nobody twice; what each answer means; whose webhooks fit."""

import json
from uuid import UUID

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from notifiers.provider import Forged, WebhookRequest
from tests.loopback.judge import contracts
from tests.loopback.line import LoopbackLine, refusal, signed

PERSON = "U" + "0123456789abcdef" * 2


@pytest.fixture
def line():
    server = LoopbackLine()
    yield server
    server.stop()


def open_at(server, **more):
    return registry.open_provider("messenger/line", {**server.environment(), **more})


def note(reference="dlv_1", person=PERSON):
    return Message(reference, Address(AddressKind.MESSENGER_ID, person), {"short": "墨奇：请打开应用。"})


def test_the_same_delivery_has_the_same_key_in_every_worker_and_another_has_another(line):
    list(open_at(line).send([note(), note("dlv_2")]))
    list(open_at(line).send([note()]))
    keys = [request["headers"]["X-Line-Retry-Key"] for request in line.requests]
    by_reference = sorted(keys)
    assert len(set(keys)) == 2
    assert keys[2] in keys[:2]
    assert all(str(UUID(key)) == key for key in by_reference)
    assert "dlv" not in "".join(keys)


def test_a_message_that_line_had_taken_before_is_taken_and_reaches_nobody_twice(line):
    provider = open_at(line)
    (first,) = provider.send([note()])
    (again,) = provider.send([note()])
    assert (first.outcome, again.outcome) == (Outcome.ACCEPTED, Outcome.ACCEPTED)
    assert again.provider_reference == first.provider_reference == "0"
    assert again.raw == {"ids": ["0"], "taken_before": True}
    assert len(line.taken) == 1
    assert line.judge() == 2


def test_a_key_that_is_in_use_without_proof_of_being_taken_stays_in_doubt(line):
    line.script = lambda _request: refusal(409, "conflict")
    (sent,) = open_at(line).send([note()])
    assert (sent.outcome, sent.permanent) == (Outcome.IN_DOUBT, False)


@pytest.mark.parametrize("person", ["C" + PERSON[1:], "R" + PERSON[1:], "mya", PERSON + "0", PERSON.upper(), ""])
def test_what_is_for_one_person_goes_to_no_group_and_no_room(line, person):
    (sent,) = open_at(line).send([note(person=person)])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.INVALID_ADDRESS, True)
    assert line.requests == []


def test_the_published_signature_vector_holds_and_a_signed_webhook_moves_nothing(line):
    vector = json.loads((contracts() / "webhook_vectors.json").read_text())["line"]
    provider = open_at(line, TOCSIN_LINE_CHANNEL_SECRET=vector["secret"])
    request = WebhookRequest("/", {"x-line-signature": vector["signature"]}, vector["body"].encode())
    assert provider.receipts(request) == []
    with pytest.raises(Forged):
        provider.receipts(WebhookRequest("/", request.headers, request.body + b" "))


def test_without_the_channel_s_secret_no_webhook_is_believed(line):
    with pytest.raises(Forged):
        open_at(line, TOCSIN_LINE_CHANNEL_SECRET="").receipts(signed({"events": []}, ""))
