"""The stage of LINE."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Outcome, Reason
from notifiers.provider import WebhookRequest
from notifiers.verdict import LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, Verdict, for_good
from tests.loopback.line import SECRET, TOKEN, LoopbackLine, refusal, signed
from tests.notifiers.samples import Answers, Stage

ADDRESS = "U" + "0123456789abcdef" * 2
ANSWERS: Answers = {
    for_good(Reason.INVALID_ADDRESS): [
        (400, "Failed to send messages"),
        (400, "The property, 'to', in the request body is invalid"),
    ],
    UNKNOWN: [(400, "The request body has 1 error(s)"), (418, "new")],
    LOG_IN: [(401, "Authentication failed due to the following reason: x")],
    OURS: [(403, "Access to this API is not available"), (429, "You have reached your monthly limit.")],
    SLOWER: [(429, "The API rate limit has been exceeded.")],
    UNSURE: [(500, "Internal Server Error"), (503, "")],
    Verdict(Outcome.IN_DOUBT, Reason.NO_ANSWER): [(409, "new")],
}


def answer(_request: dict[str, Any], *said: Any) -> Response:
    """The provider's answer that says so."""
    return refusal(*said)


def stage(_folder: Path) -> Stage:
    server = LoopbackLine()

    def say(status: int, message: str):
        def set_script():
            server.script = lambda _request: refusal(status, message)

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(TOKEN, SECRET, ADDRESS),
        stop=server.stop,
        web=server,
        refuse=say(400, "Failed to send messages"),
        throttle=say(429, "The API rate limit has been exceeded. Try again later."),
        forged=(signed({"events": []}, "another secret"), WebhookRequest("/", {"X-Line-Signature": "ä"}, b"{}")),
        judge=server.judge,
    )
