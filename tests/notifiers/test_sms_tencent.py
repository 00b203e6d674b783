"""Tencent Cloud's short messages: which words leave, how its codes are read, and what is learnt by asking."""

from datetime import UTC, datetime

import pytest
from werkzeug import Response

from notifiers import registry
from notifiers.message import Address, AddressKind, Inquiry, Message
from notifiers.outcome import Outcome, Reason, Unanswered
from notifiers.provider import Asks, Prepared
from packs import BadInput
from tests.loopback.tencent import LoopbackTencent, error, refusal

NUMBER = "+8613800138000"
WORDS = "【墨奇】我们发生安全事件，可能涉及您的个人信息。请自行打开我们的应用。编号INC-7"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = LoopbackTencent(tmp_path_factory.mktemp("tencent"))
    yield server
    server.stop()


@pytest.fixture
def tencent(server):
    server.requests.clear()
    server.messages.clear()
    server.contents.clear()
    server.pulled.clear()
    server.tells_session = True
    server.script = lambda _request: None
    return server


@pytest.fixture(autouse=True)
def slept(monkeypatch):
    pauses: list[float] = []
    monkeypatch.setattr("notifiers.sms.tencent.sleep", pauses.append)
    return pauses


def open_at(server, **more):
    return registry.open_provider("sms/tencent", {**server.environment(), **more})


def sms(reference="dlv_1", number=NUMBER, text=WORDS):
    return Message(reference, Address(AddressKind.PHONE, number), {"short": text}, "", "zh-Hans")


def inquiry(sent=None, reference="dlv_1", **more):
    return Inquiry(reference, sent.provider_reference if sent else None, sms(reference, **more))


def test_a_person_reads_the_approved_words_and_the_message_carries_our_reference(tencent):
    (sent,) = open_at(tencent).send([sms()])
    assert tencent.contents == [WORDS]
    assert tencent.messages[0]["SessionContext"] == "dlv_1"
    assert (sent.outcome, sent.provider_reference) == (Outcome.ACCEPTED, tencent.messages[0]["SerialNo"])
    assert set(sent.raw) == {"SerialNo", "Fee", "Code"}
    assert tencent.judge() == 1


def test_variables_go_in_the_order_of_their_numbers_whatever_their_order_in_the_text(tencent, tmp_path):
    list(open_at(tencent).send([sms(text="请忽略编号A1的通知，请看编号B2，不看编号A1。")]))
    assert tencent.contents == ["【墨奇】请忽略编号A1的通知，请看编号B2，不看编号A1。"]
    file = tmp_path / "swapped.yaml"
    file.write_text("templates: [{id: '7', signature: 墨奇, language: zh-Hans, text: '{10}和{2}和{1}'}]", "utf-8")
    provider = open_at(tencent, TOCSIN_TENCENT_TEMPLATES=str(file))
    assert provider._form("甲和乙和丙")["TemplateParamSet"] == ["丙", "乙", "甲"]


def test_words_that_nobody_approved_and_numbers_abroad_never_leave(tencent):
    messages = [sms("dlv_1", text=f"您好。{WORDS}"), sms("dlv_2", "+85251234567"), sms("dlv_3", "8613800138000")]
    sent = {one.reference: one for one in open_at(tencent).send(messages)}
    assert tencent.requests == []
    assert {name: one.reason for name, one in sent.items()} == {
        "dlv_1": Reason.CONTENT_REFUSED,
        "dlv_2": Reason.NOT_PERMITTED,
        "dlv_3": Reason.INVALID_ADDRESS,
    }
    assert all(one.permanent and one.outcome is Outcome.REFUSED for one in sent.values())


def test_a_wrong_secret_is_noticed_and_no_messages_fault(tencent):
    (sent,) = open_at(tencent, TOCSIN_TENCENT_SECRET_KEY="other").send([sms()])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.CREDENTIALS, False)


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (429, Outcome.THROTTLED, Reason.RATE_LIMITED),
        (503, Outcome.REFUSED, Reason.PROVIDER_ERROR),
        (500, Outcome.IN_DOUBT, Reason.PROVIDER_ERROR),
        (504, Outcome.IN_DOUBT, Reason.PROVIDER_ERROR),
        (200, Outcome.IN_DOUBT, Reason.PROVIDER_ERROR),
    ],
)
@pytest.mark.parametrize("body", [b"<html>", b'{"Response": {}}', b'{"Response": {"SendStatusSet": []}}', b"[]"])
def test_an_answer_without_a_code_is_read_by_its_status_and_mostly_leaves_it_open(
    tencent, status, outcome, reason, body
):
    tencent.script = lambda _request: Response(body, status)
    (sent,) = open_at(tencent).send([sms()])
    assert (sent.outcome, sent.reason, sent.permanent) == (outcome, reason, False)


def test_of_a_refusal_neither_number_nor_words_nor_what_filled_them_is_kept(tencent):
    said = f"{NUMBER[3:]}: {WORDS} (INC-7)"
    tencent.script = lambda _request: refusal("FailedOperation.ContainSensitiveWord", NUMBER, said)
    (sent,) = open_at(tencent).send([sms()])
    assert sent.raw["SendStatusSet"][0]["Code"] == "FailedOperation.ContainSensitiveWord"
    assert not [word for word in (NUMBER[3:], "安全事件", "INC-7") if word in repr(sent)]


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        ("SUCCESS", Outcome.DELIVERED, None),
        ("FAIL", Outcome.BOUNCED, Reason.OTHER),
        ("PERHAPS", Outcome.UNKNOWN, None),
    ],
)
def test_what_the_carrier_said_is_learnt_by_asking(tencent, status, outcome, reason):
    provider = open_at(tencent)
    (sent,) = provider.send([sms()])
    assert not list(provider.ask([inquiry(sent)]))  # the carrier has not spoken yet
    tencent.end(status, f"DELIVRD {NUMBER}")
    once, twice = [next(iter(provider.ask([inquiry(sent)]))) for _ in range(2)]
    assert (once.outcome, once.reason, once.permanent) == (outcome, reason, outcome is Outcome.BOUNCED)
    assert (once.reference, once.provider_reference) == ("dlv_1", sent.provider_reference)
    assert (once.event_id, once.at) == (twice.event_id, datetime.fromtimestamp(1772802123, UTC))
    assert NUMBER[3:] not in repr(once)


@pytest.mark.parametrize("tells_session", [True, False])
def test_among_messages_to_one_number_each_is_known_by_its_own_reference(tencent, tells_session):
    tencent.tells_session = tells_session
    provider = open_at(tencent)
    sent = {one.reference: one for one in provider.send([sms("dlv_1"), sms("dlv_2")])}
    tencent.end("FAIL", "x")
    tencent.messages[1]["ReportStatus"] = "SUCCESS"
    second = tencent.messages[1]["SessionContext"]
    told = {one.reference: one.outcome for one in provider.ask([inquiry(sent[name], name) for name in sent])}
    assert told == {name: Outcome.DELIVERED if name == second else Outcome.BOUNCED for name in sent}
    in_doubt = list(provider.ask([inquiry(reference="dlv_2"), inquiry(reference="dlv_9"), Inquiry("dlv_8")]))
    unsaid = [Unanswered("dlv_2"), Unanswered("dlv_9")]  # any of what was sent to that number may be theirs
    assert [one.reference for one in in_doubt] == ["dlv_2"] if tells_session else in_doubt == unsaid


def test_one_that_was_sent_again_and_arrived_once_has_arrived(tencent):
    provider = open_at(tencent)
    list(provider.send([sms(), sms()]))
    tencent.end("FAIL", "x")
    tencent.messages[1]["ReportStatus"] = "SUCCESS"
    assert [one.outcome for one in provider.ask([inquiry()])] == [Outcome.DELIVERED]


def test_questions_keep_the_pace_and_those_in_doubt_come_first(tencent, slept, monkeypatch):
    monkeypatch.setattr("notifiers.sms.tencent.monotonic", lambda: 7.0)
    provider = open_at(tencent)
    sent = {one.reference: one for one in provider.send([sms("dlv_1"), sms("dlv_2", "+8613800138002")])}
    tencent.end("SUCCESS", "DELIVRD")
    asked = [inquiry(sent["dlv_1"]), inquiry(reference="dlv_2", number="+8613800138002")]
    assert [one.reference for one in provider.ask(asked)] == ["dlv_2", "dlv_1"]
    assert slept == [pytest.approx(1 / 20)] * 2


def test_a_question_that_is_too_much_for_now_is_asked_again_and_given_up_in_the_end(tencent):
    provider = open_at(tencent)
    (sent,) = provider.send([sms()])
    tencent.end("SUCCESS", "DELIVRD")
    refusals = iter([error("RequestLimitExceeded")] * 2)
    tencent.script = lambda _request: next(refusals, None)
    assert [one.outcome for one in provider.ask([inquiry(sent)])] == [Outcome.DELIVERED]
    tencent.script = lambda _request: error("RequestLimitExceeded")
    before = len(tencent.requests)
    assert list(provider.ask([inquiry(sent)])) == [Unanswered("dlv_1")]
    assert len(tencent.requests) - before == 10


def test_without_the_session_context_nobody_can_say_that_a_message_is_not_known(tencent):
    tencent.tells_session = False
    provider = open_at(tencent)
    list(provider.send([sms()]))
    assert list(provider.ask([inquiry()])) == [], "the carrier has not spoken of anything to this number"
    tencent.end("SUCCESS", "DELIVRD")
    assert list(provider.ask([inquiry()])) == [Unanswered("dlv_1")]


@pytest.mark.parametrize("tells_session", [True, False])
def test_where_it_is_switched_on_all_receipts_are_pulled_at_once_and_nobody_is_asked_about_twice(
    tencent, tells_session
):
    tencent.tells_session = tells_session
    provider = open_at(tencent, TOCSIN_TENCENT_PULLS="yes")
    sent = {one.reference: one for one in provider.send(sms(f"dlv_{number}") for number in range(120))}
    tencent.end("SUCCESS", f"DELIVRD {NUMBER}")
    tencent.requests.clear()
    receipts = list(provider.ask([inquiry(sent["dlv_7"], "dlv_7"), inquiry(sent["dlv_8"], "dlv_8")]))
    assert [one["headers"]["X-Tc-Action"] for one in tencent.requests] == ["PullSmsSendStatus"] * 2
    assert {one.provider_reference for one in receipts} == {one.provider_reference for one in sent.values()}
    assert {one.reference for one in receipts} == (set(sent) if tells_session else {None})
    assert NUMBER[3:] not in repr(receipts)
    tencent.requests.clear()
    (again,) = provider.ask([inquiry(sent["dlv_7"], "dlv_7")])  # what was pulled and lost is still known by number
    assert (again.reference, again.event_id) in {("dlv_7", one.event_id) for one in receipts}


def test_who_is_accepted_is_asked_about_for_half_a_minute_and_who_is_in_doubt_until_the_end(tencent, monkeypatch):
    provider = open_at(tencent)
    sent = list(provider.send([sms(f"dlv_{number}") for number in range(3)]))
    tencent.end("SUCCESS", "DELIVRD")
    clock = iter(range(0, 10_000, 20))
    monkeypatch.setattr("notifiers.sms.tencent.monotonic", lambda: float(next(clock)))
    asked = [*(inquiry(one, one.reference) for one in sent), inquiry(reference="dlv_0"), inquiry(reference="dlv_1")]
    told = list(provider.ask(asked))
    assert [one.reference for one in told[:2]] == ["dlv_0", "dlv_1"]
    assert told[2:] == [Unanswered(one.reference) for one in sent], "whose turn did not come is asked about later"


def test_pulling_ends_after_half_a_minute_however_many_receipts_still_wait(tencent, monkeypatch):
    provider = open_at(tencent, TOCSIN_TENCENT_PULLS="yes")
    list(provider.send(sms(f"dlv_{number}") for number in range(350)))
    tencent.end("SUCCESS", "DELIVRD")
    clock = iter(range(0, 10_000, 12))
    monkeypatch.setattr("notifiers.sms.tencent.monotonic", lambda: float(next(clock)))
    assert len(list(provider.ask([]))) == 200
    assert len(list(provider.ask([]))) == 150, "what was left is pulled the next time"


def test_a_setting_that_is_neither_yes_nor_no_is_named(tencent):
    with pytest.raises(BadInput, match="TOCSIN_TENCENT_PULLS"):
        open_at(tencent, TOCSIN_TENCENT_PULLS="perhaps")


def test_a_question_that_is_not_answered_is_no_answer(tencent):
    provider = open_at(tencent)
    (sent,) = provider.send([sms()])
    for answer in (error("InternalError.Timeout"), Response(b"[]", 200), Response(b"", 500)):
        tencent.script = lambda _request, answer=answer: answer
        assert list(provider.ask([inquiry(sent)])) == [Unanswered("dlv_1")]


def test_it_says_before_any_incident_what_it_lacks(tencent):
    provider = open_at(tencent)
    assert isinstance(provider, Prepared)
    assert isinstance(provider, Asks)
    assert provider.lacks({"short": WORDS}, "zh-Hans") == []
    assert len(provider.lacks({"short": "Something else."}, "en")) == 1
