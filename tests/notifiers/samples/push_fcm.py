"""The stage of Firebase Cloud Messaging."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good
from tests.loopback.fcm import LoopbackFcm, refusal
from tests.notifiers.samples import Answers, Stage

ADDRESS = "device-token-of-mya"
ANSWERS: Answers = {
    for_good(Reason.GONE): [("UNREGISTERED", 404, "")],
    for_good(Reason.INVALID_ADDRESS): [("SENDER_ID_MISMATCH", 403, ""), ("INVALID_ARGUMENT", 400, "message.token")],
    for_good(Reason.CONTENT_REFUSED): [("INVALID_ARGUMENT", 400, "message.notification")],
    SLOWER: [("QUOTA_EXCEEDED", 429, "")],
    ILL: [("UNAVAILABLE", 503, ""), ("INTERNAL", 500, "")],
    LOG_IN: [("THIRD_PARTY_AUTH_ERROR", 401, ""), ("PERMISSION_DENIED", 403, ""), ("", 401, "")],
    UNKNOWN: [("SOMETHING_NEW", 418, ""), ("INVALID_ARGUMENT", 400, ""), ("", 400, "")],
    OURS: [("", 404, ""), ("NOT_FOUND", 404, "")],
    UNSURE: [("", 500, ""), ("", 504, "")],
}


def answer(request: dict[str, Any], *said: Any) -> Response | None:
    """The provider's answer that says so."""
    return None if "/token" in request["path"] else refusal(*said)


def stage(folder: Path) -> Stage:
    server = LoopbackFcm(folder)

    def say(code: str, status: int):
        def set_script():
            server.script = lambda request: None if request["path"] == "/token" else refusal(code, status)

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=("ya29.secret", "PRIVATE KEY", ADDRESS),
        stop=server.stop,
        web=server,
        refuse=say("UNREGISTERED", 404),
        throttle=say("QUOTA_EXCEEDED", 429),
        judge=server.judge,
    )
