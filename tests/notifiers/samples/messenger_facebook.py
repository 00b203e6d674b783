"""The stage of Facebook Messenger."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.provider import WebhookRequest
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good
from tests.loopback.facebook import SECRET, TOKEN, WORD, LoopbackFacebook, refusal, signed_tree
from tests.notifiers.samples import Answers, Stage

ADDRESS = "9870000000000042"
ANSWERS: Answers = {
    for_good(Reason.NOT_PERMITTED): [(10, 2018278, 400)],
    OURS: [(10, 1893063, 400), (368, 0, 400)],
    LOG_IN: [(10, 0, 403), (190, 460, 401), (200, 0, 403), (190, 77, 401)],
    for_good(Reason.INVALID_ADDRESS): [(100, 2018001, 400)],
    UNKNOWN: [(100, 0, 400), (99999, 0, 400), (10, 2018108, 400), (10, 77, 403), (99999, 0, 403)],
    for_good(Reason.UNREACHABLE): [(551, 1545041, 400), (200, 1545041, 403)],
    SLOWER: [(4, 0, 400), (613, 0, 400)],
    ILL: [(2, 0, 500)],
    UNSURE: [(1, 0, 500), (1357046, 0, 400), (99999, 0, 502)],
}


def answer(_request: dict[str, Any], *said: Any) -> Response:
    """The provider's answer that says so."""
    return refusal(*said)


def stage(_folder: Path) -> Stage:
    server = LoopbackFacebook()

    def say(code: int, subcode: int = 0, status: int = 400):
        def set_script():
            server.script = lambda _request: refusal(code, subcode, status, f"no way to {ADDRESS}")

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(TOKEN, SECRET, WORD, ADDRESS),
        stop=server.stop,
        web=server,
        refuse=say(10, 2018278),
        throttle=say(613),
        receipts=lambda _reference: [server.echo(next(iter(server.taken)))],
        forged=(
            signed_tree({"object": "page", "entry": []}, "another secret"),
            WebhookRequest("/", {"X-Hub-Signature-256": "sha256=ä"}, b"{}"),
            WebhookRequest("/", {}, b"{}"),
        ),
        judge=server.judge,
    )
