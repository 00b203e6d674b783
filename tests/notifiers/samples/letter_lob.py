"""The stage of Lob."""

import json
from pathlib import Path

from notifiers.provider import WebhookRequest
from tests.loopback.lob import KEY, SECRET, LoopbackLob, refusal, signed
from tests.notifiers.samples import Stage

PARTS = {"name": "Harry Zhang", "line_1": "210 King St", "city": "San Francisco", "state": "CA", "postcode": "94107"}
ADDRESS = json.dumps(PARTS | {"country": "US"})


def stage(_folder: Path) -> Stage:
    server = LoopbackLob()

    def say(code: str, status: int):
        def set_script():
            server.script = lambda _request: refusal(code, status)

        return set_script

    def receipts(_reference: str) -> list[WebhookRequest]:
        letter = next(iter(server.letters))
        return [server.call_back(letter, event) for event in ("letter.in_transit", "letter.delivered")]

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(KEY, SECRET, ADDRESS, "210 King St", "Harry Zhang"),
        stop=server.stop,
        web=server,
        refuse=say("failed_deliverability_strictness", 422),
        throttle=say("rate_limit_exceeded", 429),
        receipts=receipts,
        forged=(signed(b"{}", secret="another"), WebhookRequest("/", {}, b"{}"), signed(b"{}", stamp="1700000000")),
    )
