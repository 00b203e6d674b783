"""LINE (Messaging API): one push a person, with a key under which LINE takes the same message once only."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID, uuid5

import orjson

from notifiers.answers import kept, lost, read_json, retry_after
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import at, base_of, open_lines
from notifiers.turns import take_turns
from notifiers.verdict import LOG_IN, OURS, Verdict, by_words, for_good

ABOUT = About(
    id="line",
    label="LINE",
    scheme="line",
    fields=(
        Field("channel_token", "The channel's access token.", secret=True),
        Field("channel_secret", "The channel's secret; it signs webhooks.", secret=True, default=""),
        *at("https://api.line.me"),
    ),
    # LINE takes a push to somebody who has blocked the account and says nothing of it, then or later.
    proof=Outcome.ACCEPTED,
    carries_reference=True,  # it tells nothing later
    pace=Pace(per_second=2_000, burst=500, in_flight=200, source="2,000 requests a second and channel"),
    sources=(
        "https://developers.line.biz/en/reference/messaging-api/#send-push-message",
        "https://developers.line.biz/en/docs/messaging-api/retrying-api-request/",
        "https://developers.line.biz/en/docs/messaging-api/getting-user-ids/",
    ),
)

_PERSON = re.compile(r"U[0-9a-f]{32}")  # C and R are groups and rooms; third source above
_KEYS = UUID("6f7fd0f2-5a0f-4bb6-9d0c-6d6f7c1b9a51")  # ours: the same reference has the same key for ever

# https://developers.line.biz/en/reference/messaging-api/#status-codes
_STATUSES: Mapping[int, Verdict] = {
    401: LOG_IN,
    403: OURS,  # the account or its plan may not use this
    409: Verdict(Outcome.IN_DOUBT, Reason.NO_ANSWER),
    413: for_good(Reason.TOO_LONG),
}
# https://developers.line.biz/en/reference/messaging-api/#error-messages
_WORDS: Mapping[tuple[int, str], Verdict] = {
    (400, "failed to send messages"): for_good(Reason.INVALID_ADDRESS),
    (400, "the property, 'to',"): for_good(Reason.INVALID_ADDRESS),
    (429, "reached your monthly limit"): OURS,  # it passes with the month, or when somebody takes a larger plan
}


def open_provider(setup: Setup) -> "Line":
    """One official account's channel."""
    return Line(setup)


class Line:
    """Sends one request a person: a multicast to 500 answers for none of them."""

    about = ABOUT

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._url = f"{base_of(setup)}/v2/bot/message/push"
        self._headers = (f"Authorization: Bearer {setup['channel_token']}", "Content-Type: application/json")
        self._lines = open_lines(setup, ABOUT.pace.in_flight)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message. What is in doubt may be sent again within 24 hours, and reaches nobody twice: LINE
        answers 409 to a key that it has taken before."""
        for message, answer in take_turns(self._lines, messages, self._call):
            yield answer if isinstance(answer, Sent) else self._sent(message, answer)

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        """None: LINE's webhooks tell of people who write, follow and leave, and of no message of ours. Raises Forged
        for a request that LINE has not signed."""
        secret = self._setup["channel_secret"]
        ours = base64.b64encode(hmac.new(secret.encode(), request.body, hashlib.sha256).digest())
        if not secret or not hmac.compare_digest(ours, request.header("X-Line-Signature").encode()):
            raise Forged("the signature does not fit")
        return []

    def _call(self, message: Message) -> Call | Sent:
        if not _PERSON.fullmatch(message.to.value):
            return Sent(message.reference, Outcome.REFUSED, Reason.INVALID_ADDRESS, permanent=True)
        body = {"to": message.to.value, "messages": [{"type": "text", "text": message.texts["short"]}]}
        key = f"X-Line-Retry-Key: {uuid5(_KEYS, message.reference)}"
        return Call(self._url, orjson.dumps(body), (*self._headers, key))

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        tree = read_json(answer.body)
        if answer.status == 200 or (answer.status == 409 and answer.header("x-line-accepted-request-id")):
            return _taken(message.reference, tree, before=answer.status == 409)
        raw = kept(self._setup, tree, [message])
        verdict = by_words(str(tree.get("message", "")), answer.status, _WORDS, _STATUSES)
        return verdict.sent(
            message.reference, raw, wait=retry_after(answer, now=self._setup.now().timestamp(), default=10.0)
        )


def _taken(reference: str, tree: Mapping[str, Any], *, before: bool) -> Sent:
    sent = tree.get("sentMessages")
    ids = [str(one["id"]) for one in sent if isinstance(one, dict) and "id" in one] if isinstance(sent, list) else []
    raw = {"ids": ids} | ({"taken_before": True} if before else {})
    return Sent(reference, Outcome.ACCEPTED, provider_reference=ids[0] if ids else None, raw=raw)
