"""The stage of Telegram."""

from pathlib import Path

from tests.loopback.telegram import TOKEN, LoopbackTelegram, refusal
from tests.notifiers.samples import Stage

ADDRESS = "987654321"


def stage(_folder: Path) -> Stage:
    server = LoopbackTelegram()

    def say(status: int, description: str, **parameters: int):
        def set_script():
            server.script = lambda _request: refusal(status, description, **parameters)

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(TOKEN, ADDRESS, "Mya", "Thida"),
        stop=server.stop,
        web=server,
        refuse=say(403, "Forbidden: bot was blocked by the user"),
        throttle=say(429, "Too Many Requests: retry after 7", retry_after=7),
        judge=server.judge,
    )
