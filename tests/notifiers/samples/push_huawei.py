"""The stage of Huawei Push Kit."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.provider import WebhookRequest
from notifiers.verdict import LOG_IN, LOG_IN_ENDED, OURS, SLOWER, UNKNOWN, UNSURE, for_good, for_now
from tests.loopback.huawei import CLIENT_SECRET, KEY, LoopbackHuawei, refusal, signed
from tests.notifiers.samples import Answers, Stage

ADDRESS = "IQAAAACy0PYA-token-of-mya"
ANSWERS: Answers = {
    for_now(Reason.INVALID_ADDRESS): [("80100000", 200), ("80300007", 400)],
    for_now(Reason.NOT_PERMITTED): [("80300002", 400)],
    for_good(Reason.CONTENT_REFUSED): [("80100016", 400)],
    OURS: [("80300037", 400), ("", 404), ("80100003", 400)],
    for_good(Reason.TOO_LONG): [("80300008", 400)],
    UNSURE: [("81000001", 200), ("81000001", 400), ("99999999", 200), ("", 202), ("", 500), ("", 502)],
    SLOWER: [("", 429), ("", 503)],
    LOG_IN_ENDED: [("80200001", 401), ("80200003", 401)],
    UNKNOWN: [("99999999", 400), ("80100001", 400), ("80300010", 400), ("", 403)],
    LOG_IN: [("", 401)],
}


def answer(request: dict[str, Any], *said: Any) -> Response | None:
    """The provider's answer that says so."""
    return None if "oauth2" in request["path"] else refusal(*said)


def stage(_folder: Path) -> Stage:
    server = LoopbackHuawei()

    def say(code: str, status: int):
        def set_script():
            server.script = lambda request: None if "oauth2" in request["path"] else refusal(code, status)

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(CLIENT_SECRET, KEY, "CF3+/", ADDRESS),
        stop=server.stop,
        web=server,
        refuse=say("80300008", 400),
        throttle=say("", 503),
        receipts=lambda _reference: [server.call_back(0), server.call_back(6, 201)],
        forged=(
            WebhookRequest("/", {"X-HUAWEI-CALLBACK-ID": signed(1772802000, "another key")}, b'{"statuses":[]}'),
            WebhookRequest("/", {"X-HUAWEI-CALLBACK-ID": signed(1772800000)}, b'{"statuses":[]}'),
            WebhookRequest("/", {}, b'{"statuses":[]}'),
        ),
        judge=server.judge,
    )
