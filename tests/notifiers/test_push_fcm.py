"""FCM: a notification without personal detail or link, one log-in for many, and what each error means."""

import json

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from packs import BadInput
from tests.loopback.fcm import LoopbackFcm, refusal


@pytest.fixture
def fcm(tmp_path):
    server = LoopbackFcm(tmp_path)
    yield server
    server.stop()


def push(reference="dlv_1", token="device-1"):
    return Message(
        reference, Address(AddressKind.DEVICE_TOKEN, token), {"title": "墨奇", "body": "请打开应用查看通知。"}
    )


def test_a_notification_holds_the_token_the_words_and_the_reference_and_nothing_to_click(fcm):
    list(registry.open_provider("push/fcm", fcm.environment()).send([push()]))
    request = fcm.requests[-1]
    assert request["path"] == "/v1/projects/house/messages:send"
    assert request["headers"]["Authorization"] == "Bearer ya29.secret"
    message = json.loads(request["body"])["message"]
    assert message["token"] == "device-1"
    assert message["notification"] == {"title": "墨奇", "body": "请打开应用查看通知。"}
    assert message["data"] == {"reference": "dlv_1"}
    assert "topic" not in message
    assert (message["android"]["priority"], message["apns"]["headers"]["apns-push-type"]) == ("high", "alert")
    assert not [w for w in ("click_action", "link", "image", "analytics") if w in json.dumps(message)]
    assert fcm.judge() == 1


def test_a_device_or_reference_with_quotation_marks_stays_within_its_own(fcm):
    odd = 'x","topic":"all\n\\\u2028墨'
    list(registry.open_provider("push/fcm", fcm.environment()).send([push(odd, odd)]))
    message = json.loads(fcm.requests[-1]["body"])["message"]
    assert (message["token"], message["data"], "topic" in message) == (odd, {"reference": odd}, False)


def test_one_log_in_serves_many_messages(fcm):
    provider = registry.open_provider("push/fcm", fcm.environment())
    sent = list(provider.send([push(f"dlv_{n}", f"device-{n}") for n in range(300)]))
    list(provider.send([push("dlv_x")]))
    assert fcm.logins == 1
    assert {s.outcome for s in sent} == {Outcome.ACCEPTED}
    assert (len(fcm.devices), len(set(fcm.devices))) == (301, 300)


def test_a_log_in_that_fails_refuses_all_for_now(fcm):
    fcm.script = lambda request: refusal("invalid_grant", 400) if request["path"] == "/token" else None
    sent = list(registry.open_provider("push/fcm", fcm.environment()).send([push("dlv_1"), push("dlv_2")]))
    assert {(s.outcome, s.reason, s.permanent) for s in sent} == {(Outcome.REFUSED, Reason.CREDENTIALS, False)}


def test_a_file_that_is_no_service_account_is_named(tmp_path):
    (tmp_path / "junk.json").write_text("{}")
    for file in (tmp_path / "junk.json", tmp_path / "absent.json"):
        with pytest.raises(BadInput, match="TOCSIN_FCM_SERVICE_ACCOUNT"):
            registry.open_provider("push/fcm", {"TOCSIN_FCM_SERVICE_ACCOUNT": str(file)})
