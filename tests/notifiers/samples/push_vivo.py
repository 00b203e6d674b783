"""The stage of vivo's push."""

from pathlib import Path

from tests.loopback.vivo import APP_KEY, SECRET, LoopbackVivo, refusal
from tests.notifiers.samples import Stage

ADDRESS = "15434206377650042960110"


def stage(_folder: Path) -> Stage:
    server = LoopbackVivo()

    def say(code: int, **more):
        def set_script():
            server.script = lambda request: None if "auth" in request["path"] else refusal(code, **more)

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(APP_KEY, SECRET, "24ojds98", ADDRESS),
        stop=server.stop,
        refuse=say(10302, invalidUser={"status": 1, "userid": ADDRESS}),
        throttle=say(10072),
        judge=server.judge,
    )
