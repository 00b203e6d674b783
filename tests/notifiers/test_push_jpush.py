"""JPush: a thousand devices a request, no reference and no name in it, and each device's fate by asking."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug import Response

from notifiers import registry
from notifiers.message import Address, AddressKind, Inquiry, Message
from notifiers.outcome import Outcome, Reason, Unanswered
from notifiers.push import jpush as jpush_file
from packs import BadInput
from tests.loopback.jpush import LoopbackJPush, refusal

WORDS = {"title": "墨奇", "body": "请打开应用查看通知。"}


@pytest.fixture
def jpush():
    server = LoopbackJPush()
    yield server
    server.stop()


def push(reference="dlv_1", device="18071adc03536bdf", words=WORDS):
    return Message(reference, Address(AddressKind.DEVICE_TOKEN, device), words, "MIAOKE-NAME", "zh-Hans")


def many(count, words=WORDS):
    return [push(f"dlv_{n}", f"device-{n}", words) for n in range(count)]


def opened(server, **more):
    provider: Any = registry.open_provider("push/jpush", server.environment() | more)
    provider._setup = replace(provider._setup, now=lambda: datetime(2026, 3, 6, 13, 0, tzinfo=UTC))
    return provider


def test_a_request_holds_registration_ids_and_words_and_nothing_else_of_the_message(jpush):
    list(opened(jpush).send([push()]))
    body = json.loads(jpush.pushes[-1]["body"])
    assert body["audience"] == {"registration_id": ["18071adc03536bdf"]}
    assert body["platform"] == ["android", "ios"]
    assert body["notification"]["ios"] == {"alert": WORDS, "sound": "default"}
    assert (body["notification"]["android"]["title"], body["notification"]["android"]["alert"]) == tuple(WORDS.values())
    assert body["options"]["apns_production"] is True
    assert not [w for w in ("MIAOKE-NAME", "zh-Hans", "dlv_1", "http", "sms") if w in json.dumps(body)]
    assert jpush.judge() == 1


def test_harmony_devices_are_told_where_their_category_is_set(jpush):
    list(opened(jpush, TOCSIN_JPUSH_HMOS_CATEGORY="ACCOUNT").send([push()]))
    body = json.loads(jpush.pushes[-1]["body"])
    assert body["platform"] == ["android", "ios", "hmos"]
    assert body["notification"]["hmos"]["category"] == "ACCOUNT"
    assert jpush.judge() == 1


def test_the_telephones_makers_are_told_what_is_set_for_them_and_nothing_else(jpush):
    told = {"vivo": {"category": "ACCOUNT"}, "oppo": {"category": "ACCOUNT", "notify_level": 2}}
    list(opened(jpush, TOCSIN_JPUSH_VENDOR_CHANNELS=json.dumps(told)).send([push()]))
    list(opened(jpush).send([push()]))
    first, second = (json.loads(request["body"])["options"] for request in jpush.pushes)
    assert first.pop("third_party_channel") == told
    assert first == second
    assert jpush.judge() == 2


@pytest.mark.parametrize("said", ["vivo", "[]", '{"vivo": "ACCOUNT"}'])
def test_what_the_makers_are_told_must_be_an_object_a_maker(jpush, said):
    with pytest.raises(BadInput) as refused:
        opened(jpush, TOCSIN_JPUSH_VENDOR_CHANNELS=said)
    assert str(refused.value).startswith("TOCSIN_JPUSH_VENDOR_CHANNELS: must be JSON")


def test_a_thousand_devices_with_the_same_words_are_one_request_and_other_words_another(jpush):
    sent = list(opened(jpush).send([*many(1500), *many(3, {"title": "Moqi", "body": "Open the app."})]))
    sizes = sorted(len(devices) for devices in jpush.messages.values())
    assert sizes == [3, 500, 1000]
    assert len({s.reference for s in sent}) == 1500
    assert {s.provider_reference for s in sent} == {str(number) for number in jpush.messages}


def test_a_malformed_registration_id_is_found_and_the_others_are_told(jpush):
    def picky(request):
        wrong = b'"device-7"' in request["body"]
        return refusal(1003, 400, "The registration_id device-7 is invalid!") if wrong else None

    jpush.script = picky
    sent = {s.reference: s for s in opened(jpush).send(many(100))}
    assert len(sent) == 100
    bad = sent.pop("dlv_7")
    assert (bad.outcome, bad.reason, bad.permanent) == (Outcome.REFUSED, Reason.INVALID_ADDRESS, True)
    assert {s.outcome for s in sent.values()} == {Outcome.ACCEPTED}
    assert "device-7" not in repr(bad)


def test_a_setting_of_ours_that_is_not_valid_gives_nobody_up_and_is_sent_once(jpush):
    jpush.script = lambda _request: refusal(1003, 400, "options.time_to_live is invalid!")
    sent = list(opened(jpush).send(many(100)))
    assert {(s.outcome, s.reason, s.permanent) for s in sent} == {(Outcome.REFUSED, Reason.OUR_ACCOUNT, False)}
    assert (len(sent), len(jpush.pushes)) == (100, 1)


@pytest.mark.parametrize(("said", "waited"), [("17", 17.0), ("²", 60.0), ("soon", 60.0)])
def test_a_throttled_request_waits_until_the_minute_of_the_quota_ends(jpush, said, waited):
    jpush.script = lambda _request: refusal(2002, 429, **{"X-Rate-Limit-Reset": said})
    (sent,) = opened(jpush).send([push()])
    assert sent.retry_after == waited


def test_who_is_asked_after_is_told_apart_by_device(jpush):
    provider = opened(jpush)
    jpush.fates = {"device-1": 1, "device-2": 2, "device-3": 4, "device-4": 3}
    messages = many(5)
    inquiries = [
        Inquiry(m.reference, s.provider_reference, m) for m, s in zip(messages, provider.send(messages), strict=True)
    ]
    told = {r.reference: r for r in provider.ask([*inquiries, Inquiry("dlv_8", None, push()), Inquiry("dlv_9", "1")])}
    # Not yet there, a fault of theirs and "not a target" (told too for the wrong day) say nothing for certain.
    assert {r: (t.outcome, t.reason, t.permanent) for r, t in told.items()} == {
        "dlv_0": (Outcome.DELIVERED, None, False),
        "dlv_2": (Outcome.BOUNCED, Reason.INVALID_ADDRESS, True),
    }
    assert not [t for t in told.values() if "device-" in repr(t)]


@pytest.mark.parametrize(("sent_on", "asked"), [("2026-03-07", 1), ("2026-03-06", 2), ("2026-03-04", 4), ("x", 4)])
def test_days_are_asked_for_as_china_counts_them_until_the_device_is_found(jpush, sent_on, asked):
    provider = opened(jpush)
    provider._setup = replace(provider._setup, now=lambda: datetime(2026, 3, 6, 16, 30, tzinfo=UTC))
    (sent,) = provider.send([push()])
    jpush.day = sent_on
    told = list(provider.ask([Inquiry("dlv_1", sent.provider_reference, push())]))
    assert len(told) == (sent_on != "x")
    days = [json.loads(r["body"])["date"] for r in jpush.requests if r["path"] == "/v3/status/message"]
    assert days == ["2026-03-07", "2026-03-06", "2026-03-05", "2026-03-04"][:asked]
    assert jpush.judge() == 1


def test_a_report_that_is_refused_or_never_comes_is_no_answer(jpush):
    provider = opened(jpush)
    (sent,) = provider.send([push()])
    inquiry = Inquiry("dlv_1", sent.provider_reference, push())
    jpush.script = lambda _request: refusal(2003, 403)
    assert list(provider.ask([inquiry])) == [Unanswered("dlv_1")]
    jpush.stop()
    assert list(provider.ask([inquiry])) == [Unanswered("dlv_1")]


@pytest.fixture
def slept(monkeypatch):
    seconds: list[float] = []
    monkeypatch.setattr(jpush_file, "sleep", seconds.append)
    return seconds


def breaking(times, what):
    """The first so many pushes are taken and then answered by `what`, as if the answer had been lost on its way."""
    left = [times]

    def script(server, request):
        if request["path"] != "/v3/push" or not left[0]:
            return None
        left[0] -= 1
        server.answer(request)
        return what

    return script


@pytest.mark.parametrize("what", [Response("", 502), refusal(1030, 503), Response("", 500)])
def test_a_request_whose_answer_was_lost_is_sent_again_under_its_name_and_tells_nobody_twice(jpush, slept, what):
    script = breaking(1, what)
    jpush.script = lambda request: script(jpush, request)
    sent = list(opened(jpush).send(many(30)))
    assert [one.outcome for one in sent] == [Outcome.ACCEPTED] * 30
    assert [len(devices) for devices in jpush.messages.values()] == [30], "JPush made one push of the two"
    first, second = (json.loads(request["body"]) for request in jpush.pushes)
    assert first == second
    assert slept == [1.0]


def test_what_is_lost_twice_stays_in_doubt(jpush, slept):
    script = breaking(2, Response("", 502))
    jpush.script = lambda request: script(jpush, request)
    assert {one.outcome for one in opened(jpush).send(many(3))} == {Outcome.IN_DOUBT}
    assert len(jpush.pushes) == 2, "and it is sent no third time: the batch's lease must not end meanwhile"
    assert jpush.judge() == 2


def test_a_refusal_of_the_second_time_says_nothing_of_the_first(jpush, slept):
    answers = iter([Response("", 502), refusal(2002, 429)])
    jpush.script = lambda request: next(answers) if request["path"] == "/v3/push" else None
    assert {one.outcome for one in opened(jpush).send(many(3))} == {Outcome.IN_DOUBT}


def test_without_a_name_a_lost_answer_leaves_people_in_doubt_at_once(jpush, slept):
    jpush.script = lambda _request: Response("", 502)
    assert {one.outcome for one in opened(jpush).send(many(3))} == {Outcome.IN_DOUBT}
    assert len(jpush.pushes) == 1
    assert slept == []


def test_names_are_fetched_ten_at_a_time(jpush):
    list(opened(jpush).send(push(f"dlv_{n}", words={"title": "Moqi", "body": f"{n}"}) for n in range(25)))
    assert len(jpush.given) == 30
    assert len({json.loads(request["body"])["cid"] for request in jpush.pushes}) == 25
