"""The stage of JPush."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good
from tests.loopback.jpush import APP_KEY, LOGIN, MASTER_SECRET, LoopbackJPush, refusal
from tests.notifiers.samples import Answers, Stage

ADDRESS = "18071adc03536bdf"
ANSWERS: Answers = {
    UNSURE: [(1000, 500), (1030, 503), (0, 500), (0, 502)],
    LOG_IN: [(1004, 401), (0, 401)],
    for_good(Reason.TOO_LONG): [(1005, 400)],
    for_good(Reason.GONE): [(1011, 400)],
    SLOWER: [(2002, 429)],
    OURS: [(2004, 403), (1002, 400), (1003, 400), (2003, 403), (2005, 400)],
    UNKNOWN: [(9999, 418), (0, 403)],
    ILL: [(0, 503)],
}


def answer(_request: dict[str, Any], *said: Any) -> Response:
    """The provider's answer that says so."""
    return refusal(*said)


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
