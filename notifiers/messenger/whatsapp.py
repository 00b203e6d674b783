"""WhatsApp (Business Cloud API): approved templates only, filled in so that they say the notice word for word."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from notifiers.answers import lost, read_json
from notifiers.approved import none_renders
from notifiers.graph_api import ANY, Codes, app_proof, challenge, not_taken, signed_tree, verdict_of
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent, redacted
from notifiers.patterns import Pattern, read_patterns
from notifiers.provider import About, Field, Pace, Setup, WebhookRequest
from notifiers.reached import at, at_pace, base_of, open_lines, paced
from notifiers.turns import take_turns
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good, for_now

ABOUT = About(
    id="whatsapp",
    label="WhatsApp",
    scheme="whatsapp",
    fields=(
        Field("phone_number_id", "The id of the number that sends."),
        Field("access_token", "A system user's token, with whatsapp_business_messaging.", secret=True),
        Field("app_secret", "The app's secret; it signs the webhooks.", secret=True),
        Field("templates", "File with the approved templates (docs/notifiers.md says its form)."),
        Field("verify_token", "A word of yours that Meta shows when the webhook is set up.", secret=True, default=""),
        paced(80),
        *at("https://graph.facebook.com"),
        Field("api_version", "Version of the Graph API.", default="v25.0"),
    ),
    proof=Outcome.READ,
    carries_reference=True,  # as biz_opaque_callback_data
    signed_receipts=True,
    receipts_need=("verify_token",),  # Meta sends none before the webhook is set up with it
    pace=Pace(per_second=80, burst=80, in_flight=80, source="80 messages a second and number by default"),
    sources=(
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput",
        "https://developers.facebook.com/docs/whatsapp/messaging-limits",
        "https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status/",
    ),
)

# At sending and in receipts. https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes/
_CODES: Codes = {
    **dict.fromkeys(((number, ANY) for number in (0, 3, 10, 190, 131005, *range(200, 300))), LOG_IN),
    # The number is deleted (33), not registered (133010), its name not approved (131037, 131045); the account barred
    # (368, 131031), its bill not paid (131042), still a trial's (131030); the template not approved in this language
    # (132001), of other variables than our file says (132000), against the rules (132007), paused or barred (132015/6).
    **dict.fromkeys(((one, ANY) for one in (33, 133010, 131037, 131045, 368, 131031, 131042, 131030)), OURS),
    **dict.fromkeys(((one, ANY) for one in (132000, 132001, 132007, 132015, 132016)), OURS),
    **dict.fromkeys(((one, ANY) for one in (4, 80007, 130429, 131048)), SLOWER),
    (131056, ANY): for_now(Reason.RATE_LIMITED),  # too many to this one person: no reason for others to wait
    **dict.fromkeys(((one, ANY) for one in (2, 131000, 131016, 131057)), ILL),
    (1, ANY): UNSURE,  # "invalid request or possible server error"
    (130497, ANY): for_good(Reason.NOT_PERMITTED),  # not to people of this country
    (131047, ANY): for_good(Reason.NOT_PERMITTED),
    (131021, ANY): for_good(Reason.INVALID_ADDRESS),
    (131026, ANY): for_good(Reason.UNREACHABLE),
    (131050, ANY): for_good(Reason.OPTED_OUT),
    **dict.fromkeys(((130472, ANY), (131049, ANY)), for_good(Reason.BLOCKED)),
    (132005, ANY): for_good(Reason.TOO_LONG),
    (132012, ANY): for_good(Reason.CONTENT_REFUSED),
}
_STATES: Mapping[str, Outcome] = {
    "sent": Outcome.ACCEPTED,
    "delivered": Outcome.DELIVERED,
    "read": Outcome.READ,
    "failed": Outcome.BOUNCED,
}


def open_provider(setup: Setup) -> "WhatsApp":
    """One number. Raises BadInput for a file of templates that cannot be read."""
    return WhatsApp(setup)


class WhatsApp:
    """Sends one request a message; told by signed status webhooks, which bring our reference back."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.about = at_pace(ABOUT, setup)
        self._patterns = read_patterns(Path(setup["templates"]))
        self._filled = lru_cache(maxsize=256)(self._fill)
        base = f"{base_of(setup)}/{setup['api_version']}/{setup['phone_number_id']}/messages"
        self._url = f"{base}?appsecret_proof={app_proof(setup['access_token'], setup['app_secret'])}"
        self._headers = (
            f"Authorization: Bearer {setup['access_token']}",
            "Content-Type: application/json",
            "User-Agent: tocsin/1.0.0",  # the published contract asks for a name and three numbers
        )
        self._lines = open_lines(setup, ABOUT.pace.in_flight)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message. Words that no approved template of the notice's language can say are refused here,
        for good: nothing but what was approved on both sides goes out."""
        for message, answer in take_turns(self._lines, messages, self._call):
            yield answer if isinstance(answer, Sent) else self._sent(message, answer)

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        """The statuses in a webhook; what people write to the number is left alone."""
        tree = signed_tree(request, self._setup["app_secret"])
        changes = [change for entry in _list(tree, "entry") for change in _list(entry, "changes")]
        values = [change.get("value") for change in changes if isinstance(change, dict)]
        return [_receipt(status) for value in values for status in _list(value, "statuses") if isinstance(status, dict)]

    def greet(self, request: WebhookRequest) -> str:
        """Meta's challenge, when the webhook is set up. Raises Forged without the verify token."""
        return challenge(request, self._setup["verify_token"])

    def lacks(self, texts: Mapping[str, str], language: str) -> list[str]:
        """One sentence when no approved template of `language` says the short text; nothing when one does."""
        if self._filled(language, texts.get("short", "")):
            return []
        known = [one.name for one in self._patterns if one.language == language]
        return [none_renders(self._setup["templates"], "the short text", language, known)]

    def _call(self, message: Message) -> Call | Sent:
        number = message.to.value.removeprefix("+")
        if not (number.isascii() and number.isdigit() and 7 <= len(number) <= 15):  # E.164 without the plus
            return Sent(message.reference, Outcome.REFUSED, Reason.INVALID_ADDRESS, permanent=True)
        template = self._filled(message.language, message.texts["short"])
        if template is None:
            raw = {"here": "no approved template of this language says these words"}
            return Sent(message.reference, Outcome.REFUSED, Reason.CONTENT_REFUSED, permanent=True, raw=raw)
        body = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": number, "type": "template"}
        rest = {"template": template, "biz_opaque_callback_data": message.reference}
        return Call(self._url, orjson.dumps(body | rest), self._headers)

    def _fill(self, language: str, words: str) -> Mapping[str, Any] | None:
        fitting = (one for one in self._patterns if one.language == language)
        found = next(((one, values) for one in fitting if (values := one.values_in(words)) is not None), None)
        return _template(*found) if found else None

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        if answer.status == 200:
            ids = [one for one in _list(read_json(answer.body), "messages") if isinstance(one, dict)]
            known = _digest(str(ids[0]["id"])) if ids and "id" in ids[0] else None
            state = {"message_status": ids[0]["message_status"]} if ids and "message_status" in ids[0] else {}
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=known, raw=state)
        return not_taken(self._setup, message, answer, _CODES)


def _template(pattern: Pattern, values: tuple[str, ...]) -> Mapping[str, Any]:
    filled = {"name": pattern.name, "language": {"policy": "deterministic", "code": pattern.code}}
    body = {"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}
    return filled | ({"components": [body]} if values else {})


def _digest(wamid: str) -> str:
    """WhatsApp's id of a message holds the person's number, in Base64: what is kept must not."""
    return hashlib.sha256(wamid.encode()).hexdigest()[:40]


def _receipt(status: Mapping[str, Any]) -> Receipt:
    word, wamid = str(status.get("status", "")), str(status.get("id", ""))
    outcome, known = _STATES.get(word, Outcome.UNKNOWN), _digest(wamid)
    errors = [error for error in _list(status, "errors") if isinstance(error, dict)]
    reason, permanent = None, False
    if outcome is Outcome.BOUNCED:
        _, reason, permanent = (verdict_of(errors[0], _CODES) if errors else None) or UNKNOWN
    said = [
        {name: error[name] for name in ("code", "title", "message", "error_data") if name in error} for error in errors
    ]
    raw = redacted({"status": word, "errors": said}, str(status.get("recipient_id", "")), wamid)
    reference = str(status["biz_opaque_callback_data"]) if status.get("biz_opaque_callback_data") else None
    return Receipt(outcome, f"{known}:{word}", _moment(status), reference, known, reason, permanent, raw)


def _moment(status: Mapping[str, Any]) -> datetime | None:
    seconds = str(status.get("timestamp", ""))
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isascii() and seconds.isdigit() else None


def _list(tree: object, name: str) -> list[Any]:
    found = tree.get(name) if isinstance(tree, dict) else None
    return found if isinstance(found, list) else []
