"""Apple Push Notification service: one HTTP/2 request a device, a provider token that is made anew each half hour."""

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from json import dumps
from json.encoder import encode_basestring as quoted
from typing import Any

from notifiers.answers import kept, lost, read_json, retry_after
from notifiers.es256 import read_key, signed
from notifiers.fitting import SPARE, send_fitting
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import at, base_of, open_lines
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, Verdict, by_status, for_good, for_now

_DOCS = "https://developer.apple.com/documentation/usernotifications/"

ABOUT = About(
    id="apns",
    label="Apple Push Notification service",
    fields=(
        Field("signing_key", "File with the key that signs provider tokens (.p8), as Apple gives it.", secret=True),
        Field("key_id", "Id of that key, ten characters."),
        Field("team_id", "Id of the developer team, ten characters."),
        Field("topic", "Bundle id of the app."),
        *at("https://api.push.apple.com", "Where the API is; a trial app's is https://api.sandbox.push.apple.com."),
        Field("keep_hours", "Hours for which Apple keeps a notification for a device that is off.", default="72"),
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

# reason of APNs -> what it means for this message.
# https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
_GONE, _NOT_OURS = for_good(Reason.GONE), for_good(Reason.INVALID_ADDRESS)
_REASONS: Mapping[str, Verdict] = {
    "BadDeviceToken": _NOT_OURS,  # malformed, or of the other environment
    "MissingDeviceToken": _NOT_OURS,
    "DeviceTokenNotForTopic": _NOT_OURS,
    "Unregistered": _GONE,
    "ExpiredToken": _GONE,
    "PayloadTooLarge": for_good(Reason.TOO_LONG),
    "PayloadEmpty": for_good(Reason.CONTENT_REFUSED),
    # What is wrong for everybody is put right by a person, and the same messages go out then.
    **dict.fromkeys(("BadTopic", "MissingTopic", "TopicDisallowed", "BadExpirationDate", "InvalidPushType"), OURS),
    **dict.fromkeys(("BadCollapseId", "BadMessageId", "BadPriority", "DuplicateHeaders", "MethodNotAllowed"), OURS),
    **dict.fromkeys(("BadCertificate", "BadCertificateEnvironment", "BadEnvironmentKeyIdInToken"), LOG_IN),
    **dict.fromkeys(("UnrelatedKeyIdInToken", "ExpiredProviderToken", "InvalidProviderToken"), LOG_IN),
    **dict.fromkeys(("MissingProviderToken", "Forbidden"), LOG_IN),
    # Too many to one device is that device's affair; too many provider tokens is everybody's.
    "TooManyRequests": for_now(Reason.RATE_LIMITED),
    "TooManyProviderTokenUpdates": SLOWER,
    **dict.fromkeys(("InternalServerError", "ServiceUnavailable", "Shutdown", "IdleTimeout"), ILL),
}
# The same page says what each status means where no reason comes with it.
_STATUSES: Mapping[int, Verdict] = {
    403: LOG_IN,
    410: _GONE,
    413: for_good(Reason.TOO_LONG),
    429: for_now(Reason.RATE_LIMITED),
    503: ILL,
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
        self._key = read_key(setup["signing_key"], setting=f"{setup.prefix}SIGNING_KEY")
        self._setup = setup
        self._url = f"{base_of(setup)}/3/device/"
        self._keep = setup.number("keep_hours") * 3600
        self._token = lru_cache(maxsize=1)(self._make_token)
        self._lines = open_lines(setup, ABOUT.pace.in_flight - SPARE)

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
        tree, (proof, *_) = read_json(answer.body), self._headers(message.reference)
        raw = kept(self._setup, tree, [message], proof.partition(": ")[2])
        verdict = _REASONS.get(str(tree.get("reason", ""))) or by_status(answer.status, _STATUSES)
        default = _TOKEN_UPDATES if verdict is SLOWER else 60.0
        wait = retry_after(answer, now=self._setup.now().timestamp(), default=default)
        return verdict.sent(message.reference, raw, wait=wait)


def notification_id(reference: str) -> uuid.UUID:
    """The name by which Apple knows the notification: always the same for the same reference."""
    return uuid.uuid5(_NAMES, reference)


def _body(message: Message) -> bytes:
    opening = _opening(message.texts["title"], message.texts["body"])
    return f'{opening},"reference":{quoted(message.reference)}}}'.encode()


@lru_cache(maxsize=256)
def _opening(title: str, body: str) -> str:
    # No link and no action: the person opens the app by themselves.
    payload: Mapping[str, Any] = {"aps": {"alert": {"title": title, "body": body}, "sound": "default"}}
    return dumps(payload, ensure_ascii=False, separators=(",", ":"))[:-1]
