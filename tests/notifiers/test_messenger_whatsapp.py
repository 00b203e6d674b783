"""WhatsApp: nothing but approved templates goes out, statuses are read aright, and no number hides in what is kept."""

import base64
import json

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from notifiers.provider import Forged, WebhookRequest
from packs import BadInput
from tests.loopback.whatsapp import NUMBER_ID, WORD, LoopbackWhatsApp, signed_value

NUMBER = "959250123456"


@pytest.fixture
def whatsapp(tmp_path):
    server = LoopbackWhatsApp(tmp_path)
    yield server
    server.stop()


def open_at(server):
    return registry.open_provider("messenger/whatsapp", server.environment())


def note(reference="dlv_1", number=NUMBER, text="墨奇: 请打开应用。", language="zh-Hans"):
    return Message(reference, Address(AddressKind.MESSENGER_ID, number), {"short": text}, "墨奇", language)


def test_it_says_before_any_message_which_words_no_template_says(whatsapp):
    provider = open_at(whatsapp)
    assert provider.lacks({"short": "墨奇: 请打开应用。"}, "zh-Hans") == []
    (said,) = provider.lacks({"short": "别的话。"}, "zh-Hans")
    assert "no approved template renders the short text in zh-Hans; of zh-Hans it holds breach_zh" in said
    (said,) = provider.lacks({"short": "墨奇: 请打开应用。"}, "my")
    assert said.endswith("in my; it holds none of my.")


def test_the_notice_s_words_become_the_name_of_a_template_and_its_values(whatsapp):
    list(open_at(whatsapp).send([note(number="+" + NUMBER)]))
    request = whatsapp.requests[0]
    assert request["path"] == f"/v25.0/{NUMBER_ID}/messages"
    assert json.loads(request["body"]) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": NUMBER,
        "type": "template",
        "biz_opaque_callback_data": "dlv_1",
        "template": {
            "name": "breach_zh",
            "language": {"policy": "deterministic", "code": "zh_CN"},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": "墨奇"}]}],
        },
    }
    assert whatsapp.judge() == 1


def test_a_template_without_places_is_named_without_values(whatsapp):
    list(open_at(whatsapp).send([note(text="Please open our app.", language="en")]))
    template = json.loads(whatsapp.requests[0]["body"])["template"]
    assert template == {"name": "breach_plain", "language": {"policy": "deterministic", "code": "en_US"}}
    assert whatsapp.judge() == 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("墨奇: 请打开应用！", "zh-Hans"),  # one sign differs
        ("墨奇: 请打开应用。 更多", "zh-Hans"),
        ("墨奇: 请打开应用。", "en"),  # approved in another language
        ("墨奇\n: 请打开应用。", "zh-Hans"),  # a value may hold no line break
        ("Moqi: please open the app of Onami before Friday.", "en"),  # one place, two values
        (": 请打开应用。", "zh-Hans"),
    ],
)
def test_words_that_no_approved_template_says_are_refused_for_good_and_leave_the_house_never(whatsapp, text, language):
    (sent,) = open_at(whatsapp).send([note(text=text, language=language)])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.CONTENT_REFUSED, True)
    assert whatsapp.requests == []


@pytest.mark.parametrize("number", ["", "12345", "9" * 16, "+95 9250", "mya", "٩٥٩٢٥٠١٢٣٤٥٦"])
def test_what_is_no_number_leaves_the_house_never(whatsapp, number):
    (sent,) = open_at(whatsapp).send([note(number=number)])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.INVALID_ADDRESS, True)
    assert whatsapp.requests == []


@pytest.mark.parametrize(
    ("word", "code", "outcome", "reason", "permanent"),
    [
        ("sent", 0, Outcome.ACCEPTED, None, False),
        ("delivered", 0, Outcome.DELIVERED, None, False),
        ("read", 0, Outcome.READ, None, False),
        ("failed", 131026, Outcome.BOUNCED, Reason.UNREACHABLE, True),
        ("failed", 131050, Outcome.BOUNCED, Reason.OPTED_OUT, True),
        ("failed", 77, Outcome.BOUNCED, Reason.OTHER, False),
        ("failed", 131042, Outcome.BOUNCED, Reason.OUR_ACCOUNT, False),
        ("teleported", 0, Outcome.UNKNOWN, None, False),
    ],
)
def test_a_signed_status_moves_the_message_whose_reference_it_brings(whatsapp, word, code, outcome, reason, permanent):
    provider = open_at(whatsapp)
    (sent,) = provider.send([note()])
    errors = [{"code": code, "title": "t", "error_data": {"details": f"{NUMBER} cannot be reached"}, "href": "x"}]
    request = whatsapp.status(next(iter(whatsapp.taken)), word, **({"errors": errors} if code else {}))
    (receipt,) = provider.receipts(request)
    assert (receipt.outcome, receipt.reason, receipt.permanent) == (outcome, reason, permanent)
    assert (receipt.reference, receipt.provider_reference) == ("dlv_1", sent.provider_reference)
    assert receipt.at.isoformat() == "2026-03-06T13:00:05+00:00"
    assert NUMBER not in repr(receipt)


def test_the_number_that_hides_in_whatsapp_s_id_is_in_nothing_that_is_kept(whatsapp):
    provider = open_at(whatsapp)
    (sent,) = provider.send([note()])
    wamid = next(iter(whatsapp.taken))
    assert NUMBER.encode() in base64.b64decode(wamid.removeprefix("wamid."))
    (receipt,) = provider.receipts(whatsapp.status(wamid, "delivered"))
    kept = repr([sent, receipt])
    assert wamid not in kept
    assert wamid.removeprefix("wamid.")[:12] not in kept


def test_a_status_without_our_reference_is_found_by_the_message_and_what_people_write_is_left_alone(whatsapp):
    provider = open_at(whatsapp)
    (sent,) = provider.send([note()])
    wamid = next(iter(whatsapp.taken))
    told = {"id": wamid, "status": "delivered", "timestamp": "x"}
    (receipt,) = provider.receipts(signed_value({"statuses": [told]}))
    assert (receipt.reference, receipt.provider_reference, receipt.at) == (None, sent.provider_reference, None)
    assert provider.receipts(signed_value({"messages": [{"from": NUMBER, "text": {"body": "who is this?"}}]})) == []


def test_meta_gets_its_challenge_back_only_with_the_word_agreed_upon(whatsapp):
    provider = open_at(whatsapp)
    asked = f"/?hub.mode=subscribe&hub.challenge=17&hub.verify_token={WORD}"
    assert provider.greet(WebhookRequest(asked, {}, b"")) == "17"
    with pytest.raises(Forged):
        provider.greet(WebhookRequest(asked + "x", {}, b""))


def test_a_file_of_templates_that_cannot_be_read_is_named_with_its_line(whatsapp):
    whatsapp.file.write_text("templates:\n  - {name: a, language: en, code: en, text: 'Hello {{name}}.'}\n")
    with pytest.raises(BadInput, match=r"templates.yaml:2: .*numbered"):
        open_at(whatsapp)
    whatsapp.file.unlink()
    with pytest.raises(BadInput, match="no such file"):
        open_at(whatsapp)
