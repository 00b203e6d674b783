"""The stage of WeChat mini-programs."""

from pathlib import Path

from tests.loopback.weixin import APP_SECRET, LoopbackWeixin, refusal
from tests.notifiers.samples import Stage

ADDRESS = "oABCD-openid-of-li"


def stage(_folder: Path) -> Stage:
    server = LoopbackWeixin("wechat_mini")

    def say(code: int):
        def set_script():
            server.script = lambda request: None if "stable_token" in request["path"] else refusal(code)

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(APP_SECRET, "61_token", ADDRESS),
        stop=server.stop,
        web=server,
        refuse=say(43101),
        throttle=say(45009),
        judge=server.judge,
    )
