"""SMTP: one line for many letters, what each code means, and the one moment that is in doubt."""

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from packs import BadInput
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


def test_one_line_carries_all_and_a_refusal_of_one_spares_the_others(relay):
    messages = [letter("dlv_1"), letter("dlv_2", "nobody@there.example"), letter("dlv_3", "full@there.example")]
    messages.append(letter("dlv_4"))
    sent = {s.reference: s for s in registry.open_provider("email/smtp", relay.environment()).send(messages)}
    assert relay.connections == 1
    assert (sent["dlv_2"].reason, sent["dlv_2"].permanent) == (Reason.INVALID_ADDRESS, True)
    assert (sent["dlv_3"].reason, sent["dlv_3"].permanent) == (Reason.MAILBOX_FULL, False)
    assert sent["dlv_4"].outcome is Outcome.ACCEPTED
    assert "there.example" not in repr(sent)


def test_a_line_that_dies_after_the_final_dot_leaves_one_in_doubt_and_goes_on(relay):
    messages = [letter("dlv_1"), letter("dlv_2", "dies@there.example"), letter("dlv_3")]
    sent = {s.reference: s for s in registry.open_provider("email/smtp", relay.environment()).send(messages)}
    assert sent["dlv_2"].outcome is Outcome.IN_DOUBT
    assert sent["dlv_3"].outcome is Outcome.ACCEPTED
    assert [to for to, _ in relay.letters] == ["mya@there.example", "dies@there.example", "mya@there.example"]


def test_a_relay_without_tls_is_refused_where_tls_is_asked_for(relay):
    environment = {**relay.environment(), "TOCSIN_SMTP_SECURITY": "starttls"}
    (sent,) = registry.open_provider("email/smtp", environment).send([letter("dlv_1")])
    assert (sent.outcome, sent.permanent) == (Outcome.REFUSED, False)
    assert relay.letters == []


@pytest.mark.parametrize(("name", "value"), [("SECURITY", "maybe"), ("PORT", "smtp")])
def test_a_setting_that_makes_no_sense_is_named(relay, name, value):
    with pytest.raises(BadInput, match=f"TOCSIN_SMTP_{name}"):
        registry.open_provider("email/smtp", {**relay.environment(), f"TOCSIN_SMTP_{name}": value})
