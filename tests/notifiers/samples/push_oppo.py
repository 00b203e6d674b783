"""The stage of OPUSH."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.verdict import ILL, LOG_IN, LOG_IN_ENDED, OURS, SLOWER, UNKNOWN, UNSURE, for_good
from tests.loopback.oppo import APP_KEY, SECRET, LoopbackOppo, refusal
from tests.notifiers.samples import Answers, Stage

ADDRESS = "CN_078ad8b8a137cadb14ae5b70cf846312"
ANSWERS: Answers = {
    for_good(Reason.INVALID_ADDRESS): [(10000,)],
    OURS: [(26,), (27,), (28,), (30,)],
    LOG_IN: [(14,), (19,), (29,), (None, 401)],
    LOG_IN_ENDED: [(11,)],
    SLOWER: [(-2,), (13,), (33,), (None, 429)],
    ILL: [(-1,)],
    UNSURE: [(32,), (None,), ([],), (99999, 500), (None, 502), (None, 503)],
    UNKNOWN: [(41,), (54,), (99999,), (None, 403)],
}


def answer(request: dict[str, Any], *said: Any) -> Response | None:
    """The provider's answer that says so."""
    return None if "auth" in request["path"] else refusal(*said)


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
        web=server,
        refuse=say(10000),
        throttle=say(-2),
        judge=server.judge,
    )
