"""MiPush: approved words and no other, one device a request, what each code means."""

import json
from typing import Any

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from packs import BadInput
from tests.loopback import pairs
from tests.loopback.web import as_json
from tests.loopback.xiaomi import LoopbackXiaomi, form_of, refusal

WORDS = {"title": pairs.TITLE, "body": pairs.BODY}


@pytest.fixture
def server(tmp_path):
    loopback = LoopbackXiaomi(tmp_path)
    yield loopback
    loopback.stop()


def push(reference="dlv_1", token="d//ig+1", words=WORDS):
    return Message(reference, Address(AddressKind.DEVICE_TOKEN, token), words, "MIAOKE-NAME", "zh-Hans")


def opened(server, **more) -> Any:
    return registry.open_provider("push/xiaomi", server.environment() | more)


def test_a_request_holds_device_template_words_and_reference_and_nothing_else_of_the_message(server):
    (sent,) = opened(server).send([push()])
    form = form_of(server.requests[-1])
    assert (form["registration_id"], form["payload"]) == ("d//ig+1", "dlv_1")
    assert (form["title"], form["description"]) == (pairs.TITLE, pairs.BODY)
    assert (form["extra.template_id"], json.loads(form["extra.template_param"])) == ("P1002", {"reference": "INC-7"})
    assert form["time_to_live"] == "259200000"
    assert not [w for w in ("MIAOKE-NAME", "zh-Hans", "http", "intent_uri") if w in str(form)]
    assert (sent.outcome, sent.provider_reference) == (Outcome.ACCEPTED, sent.raw["data"]["id"])
    assert server.judge() == 1


def test_a_device_shows_the_words_that_were_approved(server):
    words = {"title": "渺刻，通知", "body": "通知：请打开应用"}
    list(opened(server).send([push(words=words)]))
    assert server.shown == {"d//ig+1": ("渺刻，通知", "通知：请打开应用")}
    assert server.judge() == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"title": pairs.TITLE, "body": "请打开应用。"}, Reason.CONTENT_REFUSED),  # nobody approved it
        ({"title": pairs.TITLE, "body": f"{pairs.BODY}\U0001f600"}, Reason.CONTENT_REFUSED),  # no emoji in a value
        ({"title": pairs.TITLE, "body": pairs.BODY.replace("INC-7", "  ")}, Reason.CONTENT_REFUSED),
        ({"title": "渺刻，通知", "body": "消息：请打开应用"}, Reason.CONTENT_REFUSED),  # one variable, two values
        ({"title": "长" * 50, "body": pairs.BODY}, Reason.TOO_LONG),
        ({"title": pairs.TITLE, "body": pairs.BODY + "长" * 128}, Reason.TOO_LONG),
    ],
)
def test_words_that_no_template_says_are_refused_for_good_and_not_sent(server, words, reason):
    (sent,) = opened(server).send([push(words=words)])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, reason, True)
    assert server.requests == []


@pytest.mark.parametrize("token", ["", "one,two", "one two", "one\n"])
def test_an_address_of_several_devices_or_none_is_never_sent(server, token):
    (sent,) = opened(server).send([push(token=token)])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.INVALID_ADDRESS, True)
    assert server.requests == []


def test_what_would_end_a_field_stays_within_it(server):
    odd = "x&registration_id=other+%\\墨"
    list(opened(server).send([push(odd, odd)]))
    form = form_of(server.requests[-1])
    assert (form["registration_id"], form["payload"]) == (odd, odd)


def test_a_second_telling_takes_the_place_of_the_first_on_the_screen_and_nobody_elses(server):
    provider = opened(server)
    for reference in ("dlv_1", "dlv_1", "dlv_2"):
        list(provider.send([push(reference)]))
    first, again, other = (form_of(request)["notify_id"] for request in server.requests)
    assert first == again != other


@pytest.mark.parametrize(("code", "wait"), [(10002, 10.0), (10027, 1.0), (200001, 3600.0), (99999, 60.0)])
def test_how_long_to_wait_follows_from_the_code(server, code, wait):
    server.script = lambda _request: refusal(code)
    (sent,) = opened(server).send([push()])
    assert sent.retry_after == wait


@pytest.mark.parametrize("data", [None, [], {"id": None}, {}])
def test_a_success_without_an_id_is_taken_all_the_same(server, data):
    server.script = lambda _request: as_json({"result": "ok", "code": 0, "data": data})
    (sent,) = opened(server).send([push()])
    assert (sent.outcome, sent.provider_reference) == (Outcome.ACCEPTED, None)


def test_a_wrong_secret_refuses_all_for_now_and_is_not_said(server):
    sent = list(opened(server, TOCSIN_XIAOMI_APP_SECRET="another secret").send([push("dlv_1"), push("dlv_2")]))
    assert {(s.outcome, s.reason, s.permanent) for s in sent} == {(Outcome.REFUSED, Reason.CREDENTIALS, False)}
    assert "another secret" not in repr(sent)


def test_before_any_incident_one_sentence_says_what_is_missing(server):
    provider = opened(server)
    assert provider.lacks(WORDS, "zh-Hans") == []
    (said,) = provider.lacks(WORDS | {"body": "别的话。"}, "zh-Hans")
    assert said.endswith(
        "no approved template renders title and body in zh-Hans; of zh-Hans it holds P1001, P1002, P1003."
    )
    assert provider.lacks({"title": "长" * 50, "body": "长" * 128}, "zh-Hans") == [
        "The title may have 49 characters and has 50.",
        "The body may have 127 characters and has 128.",
    ]


def test_a_template_that_names_no_channel_is_one_sentence(server, tmp_path):
    file = pairs.write(tmp_path)
    with pytest.raises(BadInput) as refused:
        opened(server)
    assert str(refused.value) == f"{file}: the template P1001 names no channel."
