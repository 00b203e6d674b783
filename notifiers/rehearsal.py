"""The rehearsal provider of every channel: it sends nothing, leaves the machine never, and fails in a lifelike way."""

import base64
import hashlib
import hmac
import json
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from notifiers.channel import Channel
from notifiers.message import Inquiry, Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent
from notifiers.provider import About, Field, Forged, Setup, WebhookRequest
from packs import BadInput

NAME = "rehearsal"
SIGNATURE = "X-Rehearsal-Signature"
INSIDE = "inside"  # processed on this machine and nowhere else

# Of each thousand references: where a fate begins and ends. The shares are ours, of the order that senders see.
_FATES: tuple[tuple[int, str], ...] = (
    (20, "invalid"),
    (30, "suppressed"),
    (35, "opted_out"),
    (40, "throttled"),
    (43, "doubt"),
    (60, "bounced"),
    (1000, "delivered"),
)
_REFUSED: Mapping[str, Reason] = {
    "invalid": Reason.INVALID_ADDRESS,
    "suppressed": Reason.SUPPRESSED_BY_PROVIDER,
    "opted_out": Reason.OPTED_OUT,
}


def about(channel: Channel) -> About:
    """How the rehearsal provider of `channel` describes itself."""
    return About(
        id=NAME,
        label=f"{channel.label} rehearsal",
        fields=(
            Field("script", "realistic: refusals and bounces come; well: everything arrives.", default="realistic"),
            Field("journal", "File to which every reference handed in is appended.", default=""),
            Field("delay_ms", "Milliseconds that each message takes.", default="0"),
            Field("key", "Signs rehearsed webhooks.", secret=True, default=NAME),
        ),
        proof=channel.proof,
        carries_reference=True,
        processes_in=(INSIDE,),
        rehearsal=True,
        batch=100,
        signed_receipts=True,
    )


def fate(reference: str) -> str:
    """What happens to the message `reference`: always the same for the same reference."""
    return fate_of(int.from_bytes(hashlib.sha256(reference.encode()).digest()[:4], "big") % 1000)


def fate_of(number: int) -> str:
    """What happens to one of a thousand, 0 to 999."""
    return next(word for end, word in _FATES if number < end)


class Rehearsal:
    """Takes messages, keeps only how many times it saw each reference, and can be asked what became of them."""

    def __init__(self, about: About, setup: Setup) -> None:
        self.about = about
        self.given: dict[str, int] = {}
        self._key = setup["key"].encode()
        self._delay = 0.0 if setup["delay_ms"] in {"", "0"} else setup.number("delay_ms") / 1000
        self._journal = Path(setup["journal"]) if setup["journal"] else None
        self._well = setup["script"] == "well"
        self._lock = threading.Lock()

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message, decided by its reference alone."""
        for message in messages:
            if self._delay:
                time.sleep(self._delay)
            yield self._take(message.reference)

    def ask(self, inquiries: Sequence[Inquiry]) -> Iterator[Receipt]:
        """What became of each: delivered or bounced, by its reference; push does not know, as real push does not."""
        taken = self._taken()
        for inquiry in inquiries:
            known = inquiry.provider_reference is not None or inquiry.reference in taken
            receipt = self._receipt(inquiry.reference) if known else None
            if receipt is not None:
                yield receipt

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        """The receipts in a webhook that `call_back` made. Raises Forged for any other."""
        if not hmac.compare_digest(request.header(SIGNATURE), self._sign(request.body)):
            raise Forged("the signature does not fit")
        try:
            references = json.loads(request.body)
        except ValueError:
            raise BadInput("the body of the webhook is no JSON.") from None
        return [receipt for receipt in map(self._receipt, references) if receipt is not None]

    def call_back(self, references: Sequence[str]) -> WebhookRequest:
        """The webhook by which this provider would tell what became of `references`."""
        body = json.dumps(list(references)).encode()
        return WebhookRequest("/", {SIGNATURE: self._sign(body)}, body)

    def _take(self, reference: str) -> Sent:
        word = self._fate(reference)
        with self._lock:
            seen = self.given.get(reference, 0)
            self.given[reference] = seen + 1
        if word == "throttled" and not seen:
            return Sent(reference, Outcome.THROTTLED, Reason.RATE_LIMITED, retry_after=1.0)
        if word in _REFUSED:
            return Sent(reference, Outcome.REFUSED, _REFUSED[word], permanent=True)
        self._note(reference)
        if word == "doubt" and not seen:
            return Sent(reference, Outcome.IN_DOUBT, Reason.NO_ANSWER)
        taken = (
            Outcome.ACCEPTED if self.about.proof is not Outcome.DELIVERED or self._answers_later else self.about.proof
        )
        return Sent(reference, taken, provider_reference=f"{NAME}-{reference}")

    @property
    def _answers_later(self) -> bool:
        # An announcement has no other end that could answer later: it stands or it does not.
        return self.about.label != f"Announcement {NAME}"

    def _taken(self) -> set[str]:
        # With a journal it remembers what an earlier worker handed in; a real provider would too.
        noted = set(self._journal.read_text().split()) if self._journal and self._journal.exists() else set()
        return noted | {reference for reference, times in self.given.items() if times}

    def _receipt(self, reference: str) -> Receipt | None:
        word = self._fate(reference)
        known = f"{NAME}-{reference}"
        if word in _REFUSED:
            return None
        if word == "bounced":
            return Receipt(
                Outcome.BOUNCED, f"{known}-bounced", None, reference, known, Reason.UNREACHABLE, permanent=True
            )
        if self.about.proof is Outcome.ACCEPTED and word != "doubt":
            return None
        return Receipt(self.about.proof, f"{known}-{self.about.proof}", None, reference, known)

    def _fate(self, reference: str) -> str:
        return "delivered" if self._well or not self._answers_later else fate(reference)

    def _note(self, reference: str) -> None:
        if self._journal is not None:
            # One write of one line with O_APPEND: what a killed worker has written is whole.
            file = os.open(self._journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(file, f"{reference}\n".encode())
            os.close(file)

    def _sign(self, body: bytes) -> str:
        return base64.b64encode(hmac.new(self._key, body, hashlib.sha256).digest()).decode()
