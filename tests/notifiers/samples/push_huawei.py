"""The stage of Huawei Push Kit."""

from pathlib import Path

from notifiers.provider import WebhookRequest
from tests.loopback.huawei import CLIENT_SECRET, KEY, LoopbackHuawei, refusal, signed
from tests.notifiers.samples import Stage

ADDRESS = "IQAAAACy0PYA-token-of-mya"


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
        refuse=say("80300007", 400),
        throttle=say("", 503),
        receipts=lambda _reference: [server.call_back(0), server.call_back(6, 201)],
        forged=(
            WebhookRequest("/", {"X-HUAWEI-CALLBACK-ID": signed(1772802000, "another key")}, b'{"statuses":[]}'),
            WebhookRequest("/", {"X-HUAWEI-CALLBACK-ID": signed(1772800000)}, b'{"statuses":[]}'),
            WebhookRequest("/", {}, b'{"statuses":[]}'),
        ),
        judge=server.judge,
    )
