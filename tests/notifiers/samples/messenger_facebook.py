"""The stage of Facebook Messenger."""

from pathlib import Path

from notifiers.provider import WebhookRequest
from tests.loopback.facebook import SECRET, TOKEN, WORD, LoopbackFacebook, refusal, signed_tree
from tests.notifiers.samples import Stage

ADDRESS = "9870000000000042"


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
