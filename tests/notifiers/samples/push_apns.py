"""The stage of Apple's push service."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good, for_now
from tests.loopback.apns import LoopbackApns, refusal
from tests.notifiers.samples import Answers, Stage

ADDRESS = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"
ANSWERS: Answers = {
    for_good(Reason.INVALID_ADDRESS): [("BadDeviceToken", 400), ("DeviceTokenNotForTopic", 400)],
    for_good(Reason.GONE): [("Unregistered", 410), ("ExpiredToken", 410), ("SomethingNew", 410), ("", 410)],
    for_good(Reason.TOO_LONG): [("PayloadTooLarge", 413)],
    LOG_IN: [("ExpiredProviderToken", 403), ("BadEnvironmentKeyInToken", 403), ("", 403)],
    OURS: [("TopicDisallowed", 400), ("BadExpirationDate", 400), ("InvalidPushType", 400)],
    for_now(Reason.RATE_LIMITED): [("TooManyRequests", 429)],
    SLOWER: [("TooManyProviderTokenUpdates", 429)],
    ILL: [("InternalServerError", 500), ("ServiceUnavailable", 503), ("Shutdown", 503)],
    UNKNOWN: [("SomethingNew", 400), ("BadPath", 404), ("", 418)],
    UNSURE: [("", 500), ("", 502)],
}


def answer(_request: dict[str, Any], *said: Any) -> Response:
    """The provider's answer that says so."""
    return refusal(*said)


def stage(folder: Path) -> Stage:
    server = LoopbackApns(folder)

    def say(reason: str, status: int):
        def set_script():
            server.script = lambda _request: refusal(reason, status)

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=("PRIVATE KEY", ADDRESS, "bearer "),
        stop=server.stop,
        web=server,
        refuse=say("BadDeviceToken", 400),
        throttle=say("TooManyProviderTokenUpdates", 429),
        judge=server.judge,
    )
