"""The stage of Tencent Cloud's short messages."""

from pathlib import Path

from notifiers.provider import WebhookRequest
from tests.loopback.tencent import KEY, SECRET, LoopbackTencent, error, refusal
from tests.notifiers.samples import Stage

ADDRESS = "+8613800138000"
# What is really pushed: nothing in it proves who wrote it.
PUSHED = b'[{"mobile":"13800138000","nationcode":"86","report_status":"SUCCESS","errmsg":"DELIVRD","sid":"5000:1"}]'


class _Spoken(LoopbackTencent):
    """The carrier has spoken at once: before it does, nothing can be asked."""

    def _send(self, form):
        sent = super()._send(form)
        self.end("SUCCESS", "DELIVRD")
        return sent


def stage(folder: Path) -> Stage:
    server = _Spoken(folder)

    def refuse():
        code = "InvalidParameterValue.IncorrectPhoneNumber"
        server.script = lambda _request: refusal(code, ADDRESS, f"{ADDRESS[3:]} Moqi: 请打开应用。")

    def throttle():
        server.script = lambda _request: error("RequestLimitExceeded")

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(KEY, SECRET, ADDRESS, ADDRESS[3:]),
        stop=server.stop,
        web=server,
        refuse=refuse,
        throttle=throttle,
        forged=(WebhookRequest("/", {"Content-Type": "application/json"}, PUSHED), WebhookRequest("/", {}, b"")),
        judge=server.judge,
    )
