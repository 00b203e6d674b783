"""The signed feed that the company's app polls: messages stand with us, and the app's backend tells what was read."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from notifiers.message import Message
from notifiers.outcome import Outcome, Receipt, Sent
from notifiers.provider import About, Field, Forged, Setup, WebhookRequest
from notifiers.rehearsal import INSIDE
from notifiers.signed_header import HEADER, Signatures, read_secrets
from packs import BadInput

_MOST_EVENTS = 1000  # of one request

ABOUT = About(
    id="feed",
    label="Feed of the company's app",
    fields=(
        Field(
            "secrets",
            "What each company's backend signs with: company=secret, 32 characters or more, apart by spaces; a company "
            "that stands there twice has two that hold at once.",
            secret=True,
        ),
        Field("keep_days", "Days for which a notice stands on the feed.", default="90"),
        Field("ask_window", "Seconds after its signing for which an app may ask with a header.", default="3600"),
        Field("replay_window", "Seconds after its signing in which the backend's word is taken.", default="300"),
        Field("clock_skew", "Seconds that a backend's clock may be ahead of ours.", default="60"),
    ),
    proof=Outcome.READ,
    carries_reference=True,  # by which the app knows a notice
    processes_in=(INSIDE,),  # it is served by this very installation
    batch=100,
    signed_receipts=True,
)  # fmt: skip

# Acknowledged is more than opened, and the chain has no stronger word: the backend's own is kept beside it.
_EVENTS: Mapping[str, Outcome] = {
    "delivered": Outcome.DELIVERED,
    "read": Outcome.READ,
    "acknowledged": Outcome.READ,
}
_NAME = re.compile(r"[0-9a-f]{64}")


def open_provider(setup: Setup) -> "Feed":
    """Raises BadInput for secrets that can be guessed or are shared, and for what should be a number and is none."""
    return Feed(setup)


class Feed:
    """Takes every message: it stands with us until the company's app asks for it."""

    about = ABOUT

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        secrets = read_secrets(setup["secrets"], name=f"{setup.prefix}SECRETS")
        self._skew = timedelta(seconds=setup.whole("clock_skew"))
        self._windows = {name: setup.whole(name) for name in ("ask_window", "replay_window")}
        self._signatures = Signatures(secrets, skew=setup.whole("clock_skew"))
        self.companies = frozenset(secrets)
        self.keep = timedelta(days=setup.whole("keep_days"))

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """Accepted at once: the caller writes the row in the transaction that records this. Nobody has read it yet."""
        for message in messages:
            yield Sent(message.reference, Outcome.ACCEPTED)

    def name_of(self, company: str, address: str) -> str:
        """SHA-256 in hexadecimal: the account id itself travels in no header."""
        return hashlib.sha256(f"{company}:{address}".encode()).hexdigest()

    def asked(self, company: str, request: WebhookRequest) -> str:
        """The name in a header that the company's backend signed for asking. Raises Forged for any other."""
        parts = self._checked("feed", "ask_window", request)
        if parts["c"] != company or not _NAME.fullmatch(parts.get("a", "")):
            raise Forged("it is for another company's feed, or for no account")
        return parts["a"]

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        """What a backend tells of its own company's notices: {"events": [{"notice": ..., "event": delivered, read or
        acknowledged, "at": RFC 3339}]}. Raises Forged for any other request, BadInput for one that cannot be read."""
        company = self._checked("receipts", "replay_window", request)["c"]
        latest = self._setup.now() + self._skew
        try:
            events = json.loads(request.body)["events"]
            found = [_receipt(one, company, latest) for one in events]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadInput(
                'body: must be {"events": [{"notice", "event": delivered, read or acknowledged, "at"}]}.'
            ) from None
        if len(found) > _MOST_EVENTS:
            raise BadInput(f"body: has {len(found)} events, and one request carries {_MOST_EVENTS}.")
        return found

    def _checked(self, use: str, window: str, request: WebhookRequest) -> Mapping[str, str]:
        now, seconds = self._setup.now, self._windows[window]
        return self._signatures.check(use, request.header(HEADER), request.body, now=now, window=seconds)


def _receipt(one: Mapping[str, Any], company: str, latest: datetime) -> Receipt:
    """One event. Raises ValueError, TypeError or KeyError for one that is none."""
    at = datetime.fromisoformat(one["at"]) if "at" in one else None
    if at is not None and (at.tzinfo is None or at > latest):
        raise ValueError("a time without a zone, or one that is yet to come")
    reference, event = one["notice"], one["event"]
    if not isinstance(reference, str):
        raise TypeError("a reference that is no text")
    raw = {"event": event}
    return Receipt(_EVENTS[event], f"told-{event}", at, reference, raw=raw, company=company)
