"""The call list as a provider: no wire and no machine; the hall shows the list, and people call."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from notifiers.message import Message
from notifiers.outcome import Outcome, Receipt, Sent
from notifiers.provider import About, Field, Forged, Setup, WebhookRequest
from packs import BadInput

ABOUT = About(
    id="call_list",
    label="Call list",
    fields=(
        Field("tries", "How many calls in vain are made before the person's next route is taken.", default="3"),
        Field("hours_apart", "How many hours lie between one call in vain and the next.", default="4"),
    ),
    proof=Outcome.READ,
    processes_in=(),  # wherever the callers sit, which only their house can attest; until then it is outside
    batch=100,
)


def open_provider(setup: Setup) -> "CallList":
    """The list with its two figures. Raises BadInput where one is no number from 1 to 99."""
    return CallList(setup)


class CallList:
    """`tries` and `apart` say when somebody is called again and when it is enough. What became of a call is written
    down by whoever made it; nothing is signed here by anybody else."""

    about = ABOUT

    def __init__(self, setup: Setup) -> None:
        self.tries = _number(setup, "tries")
        self.apart = timedelta(hours=_number(setup, "hours_apart"))

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """Accepted at once, which proves nothing. The hall does not even ask: a batch of this channel is put before
        people as a whole, and its people wait until somebody has spoken with them."""
        for message in messages:
            yield Sent(message.reference, Outcome.ACCEPTED)

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """Nobody but our own callers can tell what became of a call."""
        raise Forged("the call list takes no webhook")


def _number(setup: Setup, name: str) -> int:
    text = setup[name]
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 99:
        raise BadInput(f"TOCSIN_{ABOUT.id.upper()}_{name.upper()}: '{text}' is no number from 1 to 99.")
    return int(text)
