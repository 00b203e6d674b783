"""The stage of Web Push: a browser, and its push service on loopback."""

from pathlib import Path

from werkzeug import Response

from tests.loopback.webpush import PATH, LoopbackWebPush, b64
from tests.notifiers.samples import Stage


def stage(folder: Path) -> Stage:
    server = LoopbackWebPush(folder)

    def say(status: int):
        def set_script():
            server.script = lambda _request: Response(f"<p>{PATH}</p>", status=status)

        return set_script

    return Stage(
        environment=server.environment(),
        address=server.subscription(),
        secrets=(PATH, server.subscription(), b64(server.auth), "PRIVATE KEY", "vapid t="),
        stop=server.stop,
        web=server,
        refuse=say(410),
        throttle=say(429),
        judge=server.judge,
    )
