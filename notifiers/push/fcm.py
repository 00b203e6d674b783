"""Firebase Cloud Messaging (HTTP v1): credentials and payload by firebase-admin, the bytes through http.py."""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport.requests import Request

from notifiers.answers import lost, proof, read_json, retry_after
from notifiers.http import Answer, Call, Lines, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent, redacted
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from packs import BadInput

ABOUT = About(
    id="fcm",
    label="Firebase Cloud Messaging",
    fields=(
        Field("service_account", "File with the service account's key, as the Firebase console gives it.", secret=True),
        Field("base_url", "Where the API is.", default="https://fcm.googleapis.com"),
        Field("ca_file", "Certificates to trust, PEM; empty means the system's.", default=""),
        Field("timeout", "Seconds to wait for one answer.", default="60"),
    ),
    proof=Outcome.ACCEPTED,
    carries_reference=True,
    # 15 connections of the 100 streams that HTTP/2 servers commonly allow: 15,000 a second at a tenth of a second each
    pace=Pace(
        per_second=10_000, burst=2_000, in_flight=1500, source="600,000 messages a minute and project by default"
    ),
    sources=("https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send",),
)

# error code of FCM v1 -> what it means for this message; `permanent` is decided here and nowhere else.
# https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
_CODES: Mapping[str, tuple[Outcome, Reason, bool]] = {
    "UNREGISTERED": (Outcome.REFUSED, Reason.GONE, True),
    "SENDER_ID_MISMATCH": (Outcome.REFUSED, Reason.INVALID_ADDRESS, True),
    "INVALID_ARGUMENT": (Outcome.REFUSED, Reason.INVALID_ADDRESS, True),
    "QUOTA_EXCEEDED": (Outcome.THROTTLED, Reason.RATE_LIMITED, False),
    "UNAVAILABLE": (Outcome.REFUSED, Reason.PROVIDER_ERROR, False),
    "INTERNAL": (Outcome.REFUSED, Reason.PROVIDER_ERROR, False),
    "THIRD_PARTY_AUTH_ERROR": (Outcome.REFUSED, Reason.CREDENTIALS, False),
    "UNAUTHENTICATED": (Outcome.REFUSED, Reason.CREDENTIALS, False),
    "PERMISSION_DENIED": (Outcome.REFUSED, Reason.CREDENTIALS, False),
    "NOT_FOUND": (Outcome.REFUSED, Reason.GONE, True),
}
_STATUSES: Mapping[int, str] = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"} | {
    404: "NOT_FOUND",
    429: "QUOTA_EXCEEDED",
    503: "UNAVAILABLE",
}


def open_provider(setup: Setup) -> "Fcm":
    """Raises BadInput when the service account's file cannot be read."""
    return Fcm(setup)


class Fcm:
    """Sends one request a message; there is no batch endpoint any more, and no receipt."""

    about = ABOUT

    def __init__(self, setup: Setup) -> None:
        from firebase_admin import credentials  # noqa: PLC0415 - takes most of a second, and not everybody has FCM

        try:
            certificate = credentials.Certificate(setup["service_account"])
        except (OSError, ValueError) as error:
            raise BadInput(f"TOCSIN_FCM_SERVICE_ACCOUNT: no service account's key ({type(error).__name__}).") from None
        self._credential = certificate.get_credential()
        self._lock = threading.Lock()
        base = setup["base_url"].rstrip("/")
        self._url = f"{base}/v1/projects/{certificate.project_id}/messages:send"
        self._lines = Lines(in_flight=ABOUT.pace.in_flight, timeout=float(setup["timeout"]), ca_file=setup["ca_file"])
        self._now = setup.now

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message. 502 and 504 come from a gateway that cannot know, so they are in doubt, as is a 500
        that FCM itself did not write."""
        try:
            headers = self._headers()
        except GoogleAuthError as error:
            reason = Reason.PROVIDER_ERROR if isinstance(error, TransportError) else Reason.CREDENTIALS
            yield from (Sent(message.reference, Outcome.REFUSED, reason) for message in messages)
            return
        calls = ((message, Call(self._url, _body(message), headers)) for message in messages)
        for message, answer in self._lines.exchange(calls):
            yield self._sent(message, answer)

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """FCM calls nobody back."""
        raise Forged("FCM sends no receipts")

    def _headers(self) -> tuple[str, ...]:
        with self._lock:
            if not self._credential.valid:
                self._credential.refresh(Request())
            token = self._credential.token
        return (f"Authorization: Bearer {token}", "Content-Type: application/json; charset=UTF-8")

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        if answer.status == 200:
            taken = proof(answer.body, "name")
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=taken.get("name"), raw=taken)
        raw = redacted(read_json(answer.body), message.to.value)
        code = _code(answer.status, raw)
        if answer.status in {500, 502, 504} and code != "INTERNAL":
            return Sent(message.reference, Outcome.IN_DOUBT, Reason.NO_ANSWER, raw=raw)
        outcome, reason, permanent = _verdict(answer.status, code, raw)
        wait = retry_after(answer, now=self._now().timestamp(), default=60.0) if not permanent else None
        return Sent(message.reference, outcome, reason, permanent, retry_after=wait, raw=raw)


def _code(status: int, raw: Mapping[str, Any]) -> str:
    found = next((d["errorCode"] for d in _details(raw) if d.get("errorCode") in _CODES), "")
    return found or _STATUSES.get(status, "")


def _verdict(status: int, code: str, raw: Mapping[str, Any]) -> tuple[Outcome, Reason, bool]:
    fields = [str(v.get("field", "")) for d in _details(raw) for v in d.get("fieldViolations") or []]
    if code == "INVALID_ARGUMENT" and fields and not any("token" in name for name in fields):
        return Outcome.REFUSED, Reason.CONTENT_REFUSED, True
    return _CODES.get(code, (Outcome.REFUSED, Reason.OTHER, 400 <= status < 500))


def _details(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return (raw.get("error") or {}).get("details") or []


def _body(message: Message) -> bytes:
    token, data = quoted(message.to.value), quoted(message.reference)
    return (
        _opening(message.texts["title"], message.texts["body"]) + f'{token},"data":{{"reference":{data}}}}}}}'.encode()
    )


@lru_cache(maxsize=256)
def _opening(title: str, body: str) -> bytes:
    """The request up to the device's token, which is all that differs from person to person, beside the reference."""
    payload = json.dumps(_payload(title, body), ensure_ascii=False, separators=(",", ":"))
    return f'{{"message":{payload[:-1]},"token":'.encode()


def _payload(title: str, body: str) -> Mapping[str, Any]:
    from firebase_admin import _messaging_encoder, messaging  # noqa: PLC0415 - as above

    # No click_action and no link: the person opens the app by themselves. High priority, because a sleeping phone
    # would otherwise keep it back; private, so that a locked screen may hide even the generic words.
    whole = messaging.Message(
        topic="x",  # the SDK wants one target; each message's own device token takes its place
        notification=messaging.Notification(title=title, body=body),
        android=messaging.AndroidConfig(
            priority="high", notification=messaging.AndroidNotification(visibility="private")
        ),
        apns=messaging.APNSConfig(
            headers={"apns-priority": "10", "apns-push-type": "alert"},
            payload=messaging.APNSPayload(aps=messaging.Aps(sound="default")),
        ),
    )
    encoded: dict[str, Any] = _messaging_encoder.MessageEncoder().default(whole)
    del encoded["topic"]
    return encoded
