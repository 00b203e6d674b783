"""The stage of Web Push: a browser, and its push service on loopback."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.verdict import ILL, LOG_IN, UNKNOWN, UNSURE, for_good, for_now
from tests.loopback.webpush import PATH, LoopbackWebPush, b64
from tests.notifiers.samples import Answers, Stage

ANSWERS: Answers = {
    for_good(Reason.GONE): [(301,), (404,), (410,)],
    UNKNOWN: [(400,), (418,), (422,)],
    LOG_IN: [(403,), (401,)],
    for_good(Reason.TOO_LONG): [(413,)],
    for_now(Reason.RATE_LIMITED): [(406,), (429,)],
    UNSURE: [(500,)],
    ILL: [(503,)],
}


def answer(_request: dict[str, Any], status: int) -> Response:
    """The provider's answer that says so."""
    return Response(status=status, headers={"Location": "http://127.0.0.1:1/"})


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
