"""Lob's Letters API: one request a letter under an idempotency key, signed webhooks, and it can be asked."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from notifiers.answers import answered, lost, proof, read_json, retry_after
from notifiers.http import Answer, Call, Lost
from notifiers.message import Address, AddressKind, Inquiry, Message
from notifiers.multipart import multipart
from notifiers.outcome import Outcome, Reason, Receipt, Sent, Unanswered
from notifiers.postal import NotAnAddress, Postal, read_postal
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import at, base_of, open_lines
from notifiers.sheets import Letter, Sheet, printed
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNSURE, Verdict, by_status, for_good
from packs import BadInput

ABOUT = About(
    id="lob",
    label="Lob",
    fields=(
        Field("api_key", "The secret key of the account.", secret=True),
        Field("from_address", "The sender's address as kept at Lob, beginning with adr_."),
        Field("webhook_secret", "Signs the webhooks; without it no receipt is believed.", secret=True, default=""),
        Field("color", "true or false.", default="false"),
        Field("mail_type", "usps_first_class or usps_standard.", default="usps_first_class"),
        Field("address_placement", "Where Lob prints the address.", default="insert_blank_page"),
        Field("replay_window", "Seconds after which a signed webhook is too old.", default="86400"),
        *at("https://api.lob.com"),
    ),
    proof=Outcome.DELIVERED,
    carries_reference=True,  # in its metadata
    signed_receipts=True,
    receipts_need=("webhook_secret",),
    proof_alone=Outcome.DELIVERED,  # it can be asked
    pace=Pace(per_second=30, burst=150, in_flight=32, source="150 requests in 5 seconds a key and endpoint"),
    sources=(
        "https://docs.lob.com/#tag/Letters/operation/letter_create",
        "https://github.com/lob/lob-openapi",
        "https://help.lob.com/print-and-mail/getting-data-and-results/using-webhooks",
    ),
)

# Lob's error codes: https://docs.lob.com/#tag/Errors. Of what failed on its side a message "may or may not have been
# properly received": https://help.lob.com/developer-docs/error-reference
_CODES: Mapping[str, Verdict] = {
    "rate_limit_exceeded": SLOWER,
    **dict.fromkeys(
        ("unauthorized", "unauthorized_token", "invalid_api_key", "email_required", "publishable_key_not_allowed"),
        LOG_IN,
    ),
    **dict.fromkeys(("payment_method_unverified", "feature_limit_reached", "foreign_return_address"), OURS),
    **dict.fromkeys(
        ("address_length_exceeds_limit", "failed_deliverability_strictness"), for_good(Reason.INVALID_ADDRESS)
    ),
    **dict.fromkeys(("invalid_international_feature", "invalid_country_covid"), for_good(Reason.NOT_PERMITTED)),
    **dict.fromkeys(("file_pages_exceed_max", "file_size_exceeds_limit"), for_good(Reason.TOO_LONG)),
    **dict.fromkeys(
        ("invalid_file", "invalid_file_dimensions", "inconsistent_page_dimensions", "unembedded_fonts"),
        for_good(Reason.CONTENT_REFUSED),
    ),
    "service_unavailable": ILL,
    "conflict": UNSURE,  # the same key is being worked on
    "request_timeout": Verdict(Outcome.IN_DOUBT, Reason.NO_ANSWER),
}
# What happens to a letter: https://docs.lob.com/#tag/Events, and the same words with `certified.` before them.
_EVENTS: Mapping[str, tuple[Outcome, Reason | None, bool]] = {
    **dict.fromkeys(
        (
            *("created", "rendered_pdf", "rendered_thumbnails", "billed", "mailed", "in_transit", "in_local_area"),
            *("international_exit", "processed_for_delivery", "re-routed", "pickup_available", "issue"),
        ),
        (Outcome.ACCEPTED, None, False),
    ),
    "delivered": (Outcome.DELIVERED, None, False),
    "returned_to_sender": (Outcome.BOUNCED, Reason.UNREACHABLE, True),
    "failed": (Outcome.REFUSED, Reason.OTHER, True),
    "deleted": (Outcome.EXPIRED, None, False),  # cancelled by a person at Lob before it was printed
}
# What the directory must have in parts; outside the United States the country and the street are enough.
_FIELDS: Mapping[str, str] = {
    "name": "name",
    "company": "company",
    "address_line1": "line_1",
    "address_line2": "line_2",
    "address_city": "city",
    "address_state": "state",
    "address_zip": "postcode",
    "address_country": "country",
}


def open_provider(setup: Setup) -> "Lob":
    """Raises BadInput for a colour that is neither true nor false, and for a number that is none."""
    if setup["color"] not in {"true", "false"}:
        raise BadInput("TOCSIN_LOB_COLOR: must be true or false.")
    setup.number("replay_window")
    return Lob(setup)


class Lob:
    """Sends one letter a request; told by webhooks, and can be asked."""

    about = ABOUT

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._url = f"{base_of(setup)}/v1/letters"
        self._login = f"Authorization: Basic {base64.b64encode((setup['api_key'] + ':').encode()).decode()}"
        self._lines = open_lines(setup, ABOUT.pace.in_flight)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message. The key is its reference: asked twice within a day, Lob makes one letter."""
        unfit: list[Sent] = []
        for message, answer in self._lines.exchange(self._calls(messages, unfit)):
            yield self._sent(message, answer)
            while unfit:
                yield unfit.pop()
        yield from unfit

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        """The event in a signed webhook; none for what is not about a letter of ours on its way out."""
        self._must_be_signed(request)
        event = read_json(request.body)
        if "unreadable" in event:
            raise BadInput("the body of the webhook is no JSON.")
        word = str((event.get("event_type") or {}).get("id", ""))
        if not word.startswith("letter.") or word.startswith("letter.return_envelope."):
            return []
        letter = event.get("body") or {}
        return [_receipt(word, letter, str(event.get("id", "")), at=_moment(event.get("date_created")))]

    def ask(self, inquiries: Sequence[Inquiry]) -> Iterator[Receipt | Unanswered]:
        """By Lob's id where it is known, else by our reference, which every letter carries."""
        calls = ((one, Call(self._question(one), None, (self._login,))) for one in inquiries)
        for one, answer in self._lines.exchange(calls):
            tree = answered(answer, "id" if one.provider_reference else "data")
            if tree is None:
                yield Unanswered(one.reference)
            elif letter := _found(tree):
                word = _last_word(letter)
                yield _receipt(word, letter, f"{letter['id']}:{word}", reference=one.reference)

    def _calls(self, messages: Iterable[Message], unfit: list[Sent]) -> Iterator[tuple[Message, Call]]:
        for message in messages:
            try:
                fields = _to(read_postal(message.to.value, language=message.language))
            except NotAnAddress as wrong:
                unfit.append(_refused(message.reference, Reason.INVALID_ADDRESS, str(wrong)))
                continue
            if pdf := self._pdf(message):
                yield message, self._call(message.reference, fields, pdf)
            else:
                unfit.append(_refused(message.reference, Reason.CONTENT_REFUSED, "these words cannot be set"))

    def _pdf(self, message: Message) -> bytes:
        hour = self._setup.now().replace(minute=0, second=0, microsecond=0)  # set once an hour; its date is what counts
        words = (message.texts["subject"], message.texts["plain"])
        return _pdf(message.language, message.sender_name, words, message.zone, hour)

    def _call(self, reference: str, to: Mapping[str, str], pdf: bytes) -> Call:
        fields = {
            **{f"to[{name}]": value for name, value in to.items()},
            "from": self._setup["from_address"],
            "color": self._setup["color"],
            "mail_type": self._setup["mail_type"],
            "address_placement": self._setup["address_placement"],
            "use_type": "operational",
            "metadata[reference]": reference,
        }
        kind, body = multipart(fields, name="file", filename="letter.pdf", kind="application/pdf", content=pdf)
        key = f"Idempotency-Key: {quote(reference, safe='')}"
        return Call(self._url, body, (self._login, key, f"Content-Type: {kind}"))

    def _question(self, inquiry: Inquiry) -> str:
        if inquiry.provider_reference:
            return f"{self._url}/{quote(inquiry.provider_reference, safe='')}"
        return f"{self._url}?{urlencode({'metadata[reference]': inquiry.reference, 'limit': '1'})}"

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        if 200 <= answer.status < 300:
            taken = proof(answer.body, "id", "date_created", "send_date", "expected_delivery_date", "carrier")
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=taken.get("id"), raw=taken)
        # Not the message: it quotes the address as Lob writes it, which is not as we know it.
        code = _code(read_json(answer.body))
        raw = {"status": answer.status, "code": code}
        verdict = _CODES.get(code) or by_status(answer.status)
        return verdict.sent(message.reference, raw, wait=self._wait(answer))

    def _wait(self, answer: Answer) -> float:
        now, reset = self._setup.now().timestamp(), answer.header("x-rate-limit-reset")
        if reset.isdigit():
            return max(1.0, float(reset) - now)
        return retry_after(answer, now=now, default=5.0 if answer.status == 429 else 60.0)

    def _must_be_signed(self, request: WebhookRequest) -> None:
        secret, stamp = self._setup["webhook_secret"], request.header("Lob-Signature-Timestamp")
        signed = hmac.new(secret.encode(), stamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
        given = request.header("Lob-Signature")
        if not secret or not hmac.compare_digest(signed.encode(), given.encode()):
            raise Forged("the signature does not fit")
        seconds = float(stamp) if stamp.isdigit() else 0.0
        seconds = seconds / 1000 if seconds > 1e11 else seconds  # some are in milliseconds
        if abs(self._setup.now().timestamp() - seconds) > float(self._setup["replay_window"]):
            raise Forged("it was signed too long ago")


def _to(address: Postal) -> dict[str, str]:
    """The address in Lob's fields. Raises NotAnAddress where the directory has it as one text, which is not guessed
    apart, or lacks what Lob must have."""
    parts = dict(address.parts or {})
    parts |= dict(zip(("name", "company"), address.addressee, strict=False))
    parts["line_2"] = ", ".join(filter(None, (parts.get("line_2"), parts.get("district"))))
    fields = {theirs: parts[ours] for theirs, ours in _FIELDS.items() if parts.get(ours)}
    domestic = ("address_city", "address_state", "address_zip") if parts.get("country") == "US" else ()
    missing = [name for name in ("address_line1", "address_country", *domestic) if name not in fields]
    missing += [] if "name" in fields or "company" in fields else ["name"]
    if missing:
        raise NotAnAddress(f"not in parts: {', '.join(missing)}")
    return fields


@lru_cache(maxsize=64)
def _pdf(language: str, sender: str, words: tuple[str, str], zone: str, day: datetime) -> bytes:
    """The letter on US Letter paper, the same for all its readers; empty where its words cannot be set."""
    texts = dict(zip(("subject", "plain"), words, strict=True))
    message = Message("", Address(AddressKind.POSTAL, ""), texts, sender, language, zone)
    return printed([Letter(message, Postal(()))], Sheet(window=False), at=day).pdf


def _code(tree: Mapping[str, Any]) -> str:
    return str((tree.get("error") or {}).get("code", ""))


def _found(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    listed = tree.get("data")
    return (listed[0] if listed else {}) if isinstance(listed, list) else tree


def _last_word(letter: Mapping[str, Any]) -> str:
    """The event that a letter's own record speaks of last: "Returned to Sender" is letter.returned_to_sender."""
    if letter.get("status") == "failed":
        return "letter.failed"
    names = [str(event.get("name", "")) for event in letter.get("tracking_events") or []]
    words = {f"letter.{name.lower().replace(' ', '_')}" for name in names}
    return next((word for word in ("letter.returned_to_sender", "letter.delivered") if word in words), "letter.created")


def _receipt(
    word: str, letter: Mapping[str, Any], event_id: str, *, at: datetime | None = None, reference: str | None = None
) -> Receipt:
    known = _EVENTS.get(word.removeprefix("letter.").removeprefix("certified."))
    outcome, reason, permanent = known or (Outcome.UNKNOWN, None, False)
    ours = reference or (letter.get("metadata") or {}).get("reference")
    raw = {"event": word, "id": event_id, "letter": letter.get("id")}  # the rest says the address again
    return Receipt(outcome, event_id, at, ours, letter.get("id"), reason, permanent, raw)


def _moment(text: Any) -> datetime | None:
    with suppress(TypeError, ValueError):
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else None
    return None


def _refused(reference: str, reason: Reason, wrong: str) -> Sent:
    return Sent(reference, Outcome.REFUSED, reason, permanent=True, raw={"letter": wrong})
