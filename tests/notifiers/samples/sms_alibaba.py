"""The stage of Alibaba Cloud's short messages."""

from pathlib import Path

from notifiers.provider import WebhookRequest
from tests.loopback.alibaba import KEY, SECRET, LoopbackAlibaba, refusal
from tests.notifiers.samples import Stage

ADDRESS = "+8613800138000"
# What is really pushed: nothing in it proves who wrote it.
PUSHED = b'[{"phone_number":"13800138000","success":true,"err_code":"DELIVERED","biz_id":"900000^0","out_id":"dlv_1"}]'


def stage(folder: Path) -> Stage:
    server = LoopbackAlibaba(folder)

    def say(code: str, status: int = 200):
        def set_script():
            server.script = lambda _request: refusal(code, status, f"{ADDRESS[3:]} Moqi: 请打开应用。")

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(KEY, SECRET, ADDRESS, ADDRESS[3:]),
        stop=server.stop,
        web=server,
        refuse=say("isv.MOBILE_NUMBER_ILLEGAL"),
        throttle=say("Throttling.User", 400),
        forged=(WebhookRequest("/", {"Content-Type": "application/json"}, PUSHED), WebhookRequest("/", {}, b"")),
        judge=server.judge,
    )
