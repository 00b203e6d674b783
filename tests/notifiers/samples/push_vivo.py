"""The stage of vivo's push."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.verdict import LOG_IN, LOG_IN_ENDED, OURS, SLOWER, UNKNOWN, UNSURE, for_good, for_now
from tests.loopback.vivo import APP_KEY, SECRET, LoopbackVivo, refusal
from tests.notifiers.samples import Answers, Stage

ADDRESS = "15434206377650042960110"
# A result, its status, and why the device is refused.
ANSWERS: Answers = {
    for_good(Reason.INVALID_ADDRESS): [(10302, 200, {"status": 1, "userid": ADDRESS})],
    for_good(Reason.GONE): [(10302, 200, {"status": 2, "userid": ADDRESS})],
    for_good(Reason.TOO_LONG): [(10056,), (10058,)],
    for_now(Reason.UNREACHABLE): [(10302, 200, {"status": 3}), (10311,)],
    for_now(Reason.INVALID_ADDRESS): [(10302,), (10302, 200, {"status": 9}), (10302, 200, {"status": []})],
    for_now(Reason.CONTENT_REFUSED): [(10103,)],
    for_now(Reason.NOT_PERMITTED): [(10051,), (11000,)],
    OURS: [(10302, 200, {"status": 4}), (10043,), (10045,), (10082,), (10097,)],
    LOG_IN: [(10094,), (None, 401)],
    LOG_IN_ENDED: [(10000,)],
    SLOWER: [(10070,), (10072,), (None, 429)],
    UNSURE: [(None,), ([],), (99999, 500), (None, 500), (None, 503)],
    UNKNOWN: [(99999,), (None, 400)],
}


def answer(request: dict[str, Any], code: object, status: int = 200, why: object = None) -> Response | None:
    """The provider's answer that says so."""
    return None if "auth" in request["path"] else refusal(code, status, invalidUser=why)


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
        web=server,
        refuse=say(10302, invalidUser={"status": 1, "userid": ADDRESS}),
        throttle=say(10072),
        judge=server.judge,
    )
