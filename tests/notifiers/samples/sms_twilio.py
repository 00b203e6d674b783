"""The stage of Twilio."""

from pathlib import Path

from notifiers.provider import WebhookRequest
from tests.loopback.twilio import NUMBER, TOKEN, LoopbackTwilio, refusal
from tests.notifiers.samples import Stage

ADDRESS = "+8613800138000"


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
