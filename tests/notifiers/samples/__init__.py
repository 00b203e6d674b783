"""One file a provider: the stage on which the contract test makes it accept, refuse, throttle and call back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notifiers.provider import WebhookRequest
from notifiers.verdict import Verdict
from tests.loopback.web import LoopbackWeb

# What an answer must mean -> what the other side says so: the arguments of the sample's own `answer(request, ...)`.
Answers = Mapping[Verdict, Sequence[tuple[Any, ...]]]


@dataclass(frozen=True)
class Stage:
    """What the contract test needs of a provider.

    `secrets` must appear in no repr, log or outcome. `refuse` and `throttle` make the other side say so from now on
    (None: this provider cannot). `web` is the server that speaks for it, where it is one of the web. `receipts` gives
    signed requests that tell the end of the message `reference` after it was sent (empty: it calls nobody back).
    `judge` judges what was sent by the published contract.
    """

    environment: Mapping[str, str]
    address: str
    secrets: tuple[str, ...]
    stop: Callable[[], None]
    refuse: Callable[[], None] | None = None
    throttle: Callable[[], None] | None = None
    web: LoopbackWeb | None = None
    receipts: Callable[[str], list[WebhookRequest]] = lambda _reference: []
    forged: tuple[WebhookRequest, ...] = (WebhookRequest("/", {}, b"[]"),)
    judge: Callable[[], int] | None = None
