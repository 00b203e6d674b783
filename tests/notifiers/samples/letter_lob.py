"""The stage of Lob."""

import json
from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.provider import WebhookRequest
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good
from tests.loopback.lob import KEY, SECRET, LoopbackLob, refusal, signed
from tests.notifiers.samples import Answers, Stage

PARTS = {"name": "Harry Zhang", "line_1": "210 King St", "city": "San Francisco", "state": "CA", "postcode": "94107"}
ADDRESS = json.dumps(PARTS | {"country": "US"})
ANSWERS: Answers = {
    for_good(Reason.INVALID_ADDRESS): [
        ("failed_deliverability_strictness", 422),
        ("address_length_exceeds_limit", 422),
    ],
    LOG_IN: [("invalid_api_key", 401)],
    OURS: [("payment_method_unverified", 401), ("feature_limit_reached", 403)],
    for_good(Reason.TOO_LONG): [("file_pages_exceed_max", 422)],
    SLOWER: [("rate_limit_exceeded", 429)],
    UNSURE: [("internal_server_error", 500), ("conflict", 409), ("a_new_code", 502)],
    ILL: [("service_unavailable", 503)],
    UNKNOWN: [("a_new_code", 422), ("a_new_code", 403)],
}


def answer(_request: dict[str, Any], *said: Any) -> Response:
    """The provider's answer that says so."""
    return refusal(*said)


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
