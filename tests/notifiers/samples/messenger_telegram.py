"""The stage of Telegram."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.verdict import LOG_IN, SLOWER, UNKNOWN, UNSURE, for_good
from tests.loopback.telegram import TOKEN, LoopbackTelegram, refusal
from tests.notifiers.samples import Answers, Stage

ADDRESS = "987654321"
ANSWERS: Answers = {
    for_good(Reason.OPTED_OUT): [(403, "Forbidden: bot was blocked by the user")],
    for_good(Reason.GONE): [(403, "Forbidden: user is deactivated")],
    for_good(Reason.NOT_PERMITTED): [(403, "Forbidden: bot can't initiate conversation with a user")],
    UNKNOWN: [(403, "Forbidden: something new"), (400, "Bad Request: something new")],
    for_good(Reason.INVALID_ADDRESS): [(400, "Bad Request: chat not found")],
    for_good(Reason.TOO_LONG): [(400, "Bad Request: message is too long")],
    LOG_IN: [(401, "Unauthorized"), (404, "Not Found")],
    SLOWER: [(429, "Too Many Requests")],
    UNSURE: [(500, "Internal Server Error"), (502, "Bad Gateway")],
}


def answer(_request: dict[str, Any], *said: Any) -> Response:
    """The provider's answer that says so."""
    return refusal(*said)


def stage(_folder: Path) -> Stage:
    server = LoopbackTelegram()

    def say(status: int, description: str, **parameters: int):
        def set_script():
            server.script = lambda _request: refusal(status, description, **parameters)

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(TOKEN, ADDRESS, "Mya", "Thida"),
        stop=server.stop,
        web=server,
        refuse=say(403, "Forbidden: bot was blocked by the user"),
        throttle=say(429, "Too Many Requests: retry after 7", retry_after=7),
        judge=server.judge,
    )
