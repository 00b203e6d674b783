"""The stage of LINE."""

from pathlib import Path

from notifiers.provider import WebhookRequest
from tests.loopback.line import SECRET, TOKEN, LoopbackLine, refusal, signed
from tests.notifiers.samples import Stage

ADDRESS = "U" + "0123456789abcdef" * 2


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
