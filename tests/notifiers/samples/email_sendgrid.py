"""The stage of SendGrid."""

from dataclasses import replace
from pathlib import Path

from notifiers.provider import WebhookRequest
from tests.loopback.sendgrid import LoopbackSendGrid, event
from tests.loopback.web import as_json
from tests.notifiers.samples import Stage

ADDRESS = "mya@there.example"
NOW = 1772802000  # the frozen clock's 2026-03-06T13:00Z, nearly


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
