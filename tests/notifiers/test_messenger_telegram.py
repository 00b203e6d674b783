"""Telegram: plain words to one person's chat, what each refusal means, and a token that shows itself nowhere."""

import json
import logging

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from notifiers.provider import Forged, WebhookRequest
from tests.loopback.telegram import TOKEN, LoopbackTelegram, refusal


@pytest.fixture
def telegram():
    server = LoopbackTelegram()
    yield server
    server.stop()


def open_at(server):
    return registry.open_provider("messenger/telegram", server.environment())


def note(reference="dlv_1", chat="987654321", text="Moqi: *open* the <b>app</b> _now_. 墨奇"):
    return Message(reference, Address(AddressKind.MESSENGER_ID, chat), {"short": text})


def test_the_words_go_as_they_were_approved_without_preview_and_not_to_be_forwarded(telegram):
    list(open_at(telegram).send([note()]))
    assert json.loads(telegram.requests[0]["body"]) == {
        "chat_id": 987654321,
        "text": "Moqi: *open* the <b>app</b> _now_. 墨奇",
        "protect_content": True,
        "link_preview_options": {"is_disabled": True},
    }
    assert telegram.judge() == 1


@pytest.mark.parametrize("chat", ["-100123", "@moqi_news", "0", "12 3", "١٢٣", "9" * 17, ""])
def test_what_is_for_one_person_goes_to_no_group_and_no_channel(telegram, chat):
    (sent,) = open_at(telegram).send([note(chat=chat)])
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.INVALID_ADDRESS, True)
    assert telegram.requests == []


def test_the_wait_is_read_from_the_answer_s_own_parameter(telegram):
    telegram.script = lambda _request: refusal(429, "Too Many Requests: retry after 7", retry_after=7)
    (sent,) = open_at(telegram).send([note()])
    assert sent.retry_after == 7.0


def test_of_an_acceptance_only_the_number_is_kept_and_not_the_name_or_the_words(telegram):
    (sent,) = open_at(telegram).send([note()])
    assert (sent.outcome, sent.raw, sent.provider_reference) == (Outcome.ACCEPTED, {"message_id": 1}, "1")


def test_a_token_shows_neither_where_the_line_breaks_nor_where_telegram_repeats_it(telegram, caplog):
    caplog.set_level(logging.DEBUG)
    provider = open_at(telegram)
    telegram.script = lambda _request: refusal(404, f"no bot {TOKEN} for 987654321")
    shown = [repr(sent) for sent in provider.send([note()])]
    telegram.stop()
    shown += [repr(sent) for sent in provider.send([note()])]
    shown += [record.getMessage() for record in caplog.records if not record.name.startswith("werkzeug")]
    assert len(shown) >= 2
    assert not [line for line in shown if TOKEN in line or "987654321" in line]


def test_nothing_that_calls_back_is_believed(telegram):
    with pytest.raises(Forged):
        open_at(telegram).receipts(WebhookRequest("/", {"X-Telegram-Bot-Api-Secret-Token": "x"}, b"{}"))
