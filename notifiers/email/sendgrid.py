"""Twilio SendGrid v3 mail/send: payload and webhook signature by the sendgrid SDK, the bytes through http.py."""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

import orjson

from notifiers.answers import kept, lost, read_json, retry_after
from notifiers.grouping import same_words
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent, redacted
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import at, base_of, open_lines
from notifiers.verdict import ILL, OURS, UNKNOWN, Verdict, by_status, for_good
from packs import BadInput

ABOUT = About(
    id="sendgrid",
    label="SendGrid",
    fields=(
        Field("api_key", "Key with the right to send mail, beginning with SG.", secret=True),
        Field("from_email", "Verified sender's address."),
        Field("from_name", "Sender's name when the message brings none.", default=""),
        Field("reply_to", "Address for answers.", default=""),
        Field("webhook_key", "Public key of the signed event webhook; without it no receipt is believed.", default=""),
        Field("replay_window", "Seconds after which a signed webhook is too old.", default="86400"),
        *at("https://api.sendgrid.com"),
    ),
    proof=Outcome.DELIVERED,
    carries_reference=True,
    batch=1000,  # "You can include up to 1000 personalization objects per API call"
    signed_receipts=True,
    receipts_need=("webhook_key",),
    looks_up_mail_exchanger=True,
    pace=Pace(in_flight=16, source="10,000 mail/send requests a second, quoted second-hand"),
    sources=("https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send",),
)

_SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
_TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"

# https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
_EVENTS: Mapping[str, Outcome] = {
    "processed": Outcome.ACCEPTED,
    "deferred": Outcome.DEFERRED,
    "delivered": Outcome.DELIVERED,
    "dropped": Outcome.REFUSED,
    "bounce": Outcome.BOUNCED,
    "open": Outcome.READ,
    "click": Outcome.READ,
    "spamreport": Outcome.COMPLAINED,
    "unsubscribe": Outcome.UNSUBSCRIBED,
    "group_unsubscribe": Outcome.UNSUBSCRIBED,
}
# Why SendGrid drops a mail instead of sending it; the reason is prose, so these are the beginnings it documents.
_DROPS: tuple[tuple[str, Reason], ...] = (
    ("bounced", Reason.SUPPRESSED_BY_PROVIDER),
    ("spam reporting", Reason.SUPPRESSED_BY_PROVIDER),
    ("unsubscribed", Reason.OPTED_OUT),
    ("invalid", Reason.INVALID_ADDRESS),
    ("spam content", Reason.CONTENT_REFUSED),
    ("recipient list over", Reason.RATE_LIMITED),
)
_PLACE = re.compile(r"personalizations\.(\d+)\.")


def open_provider(setup: Setup) -> "SendGrid":
    """Raises BadInput when the webhook key is no public key."""
    return SendGrid(setup)


class SendGrid:
    """Sends up to 1000 people a request; each one's reference rides in custom_args and comes back in the webhook."""

    about = ABOUT

    def __init__(self, setup: Setup) -> None:
        from sendgrid import SendGridAPIClient  # noqa: PLC0415 - not everybody has it

        self._setup = setup
        client = SendGridAPIClient(setup["api_key"], host=base_of(setup))
        headers = {**client.client.request_headers, "Content-Type": "application/json"}
        self._headers = tuple(f"{name}: {value}" for name, value in headers.items())
        self._url = f"{client.host}/v3/mail/send"
        self._lines = open_lines(setup, ABOUT.pace.in_flight)
        self._webhook = _webhook(setup["webhook_key"])
        self._window = setup.number("replay_window")

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message. A request is taken or refused as a whole; one that is refused for some of its people
        is sent again without them."""
        again: deque[list[Message]] = deque()
        groups = same_words(messages, ABOUT.batch)
        while True:
            for group, answer in self._lines.exchange(self._calls(again, groups)):
                told, rest = self._read(group, answer)
                again += rest
                yield from told
            if not again:
                return

    def _calls(
        self, again: deque[list[Message]], groups: Iterator[list[Message]]
    ) -> Iterator[tuple[list[Message], Call]]:
        # What is sent again goes first: otherwise more and more people would wait for their outcome.
        while group := again.popleft() if again else next(groups, None):
            yield group, self._call(group)

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        """The events of one signed batch, each of which names its message by custom_args."""
        self._verify(request)
        try:
            events = orjson.loads(request.body)
        except ValueError:
            raise BadInput("the body of the webhook is no JSON.") from None
        if not isinstance(events, list):
            raise BadInput("the body of the webhook is no list of events.")
        return [_receipt(event) for event in events if isinstance(event, dict)]

    def _verify(self, request: WebhookRequest) -> None:
        signature, stamp = request.header(_SIGNATURE), request.header(_TIMESTAMP)
        if self._webhook is None or not signature or not stamp.isdigit():
            raise Forged("the request bears no signature that could be checked")
        try:
            # The signature covers the bytes as they came, the closing line break among them.
            good = self._webhook.verify_signature(request.body.decode("utf-8"), signature, stamp)
        except (ValueError, UnicodeDecodeError):
            good = False
        if not good:
            raise Forged("the signature does not fit")
        if abs(self._setup.now().timestamp() - float(stamp)) > self._window:
            raise Forged("the request is signed and too old")

    def _call(self, group: Sequence[Message]) -> Call:
        fixed = json.dumps(self._payload(group[0]), ensure_ascii=False)
        people = ",".join([_personalization(message) for message in group])
        return Call(self._url, f'{fixed[:-1]},"personalizations":[{people}]}}'.encode(), self._headers)

    def _payload(self, message: Message) -> dict[str, Any]:
        from sendgrid.helpers import mail as sdk  # noqa: PLC0415 - not everybody has it

        name = message.sender_name or self._setup["from_name"]
        mail = sdk.Mail(sdk.From(self._setup["from_email"], name or None), subject=message.texts["subject"])
        mail.add_content(sdk.Content("text/plain", message.texts["plain"]))
        if message.texts.get("html"):
            mail.add_content(sdk.Content("text/html", message.texts["html"]))
        if self._setup["reply_to"]:
            mail.reply_to = sdk.ReplyTo(self._setup["reply_to"])
        # Off by name, because the account's default may be on: no pixel, no rewritten link, no unsubscribe footer.
        # The lists of suppressed addresses are not bypassed: see docs/notifiers.md.
        tracking = sdk.TrackingSettings(
            click_tracking=sdk.ClickTracking(enable=False, enable_text=False),
            open_tracking=sdk.OpenTracking(enable=False),
            subscription_tracking=sdk.SubscriptionTracking(enable=False),
            ganalytics=sdk.Ganalytics(enable=False),
        )
        mail.tracking_settings = tracking
        payload: dict[str, Any] = mail.get()
        return payload

    def _read(self, group: list[Message], answer: Answer | Lost) -> tuple[list[Sent], list[list[Message]]]:
        if isinstance(answer, Lost):
            return [lost(message.reference, answer) for message in group], []
        if answer.status in {200, 202}:
            sid = answer.header("x-message-id") or None
            return [Sent(m.reference, Outcome.ACCEPTED, provider_reference=sid) for m in group], []
        tree = read_json(answer.body)
        raw, verdict = kept(self._setup, tree, group), _verdict(answer.status, tree)
        if answer.status in {400, 413} and len(group) > 1 and verdict not in _OF_ALL:
            return _without_the_faulty(group, tree, raw)
        wait = retry_after(answer, now=self._setup.now().timestamp(), default=30.0)
        return [verdict.sent(m.reference, raw, wait=wait) for m in group], []


def _personalization(message: Message) -> str:
    # The SDK's object costs 17 microseconds a person and makes just this.
    email, reference = quoted(message.to.value), quoted(message.reference)
    return f'{{"to":[{{"email":{email}}}],"custom_args":{{"reference":{reference}}}}}'


def _without_the_faulty(
    group: list[Message], tree: Mapping[str, Any], raw: Mapping[str, Any]
) -> tuple[list[Sent], list[list[Message]]]:
    faulty = {int(place[1]) for error in _errors(tree) if (place := _PLACE.search(str(error.get("field"))))}
    faulty &= set(range(len(group)))
    if not faulty:  # something is wrong and nobody says with whom: halves find it
        middle = len(group) // 2
        return [], [group[:middle], group[middle:]]
    refused = [
        Sent(group[i].reference, Outcome.REFUSED, Reason.INVALID_ADDRESS, permanent=True, raw=raw)
        for i in sorted(faulty)
    ]
    rest = [message for i, message in enumerate(group) if i not in faulty]
    return refused, [rest] if rest else []


def _errors(raw: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return [error for error in raw.get("errors") or [] if isinstance(error, Mapping)]


# https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses
_STATUSES: Mapping[int, Verdict] = {
    403: OURS,  # the sender is not verified, the key may not send, or the account is blocked for a while
    413: for_good(Reason.TOO_LONG),
    503: ILL,  # nothing was taken; any other failure may have come after the mail was queued
}
# The beginning of the field that an error names -> what it means. Who is told is in `personalizations`; the rest of a
# request is the same for all of its people.
_FIELDS: Mapping[str, Verdict] = {
    "personalizations.": for_good(Reason.INVALID_ADDRESS),
    **dict.fromkeys(("from", "reply_to"), OURS),
    **dict.fromkeys(("subject", "content"), for_good(Reason.CONTENT_REFUSED)),
}
_OF_ALL = (OURS, for_good(Reason.CONTENT_REFUSED))


def _verdict(status: int, raw: Mapping[str, Any]) -> Verdict:
    if status != 400:
        return by_status(status, _STATUSES)
    named = [str(error.get("field") or "") for error in _errors(raw)]
    return next((_FIELDS[start] for start in _FIELDS if any(name.startswith(start) for name in named)), UNKNOWN)


def _receipt(event: Mapping[str, Any]) -> Receipt:
    name = str(event.get("event", ""))
    outcome = _EVENTS.get(name, Outcome.UNKNOWN)
    reason, permanent = _why(event, outcome)
    stamp = event.get("timestamp")
    return Receipt(
        outcome,
        str(event.get("sg_event_id", "")),
        datetime.fromtimestamp(stamp, UTC) if isinstance(stamp, int) else None,
        event.get("reference"),
        str(event.get("sg_message_id", "")).split(".")[0] or None,
        reason,
        permanent,
        redacted({k: v for k, v in event.items() if k not in {"ip", "useragent"}}, str(event.get("email", ""))),
    )


def _why(event: Mapping[str, Any], outcome: Outcome) -> tuple[Reason | None, bool]:
    prose = str(event.get("reason", "")).lower()
    if outcome is Outcome.REFUSED:
        known = next((reason for start, reason in _DROPS if prose.startswith(start)), None)
        return known or Reason.OTHER, known is not None
    if outcome is Outcome.BOUNCED:
        blocked = event.get("type") == "blocked"
        return (Reason.BLOCKED if blocked else Reason.UNREACHABLE), not blocked
    return None, False


def _webhook(key: str) -> Any:
    from sendgrid.helpers.eventwebhook import EventWebhook  # noqa: PLC0415 - not everybody has it

    if not key:
        return None
    try:
        return EventWebhook(key)
    except ValueError:
        raise BadInput("TOCSIN_SENDGRID_WEBHOOK_KEY: this is not a public key.") from None
