"""SMTP: one line for many letters, what each code means, and the one moment that is in doubt."""

import pytest

from notifiers import registry
from notifiers.libcurl import Corks
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from packs import BadInput
from tests.loopback.relay import ScriptedRelay
from tests.loopback.smtp import LoopbackSmtp


@pytest.fixture
def relay():
    server = LoopbackSmtp()
    yield server
    server.stop()


def letter(reference, mailbox="mya@there.example", **texts):
    words = {"subject": "安全事件通知", "plain": "您好。\n.点\n", "html": "<p>您好</p>", **texts}
    return Message(reference, Address(AddressKind.EMAIL, mailbox), words, "墨奇", "zh-Hans")


def test_a_letter_carries_the_reference_the_language_and_both_forms(relay):
    (sent,) = registry.open_provider("email/smtp", relay.environment()).send([letter("dlv_1")])
    assert sent.outcome is Outcome.ACCEPTED
    (to, taken), *_ = relay.letters
    assert to == "mya@there.example"
    assert taken["Message-ID"] == "<dlv_1@house.example>"
    assert taken["Subject"] == "安全事件通知"
    assert taken["Content-Language"] == "zh-Hans"
    assert taken["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in taken
    assert taken.get_body(("plain",)).get_content().split() == ["您好。", ".点"]
    assert "您好" in taken.get_body(("html",)).get_content()
    assert set(relay.options) >= {"NOTIFY=SUCCESS,FAILURE,DELAY", "RET=HDRS"}


def test_a_few_lines_carry_all(relay):
    environment = {**relay.environment(), "TOCSIN_SMTP_CONNECTIONS": "2"}
    provider = registry.open_provider("email/smtp", environment)
    for batch in range(2):
        sent = list(provider.send([letter(f"dlv_{batch}_{n}", f"p{n}@there.example") for n in range(30)]))
        assert {s.outcome for s in sent} == {Outcome.ACCEPTED}
    assert relay.connections == 3  # one asked what the relay can do
    assert sorted(taken["Message-ID"] for _, taken in relay.letters) == sorted(
        f"<dlv_{batch}_{n}@house.example>" for batch in range(2) for n in range(30)
    )
    assert all(taken["To"] == to for to, taken in relay.letters)


def test_nothing_of_a_letter_is_held_back_since_libcurl_waits_for_the_answer_to_its_end_within_a_turn(
    relay, monkeypatch
):
    held = []
    monkeypatch.setattr(Corks, "_set", lambda _corks, stopped: held.append(stopped))
    environment = {**relay.environment(), "TOCSIN_SMTP_CONNECTIONS": "4"}
    list(registry.open_provider("email/smtp", environment).send([letter(f"dlv_{n}") for n in range(8)]))
    assert (len(relay.letters), held) == (8, [])


def test_a_refusal_of_one_spares_the_others(relay):
    messages = [letter("dlv_1"), letter("dlv_2", "nobody@there.example"), letter("dlv_3", "full@there.example")]
    messages.append(letter("dlv_4"))
    environment = {**relay.environment(), "TOCSIN_SMTP_CONNECTIONS": "1"}
    sent = {s.reference: s for s in registry.open_provider("email/smtp", environment).send(messages)}
    assert (sent["dlv_2"].reason, sent["dlv_2"].permanent) == (Reason.INVALID_ADDRESS, True)
    assert (sent["dlv_3"].reason, sent["dlv_3"].permanent) == (Reason.MAILBOX_FULL, False)
    assert sent["dlv_4"].outcome is Outcome.ACCEPTED
    assert "there.example" not in repr(sent)


def test_a_line_that_dies_after_the_final_dot_leaves_one_in_doubt_and_goes_on(relay):
    messages = [letter("dlv_1"), letter("dlv_2", "dies@there.example"), letter("dlv_3")]
    environment = {**relay.environment(), "TOCSIN_SMTP_CONNECTIONS": "1"}
    sent = {s.reference: s for s in registry.open_provider("email/smtp", environment).send(messages)}
    assert sent["dlv_2"].outcome is Outcome.IN_DOUBT
    assert sent["dlv_3"].outcome is Outcome.ACCEPTED
    assert [to for to, _ in relay.letters] == ["mya@there.example", "dies@there.example", "mya@there.example"]


def test_a_relay_without_tls_is_refused_where_tls_is_asked_for(relay):
    environment = {**relay.environment(), "TOCSIN_SMTP_SECURITY": "starttls"}
    (sent,) = registry.open_provider("email/smtp", environment).send([letter("dlv_1")])
    assert (sent.outcome, sent.permanent) == (Outcome.REFUSED, False)
    assert relay.letters == []


@pytest.mark.parametrize(("name", "value"), [("SECURITY", "maybe"), ("PORT", "smtp"), ("CONNECTIONS", "0")])
def test_a_setting_that_makes_no_sense_is_named(relay, name, value):
    with pytest.raises(BadInput, match=f"TOCSIN_SMTP_{name}"):
        registry.open_provider("email/smtp", {**relay.environment(), f"TOCSIN_SMTP_{name}": value})


@pytest.mark.parametrize(
    ("said", "outcome", "reason", "permanent"),
    [
        ({"greeting": "554 5.3.2 closed"}, Outcome.REFUSED, Reason.PROVIDER_ERROR, False),
        ({"greeting": "421 4.3.2 too many"}, Outcome.THROTTLED, Reason.RATE_LIMITED, False),
        ({"AUTH": "535 5.7.8 who are you"}, Outcome.REFUSED, Reason.CREDENTIALS, False),
        ({"MAIL": "530 5.7.0 log in"}, Outcome.REFUSED, Reason.CREDENTIALS, False),
        ({"MAIL": None}, Outcome.REFUSED, Reason.PROVIDER_ERROR, False),
        ({"RCPT": "550 5.7.1 blocked"}, Outcome.REFUSED, Reason.BLOCKED, True),
        ({"RCPT": "551 no more here"}, Outcome.REFUSED, Reason.GONE, True),
        ({"DATA": "451 4.3.0 later"}, Outcome.REFUSED, Reason.PROVIDER_ERROR, False),
        ({"DATA": None}, Outcome.REFUSED, Reason.PROVIDER_ERROR, False),
        ({".": "554 5.6.0 not these words"}, Outcome.REFUSED, Reason.CONTENT_REFUSED, True),
        ({".": "452 4.3.1 no room"}, Outcome.REFUSED, Reason.MAILBOX_FULL, False),
        ({".": "421 4.7.0 later"}, Outcome.THROTTLED, Reason.RATE_LIMITED, False),
        ({".": None}, Outcome.IN_DOUBT, Reason.NO_ANSWER, False),
    ],
)
def test_what_the_relay_says_at_each_step_is_about_the_letter_or_about_the_relay(said, outcome, reason, permanent):
    relay = ScriptedRelay(said)
    log_in = {"TOCSIN_SMTP_USERNAME": "house", "TOCSIN_SMTP_PASSWORD": "secret"}
    (sent,) = registry.open_provider("email/smtp", {**relay.environment(), **log_in}).send([letter("dlv_1")])
    assert (sent.outcome, sent.reason, sent.permanent) == (outcome, reason, permanent)


def sent_lines(said, message):
    relay = ScriptedRelay(said)
    (sent,) = registry.open_provider("email/smtp", relay.environment()).send([message])
    return sent, relay.heard


def test_the_envelope_asks_only_for_what_the_relay_offers():
    _, heard = sent_lines({}, letter("dlv é+1", "üser@there.example"))
    (mail,) = [line for line in heard if line.startswith("MAIL")]
    assert mail.split(" ")[0:2] == ["MAIL", "FROM:<notices@house.example>"]
    assert {"SMTPUTF8", "RET=HDRS", "ENVID=dlv+20+C3+A9+2B1"} <= set(mail.split(" ")[2:])
    assert "RCPT TO:<üser@there.example> NOTIFY=SUCCESS,FAILURE,DELAY" in heard
    assert "To: üser@there.example" in heard
    _, heard = sent_lines({"EHLO": "250 relay"}, letter("dlv_1"))
    assert [line for line in heard if line.startswith(("MAIL", "RCPT"))] == [
        "MAIL FROM:<notices@house.example>",
        "RCPT TO:<mya@there.example>",
    ]


def test_a_dot_that_begins_a_line_arrives_and_ends_nothing():
    sent, heard = sent_lines({}, letter("dlv_1", html="", plain="one\n.\n.two\n"))
    assert sent.outcome is Outcome.ACCEPTED
    assert heard[heard.index("one") :][:4] == ["one", "..", "..two", "."]


@pytest.mark.parametrize(
    "mailbox", ["a@b.example\r\nBcc: c@d.example", "a@b.example> NOTIFY=NEVER", "a@b.example,c@d.example"]
)
def test_an_address_that_would_become_a_header_or_a_parameter_is_never_said(mailbox):
    sent, heard = sent_lines({}, letter("dlv_1", mailbox))
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.INVALID_ADDRESS, True)
    assert not [line for line in heard if "example" in line]
