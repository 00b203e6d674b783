"""The stage of Twilio's calls."""

from pathlib import Path

from notifiers.provider import WebhookRequest
from tests.loopback.twilio import NUMBER, TOKEN, refusal
from tests.loopback.twilio_voice import TOWN, LoopbackTwilioVoice
from tests.notifiers.samples import Stage

ADDRESS = "+959421012345"


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
