"""The stage of Twilio's calls."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.provider import WebhookRequest
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good
from tests.loopback.twilio import NUMBER, TOKEN, refusal
from tests.loopback.twilio_voice import TOWN, LoopbackTwilioVoice
from tests.notifiers.samples import Answers, Stage

ADDRESS = "+959421012345"
ANSWERS: Answers = {
    for_good(Reason.INVALID_ADDRESS): [(21211, 400)],
    for_good(Reason.NOT_PERMITTED): [(21215, 400)],
    for_good(Reason.BLOCKED): [(21216, 400)],
    OURS: [(21210, 400), (21219, 400), (10005, 400)],
    for_good(Reason.TOO_LONG): [(32018, 400)],
    SLOWER: [(22005, 400), (10004, 400)],
    LOG_IN: [(20003, 401), (10001, 400)],
    UNKNOWN: [(99999, 400), (0, 403)],
    ILL: [(0, 503)],
    UNSURE: [(0, 500), (0, 504)],
}


def answer(_request: dict[str, Any], *said: Any) -> Response:
    """The provider's answer that says so."""
    return refusal(*said)


def stage(_folder: Path) -> Stage:
    server = LoopbackTwilioVoice()

    def say(code: int, status: int = 400):
        def set_script():
            server.script = lambda _request: refusal(code, status)

        return set_script

    def receipts(_reference: str) -> list[WebhookRequest]:
        sid = next(iter(server.calls))
        keys = [server.greeted(sid, "1", AnsweredBy="human"), server.said(sid, "1", AnsweredBy="human")]
        return [*keys, server.call_back(sid, "completed", AnsweredBy="human")]

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(TOKEN, ADDRESS, NUMBER, TOWN),
        stop=server.stop,
        web=server,
        refuse=say(21211),
        throttle=say(20429, 429),
        receipts=receipts,
        forged=(
            WebhookRequest("/?reference=x&said=1", {"X-Twilio-Signature": "AAAA"}, b"CallSid=CA1&Digits=1"),
            WebhookRequest("/", {}, b""),
        ),
        judge=server.judge,
    )
