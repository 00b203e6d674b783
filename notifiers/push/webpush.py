"""Web Push: an encrypted message to a browser's own push service, wherever that is (RFC 8030, 8291 and 8292)."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notifiers.answers import lost, retry_after
from notifiers.es256 import base64url, read_key, signed
from notifiers.fitting import SPARE, send_fitting
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import open_lines, trusted
from notifiers.subscription import Subscription, read_subscription
from notifiers.verdict import ILL, LOG_IN, UNKNOWN, Verdict, by_status, for_good, for_now
from packs import BadInput

_SETTING = "TOCSIN_WEBPUSH_"

ABOUT = About(
    id="webpush",
    label="Web Push",
    fields=(
        Field("signing_key", "File with the site's VAPID key, PEM, of the curve P-256.", secret=True),
        Field("contact", "Where a push service reaches whoever sends: mailto:... or https://..."),
        Field("keep_hours", "Hours for which a push service keeps a message for a browser that is off.", default="72"),
        Field(
            "services",
            "Push services, by comma, that are believed how long a message has to wait; another's waits half a minute.",
            default="fcm.googleapis.com,updates.push.services.mozilla.com",
        ),
        Field("inside", "yes: push services may lie inside and without TLS, for trials on one machine.", default=""),
        *trusted(timeout=30),
    ),
    proof=Outcome.ACCEPTED,
    carries_reference=True,
    scheme="webpush",
    # Each push service has its own limits and publishes none.
    pace=Pace(in_flight=300),
    sources=(
        "https://www.rfc-editor.org/rfc/rfc8030",
        "https://www.rfc-editor.org/rfc/rfc8291",
        "https://www.rfc-editor.org/rfc/rfc8292",
        "https://mozilla-services.github.io/autopush-rs/errors.html",
        "https://learn.microsoft.com/en-us/windows/apps/windows-app-sdk/notifications/push-notifications/troubleshooting",
    ),
)

# HTTP status -> what it means for this message. RFC 8030 sections 5, 7.2, 7.3 and 8.4, RFC 8292 section 4.2, and for
# 301 the page of Mozilla's push service above; by that page 400 may be about our headers as well as about the keys.
_STATUSES: Mapping[int, Verdict] = {
    301: for_good(Reason.GONE),  # the subscription has moved; the site must ask the browser anew
    403: LOG_IN,
    404: for_good(Reason.GONE),
    410: for_good(Reason.GONE),
    # 406, by which Microsoft's service throttles, and 429 are of this subscription alone (RFC 8030 section 8.4): they
    # make no other wait.
    406: for_now(Reason.RATE_LIMITED),
    413: for_good(Reason.TOO_LONG),
    429: for_now(Reason.RATE_LIMITED),
    503: ILL,
}
_TAKEN = frozenset({200, 201, 202})
_LARGEST = 3993  # bytes of text within the 4096 that each push service must carry (RFC 8291 section 4)
_GOOD_FOR = 12 * 3600  # seconds; a push service takes no token that is good for more than a day (RFC 8292 section 2)
_LONGEST_WAIT, _STRANGER_WAIT = 3600.0, 30.0
_TOPICS = uuid.UUID("2b7d5b9c-7a1f-5d53-8c07-0e5a86b7f6d1")  # drawn once: the space in which references become topics


def open_provider(setup: Setup) -> "WebPush":
    """Raises BadInput when the key cannot be read or the contact is no address."""
    return WebPush(setup)


class WebPush:
    """Sends one request a browser, encrypted for it alone. Nobody is told whether it was shown."""

    about = ABOUT

    def __init__(self, setup: Setup) -> None:
        if not setup["contact"].startswith(("mailto:", "https://")):
            raise BadInput(f"{_SETTING}CONTACT: must begin with mailto: or https:// (RFC 8292 section 2.1).")
        self._setup = setup
        self._key = read_key(setup["signing_key"], setting=f"{setup.prefix}SIGNING_KEY")
        public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self._public = base64url(public).decode()
        self._token = lru_cache(maxsize=256)(self._make_token)
        self._believed = frozenset(one.strip() for one in setup["services"].split(",") if one.strip())
        self._inside = setup["inside"] == "yes"
        self._lines = open_lines(setup, ABOUT.pace.in_flight - SPARE, outside=not self._inside)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message. A push service that says nothing of its own about a 500 is in doubt."""
        yield from send_fitting(self._lines, messages, ask=self._call, tell=self._sent)

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """The receipts of RFC 8030 section 6 are offered by no large push service, and none is asked for."""
        raise Forged("Web Push sends no receipts")

    def _call(self, message: Message) -> Call | Sent:
        to = read_subscription(message.to.value, inside=self._inside)
        if to is None:
            return Sent(message.reference, Outcome.REFUSED, Reason.INVALID_ADDRESS, permanent=True)
        words = _words(message)
        if len(words) > _LARGEST:
            return Sent(message.reference, Outcome.REFUSED, Reason.TOO_LONG, permanent=True)
        return Call(to.endpoint, _sealed(words, to), self._headers(message.reference, to))

    def _headers(self, reference: str, to: Subscription) -> tuple[str, ...]:
        hour = int(self._setup.now().timestamp()) // 3600 * 3600
        return (
            f"Authorization: vapid t={self._token(to.origin, hour)}, k={self._public}",
            "Content-Type: application/octet-stream",
            "Content-Encoding: aes128gcm",
            f"TTL: {int(float(self._setup['keep_hours']) * 3600)}",
            "Urgency: high",
            # A second telling takes the place of the first where that has not reached the browser (RFC 8030 5.4).
            f"Topic: {uuid.uuid5(_TOPICS, reference).hex}",
        )

    def _make_token(self, origin: str, hour: int) -> str:
        claims: dict[str, str | int] = {"aud": origin, "exp": hour + _GOOD_FOR, "sub": self._setup["contact"]}
        return signed(self._key, {"typ": "JWT"}, claims)

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        # Of the answer of a machine that somebody else chose nothing but the number is kept.
        raw = {"status": answer.status}
        if answer.status in _TAKEN:
            return Sent(message.reference, Outcome.ACCEPTED, raw=raw)
        believed = self._believes(message)
        verdict = by_status(answer.status, _STATUSES)
        if verdict.reason.is_ours and not believed:
            verdict = UNKNOWN
        wait = retry_after(answer, now=self._setup.now().timestamp(), default=60.0)
        return verdict.sent(message.reference, raw, wait=min(wait, _LONGEST_WAIT) if believed else _STRANGER_WAIT)

    def _believes(self, message: Message) -> bool:
        """Whether this push service is one of those that are known. Whoever runs a machine of their own is not believed
        how long to wait, nor that our key is no good: all others would have to wait."""
        to = read_subscription(message.to.value, inside=self._inside)
        return to is not None and to.host in self._believed


def _sealed(words: bytes, to: Subscription) -> bytes:
    sealed: bytes = http_ece.encrypt(
        words, private_key=ec.generate_private_key(ec.SECP256R1()), dh=to.p256dh, auth_secret=to.auth
    )
    return sealed


def _words(message: Message) -> bytes:
    # No address to open: the person opens the site by themselves.
    texts = message.texts
    said = {"title": texts["title"], "body": texts["body"], "reference": message.reference}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
