"""Apple Push Notification service: one HTTP/2 request a device, a provider token that is made anew each half hour."""

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from json import dumps
from json.encoder import encode_basestring as quoted
from pathlib import Path
from typing import Any

from notifiers.answers import lost, read_json, retry_after
from notifiers.es256 import read_key, signed
from notifiers.fitting import SPARE, send_fitting
from notifiers.http import Answer, Call, Lines, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent, redacted
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from packs import BadInput

_DOCS = "https://developer.apple.com/documentation/usernotifications/"

ABOUT = About(
    id="apns",
    label="Apple Push Notification service",
    fields=(
        Field("signing_key", "File with the key that signs provider tokens (.p8), as Apple gives it.", secret=True),
        Field("key_id", "Id of that key, ten characters."),
        Field("team_id", "Id of the developer team, ten characters."),
        Field("topic", "Bundle id of the app."),
        Field("base_url", "Where the API is; a trial app's is https://api.sandbox.push.apple.com.", default="https://api.push.apple.com"),
        Field("keep_hours", "Hours for which Apple keeps a notification for a device that is off.", default="72"),
        Field("ca_file", "Certificates to trust, PEM; empty means the system's.", default=""),
        Field("timeout", "Seconds to wait for one answer.", default="60"),
    ),
    proof=Outcome.ACCEPTED,
    carries_reference=True,
    scheme="apns",
    # Apple names no quota for an account.
    pace=Pace(in_flight=500, source=f"{_DOCS}sending-notification-requests-to-apns"),
    sources=(
        f"{_DOCS}sending-notification-requests-to-apns",
        f"{_DOCS}handling-notification-responses-from-apns",
        f"{_DOCS}establishing-a-token-based-connection-to-apns",
    ),
)  # fmt: skip

# reason of APNs -> what it means for this message; `permanent` is decided here and nowhere else.
# https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
_GONE = (Outcome.REFUSED, Reason.GONE, True)
_NOT_OURS = (Outcome.REFUSED, Reason.INVALID_ADDRESS, True)
_CREDENTIALS = (Outcome.REFUSED, Reason.CREDENTIALS, False)
_NOT_NOW = (Outcome.REFUSED, Reason.PROVIDER_ERROR, False)
_REASONS: Mapping[str, tuple[Outcome, Reason, bool]] = {
    "BadDeviceToken": _NOT_OURS,  # malformed, or of the other environment
    "MissingDeviceToken": _NOT_OURS,
    "DeviceTokenNotForTopic": _NOT_OURS,
    "BadPath": _NOT_OURS,
    "Unregistered": _GONE,
    "ExpiredToken": _GONE,
    "PayloadTooLarge": (Outcome.REFUSED, Reason.TOO_LONG, True),
    "PayloadEmpty": (Outcome.REFUSED, Reason.CONTENT_REFUSED, True),
    # What is wrong for everybody is put right by a person, and the same messages go out then.
    "BadTopic": _CREDENTIALS,
    "MissingTopic": _CREDENTIALS,
    "TopicDisallowed": _CREDENTIALS,
    "BadCertificate": _CREDENTIALS,
    "BadCertificateEnvironment": _CREDENTIALS,
    "BadEnvironmentKeyIdInToken": _CREDENTIALS,
    "UnrelatedKeyIdInToken": _CREDENTIALS,
    "ExpiredProviderToken": _CREDENTIALS,
    "InvalidProviderToken": _CREDENTIALS,
    "MissingProviderToken": _CREDENTIALS,
    "Forbidden": _CREDENTIALS,
    # Too many to one device is that device's affair; too many provider tokens is everybody's.
    "TooManyRequests": (Outcome.REFUSED, Reason.RATE_LIMITED, False),
    "TooManyProviderTokenUpdates": (Outcome.THROTTLED, Reason.RATE_LIMITED, False),
    "InternalServerError": _NOT_NOW,
    "ServiceUnavailable": _NOT_NOW,
    "Shutdown": _NOT_NOW,
    "IdleTimeout": _NOT_NOW,
}
_STATUSES: Mapping[int, str] = {403: "Forbidden", 410: "Unregistered", 413: "PayloadTooLarge"} | {
    429: "TooManyRequests",
    503: "ServiceUnavailable",
}
_TOKEN_UPDATES = 20 * 60  # seconds within which no other provider token may be made
_RENEWED = 30 * 60  # seconds a token is used: more than those twenty minutes, less than the hour it is good for
_LARGEST = 4096  # bytes of a notification's body
_DEVICE = re.compile(r"[0-9A-Fa-f]{2,512}")  # it becomes part of a path, so nothing else may stand in it
_NAMES = uuid.UUID("6f3c9f0e-3f6a-5b0e-9d0c-3d1f6c1f7a5e")  # drawn once: the space in which references become UUIDs


def open_provider(setup: Setup) -> "Apns":
    """Raises BadInput when the key cannot be read."""
    return Apns(setup)


class Apns:
    """Sends one request a device. Nobody is told whether a telephone showed it, so there is no receipt."""

    about = ABOUT

    def __init__(self, setup: Setup) -> None:
        setting = "TOCSIN_APNS_SIGNING_KEY"
        try:
            pem = Path(setup["signing_key"]).read_bytes()
        except OSError as error:
            raise BadInput(f"{setting}: the file cannot be read ({type(error).__name__}).") from None
        self._key = read_key(pem, setting=setting)
        self._setup = setup
        self._url = f"{setup['base_url'].rstrip('/')}/3/device/"
        self._keep = float(setup["keep_hours"]) * 3600
        self._token = lru_cache(maxsize=1)(self._make_token)
        in_flight, timeout = ABOUT.pace.in_flight - SPARE, float(setup["timeout"])
        self._lines = Lines(in_flight=in_flight, timeout=timeout, ca_file=setup["ca_file"])

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message. 502 and 504 come from a gateway
        that cannot know, so they are in doubt, as is a 500 for which Apple gives no reason."""
        yield from send_fitting(self._lines, messages, ask=self._call, tell=self._sent)

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """Apple calls nobody back."""
        raise Forged("APNs sends no receipts")

    def _call(self, message: Message) -> Call | Sent:
        if not _DEVICE.fullmatch(message.to.value):
            return Sent(message.reference, Outcome.REFUSED, Reason.INVALID_ADDRESS, permanent=True)
        body = _body(message)
        if len(body) > _LARGEST:
            return Sent(message.reference, Outcome.REFUSED, Reason.TOO_LONG, permanent=True)
        return Call(self._url + message.to.value, body, self._headers(message.reference))

    def _headers(self, reference: str) -> tuple[str, ...]:
        now = int(self._setup.now().timestamp())
        # Apple does not look whether it has seen an apns-id: it comes back with an error, and names the notification
        # in Apple's console. What keeps a second telling from being read twice is the collapse id: the device shows
        # one notification for each.
        name = notification_id(reference)
        return (
            f"Authorization: bearer {self._token(now // _RENEWED * _RENEWED)}",
            "Content-Type: application/json",
            f"apns-topic: {self._setup['topic']}",
            "apns-push-type: alert",
            "apns-priority: 10",
            f"apns-expiration: {int(now + self._keep)}",
            f"apns-id: {name}",
            f"apns-collapse-id: {name}",
        )

    def _make_token(self, issued_at: int) -> str:
        # Made of the half hour and not of the moment: all workers use one token, however many they are, and none is
        # made before twenty minutes have passed since the last one.
        claims: dict[str, str | int] = {"iss": self._setup["team_id"], "iat": issued_at}
        return signed(self._key, {"kid": self._setup["key_id"]}, claims)

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        if answer.status == 200:
            name = answer.header("apns-id")
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=name or None, raw={"apns-id": name})
        raw = redacted(read_json(answer.body), message.to.value, message.to.value.lower())
        said = str(raw.get("reason", ""))
        if answer.status in {500, 502, 504} and said not in _REASONS:
            return Sent(message.reference, Outcome.IN_DOUBT, Reason.NO_ANSWER, raw=raw)
        outcome, reason, permanent = _verdict(answer.status, said)
        default = _TOKEN_UPDATES if outcome is Outcome.THROTTLED else 60.0
        wait = None if permanent else retry_after(answer, now=self._setup.now().timestamp(), default=default)
        return Sent(message.reference, outcome, reason, permanent, retry_after=wait, raw=raw)


def notification_id(reference: str) -> uuid.UUID:
    """The name by which Apple knows the notification: always the same for the same reference."""
    return uuid.uuid5(_NAMES, reference)


def _verdict(status: int, said: str) -> tuple[Outcome, Reason, bool]:
    known = _REASONS.get(said) or _REASONS.get(_STATUSES.get(status, ""))
    return known or (Outcome.REFUSED, Reason.OTHER, 400 <= status < 500)


def _body(message: Message) -> bytes:
    opening = _opening(message.texts["title"], message.texts["body"])
    return f'{opening},"reference":{quoted(message.reference)}}}'.encode()


@lru_cache(maxsize=256)
def _opening(title: str, body: str) -> str:
    # No link and no action: the person opens the app by themselves.
    payload: Mapping[str, Any] = {"aps": {"alert": {"title": title, "body": body}, "sound": "default"}}
    return dumps(payload, ensure_ascii=False, separators=(",", ":"))[:-1]
