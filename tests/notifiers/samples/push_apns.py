"""The stage of Apple's push service."""

from pathlib import Path

from tests.loopback.apns import LoopbackApns, refusal
from tests.notifiers.samples import Stage

ADDRESS = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"


def stage(folder: Path) -> Stage:
    server = LoopbackApns(folder)

    def say(reason: str, status: int):
        def set_script():
            server.script = lambda _request: refusal(reason, status)

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=("PRIVATE KEY", ADDRESS, "bearer "),
        stop=server.stop,
        web=server,
        refuse=say("BadDeviceToken", 400),
        throttle=say("TooManyProviderTokenUpdates", 429),
        judge=server.judge,
    )
