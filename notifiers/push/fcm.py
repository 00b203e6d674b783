"""Firebase Cloud Messaging (HTTP v1): credentials and payload by firebase-admin, the bytes through http.py."""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from notifiers.answers import kept, lost, proof, read_json, retry_after
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import at, base_of, open_lines
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, Verdict, by_status, for_good
from packs import BadInput

ABOUT = About(
    id="fcm",
    label="Firebase Cloud Messaging",
    fields=(
        Field("service_account", "File with the service account's key, as the Firebase console gives it.", secret=True),
        *at("https://fcm.googleapis.com"),
    ),
    proof=Outcome.ACCEPTED,
    carries_reference=True,
    # a thread: the two of one worker reach 10,000 a second where each answer takes a tenth of a second
    pace=Pace(per_second=10_000, burst=2_000, in_flight=600, source="600,000 messages a minute and project by default"),
    sources=("https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send",),
)

# FCM's own code, else Google's canonical one, -> what it means for this message.
# https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode and https://cloud.google.com/apis/design/errors
# INVALID_ARGUMENT is read by the field that it names.
_CODES: Mapping[str, Verdict] = {
    "UNREGISTERED": for_good(Reason.GONE),
    "SENDER_ID_MISMATCH": for_good(Reason.INVALID_ADDRESS),
    **dict.fromkeys(("QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED"), SLOWER),
    **dict.fromkeys(("UNAVAILABLE", "INTERNAL"), ILL),
    **dict.fromkeys(("THIRD_PARTY_AUTH_ERROR", "UNAUTHENTICATED", "PERMISSION_DENIED"), LOG_IN),
}
_STATUSES: Mapping[int, Verdict] = {
    404: OURS,  # of a device that is gone FCM says UNREGISTERED; without it there is no such project
    503: ILL,
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
        self._url = f"{base_of(setup)}/v1/projects/{certificate.project_id}/messages:send"
        self._lines = open_lines(setup, ABOUT.pace.in_flight)
        self._setup = setup

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message. 502 and 504 come from a gateway that cannot know, so they are in doubt, as is a 500
        that FCM itself did not write."""
        headers = self._headers()
        if isinstance(headers, Reason):
            yield from (Sent(message.reference, Outcome.REFUSED, headers) for message in messages)
            return
        calls = ((message, Call(self._url, _body(message), headers)) for message in messages)
        for message, answer in self._lines.exchange(calls):
            yield self._sent(message, answer)

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """FCM calls nobody back."""
        raise Forged("FCM sends no receipts")

    def _headers(self) -> tuple[str, ...] | Reason:
        """What each request says of us; why there is nothing to say."""
        from google.auth.exceptions import GoogleAuthError, TransportError  # noqa: PLC0415 - as above
        from google.auth.transport.requests import Request  # noqa: PLC0415

        try:
            with self._lock:
                if not self._credential.valid:
                    self._credential.refresh(Request())
                token = self._credential.token
        except GoogleAuthError as error:
            return Reason.PROVIDER_ERROR if isinstance(error, TransportError) else Reason.CREDENTIALS
        return (f"Authorization: Bearer {token}", "Content-Type: application/json; charset=UTF-8")

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        if answer.status == 200:
            taken = proof(answer.body, "name")
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=taken.get("name"), raw=taken)
        tree = read_json(answer.body)
        raw = kept(self._setup, tree, [message], str(self._credential.token))
        wait = retry_after(answer, now=self._setup.now().timestamp(), default=60.0)
        return _verdict(answer.status, tree).sent(message.reference, raw, wait=wait)


def _verdict(status: int, raw: Mapping[str, Any]) -> Verdict:
    fields = [str(v.get("field", "")) for d in _details(raw) for v in d.get("fieldViolations") or []]
    if fields:  # a request is the same for all of a notice but for the token
        return for_good(Reason.INVALID_ADDRESS if any("token" in name for name in fields) else Reason.CONTENT_REFUSED)
    said = [str(d.get("errorCode", "")) for d in _details(raw)] + [str((raw.get("error") or {}).get("status", ""))]
    return next((_CODES[code] for code in said if code in _CODES), None) or by_status(status, _STATUSES)


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
