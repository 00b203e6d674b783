"""The stage of MiPush."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good, for_now
from tests.loopback.xiaomi import SECRET, LoopbackXiaomi, refusal
from tests.notifiers.samples import Answers, Stage

ADDRESS = "d//igwEhgBGCI2TG6lWqlJSLtLxHJqAS1lqYFo7lSC0bCb+of+mya"
ANSWERS: Answers = {
    for_good(Reason.TOO_LONG): [(65009,)],
    for_now(Reason.INVALID_ADDRESS): [(20301,)],
    for_now(Reason.UNREACHABLE): [(65003,)],
    OURS: [(10031,), (10036,), (27001,)],
    LOG_IN: [(21301, 401), (21301,), (22022,), (None, 401)],
    SLOWER: [(10027,), (10034,), (200001,), (None, 429)],
    ILL: [(10002,)],
    UNSURE: [(-1,), (0,), (10001,), (26006,), (None,), ([],), (99999, 500), (None, 500), (None, 503)],
    UNKNOWN: [(10017,), (10012,), (21303,), (99999,), (None, 418)],
}


def answer(_request: dict[str, Any], *said: Any) -> Response:
    """The provider's answer that says so."""
    return refusal(*said)


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
        web=server,
        refuse=say(65009, f"too long for {ADDRESS}"),
        throttle=say(200002, "exceed qps"),
        judge=server.judge,
    )
