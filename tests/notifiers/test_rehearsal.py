"""A rehearsal fails in a lifelike way, always the same for the same reference, and touches nobody."""

from collections import Counter

from notifiers import registry
from notifiers.message import Address, AddressKind, Inquiry, Message
from notifiers.outcome import Outcome
from notifiers.rehearsal import Rehearsal


def rehearse(channel: str, **environment: str) -> Rehearsal:
    opened = registry.open_provider(f"{channel}/rehearsal", environment)
    assert isinstance(opened, Rehearsal)
    return opened


def messages(count, kind=AddressKind.PHONE):
    return [Message(f"dlv_{n}", Address(kind, "+8613800138000"), {"short": "x"}) for n in range(count)]


def test_refusals_doubts_and_bounces_come_in_lifelike_shares_and_are_the_same_each_time():
    first, second = (rehearse("sms") for _ in range(2))
    sent, again = (list(provider.send(messages(4000))) for provider in (first, second))
    assert sent == again
    counts = Counter(s.outcome for s in sent)
    assert 80 < counts[Outcome.REFUSED] < 220
    assert 0 < counts[Outcome.THROTTLED] < 60
    assert 0 < counts[Outcome.IN_DOUBT] < 40
    told = Counter(r.outcome for r in first.ask([Inquiry(s.reference) for s in sent]))
    assert not list(first.ask([Inquiry("never sent")]))
    assert told[Outcome.DELIVERED] > 3600
    assert 30 < told[Outcome.BOUNCED] < 120


def test_a_throttled_message_goes_through_at_the_second_attempt():
    provider = rehearse("sms")
    throttled = [s.reference for s in provider.send(messages(4000)) if s.outcome is Outcome.THROTTLED]
    again = [Message(r, Address(AddressKind.PHONE, "x"), {"short": "x"}) for r in throttled]
    assert {s.outcome for s in provider.send(again)} == {Outcome.ACCEPTED}


def test_push_is_only_ever_accepted_and_an_announcement_stands_at_once():
    push = rehearse("push", TOCSIN_REHEARSAL_SCRIPT="well")
    assert {s.outcome for s in push.send(messages(50))} == {Outcome.ACCEPTED}
    assert not list(push.ask([Inquiry("dlv_1")]))
    page = rehearse("announcement")
    assert {s.outcome for s in page.send(messages(500))} == {Outcome.DELIVERED}


def test_the_journal_counts_every_message_that_was_taken_and_holds_no_address(tmp_path):
    file = tmp_path / "journal"
    environment = {"TOCSIN_REHEARSAL_JOURNAL": str(file), "TOCSIN_REHEARSAL_SCRIPT": "well"}
    for _ in range(2):
        list(registry.open_provider("sms/rehearsal", environment).send(messages(3)))
    assert file.read_text().split() == ["dlv_0", "dlv_1", "dlv_2"] * 2


def test_a_rehearsed_webhook_is_signed_with_its_own_key():
    provider = rehearse("sms", TOCSIN_REHEARSAL_SCRIPT="well")
    assert [r.outcome for r in provider.receipts(provider.call_back(["dlv_1", "dlv_2"]))] == [Outcome.DELIVERED] * 2
