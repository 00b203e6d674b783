"""Alibaba Cloud's short messages: which words leave, how its codes are read, and what is learnt by asking."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alibabacloud_dysmsapi20170525.client import Client  # type: ignore[import-untyped]
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params  # type: ignore[import-untyped]
from darabonba.runtime import RuntimeOptions  # type: ignore[import-untyped]
from werkzeug import Response

from notifiers import registry
from notifiers.message import Address, AddressKind, Inquiry, Message
from notifiers.outcome import Outcome, Reason, Unanswered
from notifiers.provider import Asks, Prepared
from packs import BadInput
from tests.loopback.alibaba import KEY, SECRET, LoopbackAlibaba, form_of, is_signed, refusal
from tests.loopback.web import as_json

NUMBER = "+8613800138000"
WORDS = "【墨奇】我们发生安全事件，可能涉及您的个人信息。请自行打开我们的应用。编号INC-7"
AT = datetime(2026, 3, 6, 15, 59, tzinfo=UTC)  # a minute before midnight in China


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = LoopbackAlibaba(tmp_path_factory.mktemp("alibaba"))
    yield server
    server.stop()


@pytest.fixture
def alibaba(server):
    server.requests.clear()
    server.messages.clear()
    server.script = lambda _request: None
    return server


@pytest.fixture(autouse=True)
def slept(monkeypatch):
    pauses: list[float] = []
    monkeypatch.setattr("notifiers.sms.alibaba.sleep", pauses.append)
    return pauses


def open_at(server, at=AT, **more):
    opened: Any = registry.open_provider("sms/alibaba", {**server.environment(), **more})
    opened._setup = replace(opened._setup, now=lambda: at)
    return opened


def sms(reference="dlv_1", number=NUMBER, text=WORDS):
    return Message(reference, Address(AddressKind.PHONE, number), {"short": text}, "", "zh-Hans")


def inquiry(sent=None, reference="dlv_1", **more):
    return Inquiry(reference, sent.provider_reference if sent else None, sms(reference, **more))


def test_a_person_reads_the_approved_words_and_the_message_carries_our_reference(alibaba):
    (sent,) = open_at(alibaba).send([sms()])
    assert alibaba.messages[0]["Content"] == WORDS
    assert form_of(alibaba.requests[0]) == {
        "PhoneNumbers": NUMBER,
        "OutId": "dlv_1",
        "SignName": "墨奇",
        "TemplateCode": "SMS_1002",
        "TemplateParam": '{"reference": "INC-7"}',
    }
    assert (sent.outcome, sent.provider_reference) == (Outcome.ACCEPTED, alibaba.messages[0]["BizId"])
    assert set(sent.raw) == {"BizId", "Code", "RequestId"}
    assert alibaba.judge() == 1


def test_the_same_form_sent_by_the_providers_own_sdk_is_the_same_request(alibaba):
    list(open_at(alibaba).send([sms("dlv&1 é~*")]))
    ours = alibaba.requests[0]
    host = alibaba.address.removeprefix("http://")
    sdk = Client(Config(access_key_id=KEY, access_key_secret=SECRET, endpoint=host, protocol="http"))
    params = Params(
        action="SendSms",
        version="2017-05-25",
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    sdk.call_api(params, OpenApiRequest(body=form_of(ours)), RuntimeOptions())
    theirs = alibaba.requests[1]
    assert is_signed(theirs)
    assert (ours["body"], ours["path"], ours["args"]) == (theirs["body"], theirs["path"], theirs["args"])
    same = ("Content-Type", "X-Acs-Action", "X-Acs-Version", "X-Acs-Content-Sha256")
    assert [ours["headers"][name] for name in same] == [theirs["headers"][name] for name in same]


def test_words_that_nobody_approved_and_numbers_abroad_never_leave(alibaba):
    messages = [sms("dlv_1", text=f"您好。{WORDS}"), sms("dlv_2", "+85251234567"), sms("dlv_3", "8613800138000")]
    sent = {one.reference: one for one in open_at(alibaba).send(messages)}
    assert alibaba.requests == []
    assert {name: one.reason for name, one in sent.items()} == {
        "dlv_1": Reason.CONTENT_REFUSED,
        "dlv_2": Reason.NOT_PERMITTED,
        "dlv_3": Reason.INVALID_ADDRESS,
    }
    assert all(one.permanent and one.outcome is Outcome.REFUSED for one in sent.values())


def test_nothing_in_a_reference_or_a_variable_becomes_a_field_of_its_own(alibaba):
    strange = 'INC&OutId=x "7" %é'
    list(open_at(alibaba).send([sms("dlv&1 +é", text=WORDS.replace("INC-7", strange))]))
    assert (alibaba.messages[0]["OutId"], alibaba.messages[0]["Content"]) == (
        "dlv&1 +é",
        WORDS.replace("INC-7", strange),
    )
    assert alibaba.judge() == 1


def test_a_wrong_secret_is_noticed_and_no_messages_fault(alibaba):
    (sent,) = open_at(alibaba, TOCSIN_ALIBABA_ACCESS_KEY_SECRET="other").send([sms()])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.CREDENTIALS, False)


def test_an_answer_that_cannot_be_read_leaves_it_open_whether_the_message_was_taken(alibaba):
    alibaba.script = lambda _request: Response(b"<html>", 200)
    (sent,) = open_at(alibaba).send([sms()])
    assert (sent.outcome, sent.raw) == (Outcome.IN_DOUBT, {"unreadable": True, "bytes": 6})


def test_of_a_refusal_neither_number_nor_words_nor_what_filled_them_is_kept(alibaba):
    alibaba.script = lambda _request: refusal("isv.SMS_CONTENT_ILLEGAL", 200, f"{NUMBER[3:]}: {WORDS} (INC-7)")
    (sent,) = open_at(alibaba).send([sms()])
    assert sent.raw["Code"] == "isv.SMS_CONTENT_ILLEGAL"
    assert not [word for word in (NUMBER[3:], "安全事件", "INC-7") if word in repr(sent)]


@pytest.mark.parametrize(
    ("status", "code", "outcome", "reason"),
    [
        (1, "", Outcome.ACCEPTED, None),
        (3, "DELIVERED", Outcome.DELIVERED, None),
        (2, "MOBILE_NOT_ON_SERVICE", Outcome.BOUNCED, Reason.UNREACHABLE),
        (2, "MOBILE_IN_BLACK", Outcome.BOUNCED, Reason.SUPPRESSED_BY_PROVIDER),
        (2, "USER_REJECT", Outcome.BOUNCED, Reason.OPTED_OUT),
        (2, "CONTENT_KEYWORD", Outcome.BOUNCED, Reason.CONTENT_REFUSED),
        (2, "MK:0001", Outcome.BOUNCED, Reason.OTHER),
        (9, "", Outcome.UNKNOWN, None),
    ],
)
def test_what_the_carrier_said_is_learnt_by_asking(alibaba, status, code, outcome, reason):
    provider = open_at(alibaba)
    (sent,) = provider.send([sms()])
    alibaba.end(status, code)
    (receipt,) = provider.ask([inquiry(sent)])
    assert (receipt.outcome, receipt.reason, receipt.permanent) == (outcome, reason, outcome is Outcome.BOUNCED)
    assert (receipt.reference, receipt.provider_reference) == ("dlv_1", sent.provider_reference)
    assert receipt.at == datetime(2026, 3, 6, 15, 59, 58, tzinfo=UTC)
    assert NUMBER[3:] not in repr(receipt)


def test_told_twice_an_event_has_one_id_and_a_later_one_has_another(alibaba):
    provider = open_at(alibaba)
    (sent,) = provider.send([sms()])
    waiting = [next(iter(provider.ask([inquiry(sent)]))).event_id for _ in range(2)]
    alibaba.end(3, "DELIVERED")
    arrived = [next(iter(provider.ask([one]))).event_id for one in (inquiry(sent), inquiry())]
    assert len(set(waiting)) == len(set(arrived)) == 1
    assert set(waiting) != set(arrived)


def test_a_message_of_yesterday_is_found_after_midnight_in_china(alibaba):
    (sent,) = open_at(alibaba).send([sms()])
    assert [r.reference for r in open_at(alibaba, AT + timedelta(minutes=5)).ask([inquiry(sent)])] == ["dlv_1"]
    assert [form_of(one)["SendDate"] for one in alibaba.requests[1:]] == ["20260307", "20260306"]
    late = open_at(alibaba, AT + timedelta(days=2, hours=1))  # two days later, and three as China counts
    assert [r.reference for r in late.ask([inquiry(sent)])] == ["dlv_1"]
    assert not list(open_at(alibaba, AT + timedelta(days=5)).ask([inquiry(sent)]))


def test_a_message_in_doubt_is_known_by_its_own_reference_among_others_to_the_number(alibaba):
    provider = open_at(alibaba)
    list(provider.send([sms("dlv_1"), sms("dlv_2", text="Moqi: 请打开应用。")]))
    found = list(provider.ask([inquiry(reference="dlv_2"), inquiry(reference="dlv_3"), Inquiry("dlv_4")]))
    assert [one.reference for one in found] == ["dlv_2"]


def test_one_that_was_sent_again_and_arrived_once_has_arrived(alibaba):
    provider = open_at(alibaba)
    list(provider.send([sms(), sms(), sms()]))
    for message, status in zip(alibaba.messages, (2, 3, 1), strict=True):
        message |= {"SendStatus": status, "ErrCode": "x"}
    assert [one.outcome for one in provider.ask([inquiry()])] == [Outcome.DELIVERED]


def test_a_question_that_is_not_answered_is_no_answer_and_nothing_found_is_one(alibaba):
    provider = open_at(alibaba)
    (sent,) = provider.send([sms()])
    for answer in (refusal("Throttling.User", 400), Response(b"[]", 200), Response(b"", 500)):
        alibaba.script = lambda _request, answer=answer: answer
        assert list(provider.ask([inquiry(sent)])) == [Unanswered("dlv_1")]
    alibaba.script = lambda _request: as_json({"Code": "OK"})
    assert list(provider.ask([inquiry(sent)])) == []


def test_a_question_that_is_too_much_for_now_is_asked_again_before_anybody_is_told_twice(alibaba, slept):
    provider = open_at(alibaba)
    list(provider.send([sms("dlv_1"), sms("dlv_2")]))
    refusals = iter([refusal("Throttling.User", 400)] * 3)
    alibaba.script = lambda _request: next(refusals, None)
    assert {one.reference for one in provider.ask([inquiry(), inquiry(reference="dlv_2")])} == {"dlv_1", "dlv_2"}
    assert len(alibaba.requests) == 2 + 2 + 2 + 1
    assert slept[:3] == [0.0, 1.0, 3.0]


def test_it_says_before_any_incident_what_it_lacks(alibaba):
    provider = open_at(alibaba)
    assert isinstance(provider, Prepared)
    assert isinstance(provider, Asks)
    assert provider.lacks({"short": WORDS}, "zh-Hans") == []
    assert len(provider.lacks({"short": "Something else."}, "en")) == 1


def test_without_a_readable_file_of_templates_it_does_not_open(alibaba, tmp_path):
    with pytest.raises(BadInput, match=r"nowhere\.yaml"):
        open_at(alibaba, TOCSIN_ALIBABA_TEMPLATES=str(tmp_path / "nowhere.yaml"))
