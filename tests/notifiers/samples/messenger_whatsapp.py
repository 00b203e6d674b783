"""The stage of WhatsApp."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.provider import WebhookRequest
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good, for_now
from tests.loopback.facebook import refusal, signed_tree
from tests.loopback.whatsapp import SECRET, TOKEN, WORD, LoopbackWhatsApp
from tests.notifiers.samples import Answers, Stage

ADDRESS = "959250123456"
ANSWERS: Answers = {
    for_good(Reason.UNREACHABLE): [(131026, 400)],
    for_good(Reason.NOT_PERMITTED): [(131047, 400)],
    for_good(Reason.OPTED_OUT): [(131050, 400)],
    for_good(Reason.BLOCKED): [(131049, 400)],
    OURS: [(132001, 404), (368, 403), (131042, 400), (132015, 400), (131037, 400), (33, 400)],
    for_good(Reason.TOO_LONG): [(132005, 400)],
    for_now(Reason.RATE_LIMITED): [(131056, 400)],
    SLOWER: [(80007, 400)],
    LOG_IN: [(190, 401), (204, 403)],
    ILL: [(131000, 500)],
    UNSURE: [(1, 400), (99999, 500)],
    UNKNOWN: [(99999, 400), (131009, 400), (135000, 400), (99999, 403)],
}


def answer(_request: dict[str, Any], code: int, status: int) -> Response:
    """The provider's answer that says so."""
    return refusal(code, status=status)


def stage(folder: Path) -> Stage:
    server = LoopbackWhatsApp(folder)

    def say(code: int, status: int):
        def set_script():
            server.script = lambda _request: refusal(code, status=status, message=f"no way to {ADDRESS}")

        return set_script

    def receipts(_reference: str) -> list[WebhookRequest]:
        wamid = next(iter(server.taken))
        return [server.status(wamid, word) for word in ("sent", "delivered", "read")]

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(TOKEN, SECRET, WORD, ADDRESS),
        stop=server.stop,
        web=server,
        refuse=say(131026, 400),
        throttle=say(130429, 429),
        receipts=receipts,
        forged=(signed_tree({"entry": []}, "another secret"), WebhookRequest("/", {}, b"{}")),
        judge=server.judge,
    )
