"""Twilio messages: form, credentials and webhook signature by the twilio SDK, the bytes through http.py."""

import base64
import hmac
import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit

from twilio.http import HttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from twilio.request_validator import RequestValidator, get_signature_algorithm  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from notifiers.answers import answered, kept, lost, proof, read_json, retry_after
from notifiers.http import Answer, Call, Lost
from notifiers.message import Inquiry, Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent, Unanswered, redacted
from notifiers.pacing import read_paces
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import at, at_pace, base_of, open_lines, paced
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, Verdict, by_status, for_good

ABOUT = About(
    id="twilio",
    label="Twilio",
    fields=(
        Field("account_sid", "The account, beginning with AC."),
        Field("auth_token", "The account's secret; it also signs the webhooks.", secret=True),
        Field("messaging_service_sid", "The sender pool, beginning with MG.", default="", one_of="sender"),
        Field("from_number", "The sender's number (E.164), short code or name.", default="", one_of="sender"),
        *at("https://api.twilio.com"),
        paced(10, "Segments a second that the sender pool may send."),
        Field("per_second_to", "The same for single countries: +95 1, +66 10.", default=""),
    ),
    proof=Outcome.DELIVERED,
    carries_reference=True,
    signed_receipts=True,
    pace=Pace(per_second=10, burst=100, in_flight=600, source="10 segments a second for a number of most countries"),
    sources=("https://www.twilio.com/docs/messaging/api/message-resource",),
)

# Twilio's error codes, at sending and in receipts. https://www.twilio.com/docs/api/errors
_CODES: Mapping[int, Verdict] = {
    **dict.fromkeys((20429, 14107, 21611, 30001, 63038), SLOWER),
    **dict.fromkeys((21211, 21217, 21614), for_good(Reason.INVALID_ADDRESS)),
    21408: for_good(Reason.NOT_PERMITTED),  # this country is not switched on for the account
    21610: for_good(Reason.OPTED_OUT),
    21612: for_good(Reason.UNREACHABLE),
    21617: for_good(Reason.TOO_LONG),
    20003: LOG_IN,
    30002: LOG_IN,  # the account is suspended
    # The sender is none (21212, 21606), an account on trial writes to numbers that it knows only (21608).
    **dict.fromkeys((21212, 21606, 21608), OURS),
    **dict.fromkeys((30003, 30006), for_good(Reason.UNREACHABLE)),
    30004: for_good(Reason.BLOCKED),
    30005: for_good(Reason.GONE),
    30007: for_good(Reason.CONTENT_REFUSED),
    30034: OURS,  # the sender is not registered for messages of applications
}
_STATUSES: Mapping[int, Verdict] = {503: ILL}
NO_SUCH = 20404  # what was asked about by its id is not there. https://www.twilio.com/docs/api/errors/20404
_STATES: Mapping[str, Outcome] = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), Outcome.ACCEPTED),
    "delivered": Outcome.DELIVERED,
    "read": Outcome.READ,
    "undelivered": Outcome.BOUNCED,
    "failed": Outcome.REFUSED,
    "canceled": Outcome.EXPIRED,
}


def open_provider(setup: Setup) -> "Twilio":
    """One sender pool of one account."""
    return Twilio(setup)


class Twilio:
    """Sends one request a message; told by signed status callbacks, and can be asked."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        paces = read_paces(setup["per_second_to"], name="TOCSIN_TWILIO_PER_SECOND_TO")
        self.about = replace(at_pace(ABOUT, setup), paces=paces)
        self._template = _template(setup)
        self._callback = setup.callback_url and f"&StatusCallback={quote_plus(f'{setup.callback_url}?reference=')}"
        self._door = SignedDoor(setup)
        self._lines = open_lines(setup, ABOUT.pace.in_flight)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message; 5xx without a code of Twilio's is in doubt, for the message may have been taken."""
        calls = ((message, self._call(message)) for message in messages)
        for message, answer in self._lines.exchange(calls):
            yield self._sent(message, answer)

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        """One status callback."""
        fields, query = self._door.read(request)
        return [_receipt(fields, query.get("reference"))]

    def ask(self, inquiries: Sequence[Inquiry]) -> Iterator[Receipt | Unanswered]:
        """By Twilio's id where it is known, else by looking for the same words to the same number."""
        known = {index: inquiry for index, inquiry in enumerate(inquiries) if self._question(inquiry)}
        calls = (
            (index, Call(self._question(inquiry), None, self._template.headers)) for index, inquiry in known.items()
        )
        for index, answer in self._lines.exchange(calls):
            by_id = bool(known[index].provider_reference)
            tree = answered(answer, "sid", no_such=NO_SUCH) if by_id else answered(answer, "messages")
            if tree is None:
                yield Unanswered(known[index].reference)
            elif found := _found(known[index], tree):
                yield _receipt(_flat(found), known[index].reference, hidden=_hidden(known[index]))

    def _call(self, message: Message) -> Call:
        # The reference is within an address that is itself within a form.
        callback = self._callback and self._callback + quote_plus(quote_plus(message.reference))
        body = f"{self._template.body}{callback}{_words(message.texts['short'])}&To={quote_plus(message.to.value)}"
        return Call(self._template.url, body.encode(), self._template.headers)

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        if answer.status in {200, 201}:
            taken = proof(answer.body, "sid", "status", "num_segments")
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=taken.get("sid"), raw=taken)
        tree = read_json(answer.body)
        verdict = verdict_of(tree, answer.status, _CODES)
        raw = kept(self._setup, tree, [message], self._setup["from_number"])
        return verdict.sent(
            message.reference, raw, wait=retry_after(answer, now=self._setup.now().timestamp(), default=5.0)
        )

    def _question(self, inquiry: Inquiry) -> str:
        if inquiry.provider_reference:
            return f"{self._template.url.removesuffix('.json')}/{quote(inquiry.provider_reference)}.json"
        if inquiry.message is None:
            return ""
        return f"{self._template.url}?{urlencode({'To': inquiry.message.to.value, 'PageSize': '50'})}"


_LONGEST = 65536  # bytes of a callback; one has some twenty short fields, and the words of a message at most


class SignedDoor:
    """Lets in what is signed with the account's secret, whichever product of Twilio's calls."""

    def __init__(self, setup: Setup) -> None:
        self._callback_url = setup.callback_url
        self._validator = RequestValidator(setup["auth_token"])

    def read(self, request: WebhookRequest) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The fields of the form and of the query. Raises Forged where the signature does not fit; it covers the public
        address, which is the configured one, and the form. Before it is checked the form has to be read, so one that is
        longer than any of Twilio's is not read at all."""
        if len(request.body) > _LONGEST:
            raise Forged("the form is longer than a callback's")
        query = urlsplit(request.target).query
        address = self._callback_url + (f"?{query}" if query else "")
        form = _Form(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        if not self._signed(address, form, request):
            raise Forged("the signature does not fit")
        return {name: values[-1] for name, values in form.items()}, dict(parse_qsl(query))

    def _signed(self, address: str, form: "_Form", request: WebhookRequest) -> bool:
        signature = request.header("X-Twilio-Signature")
        algorithm = get_signature_algorithm(request.header("X-Twilio-Webhooks-Signature-Settings"))
        # Nearly always the address is signed as it was given; `validate` tries it with and without a port, at twice the
        # cost.
        with suppress(ValueError):  # an algorithm that the SDK does not know, of which `validate` writes a warning
            computed = self._validator.compute_signature(address, form, algorithm)
            if hmac.compare_digest(computed.encode(), signature.encode()):
                return True
        return bool(self._validator.validate(address, form, signature, algorithm))


class Template:
    """The request as the SDK makes it, without the parts that differ from message to message."""

    def __init__(self, url: str, headers: tuple[str, ...], body: str) -> None:
        self.url, self.headers, self.body = url, headers, body


class _Taker(HttpClient):  # type: ignore[misc]  # the SDK has no types
    """Stands where the SDK's HTTP client would, and keeps the request it was to send."""

    def __init__(self) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self.taken: dict[str, Any] = {}

    def request(self, _method: str, uri: str, **given: Any) -> Response:
        self.taken = {"url": uri, **given}
        return Response(201, json.dumps({}))


def _template(setup: Setup) -> Template:
    # Approved words go as they were approved: no look-alike characters, no shortened links.
    sender = {"messaging_service_sid": setup["messaging_service_sid"], "from_": setup["from_number"]}
    given = {"smart_encoded": False, "shorten_urls": False, **{k: v for k, v in sender.items() if v}}
    return template_of(setup, lambda client: client.messages.create(to="", body="", **given), without={"To", "Body"})


def template_of(setup: Setup, create: Callable[[Any], object], *, without: Collection[str]) -> Template:
    """What `create` makes the SDK send, less the fields `without`."""
    taker = _Taker()
    # The SDK would otherwise read edge and region from the process's environment.
    client = Client(setup["account_sid"], setup["auth_token"], http_client=taker, environment={"TOCSIN": "1"})
    client.api.base_url = base_of(setup)
    create(client)
    taken = taker.taken
    login = base64.b64encode(":".join(taken["auth"]).encode()).decode()
    headers = {**taken["headers"], "Authorization": f"Basic {login}"}
    form = {name: value for name, value in taken["data"].items() if name not in without}
    lines = tuple(f"{name}: {value}" for name, value in headers.items())
    return Template(str(taken["url"]), lines, urlencode(form))


@lru_cache(maxsize=256)
def _words(text: str) -> str:
    return f"&Body={quote_plus(text)}"


def verdict_of(raw: Mapping[str, Any], status: int, codes: Mapping[int, Verdict]) -> Verdict:
    """What an error document of Twilio's means by the codes of one of its products, else by the status."""
    code = raw.get("code")
    return (codes.get(code) if isinstance(code, int) else None) or by_status(status, _STATUSES)


def _receipt(fields: Mapping[str, str], reference: str | None, *, hidden: tuple[str, ...] = ()) -> Receipt:
    state, sid = fields.get("MessageStatus", fields.get("SmsStatus", "")), fields.get("MessageSid", "")
    outcome = _STATES.get(state, Outcome.UNKNOWN)
    reason, permanent = None, False
    if outcome in {Outcome.BOUNCED, Outcome.REFUSED}:
        code = fields.get("ErrorCode", "")
        _, reason, permanent = _CODES.get(int(code) if code.isdigit() else 0, UNKNOWN)
    raw = redacted(dict(fields), *hidden, fields.get("To", ""), fields.get("From", ""), fields.get("Body", ""))
    return Receipt(outcome, f"{sid}:{state}", None, reference, sid or None, reason, permanent, raw)


def _found(inquiry: Inquiry, tree: Mapping[str, Any]) -> Mapping[str, Any]:
    if inquiry.provider_reference or inquiry.message is None:
        return tree
    words = inquiry.message.texts["short"]
    return next((m for m in tree.get("messages") or [] if m.get("body") == words), {})


def _flat(message: Mapping[str, Any]) -> dict[str, str]:
    names = {"sid": "MessageSid", "status": "MessageStatus", "error_code": "ErrorCode", "to": "To", "body": "Body"}
    return {new: str(message[old]) for old, new in names.items() if message.get(old) is not None}


def _hidden(inquiry: Inquiry) -> tuple[str, ...]:
    return (inquiry.message.to.value,) if inquiry.message else ()


class _Form(dict[str, list[str]]):
    """A form with repeated fields, in the shape that the SDK's validator asks for."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        for name, value in pairs:
            self.setdefault(name, []).append(value)

    def getall(self, name: str) -> list[str]:
        return self[name]
