"""The stage of WeChat mini-programs."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.verdict import ILL, LOG_IN, LOG_IN_ENDED, OURS, SLOWER, UNKNOWN, for_good, for_now
from tests.loopback.weixin import APP_SECRET, LoopbackWeixin, refusal
from tests.notifiers.samples import Answers, Stage

ADDRESS = "oABCD-openid-of-li"
ANSWERS: Answers = {
    for_good(Reason.OPTED_OUT): [(43101,)],
    for_good(Reason.INVALID_ADDRESS): [(40003,)],
    for_good(Reason.CONTENT_REFUSED): [(47003,)],
    OURS: [(40037,), (40249,), (41030,), (43116,), (48004,), (48001,)],
    LOG_IN: [(40164,)],
    LOG_IN_ENDED: [(41001,), (40001,)],
    for_now(Reason.RATE_LIMITED): [(45011,)],
    SLOWER: [(45009,)],
    ILL: [(-1,)],
    UNKNOWN: [(99999,)],
}


def answer(request: dict[str, Any], *said: Any) -> Response | None:
    """The provider's answer that says so."""
    return None if "stable_token" in request["path"] else refusal(*said)


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
