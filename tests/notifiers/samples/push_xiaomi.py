"""The stage of MiPush."""

from pathlib import Path

from tests.loopback.xiaomi import SECRET, LoopbackXiaomi, refusal
from tests.notifiers.samples import Stage

ADDRESS = "d//igwEhgBGCI2TG6lWqlJSLtLxHJqAS1lqYFo7lSC0bCb+of+mya"


def stage(folder: Path) -> Stage:
    server = LoopbackXiaomi(folder)

    def say(code: int, reason: str):
        def set_script():
            server.script = lambda _request: refusal(code, reason=reason)

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(SECRET, ADDRESS),
        stop=server.stop,
        refuse=say(65009, f"too long for {ADDRESS}"),
        throttle=say(200002, "exceed qps"),
        judge=server.judge,
    )
