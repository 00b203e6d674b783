"""Telegram (Bot API): to people who linked their account by writing to the company's bot, for a bot may not begin."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from notifiers.answers import kept, lost, read_json
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import at, at_pace, base_of, open_lines, paced
from notifiers.turns import take_turns
from notifiers.verdict import LOG_IN, Verdict, by_words, for_good

ABOUT = About(
    id="telegram",
    label="Telegram",
    scheme="telegram",
    fields=(
        Field("bot_token", "The bot's token, as BotFather gives it.", secret=True),
        paced(30),
        *at("https://api.telegram.org"),
    ),
    proof=Outcome.ACCEPTED,
    carries_reference=True,  # it tells nothing later
    # One chat takes one message a second; a notice is one message a person, so the whole is what has to be held to.
    pace=Pace(per_second=30, burst=30, in_flight=30, source="about 30 messages a second to all, 1 to one chat"),
    sources=("https://core.telegram.org/bots/api#sendmessage", "https://core.telegram.org/bots/faq"),
)

# Telegram has no codes beside HTTP's; its server tells cases apart by these words, and warns that they may change, so
# that words which are not here fall back on the status. https://core.telegram.org/bots/api#making-requests and
# https://github.com/tdlib/telegram-bot-api (telegram-bot-api/Client.cpp)
_WORDS: Mapping[tuple[int, str], Verdict] = {
    (403, "blocked by the user"): for_good(Reason.OPTED_OUT),
    (403, "user is deactivated"): for_good(Reason.GONE),
    (403, "can't initiate conversation"): for_good(Reason.NOT_PERMITTED),
    (400, "chat not found"): for_good(Reason.INVALID_ADDRESS),
    (400, "message is too long"): for_good(Reason.TOO_LONG),
    (400, "message text is empty"): for_good(Reason.CONTENT_REFUSED),
}
_STATUSES: Mapping[int, Verdict] = {404: LOG_IN}  # a token that is none is an address that is none


def open_provider(setup: Setup) -> "Telegram":
    """One bot."""
    return Telegram(setup)


class Telegram:
    """Sends one request a message; a bot is never told whether one arrived or was read."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.about = at_pace(ABOUT, setup)
        # The token is part of the address: `Call` shows no address, and libcurl's own words are not kept.
        self._url = f"{base_of(setup)}/bot{setup['bot_token']}/sendMessage"
        self._lines = open_lines(setup, ABOUT.pace.in_flight)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message; 5xx is in doubt, for the message may have been taken."""
        for message, answer in take_turns(self._lines, messages, self._call):
            yield answer if isinstance(answer, Sent) else self._sent(message, answer)

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """Telegram tells nothing of what a bot has sent."""
        raise Forged("Telegram sends no receipts")

    def _call(self, message: Message) -> Call | Sent:
        # A person's chat is a number above nought. Below it are groups, and a word is a channel: what is for one person
        # goes to neither.
        chat = message.to.value
        if not (chat.isascii() and chat.isdigit() and len(chat) <= 16 and int(chat)):
            return Sent(message.reference, Outcome.REFUSED, Reason.INVALID_ADDRESS, permanent=True)
        # No parse_mode: the words go as they were approved, whatever signs they hold.
        body = {"chat_id": int(chat), "text": message.texts["short"], "protect_content": True} | _NO_PREVIEW
        return Call(self._url, orjson.dumps(body), _HEADERS)

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        tree = read_json(answer.body)
        if answer.status == 200 and tree.get("ok"):
            # The answer says the person's name and the words again.
            number = tree["result"].get("message_id") if isinstance(tree.get("result"), dict) else None
            taken = {"message_id": number} if number is not None else {}
            return Sent(
                message.reference, Outcome.ACCEPTED, provider_reference=str(number) if taken else None, raw=taken
            )
        raw = kept(self._setup, tree, [message])
        verdict = by_words(str(tree.get("description", "")), answer.status, _WORDS, _STATUSES)
        return verdict.sent(message.reference, raw, wait=_wait(raw))


_NO_PREVIEW = {"link_preview_options": {"is_disabled": True}}
_HEADERS = ("Content-Type: application/json",)


def _wait(raw: Mapping[str, Any]) -> float:
    """Seconds, from the answer's own `retry_after`: Telegram sends no header for it."""
    parameters = raw.get("parameters")
    asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(asked) if isinstance(asked, int) and asked > 0 else 30.0
