"""Facebook Messenger (Send API): to people who once wrote to the company's Page, within the time that Meta allows."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from notifiers.answers import lost, proof
from notifiers.graph_api import ANY, Codes, app_proof, challenge, not_taken, signed_tree
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent
from notifiers.provider import About, Field, Pace, Setup, WebhookRequest
from notifiers.reached import at, at_pace, base_of, open_lines, paced
from notifiers.turns import take_turns
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNSURE, for_good
from packs import BadInput

ABOUT = About(
    id="facebook",
    label="Facebook Messenger",
    fields=(
        Field("page_id", "The Page that people wrote to."),
        Field("page_token", "The Page's access token, with pages_messaging.", secret=True),
        Field("app_secret", "The app's secret; it signs the webhooks.", secret=True),
        Field("verify_token", "A word of yours that Meta shows when the webhook is set up.", secret=True, default=""),
        Field("tag", "The message tag that your counsel has chosen; empty: only within Meta's 24 hours.", default=""),
        paced(40),
        *at("https://graph.facebook.com"),
        Field("api_version", "Version of the Graph API.", default="v25.0"),
    ),
    proof=Outcome.DELIVERED,
    signed_receipts=True,
    receipts_need=("verify_token",),  # Meta sends none before the webhook is set up with it
    pace=Pace(per_second=40, burst=40, in_flight=40, source="300 calls a second and Page at most; 40 by default"),
    sources=(
        "https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages",
        "https://developers.facebook.com/documentation/business-messaging/messenger-platform/policy/",
        "https://developers.facebook.com/documentation/business-messaging/messenger-platform/overview/rate-limiting",
        "https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events",
    ),
)

# Meta answers requests that carry one of these with error 100 since 27 April 2026 (first source above).
_RETIRED = frozenset({"CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE"})

_OUTSIDE, _AWAY = for_good(Reason.NOT_PERMITTED), for_good(Reason.UNREACHABLE)
# https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes
_CODES: Codes = {
    # An internal error of the Send API, which does not say how far it had come; by the same page 1357046 may have sent.
    **dict.fromkeys(((-1, ANY), (1, ANY), (1357046, ANY)), UNSURE),
    **dict.fromkeys(((2, ANY), (1200, ANY)), ILL),
    **dict.fromkeys(((4, ANY), (17, ANY), (32, ANY), (613, ANY), (80006, ANY)), SLOWER),
    # 10 and 200 speak of the app's rights where they come alone; with a subcode they may speak of the person.
    **dict.fromkeys(((10, 0), (190, ANY), (200, 0)), LOG_IN),
    (10, 2018065): _OUTSIDE,
    (10, 2018278): _OUTSIDE,  # more than 24 hours since the person wrote: only they can change it
    **dict.fromkeys(((10, 1893063), (368, ANY)), OURS),  # the Page may not send for a while
    (100, 2018001): for_good(Reason.INVALID_ADDRESS),
    (200, 1545041): _AWAY,
    (551, ANY): _AWAY,  # Meta does not say whether the person has blocked the Page
}


def open_provider(setup: Setup) -> "Facebook":
    """One Page. Raises BadInput for a tag that Meta has retired."""
    return Facebook(setup)


class Facebook:
    """Sends one request a message; told by signed webhooks of echoes and deliveries."""

    def __init__(self, setup: Setup) -> None:
        if setup["tag"] in _RETIRED:
            raise BadInput(f"TOCSIN_FACEBOOK_TAG: Meta takes no message with the tag {setup['tag']} any more.")
        self._setup = setup
        self.about = at_pace(ABOUT, setup)
        base = f"{base_of(setup)}/{setup['api_version']}/{setup['page_id']}/messages"
        self._url = f"{base}?appsecret_proof={app_proof(setup['page_token'], setup['app_secret'])}"
        self._headers = (f"Authorization: Bearer {setup['page_token']}", "Content-Type: application/json")
        self._type = {"messaging_type": "MESSAGE_TAG", "tag": setup["tag"]} if setup["tag"] else _RESPONSE
        self._lines = open_lines(setup, ABOUT.pace.in_flight)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message. Whether a person wrote within 24 hours is known to Meta alone: whoever did not is
        refused by it for good, and takes the next route."""
        for message, answer in take_turns(self._lines, messages, self._call):
            yield answer if isinstance(answer, Sent) else self._sent(message, answer)

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        """Echoes, which bring our reference back, and deliveries, by Meta's id of the message. `message_reads` names no
        message, only a time before which all were read, so nothing is proved by it."""
        tree = signed_tree(request, self._setup["app_secret"])
        entries = _list(tree, "entry")
        # "standby" is where an app is told that does not hold the conversation at the moment.
        events = [event for entry in entries for name in ("messaging", "standby") for event in _list(entry, name)]
        return [receipt for event in events if isinstance(event, dict) for receipt in _receipts(event)]

    def greet(self, request: WebhookRequest) -> str:
        """Meta's challenge, when the webhook is set up. Raises Forged without the verify token."""
        return challenge(request, self._setup["verify_token"])

    def _call(self, message: Message) -> Call | Sent:
        if not (message.to.value.isascii() and message.to.value.isdigit()):
            return Sent(message.reference, Outcome.REFUSED, Reason.INVALID_ADDRESS, permanent=True)
        words = {"text": message.texts["short"], "metadata": message.reference}  # an echo brings the reference back
        body = {"recipient": {"id": message.to.value}, "message": words} | self._type
        return Call(self._url, orjson.dumps(body), self._headers)

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        if answer.status == 200:
            taken = proof(answer.body, "message_id")
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=taken.get("message_id"), raw=taken)
        return not_taken(self._setup, message, answer, _CODES)


_RESPONSE = {"messaging_type": "RESPONSE"}


def _receipts(event: Mapping[str, Any]) -> Iterator[Receipt]:
    """The event itself holds the person's id and the words, so no more of it is kept than what it proves."""
    at, message, delivery = _moment(event.get("timestamp")), event.get("message"), event.get("delivery")
    if isinstance(message, dict) and message.get("is_echo") and message.get("metadata") and message.get("mid"):
        mid, reference = str(message["mid"]), str(message["metadata"])
        yield Receipt(Outcome.ACCEPTED, f"{mid}:echo", at, reference, mid, raw={"event": "echo"})
    if isinstance(delivery, dict):
        raw = {"event": "delivery", "watermark": delivery.get("watermark")}
        for mid in map(str, _list(delivery, "mids")):
            yield Receipt(Outcome.DELIVERED, f"{mid}:delivered", at, None, mid, raw=raw)


def _moment(milliseconds: object) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if isinstance(milliseconds, int) else None


def _list(tree: object, name: str) -> list[Any]:
    found = tree.get(name) if isinstance(tree, dict) else None
    return found if isinstance(found, list) else []
