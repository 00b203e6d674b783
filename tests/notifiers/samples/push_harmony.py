"""The stage of Huawei Push Kit for HarmonyOS 5 and later."""

from pathlib import Path

from notifiers.provider import WebhookRequest
from tests.loopback.harmony import KEY, LoopbackHarmony, not_this_token, refusal, signed
from tests.notifiers.samples import Stage

ADDRESS = "MAAAALgE4G98BAAAAst-token-of-mya"


def stage(folder: Path) -> Stage:
    server = LoopbackHarmony(folder)

    def say(answer):
        def set_script():
            server.script = lambda _request: answer()

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(KEY, "PRIVATE KEY", "eyJ", ADDRESS),
        stop=server.stop,
        refuse=say(lambda: not_this_token("tokenFormatError", ADDRESS)),
        throttle=say(lambda: refusal("", 503)),
        receipts=lambda _reference: [server.call_back(0), server.call_back(6, 256)],
        forged=(
            WebhookRequest("/", {"X-HUAWEI-CALLBACK-ID": signed(1772802000, "another key")}, b'{"statuses":[]}'),
            WebhookRequest("/", {"X-HUAWEI-CALLBACK-ID": signed(1772800000)}, b'{"statuses":[]}'),
            WebhookRequest("/", {}, b'{"statuses":[]}'),
        ),
        judge=server.judge,
    )
