"""Tencent Cloud SMS to mainland China (2021-01-11): request and signature by its SDK, approved templates, polled."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from time import monotonic, sleep
from typing import Any

from notifiers.answers import kept, lost, read_json, retry_after
from notifiers.http import Answer, Call, Lost
from notifiers.mainland import CODE, Filled, Templates, bare, exchange, fitted, hidden
from notifiers.message import Inquiry, Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent, Unanswered, redacted
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import at, at_pace, open_lines, paced
from notifiers.tc3 import Signer
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, Verdict, by_status, for_good, for_now
from packs import BadInput

_HELP = "https://cloud.tencent.com/document/api/382"

ABOUT = About(
    id="tencent",
    label="Tencent Cloud SMS",
    fields=(
        Field("secret_id", "The API key's id, of an account that may send and query messages.", secret=True),
        Field("secret_key", "The API key's secret; it signs each request.", secret=True),
        Field("sdk_app_id", "The SMS application's SdkAppId, such as 1400006666."),
        Field("templates", "File (YAML) with the approved templates: id, signature, language, text."),
        Field("region", "The region that is asked, such as ap-guangzhou.", default="ap-guangzhou"),
        *at("https://sms.ap-guangzhou.tencentcloudapi.com"),
        paced(3000, "Messages a second that the account may send."),
        Field("pulls", "yes: all receipts are pulled at once, which the provider switches on; else no.", default="no"),
    ),
    proof=Outcome.DELIVERED,
    numbers=CODE,
    # Not sure of any country: "the domain name is the access point and does not stand for the region in which the
    # product or the API serves" (document 38766, in translation).
    processes_in=None,
    # What is pulled is the carrier's SUCCESS or FAIL (document 40518) and nothing before it; no page says how long the
    # carrier takes, so this is as long as receipts get elsewhere.
    asked_after=timedelta(minutes=15),
    pace=Pace(per_second=3000, burst=300, in_flight=600, source="3,000 requests a second, of SendSms"),
    sources=(
        f"{_HELP}/55981",  # SendSms
        "https://tencentcloud.com/document/api/382/40518",  # PullSmsSendStatusByPhoneNumber
        f"{_HELP}/59178",  # the push of receipts, which is not signed
        f"{_HELP}/38766",  # endpoints
    ),
)
_VARIABLE = re.compile(r"\{(\d+)\}")
_QUESTIONS_PER_SECOND = 20  # "A maximum of 20 requests can be initiated per second", document 40518
_MOST_SECONDS = 30.0  # as long as short work may take; whoever was not asked about by then is asked about later
_A_PULL = 100  # "at most 100"; https://cloud.tencent.com/document/product/382/55977
_PATIENCE = 10  # times a question is asked again that was too much for now
_LOOKS_BACK = timedelta(days=3)  # as long as a batch is asked about, and more; at most seven days are kept

# Codes of sending. https://cloud.tencent.com/document/api/382/59177; common ones: .../document/api/382/52075
_CODES: Mapping[str, Verdict] = {
    # Of one number: no reason to let others wait. What is over in seconds goes again; an hour or a day is late, and
    # the person takes the next route.
    "LimitExceeded.PhoneNumberThirtySecondLimit": for_now(Reason.RATE_LIMITED),
    "LimitExceeded.DeliveryFrequencyLimit": for_now(Reason.RATE_LIMITED),
    **dict.fromkeys(
        (
            *("LimitExceeded.PhoneNumberOneHourLimit", "LimitExceeded.PhoneNumberDailyLimit"),
            "LimitExceeded.PhoneNumberSameContentDailyLimit",
        ),
        for_good(Reason.RATE_LIMITED),
    ),
    **dict.fromkeys(
        ("InvalidParameterValue.IncorrectPhoneNumber", "FailedOperation.PhoneNumberParseFail"),
        for_good(Reason.INVALID_ADDRESS),
    ),
    "FailedOperation.PhoneNumberInBlacklist": for_good(Reason.SUPPRESSED_BY_PROVIDER),
    "InvalidParameterValue.ContentLengthLimit": for_good(Reason.TOO_LONG),
    "InvalidParameterValue.TemplateParameterLengthLimit": for_good(Reason.TOO_LONG),
    **dict.fromkeys(
        (
            *("FailedOperation.ContainSensitiveWord", "InvalidParameterValue.TemplateParameterFormatError"),
            "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
        ),
        for_good(Reason.CONTENT_REFUSED),
    ),
    **dict.fromkeys(
        (
            # A template or signature that is not approved, or not for this, and our file of them.
            *("FailedOperation.SignatureIncorrectOrUnapproved", "FailedOperation.TemplateIncorrectOrUnapproved"),
            *("FailedOperation.TemplateUnapprovedOrNotExist", "FailedOperation.TemplateIdNotExist"),
            *("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", "FailedOperation.MissingSignature"),
            "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
            *("FailedOperation.InsufficientBalanceInSmsPackage", "UnauthorizedOperation.ServiceSuspendDueToArrears"),
            *("UnauthorizedOperation.RequestIpNotInWhitelist", "UnauthorizedOperation.RequestPermissionDeny"),
            *("UnauthorizedOperation.SdkAppIdIsDisabled", "FailedOperation.MarketingSendTimeConstraint"),
            *("UnauthorizedOperation", "IpNotInWhitelist", "IpInBlacklist", "ResourceInsufficient"),
            # Caps that the account's owner has set in the console and can lift.
            *("LimitExceeded.AppDailyLimit", "LimitExceeded.AppMainlandChinaDailyLimit", "LimitExceeded.DailyLimit"),
        ),
        OURS,
    ),
    **dict.fromkeys(("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "InvalidParameterValue.SdkAppIdNotExist"), LOG_IN),
    **dict.fromkeys(("InternalError.RequestTimeException", "InternalError.SigVerificationFail"), LOG_IN),
    **dict.fromkeys(("InternalError.SigFieldMissing", "AuthFailure"), LOG_IN),
    "InternalError": UNSURE,  # among them Timeout and SendAndRecvFail: it may be on its way to the carrier
    **dict.fromkeys(("RequestLimitExceeded", "LimitExceeded"), SLOWER),
    "ResourceUnavailable": ILL,
}
_STATES: Mapping[str, Outcome] = {"SUCCESS": Outcome.DELIVERED, "FAIL": Outcome.BOUNCED}


def open_provider(setup: Setup) -> "Tencent":
    """Raises BadInput when the file of templates cannot be read, or `pulls` is neither yes nor no."""
    if setup["pulls"] not in {"yes", "no"}:
        raise BadInput("TOCSIN_TENCENT_PULLS: must be yes or no.")
    return Tencent(setup)


class Tencent:
    """Sends one request a message, so that each has its own reference (SessionContext); calls back unsigned, and is
    asked."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.about = at_pace(ABOUT, setup)
        self._templates = Templates(setup["templates"], _VARIABLE)
        self._signer = _signer(setup)
        self._pulls = setup["pulls"] == "yes"
        self._most = ABOUT.pace.in_flight // 2  # of what is in hand half is under way, and half may be refused here
        self._lines = open_lines(setup, self._most)
        self._form = lru_cache(maxsize=256)(self._same_for_all)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message. A number abroad and words that no template renders are refused here, for good."""
        yield from exchange(self._lines, messages, self._call, self._sent, most=self._most)

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """What is pushed is not signed, so that anybody could have written it; the provider is asked instead."""
        raise Forged("Tencent Cloud SMS signs no receipts")

    def ask(self, inquiries: Sequence[Inquiry]) -> Iterator[Receipt | Unanswered]:
        """First all that waits to be pulled, where that is switched on; then by number, both together as long as it
        may take: those in doubt however long. Whoever's turn does not come is unanswered."""
        told: set[str | None] = set()
        until = monotonic() + _MOST_SECONDS
        for receipt in self._pulled(until) if self._pulls else ():
            told |= {receipt.reference, receipt.provider_reference}
            yield receipt
        left = [one for one in inquiries if not {one.reference, one.provider_reference} & (told - {None})]
        for inquiry in sorted(left, key=lambda one: one.provider_reference is not None):
            late = inquiry.provider_reference is not None and monotonic() > until
            if inquiry.message is not None:
                yield from _told(inquiry, inquiry.message, {} if late else self._asked(inquiry.message))

    def lacks(self, texts: Mapping[str, str], language: str) -> list[str]:
        """That no approved template renders the short text, if none does."""
        return self._templates.lacks(texts, language)

    def _call(self, message: Message) -> Call | Sent:
        found = fitted(message, self._templates)
        if isinstance(found, Sent):
            return found
        own = {"PhoneNumberSet": [message.to.value], "SessionContext": message.reference}
        return self._signer.call("SendSms", {**self._form(message.texts["short"]), **own})

    def _same_for_all(self, text: str) -> Mapping[str, Any]:
        filled = self._templates.find(text)
        return _send_sms(self._setup["sdk_app_id"], filled) if filled is not None else {}

    def _asked(self, message: Message) -> Mapping[str, Any]:
        since = int((self._setup.now() - _LOOKS_BACK).timestamp())
        form = {"BeginTime": since, "Offset": 0, "Limit": 100, "PhoneNumber": message.to.value}
        for _ in range(_PATIENCE):
            began = monotonic()
            response = self._question("PullSmsSendStatusByPhoneNumber", form)
            sleep(max(0.0, began + 1 / _QUESTIONS_PER_SECOND - monotonic()))
            if not _code(response).startswith("RequestLimitExceeded"):
                return response
            sleep(1.0)
        return {}

    def _pulled(self, until: float) -> Iterator[Receipt]:
        """What carriers said of anybody's message; each is told once and never again. The rest waits for next time."""
        found: Sequence[Mapping[str, Any]] = [{}] * _A_PULL
        while len(found) == _A_PULL and monotonic() < until:
            found = self._question("PullSmsSendStatus", {"Limit": _A_PULL}).get("PullSmsSendStatusSet") or []
            for status in found:
                yield _receipt(status, status.get("SessionContext") or None)

    def _question(self, action: str, form: Mapping[str, Any]) -> Mapping[str, Any]:
        whole = {**form, "SmsSdkAppId": self._setup["sdk_app_id"]}
        return _response(self._lines.one(self._signer.call(action, whole)))

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        response = _response(answer)
        code = _code(response)
        if code == "Ok":
            taken = {name: value for name, value in _one(response).items() if name in {"SerialNo", "Fee", "Code"}}
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=taken.get("SerialNo"), raw=taken)
        verdict = _verdict(answer.status, code)
        raw = kept(self._setup, dict(response), [message], *hidden(message, self._templates))
        default = 1.0 if verdict is SLOWER else 60.0  # the quota is a second's
        wait = retry_after(answer, now=self._setup.now().timestamp(), default=default)
        return verdict.sent(message.reference, raw, wait=wait)


def _signer(setup: Setup) -> Signer:
    from tencentcloud.sms.v20210111.sms_client import SmsClient  # type: ignore[import-untyped] # noqa: PLC0415 - not
    # everybody has it, and it takes a fifth of a second

    ids = {"key_id": setup["secret_id"], "secret": setup["secret_key"], "region": setup["region"]}
    return Signer(SmsClient, setup["base_url"], **ids)


def _send_sms(sdk_app_id: str, filled: Filled) -> Mapping[str, Any]:
    """The request as the SDK's model writes it, without number and reference."""
    from tencentcloud.sms.v20210111.models import SendSmsRequest  # type: ignore[import-untyped] # noqa: PLC0415

    model = SendSmsRequest()
    model.SmsSdkAppId, model.SignName, model.TemplateId = sdk_app_id, filled.signature, filled.id
    model.TemplateParamSet = [filled.values[name] for name in sorted(filled.values, key=int)]
    form: Mapping[str, Any] = json.loads(model.to_json_string())
    return form


def _response(answer: Answer | Lost) -> Mapping[str, Any]:
    if isinstance(answer, Lost):
        return {}
    response = read_json(answer.body).get("Response")
    return response if isinstance(response, dict) else {}


def _one(response: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is said of the one number of a request."""
    sent = response.get("SendStatusSet")
    return sent[0] if sent else {}


def _code(response: Mapping[str, Any]) -> str:
    return str((response.get("Error") or _one(response)).get("Code") or "")


def _verdict(status: int, code: str) -> Verdict:
    family, _, rest = code.partition(".")  # AuthFailure.SignatureExpire
    if family == "LimitExceeded" and rest and code not in _CODES:  # perhaps of one number: others do not wait for it
        return for_now(Reason.RATE_LIMITED)
    if (known := _CODES.get(code) or _CODES.get(family)) is not None:
        return known
    if status == 200 and code:  # refusals come with 200 too
        return UNKNOWN
    return by_status(status, {503: ILL}) if code or status in {429, 503} else UNSURE


def _told(inquiry: Inquiry, message: Message, response: Mapping[str, Any]) -> Iterator[Receipt | Unanswered]:
    found = response.get("PullSmsSendStatusSet")
    told = [one for one in found or [] if _is_of(one, inquiry)]
    # Without an answer, or where what came might be of this message and does not say so, nothing is known.
    unsaid = inquiry.provider_reference is None and any(not one.get("SessionContext") for one in found or [])
    if not isinstance(found, list) or (unsaid and not told):
        yield Unanswered(inquiry.reference)
    # A message in doubt may have been sent again under its reference: if one of them arrived, it arrived.
    best = min(told, key=lambda one: one.get("ReportStatus") != "SUCCESS", default=None)
    if best is not None:
        yield _receipt(best, inquiry.reference, message.to.value, bare(message))


def _receipt(status: Mapping[str, Any], reference: str | None, *number: str) -> Receipt:
    outcome = _STATES.get(status.get("ReportStatus", ""), Outcome.UNKNOWN)
    serial = str(status.get("SerialNo") or "") or None
    kept = {name: status[name] for name in ("ReportStatus", "Description", "SerialNo") if name in status}
    numbers = (*number, *(str(status.get(name) or "") for name in ("PhoneNumber", "SubscriberNumber")))
    at, raw, failed = _at(status.get("UserReceiveTime")), redacted(kept, *numbers), outcome is Outcome.BOUNCED
    reason = Reason.OTHER if failed else None
    return Receipt(outcome, f"{serial}:{outcome}", at, reference, serial, reason, failed, raw)


def _is_of(status: Mapping[str, Any], inquiry: Inquiry) -> bool:
    # SessionContext comes back only for accounts for which the provider has switched it on.
    known = inquiry.provider_reference
    return status.get("SessionContext") == inquiry.reference or bool(known and status.get("SerialNo") == known)


def _at(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) and seconds > 0 else None
