"""The stage of Alibaba Cloud's short messages."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.provider import WebhookRequest
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good
from tests.loopback.alibaba import KEY, SECRET, LoopbackAlibaba, refusal
from tests.notifiers.samples import Answers, Stage

ADDRESS = "+8613800138000"
# What is really pushed: nothing in it proves who wrote it.
PUSHED = b'[{"phone_number":"13800138000","success":true,"err_code":"DELIVERED","biz_id":"900000^0","out_id":"dlv_1"}]'
ANSWERS: Answers = {
    for_good(Reason.RATE_LIMITED): [("isv.BUSINESS_LIMIT_CONTROL", 200)],
    OURS: [
        ("isv.DAY_LIMIT_CONTROL", 200),
        ("isv.SMS_TEMPLATE_ILLEGAL", 200),
        ("isv.SMS_SIGNATURE_ILLEGAL", 200),
        ("isv.AMOUNT_NOT_ENOUGH", 200),
        ("isv.PRODUCT_UN_SUBSCRIPT", 200),
    ],
    for_good(Reason.INVALID_ADDRESS): [("isv.MOBILE_NUMBER_ILLEGAL", 200)],
    for_good(Reason.TOO_LONG): [("isv.PARAM_LENGTH_LIMIT", 200)],
    LOG_IN: [
        ("isp.RAM_PERMISSION_DENY", 200),
        ("NoPermission", 403),
        ("MissingAccessKeyId", 400),
        ("InvalidSecurityToken.Expired", 403),
        ("InvalidAccessKeyId.NotFound", 404),
    ],
    ILL: [("isp.SYSTEM_ERROR", 200), ("ServiceUnavailable", 503), ("", 503)],
    UNSURE: [("isp.SOMETHING_NEW", 200), ("SignatureNonceUsed", 400), ("InternalError", 500), ("", 502), ("", 200)],
    UNKNOWN: [("isv.SOMETHING_NEW", 200), ("SomethingNew", 403)],
    SLOWER: [("Throttling", 400), ("Throttling.User", 400), ("", 429)],
    for_good(Reason.CONTENT_REFUSED): [("isv.SMS_CONTENT_ILLEGAL", 200)],
}


def answer(_request: dict[str, Any], *said: Any) -> Response:
    """The provider's answer that says so."""
    return refusal(*said)


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
