"""The stage of Firebase Cloud Messaging."""

from pathlib import Path

from tests.loopback.fcm import LoopbackFcm, refusal
from tests.notifiers.samples import Stage

ADDRESS = "device-token-of-mya"


def stage(folder: Path) -> Stage:
    server = LoopbackFcm(folder)

    def say(code: str, status: int):
        def set_script():
            server.script = lambda request: None if request["path"] == "/token" else refusal(code, status)

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=("ya29.secret", "PRIVATE KEY", ADDRESS),
        stop=server.stop,
        web=server,
        refuse=say("UNREGISTERED", 404),
        throttle=say("QUOTA_EXCEEDED", 429),
        judge=server.judge,
    )
