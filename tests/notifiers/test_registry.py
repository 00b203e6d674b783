"""Channels and providers are found by walking, and what is missing or doubled is named."""

import types

import pytest

from notifiers import registry
from notifiers.channel import Channel
from notifiers.message import AddressKind
from notifiers.outcome import Outcome, Reason, redacted
from notifiers.provider import About, Field, complete
from packs import BadInput


def test_every_channel_that_a_machine_sends_on_has_a_rehearsal_and_real_providers_come_first():
    for channel, declared in registry.channels().items():
        found = registry.of_channel(channel)
        if declared.by_people:
            assert not any(entry.about.rehearsal for entry in found)
            continue
        assert found[-1].about.rehearsal
        assert sum(entry.about.rehearsal for entry in found) == 1


def test_a_provider_or_channel_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(BadInput, match=r"no provider 'sms/pigeon'.*sms/rehearsal"):
        registry.entry_of("sms/pigeon")
    with pytest.raises(BadInput, match=r"no channel 'pigeon'.*sms"):
        registry.of_channel("pigeon")


def test_two_files_with_one_id_are_refused():
    entry = registry.entry_of("sms/rehearsal")
    with pytest.raises(BadInput, match=r"notifiers/sms: two files declare the provider 'sms/rehearsal'"):
        registry.by_id([entry, entry])


@pytest.mark.parametrize(
    ("about", "opens", "complaint"),
    [
        ("no About", True, "ABOUT is no About"),
        (About("other", "Other", (), Outcome.ACCEPTED), True, "must be the name of the file"),
        (About("pigeon", "Pigeon", (), Outcome.ACCEPTED), False, "open_provider"),
    ],
)
def test_a_file_that_declares_its_provider_wrongly_is_named(about, opens, complaint):
    module = types.ModuleType("pigeon")
    if opens:
        module.open_provider = print  # type: ignore[attr-defined]
    with pytest.raises(BadInput, match=f"notifiers/sms/pigeon.py: .*{complaint}"):
        registry._check("sms", "pigeon", module, about)


def test_one_of_several_settings_is_enough():
    fields = (Field("a", "A.", one_of="sender"), Field("b", "B.", one_of="sender"), Field("c", "C."))
    about = About("x", "X", fields, Outcome.ACCEPTED)
    assert complete(about, {"b": "2", "c": "3"}, prefix="P_") == {"a": "", "b": "2", "c": "3"}
    with pytest.raises(BadInput, match=r"X cannot send: set P_C, P_A or P_B\."):
        complete(about, {}, prefix="P_")


def test_a_provider_is_in_use_when_it_needs_no_setting_or_as_soon_as_one_is_there():
    assert registry.configured({}) == ("announcement/page",)
    assert set(registry.configured({"TOCSIN_SMTP_HOST": "relay"})) == {"announcement/page", "email/smtp"}


def test_every_word_has_its_sentence():
    for word in (*Outcome, *Reason):
        assert word.sentence.endswith((".", ";"))


def test_texts_that_a_channel_cannot_carry_are_named():
    channel = Channel("SMS", AddressKind.PHONE, "short", ("short",), Outcome.DELIVERED, limit=5)
    assert channel.findings({"short": "hello"}) == []
    assert channel.findings({"html": "hello!"}) == ["SMS needs 'short'.", "SMS has no place for 'html'."]
    assert channel.findings({"short": "hello!"}) == ["SMS carries 5 characters; these are 6."]


def test_redaction_reaches_every_depth_of_an_answer():
    raw = {"a@b.example": [{"to": "a@b.example", "n": 1}, "mail to a@b.example refused"]}
    assert "a@b.example" not in repr(redacted(raw, "a@b.example", ""))
