"""The stage of Twilio."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.provider import WebhookRequest
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good
from tests.loopback.twilio import NUMBER, TOKEN, LoopbackTwilio, refusal
from tests.notifiers.samples import Answers, Stage

ADDRESS = "+8613800138000"
ANSWERS: Answers = {
    for_good(Reason.INVALID_ADDRESS): [(21211, 400)],
    for_good(Reason.OPTED_OUT): [(21610, 400)],
    for_good(Reason.NOT_PERMITTED): [(21408, 400)],
    SLOWER: [(21611, 400), (0, 429)],
    LOG_IN: [(20003, 401), (0, 401)],
    UNKNOWN: [(99999, 400), (0, 400), (0, 403)],
    ILL: [(0, 503)],
    UNSURE: [(0, 500), (0, 504)],
    OURS: [(21606, 400), (21608, 400)],
}


def answer(_request: dict[str, Any], *said: Any) -> Response:
    """The provider's answer that says so."""
    return refusal(*said)


def stage(_folder: Path) -> Stage:
    server = LoopbackTwilio()

    def say(code: int, status: int = 400):
        def set_script():
            server.script = lambda _request: refusal(code, status)

        return set_script

    def receipts(_reference: str) -> list[WebhookRequest]:
        sid = next(iter(server.messages))
        return [server.call_back(sid, status) for status in ("sent", "delivered")]

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(TOKEN, ADDRESS, NUMBER),
        stop=server.stop,
        web=server,
        refuse=say(21610),
        throttle=say(20429, 429),
        receipts=receipts,
        forged=(
            WebhookRequest("/?reference=x", {"X-Twilio-Signature": "AAAA"}, b"MessageSid=SM1&MessageStatus=delivered"),
            WebhookRequest("/", {}, b""),
        ),
        judge=server.judge,
    )
