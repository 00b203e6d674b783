"""The stage of JPush."""

from pathlib import Path

from tests.loopback.jpush import APP_KEY, LOGIN, MASTER_SECRET, LoopbackJPush, refusal
from tests.notifiers.samples import Stage

ADDRESS = "18071adc03536bdf"


def stage(_folder: Path) -> Stage:
    server = LoopbackJPush()

    def say(code: int, status: int):
        def set_script():
            server.script = lambda _request: refusal(code, status)

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(APP_KEY, MASTER_SECRET, LOGIN, ADDRESS),
        stop=server.stop,
        web=server,
        refuse=say(1011, 400),
        throttle=say(2002, 429),
        judge=server.judge,
    )
