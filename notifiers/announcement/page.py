"""The announcement on our own public page: the hall writes the row; this proves what was published."""

import hashlib
import json
from collections.abc import Iterable, Iterator

from notifiers.message import Message
from notifiers.outcome import Outcome, Receipt, Sent
from notifiers.provider import About, Forged, Setup, WebhookRequest
from notifiers.rehearsal import INSIDE

ABOUT = About(
    id="page",
    label="Public page",
    fields=(),
    proof=Outcome.DELIVERED,
    processes_in=(INSIDE,),  # the page is served by this very installation
    batch=100,
)


def open_provider(setup: Setup) -> "Page":
    """The public page needs no setting."""
    return Page(setup)


class Page:
    """Takes an announcement and gives back the digest of its words as the proof of what stood there."""

    about = ABOUT

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """Delivered at once: to publish is to write the row, which the caller does in the same transaction."""
        for message in messages:
            words = json.dumps(dict(message.texts), sort_keys=True, ensure_ascii=False)
            digest = hashlib.sha256(words.encode()).hexdigest()
            yield Sent(message.reference, Outcome.DELIVERED, provider_reference=f"sha256:{digest}")

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """Nobody else can tell us about our own page."""
        raise Forged("the public page sends no receipts")
