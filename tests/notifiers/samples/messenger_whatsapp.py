"""The stage of WhatsApp."""

from pathlib import Path

from notifiers.provider import WebhookRequest
from tests.loopback.facebook import refusal, signed_tree
from tests.loopback.whatsapp import SECRET, TOKEN, WORD, LoopbackWhatsApp
from tests.notifiers.samples import Stage

ADDRESS = "959250123456"


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
