"""The stage of OPUSH."""

from pathlib import Path

from tests.loopback.oppo import APP_KEY, SECRET, LoopbackOppo, refusal
from tests.notifiers.samples import Stage

ADDRESS = "CN_078ad8b8a137cadb14ae5b70cf846312"


def stage(_folder: Path) -> Stage:
    server = LoopbackOppo()

    def say(code: int):
        def set_script():
            server.script = lambda request: None if "auth" in request["path"] else refusal(code, message=ADDRESS)

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(APP_KEY, SECRET, "token+", ADDRESS),
        stop=server.stop,
        refuse=say(10000),
        throttle=say(-2),
        judge=server.judge,
    )
