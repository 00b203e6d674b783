"""Twilio's calls: what is said in which voice, what a call proves, how codes are read, whose word is believed."""

import json
from dataclasses import replace
from itertools import islice
from urllib.parse import parse_qs, quote, unquote_plus, urlencode, urlsplit
from xml.etree import ElementTree

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Inquiry, Message
from notifiers.outcome import Outcome, Reason
from notifiers.provider import Asks, Forged, Prepared, Replies, WebhookRequest
from notifiers.unsafe import unsafe_in_short
from notifiers.voice import prompts
from notifiers.voice._twiml import VOICES, digest_of, hung_up, pieces
from packs import BadInput
from tests.loopback.judge import contracts, judge_openapi
from tests.loopback.twilio import NUMBER, TOKEN
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


def told(text=ZH, language="zh-Hans"):
    """The hall, of which the provider asks what is to be told: the words, without the address."""
    return lambda reference: replace(call(reference, text, language), to=Address(AddressKind.PHONE, ""))


def notice_of(provider, request, **about):
    """What the call says next, as Twilio reads it."""
    reply = provider.reply(request, told(**about))
    assert reply.content_type.startswith("text/xml")
    return ElementTree.fromstring(reply.body)


def test_whoever_picks_up_hears_who_calls_and_nothing_of_the_matter_before_the_key(twilio):
    sid = placed(twilio, open_at(twilio))
    said = twilio.twiml(sid)
    greets = prompts().words["zh-Hans"].greets.replace("{sender}", "Moqi")
    assert [one.tag for one in said] == ["Gather"]
    assert [one.text for one in said[0] if one.tag == "Say"] == [greets, greets]
    assert said[0][0].attrib == {"language": "cmn-CN", "voice": "Google.cmn-CN-Standard-A"}
    gather = said[0].attrib
    assert (gather["numDigits"], gather["input"], gather["actionOnEmptyResult"]) == ("1", "dtmf", "true")
    assert gather["action"] == f"{HOOK}?reference=dlv_1&said=greeting"
    sent = twilio.requests[0]["body"].decode()
    assert "受到了影响" not in unquote_plus(sent), "the notice does not even leave this house before the key"


def test_after_the_key_the_approved_words_are_said_whole_before_any_key_counts_and_again_with_it(twilio):
    provider = open_at(twilio)
    sid = placed(twilio, provider)
    said = notice_of(provider, twilio.greeted(sid, "1"))
    assert [one.tag for one in said] == ["Say", "Gather"]
    asks = prompts().words["zh-Hans"].asks
    assert said[0].text == ZH
    assert [one.text for one in said[1] if one.tag == "Say"] == [asks, ZH, asks]
    assert said[1].attrib["action"] == f"{HOOK}?reference=dlv_1&said=notice"


@pytest.mark.parametrize("digits", [None, "2", "9"])
def test_somebody_else_of_the_house_or_nobody_hears_no_word_of_it(twilio, digits):
    provider = open_at(twilio)
    sid = placed(twilio, provider)
    assert [one.tag for one in notice_of(provider, twilio.greeted(sid, digits))] == ["Hangup"]


def test_a_telling_that_was_stopped_meanwhile_is_not_said_any_more(twilio):
    provider = open_at(twilio)
    sid = placed(twilio, provider)
    assert provider.reply(twilio.greeted(sid, "1"), lambda _reference: None).body == hung_up()


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


def recorded(*texts):
    """The setting of recordings of these Burmese words, as whoever records them writes it."""
    return " ".join(f"my:{digest_of(text)}=https://x.example/{number}.mp3?a=1&b=2" for number, text in enumerate(texts))


def test_a_language_without_voice_and_recording_is_known_to_be_lacking_before_any_call(twilio):
    prompt = prompts().words["my"]
    provider = open_at(twilio, recordings=recorded(MY, prompt.greets))
    assert isinstance(provider, Prepared)
    assert provider.lacks({"spoken": ZH}, "zh-Hans") == []
    assert provider.lacks({"spoken": MY}, "my") == [
        f"There is no voice for this language and no recording my:{digest_of(prompt.asks)}."
    ]
    assert provider.lacks({"spoken": MY}, "de") == ["There are no words in this language that ask who has picked up."]
    assert provider.lacks({}, "my") == [], "a notice that is not spoken lacks nothing"
    assert twilio.requests == []


def test_a_language_with_a_voice_is_said_in_it_and_any_other_only_as_recordings_of_these_very_words(twilio):
    provider, prompt = open_at(twilio), prompts().words["my"]
    (refused,) = provider.send([call(text=MY, language="my")])
    assert (refused.outcome, refused.reason, refused.permanent) == (Outcome.REFUSED, Reason.CONTENT_REFUSED, True)
    assert all(f"my:{digest_of(text)}" in refused.raw["why"] for text in (MY, prompt.greets, prompt.asks))
    assert twilio.requests == []
    spoken = open_at(
        twilio, recordings="my:000000000000=https://x.example/no.mp3 " + recorded(prompt.greets, MY, prompt.asks)
    )
    sid = placed(twilio, spoken, text=MY, language="my")
    greeting, notice = twilio.twiml(sid), notice_of(spoken, twilio.greeted(sid, "1"), text=MY, language="my")
    greets, words, asks = (f"https://x.example/{number}.mp3?a=1&b=2" for number in range(3))
    assert [one.text for one in greeting.iter("Play")] == [greets, greets]
    assert [one.text for one in notice.iter("Play")] == [words, asks, words, asks]
    assert [*greeting.iter("Say"), *notice.iter("Say")] == []
    (other,) = spoken.send([call(text=MY + "။", language="my")])
    assert other.reason is Reason.CONTENT_REFUSED
    (traditional,) = provider.send([call(language="zh-Hant")])
    assert traditional.reason is Reason.CONTENT_REFUSED


@pytest.mark.parametrize(
    "wrong",
    [
        "my=https://x.example/a.mp3",
        "my:0123456789ab=http://x.example/a.mp3",
        "my:0123456789ab=https://x.example/a.mp3,my:0123456789ac=https://x.example/b.mp3",  # apart by a blank only
        "x",
    ],
)
def test_a_recording_that_cannot_be_read_is_named(twilio, wrong):
    with pytest.raises(BadInput, match="TOCSIN_TWILIO_VOICE_RECORDINGS"):
        open_at(twilio, recordings=wrong)


def test_a_long_notice_is_said_in_pieces_that_a_voice_takes_and_one_that_twilio_would_not_carry_never(twilio):
    provider = open_at(twilio)
    text = "您的个人信息受到了影响。" * 200  # 2,400 characters: 7,200 bytes, and 21,600 characters once quoted
    sid = placed(twilio, provider, text=text)
    said = notice_of(provider, twilio.greeted(sid, "1"), text=text)
    first = [one.text for one in said if one.tag == "Say"]
    assert "".join(first) == text
    assert all(len(quote(one)) <= 4500 and len(one.encode()) <= 3000 and one.endswith("。") for one in first)
    (refused,) = provider.send([call(text="长" * 11_000)])
    assert (refused.reason, refused.permanent) == (Reason.TOO_LONG, True)
    assert len(twilio.requests) == 1


def test_a_text_without_a_stop_is_broken_where_it_must(twilio):
    assert "".join(pieces("x" * 7001)) == "x" * 7001
    assert [len(one) for one in pieces("x" * 7001)] == [3000, 3000, 1001]


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


def test_without_an_address_of_ours_nobody_can_say_who_they_are_so_nothing_is_said(twilio):
    provider = open_at(twilio, hook="")
    (refused,) = provider.send([call()])
    assert (refused.outcome, refused.reason) == (Outcome.REFUSED, Reason.CONTENT_REFUSED)
    assert provider.lacks({"spoken": ZH}, "zh-Hans") == [refused.raw["why"]]
    assert twilio.requests == []


def test_the_words_that_ask_for_a_key_are_no_bait_and_say_whether_somebody_reviewed_them():
    assert set(prompts().words) >= set(VOICES) == {"en", "zh-Hans"}
    for words in prompts().words.values():
        assert unsafe_in_short(words.greets) == unsafe_in_short(words.asks) == []
        assert all(key in words.greets for key in (prompts().key, prompts().no_key, "{sender}"))
        assert prompts().key in words.asks
        assert words.reviewed_by == ""


@pytest.mark.parametrize(
    ("digits", "by", "outcome", "reason"),
    [
        ("1", "human", Outcome.ACCEPTED, None),
        ("1", "machine_start", Outcome.ACCEPTED, None),  # a person whom Twilio took for a machine may hear it
        ("2", "human", Outcome.BOUNCED, Reason.SOMEBODY_ELSE),
        ("9", None, Outcome.BOUNCED, Reason.SOMEBODY_ELSE),
        (None, "human", Outcome.BOUNCED, Reason.NO_ANSWER),
        (None, None, Outcome.BOUNCED, Reason.NO_ANSWER),
        (None, "machine_end_beep", Outcome.BOUNCED, Reason.MACHINE),
    ],
)
def test_whoever_does_not_say_that_they_are_meant_was_told_nothing(twilio, digits, by, outcome, reason):
    provider = open_at(twilio)
    sid = placed(twilio, provider)
    (receipt,) = provider.receipts(twilio.greeted(sid, digits, **({"AnsweredBy": by} if by else {})))
    assert (receipt.outcome, receipt.reason, receipt.permanent) == (outcome, reason, False)


@pytest.mark.parametrize(
    ("digits", "by", "outcome"),
    [
        ("1", "human", Outcome.READ),
        ("1", "machine_start", Outcome.DELIVERED),  # a person after all, or a tone on a tape
        ("1", None, Outcome.READ),
        ("5", None, Outcome.DELIVERED),
        ("5", "machine_start", Outcome.BOUNCED),
        (None, "human", Outcome.DELIVERED),
        (None, "unknown", Outcome.DELIVERED),  # they had said that they are meant, and stayed to the end
        (None, "machine_end_beep", Outcome.BOUNCED),
        (None, "fax", Outcome.BOUNCED),
    ],
)
def test_only_the_second_key_proves_that_somebody_heard_it_to_its_end(twilio, digits, by, outcome):
    provider = open_at(twilio)
    sid = placed(twilio, provider)
    (receipt,) = provider.receipts(twilio.said(sid, digits, **({"AnsweredBy": by} if by else {})))
    assert (receipt.outcome, receipt.reference, receipt.unless_arrived) == (outcome, "dlv_1", False)


@pytest.mark.parametrize(
    ("status", "more", "outcome", "reason", "permanent"),
    [
        ("in-progress", {}, Outcome.ACCEPTED, None, False),
        ("completed", {"AnsweredBy": "human"}, Outcome.BOUNCED, Reason.NO_ANSWER, False),  # hung up, unless it arrived
        ("completed", {}, Outcome.BOUNCED, Reason.NO_ANSWER, False),
        ("completed", {"AnsweredBy": "machine_start"}, Outcome.BOUNCED, Reason.MACHINE, False),
        ("completed", {"AnsweredBy": "machine_end_other"}, Outcome.BOUNCED, Reason.MACHINE, False),
        ("completed", {"AnsweredBy": "fax"}, Outcome.BOUNCED, Reason.UNREACHABLE, True),
        ("busy", {}, Outcome.BOUNCED, Reason.BUSY, False),
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
    assert receipt.unless_arrived
    assert provider.reply(twilio.call_back(sid, status, **more), told()) is None


def test_a_call_that_waits_is_told_to_hang_up_and_a_stranger_hears_nothing(twilio):
    provider = open_at(twilio)
    assert isinstance(provider, Replies)
    sid = placed(twilio, provider)
    assert [one.tag for one in notice_of(provider, twilio.said(sid, "1"))] == ["Hangup"]
    good = twilio.greeted(sid, "1")
    with pytest.raises(Forged):
        provider.reply(WebhookRequest(good.target, good.headers, good.body + b"&x=1"), told())


def test_a_key_pressed_for_one_person_confirms_for_nobody_else_nor_does_the_end_of_a_call(twilio):
    provider = open_at(twilio)
    sid = placed(twilio, provider)
    good, ended = twilio.said(sid, "1"), twilio.call_back(sid, "completed")
    for request, target in (
        (good, good.target.replace("dlv_1", "dlv_2")),
        (ended, ended.target + "&said=notice"),
        (good, good.target.replace("said=notice", "said=greeting")),
        (good, good.target.replace("&said=notice", "")),
    ):
        with pytest.raises(Forged):
            provider.receipts(WebhookRequest(target, request.headers, request.body))
    with pytest.raises(Forged):
        provider.receipts(WebhookRequest(good.target, good.headers, good.body.replace(b"Digits=1", b"Digits=2")))


def test_a_callback_told_twice_or_late_is_the_same_event_and_a_key_is_another_than_the_end(twilio):
    provider = open_at(twilio)
    sid = placed(twilio, provider)
    keys = [twilio.said(sid, "1"), twilio.said(sid), twilio.greeted(sid, "1")]
    requests = [*keys, twilio.call_back(sid, "completed"), twilio.said(sid, "1")]
    first, silent, meant, ended, again = (provider.receipts(one)[0].event_id for one in requests)
    assert first == again
    assert len({first, silent, meant, ended}) == 4


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
    assert [(one.outcome, one.unless_arrived) for one in provider.ask(asked[:1])] == [(Outcome.BOUNCED, True)]


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
