"""The stage of SendGrid."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.provider import WebhookRequest
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good
from tests.loopback.sendgrid import LoopbackSendGrid, event
from tests.loopback.web import as_json
from tests.notifiers.samples import Answers, Stage

ADDRESS = "mya@there.example"
NOW = 1772802000  # the frozen clock's 2026-03-06T13:00Z, nearly


ANSWERS: Answers = {
    for_good(Reason.INVALID_ADDRESS): [(400, "personalizations.0.to.0.email")],
    for_good(Reason.CONTENT_REFUSED): [(400, "content"), (400, "subject")],
    for_good(Reason.TOO_LONG): [(413, None)],
    OURS: [(400, "from.email"), (400, "reply_to.email"), (403, None), (403, "from")],
    LOG_IN: [(401, None)],
    SLOWER: [(429, None)],
    ILL: [(503, None)],
    UNSURE: [(500, None), (502, None)],
    UNKNOWN: [(400, None), (400, "something.new"), (406, None), (415, None)],
}


def answer(_request: dict[str, Any], status: int, field: str | None) -> Response:
    """The provider's answer that says so."""
    return as_json({"errors": [{"message": "no", "field": field, "help": None}]}, status)


def stage(_folder: Path) -> Stage:
    server = LoopbackSendGrid()

    def refuse():
        place = {"message": "Does not contain a valid address.", "field": "personalizations.0.to.0.email"}
        server.script = lambda _request: as_json({"errors": [place]}, 400)

    def throttle():
        server.script = lambda _request: as_json({"errors": [{"message": "too many requests"}]}, 429)

    def receipts(reference: str) -> list[WebhookRequest]:
        return [server.events(event(name, reference, ADDRESS), at=NOW) for name in ("processed", "delivered")]

    good = server.events(event("delivered", "dlv_1", ADDRESS), at=NOW)
    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=("SG.secret", ADDRESS),
        stop=server.stop,
        web=server,
        refuse=refuse,
        throttle=throttle,
        receipts=receipts,
        forged=(
            WebhookRequest("/", {}, b"[]"),
            replace(good, body=good.body.replace(b"delivered", b"bounce")),
            replace(good, body=good.body.rstrip()),
            server.events(event("delivered", "dlv_1", ADDRESS), at=NOW - 30 * 86400),
        ),
        judge=server.judge,
    )
