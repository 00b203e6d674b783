"""The signed feed that the company's app polls: messages stand with us, and the app's backend says what was read."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from notifiers.es256 import base64url
from notifiers.message import Message
from notifiers.outcome import Outcome, Receipt, Sent
from notifiers.provider import About, Field, Forged, Setup, WebhookRequest
from notifiers.rehearsal import INSIDE
from packs import BadInput

SIGNATURE = "Tocsin-Signature"
_SETTING = "TOCSIN_FEED_"

ABOUT = About(
    id="feed",
    label="Feed of the company's app",
    fields=(
        Field("secret", "Shared with the app's backend, 32 characters or more; keys follow from it.", secret=True),
        Field("keep_days", "Days for which a notice stands on the feed.", default="90"),
        Field("replay_window", "Seconds after its signing in which the backend's word is taken.", default="300"),
    ),
    proof=Outcome.READ,
    processes_in=(INSIDE,),  # it is served by this very installation
    batch=100,
    signed_receipts=True,
)  # fmt: skip

_EVENTS: Mapping[str, Outcome] = {"delivered": Outcome.DELIVERED, "read": Outcome.READ}


def open_provider(setup: Setup) -> "Feed":
    """Raises BadInput for a secret that can be guessed and for what should be a number and is none."""
    if len(setup["secret"]) < 32:
        raise BadInput(f"{_SETTING}SECRET: must be 32 characters or more, drawn at random.")
    for name in ("keep_days", "replay_window"):
        if not setup[name].isdigit() or int(setup[name]) < 1:
            raise BadInput(f"{_SETTING}{name.upper()}: must be a number.")
    return Feed(setup)


class Feed:
    """Takes every message: it stands with us until whoever has the account's key fetches it."""

    about = ABOUT

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._secret = setup["secret"].encode()
        self.keep = timedelta(days=int(setup["keep_days"]))

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """Accepted at once: the caller writes the row in the transaction that records this. Nobody has read it yet."""
        for message in messages:
            yield Sent(message.reference, Outcome.ACCEPTED)

    def key_of(self, address: str) -> str:
        """The key by which the messages to this account are fetched: whoever knows the secret can make it, and nobody
        can make the account of it."""
        return base64url(self._hmac(b"account:" + address.encode())).decode()

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        """What the backend tells: {"events": [{"notice": ..., "event": "delivered" or "read", "at": RFC 3339}]},
        signed over the time and the bytes. Raises Forged for any other, BadInput for one that cannot be read."""
        self._check(request)
        try:
            events = json.loads(request.body)["events"]
            return [_receipt(one) for one in events]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadInput('body: must be {"events": [{"notice", "event": delivered or read, "at"}]}.') from None

    def _check(self, request: WebhookRequest) -> None:
        parts = dict(part.partition("=")[::2] for part in request.header(SIGNATURE).split(","))
        at, said = parts.get("t", ""), parts.get("v1", "")
        ours = self._hmac(b"receipts:" + at.encode() + b"." + request.body).hex()
        if not hmac.compare_digest(ours.encode(), said.encode()):
            raise Forged("the signature does not fit")
        if not at.isdigit() or abs(self._setup.now().timestamp() - int(at)) > int(self._setup["replay_window"]):
            raise Forged("it was signed too long ago")

    def _hmac(self, said: bytes) -> bytes:
        # What is said begins with what it is for: no account's key can pass for a signature.
        return hmac.new(self._secret, said, hashlib.sha256).digest()


def _receipt(one: Mapping[str, Any]) -> Receipt:
    """One event. Raises ValueError or KeyError for one that is none."""
    at = datetime.fromisoformat(one["at"]) if "at" in one else None
    if at is not None and at.tzinfo is None:
        raise ValueError("a time without a zone")
    reference = one["notice"]
    if not isinstance(reference, str):
        raise TypeError("a reference that is no text")
    return Receipt(_EVENTS[one["event"]], f"told-{one['event']}", at, reference)
