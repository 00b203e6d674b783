"""Twilio's calls: what is said in which voice, what a call proves, how codes are read, whose word is believed."""

import json
from itertools import islice
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Inquiry, Message
from notifiers.outcome import Outcome, Reason
from notifiers.provider import Asks, Forged, Prepared, Replies, WebhookRequest
from notifiers.unsafe import unsafe_in_short
from notifiers.voice import prompts
from notifiers.voice._twiml import VOICES, digest_of
from packs import BadInput
from tests.loopback.judge import contracts, judge_openapi
from tests.loopback.twilio import NUMBER, TOKEN, refusal
from tests.loopback.twilio_voice import LoopbackTwilioVoice

HOOK = "https://house.example/receipts/voice/twilio_voice"
ZH = "您好，这里是墨奇。<您的>个人信息 & 其他信息受到了影响。"
MY = "မင်္ဂလာပါ။ ဤသည်မှာ အရေးကြီးသော အသိပေးချက် ဖြစ်ပါသည်။"


@pytest.fixture
def twilio():
    server = LoopbackTwilioVoice()
    yield server
    server.stop()


def open_at(server, hook=HOOK, **more):
    settings = {f"TOCSIN_TWILIO_VOICE_{name.upper()}": value for name, value in more.items()}
    return registry.open_provider("voice/twilio_voice", {**server.environment(), **settings}, callback_url=hook)


def call(reference="dlv_1", text=ZH, language="zh-Hans", number="+959421012345"):
    return Message(reference, Address(AddressKind.PHONE, number), {"spoken": text}, "Moqi", language)


def taken(server):
    return {name: values[0] for name, values in parse_qs(server.requests[0]["body"].decode()).items()}


def placed(server, provider, **about):
    (sent,) = provider.send([call(**about)])
    assert sent.outcome is Outcome.ACCEPTED
    return sent.provider_reference


def test_the_approved_words_are_said_whole_before_any_key_counts_and_again_with_it(twilio):
    sid = placed(twilio, open_at(twilio))
    said = twilio.twiml(sid)
    assert [one.tag for one in said] == ["Say", "Gather"]
    assert said[0].text == ZH
    assert said[0].attrib == {"language": "cmn-CN", "voice": "Google.cmn-CN-Standard-A"}
    asks = prompts().words["zh-Hans"].says
    assert [one.text for one in said[1] if one.tag == "Say"] == [asks, ZH, asks]
    gather = said[1].attrib
    assert (gather["numDigits"], gather["input"], gather["actionOnEmptyResult"]) == ("1", "dtmf", "true")
    assert gather["action"] == f"{HOOK}?reference=dlv_1&said=1"


def test_the_form_names_the_caller_the_callback_and_what_detects_a_machine_and_the_twiml_no_number(twilio):
    sid = placed(twilio, open_at(twilio))
    form = taken(twilio)
    assert (form["To"], form["From"]) == ("+959421012345", NUMBER)
    assert form["StatusCallback"] == f"{HOOK}?reference=dlv_1"
    assert form["MachineDetection"] == "Enable"
    assert "959421012345" not in form["Twiml"]
    assert NUMBER not in form["Twiml"]
    assert twilio.judge() == 1
    assert sid == next(iter(twilio.calls))


def test_machine_detection_can_be_turned_off_and_a_mode_that_does_not_exist_is_named(twilio):
    placed(twilio, open_at(twilio, machine_detection="off"))
    assert "MachineDetection" not in taken(twilio)
    with pytest.raises(BadInput, match="MACHINE_DETECTION"):
        open_at(twilio, machine_detection="On")


def test_nothing_in_an_address_or_a_reference_can_become_a_field_or_markup_of_its_own(twilio):
    provider = open_at(twilio)
    sid = placed(twilio, provider, reference='dlv&"1" +é', number="+1&From=x %墨")
    assert (taken(twilio)["To"], taken(twilio)["From"]) == ("+1&From=x %墨", NUMBER)
    for request in (twilio.said(sid, "1"), twilio.call_back(sid, "completed")):
        assert provider.receipts(request)[0].reference == 'dlv&"1" +é'


def test_a_language_without_voice_and_recording_is_known_to_be_lacking_before_any_call(twilio):
    provider = open_at(twilio, recordings=f"my:{digest_of(MY)}=https://x.example/my.mp3")
    assert isinstance(provider, Prepared)
    assert provider.lacks({"spoken": ZH}, "zh-Hans") == provider.lacks({"spoken": MY}, "my") == []
    assert provider.lacks({"spoken": f"{MY} {MY}"}, "my") == [
        "There is no voice for this language and no recording of these words."
    ]
    assert provider.lacks({}, "my") == [], "a notice that is not spoken lacks nothing"
    assert twilio.requests == []


def test_a_language_with_a_voice_is_said_in_it_and_any_other_only_as_a_recording_of_these_very_words(twilio):
    provider = open_at(twilio)
    (refused,) = provider.send([call(text=MY, language="my")])
    assert (refused.outcome, refused.reason, refused.permanent) == (Outcome.REFUSED, Reason.CONTENT_REFUSED, True)
    key = refused.raw["recording"]
    assert key.startswith("my:")
    assert twilio.requests == []
    spoken = open_at(
        twilio, recordings=f"my:000000000000=https://x.example/no.mp3 {key}=https://x.example/my.mp3?a=1&b=2"
    )
    sid = placed(twilio, spoken, text=MY, language="my")
    said = twilio.twiml(sid)
    assert [one.text for one in said.iter("Play")] == ["https://x.example/my.mp3?a=1&b=2"] * 2
    assert list(said.iter("Say")) == []
    (other,) = spoken.send([call(text=MY + "။", language="my")])
    assert other.reason is Reason.CONTENT_REFUSED
    (traditional,) = provider.send([call(language="zh-Hant")])
    assert traditional.reason is Reason.CONTENT_REFUSED


@pytest.mark.parametrize("wrong", ["my=https://x.example/a.mp3", "my:0123456789ab=http://x.example/a.mp3", "x"])
def test_a_recording_that_cannot_be_read_is_named(twilio, wrong):
    with pytest.raises(BadInput, match="TOCSIN_TWILIO_VOICE_RECORDINGS"):
        open_at(twilio, recordings=wrong)


def test_a_long_notice_is_said_once_and_one_that_twilio_would_not_carry_never(twilio):
    provider = open_at(twilio)
    sid = placed(twilio, provider, text="长" * 3000)
    assert [one.text for one in twilio.twiml(sid).iter("Say")] == ["长" * 3000, prompts().words["zh-Hans"].says]
    (refused,) = provider.send([call(text="长" * 3900)])
    assert (refused.reason, refused.permanent) == (Reason.TOO_LONG, True)
    assert refused.raw["characters"] > 4000
    assert len(twilio.requests) == 1


def test_a_batch_that_no_voice_can_say_is_not_read_to_its_end_before_an_outcome_is_given(twilio):
    asked = []

    def messages():
        for number in range(1000):
            asked.append(number)
            yield call(f"dlv_{number}", MY, "my") if number % 3 else call(f"dlv_{number}")

    provider = open_at(twilio)
    given = list(islice(provider.send(messages()), 20))
    assert len(asked) - len(given) <= provider.about.window
    assert sorted(one.reference for one in given) == sorted(f"dlv_{number}" for number in asked[:20])


def test_without_an_address_of_ours_the_notice_is_said_and_no_key_is_asked_for(twilio):
    sid = placed(twilio, open_at(twilio, hook=""))
    assert [one.tag for one in twilio.twiml(sid)] == ["Say", "Pause", "Say"]
    assert "StatusCallback" not in taken(twilio)


def test_the_words_that_ask_for_a_key_are_no_bait_and_say_whether_somebody_reviewed_them():
    assert set(prompts().words) == set(VOICES) == {"en", "zh-Hans"}
    for words in prompts().words.values():
        assert unsafe_in_short(words.says) == []
        assert prompts().key in words.says
        assert words.reviewed_by == ""


@pytest.mark.parametrize(
    ("code", "status", "outcome", "reason", "permanent"),
    [
        (21211, 400, Outcome.REFUSED, Reason.INVALID_ADDRESS, True),
        (21215, 400, Outcome.REFUSED, Reason.NOT_PERMITTED, True),
        (21216, 400, Outcome.REFUSED, Reason.BLOCKED, True),
        (21210, 400, Outcome.REFUSED, Reason.NOT_PERMITTED, False),
        (32018, 400, Outcome.REFUSED, Reason.TOO_LONG, True),
        (22005, 400, Outcome.THROTTLED, Reason.RATE_LIMITED, False),
        (10004, 400, Outcome.THROTTLED, Reason.RATE_LIMITED, False),
        (20003, 401, Outcome.REFUSED, Reason.CREDENTIALS, False),
        (99999, 400, Outcome.REFUSED, Reason.OTHER, True),
        (0, 503, Outcome.REFUSED, Reason.PROVIDER_ERROR, False),
        (0, 500, Outcome.IN_DOUBT, Reason.PROVIDER_ERROR, False),
        (0, 504, Outcome.IN_DOUBT, Reason.PROVIDER_ERROR, False),
    ],
)
def test_each_code_says_what_it_means_for_this_person(twilio, code, status, outcome, reason, permanent):
    twilio.script = lambda _request: refusal(code, status)
    (sent,) = open_at(twilio).send([call()])
    assert (sent.outcome, sent.reason, sent.permanent) == (outcome, reason, permanent)


@pytest.mark.parametrize(
    ("digits", "by", "outcome"),
    [
        ("1", "human", Outcome.READ),
        ("1", "machine_start", Outcome.DELIVERED),  # a person after all, or a tone on a tape
        ("1", "fax", Outcome.DELIVERED),
        ("1", None, Outcome.READ),
        ("5", None, Outcome.DELIVERED),
        ("5", "machine_start", Outcome.BOUNCED),
        (None, "human", Outcome.DELIVERED),
        (None, "unknown", Outcome.ACCEPTED),
        (None, None, Outcome.ACCEPTED),
        (None, "machine_end_beep", Outcome.BOUNCED),
        (None, "fax", Outcome.BOUNCED),
    ],
)
def test_only_a_key_proves_that_somebody_heard_and_silence_proves_less(twilio, digits, by, outcome):
    provider = open_at(twilio)
    sid = placed(twilio, provider)
    (receipt,) = provider.receipts(twilio.said(sid, digits, **({"AnsweredBy": by} if by else {})))
    assert (receipt.outcome, receipt.reference) == (outcome, "dlv_1")


@pytest.mark.parametrize(
    ("status", "more", "outcome", "reason", "permanent"),
    [
        ("in-progress", {}, Outcome.ACCEPTED, None, False),
        ("completed", {"AnsweredBy": "human"}, Outcome.ACCEPTED, None, False),
        ("completed", {}, Outcome.ACCEPTED, None, False),
        ("completed", {"AnsweredBy": "machine_start"}, Outcome.BOUNCED, Reason.UNREACHABLE, False),
        ("completed", {"AnsweredBy": "machine_end_other"}, Outcome.BOUNCED, Reason.UNREACHABLE, False),
        ("completed", {"AnsweredBy": "fax"}, Outcome.BOUNCED, Reason.UNREACHABLE, True),
        ("busy", {}, Outcome.BOUNCED, Reason.UNREACHABLE, False),
        ("no-answer", {}, Outcome.BOUNCED, Reason.NO_ANSWER, False),
        ("canceled", {}, Outcome.EXPIRED, Reason.OTHER, False),
        ("failed", {}, Outcome.BOUNCED, Reason.UNREACHABLE, False),
        ("failed", {"SipResponseCode": "503"}, Outcome.BOUNCED, Reason.UNREACHABLE, False),
        ("failed", {"SipResponseCode": "404"}, Outcome.BOUNCED, Reason.INVALID_ADDRESS, True),
        ("failed", {"SipResponseCode": "608"}, Outcome.BOUNCED, Reason.BLOCKED, True),
        ("teleported", {}, Outcome.UNKNOWN, None, False),
    ],
)
def test_the_end_of_a_call_says_who_was_not_reached_and_never_who_was(twilio, status, more, outcome, reason, permanent):
    provider = open_at(twilio)
    sid = placed(twilio, provider)
    (receipt,) = provider.receipts(twilio.call_back(sid, status, **more))
    assert (receipt.outcome, receipt.reason, receipt.permanent) == (outcome, reason, permanent)
    assert provider.reply(twilio.call_back(sid, status, **more)) is None


def test_a_call_that_waits_is_told_to_hang_up_and_a_stranger_hears_nothing(twilio):
    provider = open_at(twilio)
    assert isinstance(provider, Replies)
    sid = placed(twilio, provider)
    reply = provider.reply(twilio.said(sid, "1"))
    assert reply.content_type.startswith("text/xml")
    assert reply.body.endswith(b"<Response><Hangup /></Response>")
    good = twilio.said(sid, "1")
    with pytest.raises(Forged):
        provider.reply(WebhookRequest(good.target, good.headers, good.body + b"&x=1"))


def test_a_key_pressed_for_one_person_confirms_for_nobody_else_nor_does_the_end_of_a_call(twilio):
    provider = open_at(twilio)
    sid = placed(twilio, provider)
    good, ended = twilio.said(sid, "1"), twilio.call_back(sid, "completed")
    for request, target in (
        (good, good.target.replace("dlv_1", "dlv_2")),
        (ended, ended.target + "&said=1"),
        (good, good.target.replace("&said=1", "")),
    ):
        with pytest.raises(Forged):
            provider.receipts(WebhookRequest(target, request.headers, request.body))
    with pytest.raises(Forged):
        provider.receipts(WebhookRequest(good.target, good.headers, good.body.replace(b"Digits=1", b"Digits=2")))


def test_a_callback_told_twice_or_late_is_the_same_event_and_a_key_is_another_than_the_end(twilio):
    provider = open_at(twilio)
    sid = placed(twilio, provider)
    requests = [twilio.said(sid, "1"), twilio.said(sid), twilio.call_back(sid, "completed"), twilio.said(sid, "1")]
    first, silent, ended, again = (provider.receipts(one)[0].event_id for one in requests)
    assert first == again
    assert len({first, silent, ended}) == 3


def test_it_is_asked_by_id_only_and_a_human_s_line_is_no_proof(twilio):
    provider = open_at(twilio)
    assert isinstance(provider, Asks)
    sid = placed(twilio, provider)
    twilio.calls[sid] |= {"status": "completed", "answered_by": "machine_start", "duration": "12"}
    asked = [Inquiry("dlv_1", sid), Inquiry("dlv_2", "CA" + "f" * 32), Inquiry("dlv_3", None, call("dlv_3"))]
    assert [(one.reference, one.outcome) for one in provider.ask(asked)] == [("dlv_1", Outcome.BOUNCED)]
    questions = [one for one in twilio.requests if one["method"] == "GET"]
    assert len(questions) == 2
    for question in questions:
        question["headers"].setdefault("Content-Type", "application/x-www-form-urlencoded")
        judge_openapi("twilio_messages_calls.openapi.json", "https://api.twilio.com", question)
    twilio.calls[sid]["answered_by"] = "human"
    assert [one.outcome for one in provider.ask(asked[:1])] == [Outcome.ACCEPTED]


def test_the_published_signature_vectors_hold(twilio):
    checked = 0
    for vector in json.loads((contracts() / "webhook_vectors.json").read_text())["twilio"]:
        if "body" in vector:
            continue  # JSON bodies: Twilio's callbacks of calls are forms
        address = vector.get("validate_url", vector["url"])
        form = [
            (k, v) for k, values in vector["params"].items() for v in (values if isinstance(values, list) else [values])
        ]
        provider = open_at(twilio, hook=address.partition("?")[0], auth_token=vector["token"])
        target = f"{urlsplit(address).path}?{urlsplit(address).query}"
        headers = {"x-twilio-signature": vector["signature"]}
        assert len(provider.receipts(WebhookRequest(target, headers, urlencode(form).encode()))) == 1
        with pytest.raises(Forged):
            provider.receipts(WebhookRequest(target, headers, urlencode([*form, ("Digits", "1")]).encode()))
        checked += 1
    assert checked >= 5
    assert TOKEN not in repr(open_at(twilio))
