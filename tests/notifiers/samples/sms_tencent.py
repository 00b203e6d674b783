"""The stage of Tencent Cloud's short messages."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.provider import WebhookRequest
from notifiers.verdict import LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good, for_now
from tests.loopback.tencent import KEY, SECRET, LoopbackTencent, error, refusal
from tests.notifiers.samples import Answers, Stage

ADDRESS = "+8613800138000"
# What is really pushed: nothing in it proves who wrote it.
PUSHED = b'[{"mobile":"13800138000","nationcode":"86","report_status":"SUCCESS","errmsg":"DELIVRD","sid":"5000:1"}]'


_CODES = {
    for_now(Reason.RATE_LIMITED): ["LimitExceeded.PhoneNumberThirtySecondLimit", "LimitExceeded.SomethingNew"],
    for_good(Reason.RATE_LIMITED): ["LimitExceeded.PhoneNumberDailyLimit"],
    for_good(Reason.INVALID_ADDRESS): ["InvalidParameterValue.IncorrectPhoneNumber"],
    for_good(Reason.SUPPRESSED_BY_PROVIDER): ["FailedOperation.PhoneNumberInBlacklist"],
    for_good(Reason.TOO_LONG): ["InvalidParameterValue.TemplateParameterLengthLimit"],
    for_good(Reason.CONTENT_REFUSED): ["FailedOperation.ContainSensitiveWord"],
    OURS: [
        *("FailedOperation.TemplateIncorrectOrUnapproved", "FailedOperation.SignatureIncorrectOrUnapproved"),
        *("FailedOperation.InsufficientBalanceInSmsPackage", "LimitExceeded.AppMainlandChinaDailyLimit"),
        *("IpNotInWhitelist", "IpInBlacklist", "UnauthorizedOperation", "ResourceInsufficient"),
    ],
    LOG_IN: [
        *("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "AuthFailure.SignatureExpire"),
        "InternalError.SigVerificationFail",
    ],
    UNSURE: ["InternalError.Timeout", "InternalError.SendAndRecvFail"],
    SLOWER: ["RequestLimitExceeded", "RequestLimitExceeded.UinLimitExceeded", "LimitExceeded"],
    UNKNOWN: ["FailedOperation.SomethingNew"],
}
# Each code means the same of the number and of the whole request.
ANSWERS: Answers = {
    kind: [(code, of) for code in codes for of in ("number", "request")] for kind, codes in _CODES.items()
}


def answer(_request: dict[str, Any], code: str, of: str) -> Response:
    """The provider's answer that says so."""
    return refusal(code) if of == "number" else error(code)


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
