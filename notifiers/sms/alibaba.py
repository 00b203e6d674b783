"""Alibaba Cloud Short Message Service to mainland China (Dysmsapi 2017-05-25): approved templates, polled receipts."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

from notifiers.acs3 import signed
from notifiers.answers import kept, lost, proof, read_json, retry_after
from notifiers.http import Answer, Call, Lost
from notifiers.mainland import CODE, Filled, Templates, bare, exchange, fitted, hidden
from notifiers.message import Inquiry, Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent, Unanswered, redacted
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import at, at_pace, base_of, open_lines, paced
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, Verdict, by_status, for_good

_HELP = "https://help.aliyun.com"

ABOUT = About(
    id="alibaba",
    label="Alibaba Cloud SMS",
    fields=(
        Field("access_key_id", "The access key's id, of a RAM user that may send and query messages.", secret=True),
        Field("access_key_secret", "The access key's secret; it signs each request.", secret=True),
        Field("templates", "File (YAML) with the approved templates: id, signature, language, text."),
        *at("https://dysmsapi.aliyuncs.com"),
        paced(5000, "Messages a second that the account may send."),
    ),
    proof=Outcome.DELIVERED,
    numbers=CODE,
    carries_reference=True,  # who asks names the message
    # Not sure of any country: one global endpoint serves the mainland's regions and Hong Kong alike (document 68360).
    processes_in=None,
    # The page of QuerySendDetails names no time after which a record is there; this is an allowance of ours for it.
    asked_after=timedelta(minutes=1),
    pace=Pace(per_second=5000, burst=500, in_flight=800, source="5,000 requests a second and account, of SendSms"),
    sources=(
        f"{_HELP}/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms",
        f"{_HELP}/document_detail/419277.html",  # QuerySendDetails
        f"{_HELP}/zh/sms/developer-reference/smsreport-2",  # the push of receipts, which is not signed
        f"{_HELP}/document_detail/68360.html",  # endpoints
    ),
)
_CHINA = ZoneInfo("Asia/Shanghai")
_DAYS = 4  # that are asked for, of the thirty that are kept: the last question comes a day and a half after sending
_ASKS_AGAIN = (0.0, 1.0, 3.0)  # seconds before each time that a question is asked
_Details = Sequence[Mapping[str, Any]]
_VARIABLE = re.compile(r"\$\{(\w+)\}")

# Codes of sending. https://help.aliyun.com/document_detail/101346.html; those without isv. or isp. are of the gateway:
# https://help.aliyun.com/document_detail/435312.html
_CODES: Mapping[str, Verdict] = {
    # Of one number: a notice reaches it at most fifty times a day (document 2881383). It is no reason to let others
    # wait, and tomorrow is late: the person takes the next route.
    "isv.BUSINESS_LIMIT_CONTROL": for_good(Reason.RATE_LIMITED),
    "isv.MOBILE_NUMBER_ILLEGAL": for_good(Reason.INVALID_ADDRESS),
    **dict.fromkeys(
        (
            *("isv.SMS_CONTENT_ILLEGAL", "isv.TEMPLATE_PARAMS_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT"),
            "isv.PARAM_NOT_SUPPORT_URL",
        ),
        for_good(Reason.CONTENT_REFUSED),
    ),
    "isv.PARAM_LENGTH_LIMIT": for_good(Reason.TOO_LONG),
    **dict.fromkeys(
        (
            # A template or signature that is not approved, or not for this, and our file of them.
            *("isv.SMS_TEMPLATE_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGNATURE_SCENE_ILLEGAL"),
            *("isv.SIGN_STATE_ILLEGAL", "isv.SMS_SIGN_ILLEGAL", "isv.DOMESTIC_NUMBER_NOT_SUPPORTED"),
            *("isv.TEMPLATE_MISSING_PARAMETERS", "isv.INVALID_JSON_PARAM"),
            *("isv.OUT_OF_SERVICE", "isv.AMOUNT_NOT_ENOUGH", "isv.PRODUCT_UN_SUBSCRIPT", "isv.PRODUCT_UNSUBSCRIBE"),
            *("isv.ACCOUNT_ABNORMAL", "isv.DENY_IP_RANGE"),
            # Caps that the account's owner has set in the console and can lift.
            *("isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL"),
        ),
        OURS,
    ),
    **dict.fromkeys(
        (
            *("isv.ACCOUNT_NOT_EXISTS", "isp.RAM_PERMISSION_DENY", "SignatureDoesNotMatch", "InvalidAccessKeyId"),
            *("Forbidden", "InvalidTimeStamp", "IncompleteSignature", "NoPermission", "MissingAccessKeyId"),
            "InvalidSecurityToken",  # .Expired
        ),
        LOG_IN,
    ),
    "isp.SYSTEM_ERROR": ILL,  # "call again"
    "SignatureNonceUsed": UNSURE,  # the same request was seen before, so it may have been acted on
    "ServiceUnavailable": ILL,
    "InternalError": UNSURE,
    "Throttling": SLOWER,
}
# What the carrier said of a message that did not arrive. https://help.aliyun.com/document_detail/101347.html
_CARRIER: Mapping[str, Reason] = {
    **dict.fromkeys(
        ("MOBILE_NOT_ON_SERVICE", "INVALID_NUMBER", "MOBILE_ACCOUNT_ABNORMAL", "MOBLLE_TERMINAL_ERROR", "NO_ROUTE"),
        Reason.UNREACHABLE,
    ),
    "MOBILE_IN_BLACK": Reason.SUPPRESSED_BY_PROVIDER,
    "USER_REJECT": Reason.OPTED_OUT,
    "MOBILE_SEND_LIMIT": Reason.RATE_LIMITED,
    **dict.fromkeys(("CONTENT_KEYWORD", "CONTENT_ERROR", "PARAMS_ILLEGAL"), Reason.CONTENT_REFUSED),
    **dict.fromkeys(("SIGNATURE_BLACKLIST", "IS_CLOSE"), Reason.BLOCKED),
}
# SendStatus of QuerySendDetails: waits for the carrier, failed, arrived.
_STATES: Mapping[int, Outcome] = {1: Outcome.ACCEPTED, 2: Outcome.BOUNCED, 3: Outcome.DELIVERED}
_RANK = (Outcome.DELIVERED, Outcome.ACCEPTED, Outcome.BOUNCED, Outcome.UNKNOWN)


def open_provider(setup: Setup) -> "Alibaba":
    """Raises BadInput when the file of templates cannot be read."""
    return Alibaba(setup)


class Alibaba:
    """Sends one request a message, so that each has its own reference (OutId); calls back unsigned, and is asked."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.about = at_pace(ABOUT, setup)
        self._templates = Templates(setup["templates"], _VARIABLE)
        self._url = base_of(setup) + "/"
        self._host = urlsplit(self._url).netloc
        self._most = ABOUT.pace.in_flight // 2  # of what is in hand half is under way, and half may be refused here
        self._lines = open_lines(setup, self._most)
        # Questions have a quota of their own, 5,000 a second, and nothing else that keeps them within it.
        self._asking = open_lines(setup, 100)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message. A number that is not of the mainland and words that no template renders are refused
        here, for good."""
        yield from exchange(self._lines, messages, self._call, self._sent, most=self._most)

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """What is pushed is not signed, so that anybody could have written it; the provider is asked instead."""
        raise Forged("Alibaba Cloud SMS signs no receipts")

    def ask(self, inquiries: Sequence[Inquiry]) -> Iterator[Receipt | Unanswered]:
        """By number and day of sending: today, then the three days before for whoever is not found yet."""
        today = self._setup.now().astimezone(_CHINA)
        left = {number: inquiry for number, inquiry in enumerate(inquiries) if inquiry.message is not None}
        for day in (today - timedelta(days=back) for back in range(_DAYS)):
            waiting = dict(left)
            for number, details in self._details(waiting, day):
                for receipt in _told(left[number], details):
                    del left[number]
                    yield receipt
            yield from (Unanswered(left.pop(number).reference) for number in waiting)

    def _details(self, left: dict[int, Inquiry], day: datetime) -> Iterator[tuple[int, _Details]]:
        """What was sent to each number that day. A question without an answer is asked again; in `left` stay those
        that never got one."""
        for pause in _ASKS_AGAIN:
            sleep(pause)
            calls = [(number, self._question(inquiry, day)) for number, inquiry in left.items()]
            for number, answer in self._asking.exchange(calls):
                details = _read(answer)
                if details is not None:
                    del left[number]
                    yield number, details
            if not left:
                return

    def lacks(self, texts: Mapping[str, str], language: str) -> list[str]:
        """That no approved template renders the short text, if none does."""
        return self._templates.lacks(texts, language)

    def _call(self, message: Message) -> Call | Sent:
        found = fitted(message, self._templates)
        if isinstance(found, Sent):
            return found
        form = {"PhoneNumbers": message.to.value, "OutId": message.reference} | _of_template(found)
        return self._signed("SendSms", form)

    def _question(self, inquiry: Inquiry, day: datetime) -> Call:
        number = bare(inquiry.message) if inquiry.message else ""
        form = {"PhoneNumber": number, "SendDate": f"{day:%Y%m%d}", "PageSize": "50", "CurrentPage": "1"}
        if inquiry.provider_reference:
            form["BizId"] = inquiry.provider_reference
        return self._signed("QuerySendDetails", form)

    def _signed(self, action: str, form: Mapping[str, str]) -> Call:
        # As a form and not in the address: a number stands in no URL, and libcurl repeats a POST without a body unseen.
        body = urlencode(sorted(form.items())).encode()
        headers = {
            "x-acs-action": action,
            "x-acs-version": "2017-05-25",
            "x-acs-date": f"{self._setup.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": uuid4().hex,
            "accept": "application/json",
        }
        key, secret = self._setup["access_key_id"], self._setup["access_key_secret"]
        return Call(self._url, body, signed(self._host, headers, body, key_id=key, secret=secret))

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        tree = read_json(answer.body)
        code = str(tree.get("Code", ""))
        if answer.status == 200 and code == "OK":
            taken = proof(answer.body, "BizId", "Code", "RequestId")
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=taken.get("BizId"), raw=taken)
        verdict = _verdict(answer.status, code)
        raw = kept(self._setup, tree, [message], *hidden(message, self._templates))
        default = 1.0 if verdict is SLOWER else 60.0  # the quota is a second's
        wait = retry_after(answer, now=self._setup.now().timestamp(), default=default)
        return verdict.sent(message.reference, raw, wait=wait)


def _verdict(status: int, code: str) -> Verdict:
    known = _CODES.get(code) or _CODES.get(code.partition(".")[0])  # Throttling.User, InvalidAccessKeyId.NotFound
    if known is not None:
        return known
    if code.startswith("isp."):  # something failed on its side, and nobody says how far the message had come
        return UNSURE
    if status == 200 and code:  # refusals come with 200 too
        return UNKNOWN
    return by_status(status, {503: ILL}) if code or status in {429, 503} else UNSURE


def _of_template(filled: Filled) -> dict[str, str]:
    form = {"SignName": filled.signature, "TemplateCode": filled.id}
    if filled.values:
        form["TemplateParam"] = json.dumps(dict(filled.values), ensure_ascii=False)
    return form


def _read(answer: Answer | Lost) -> _Details | None:
    tree = {} if isinstance(answer, Lost) else read_json(answer.body)
    if tree.get("Code") != "OK":
        return None
    details: _Details = (tree.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
    return details


def _told(inquiry: Inquiry, details: _Details) -> Iterator[Receipt]:
    mine = [one for one in details if one.get("OutId") == inquiry.reference]
    # A message in doubt may have been sent again under its reference: what arrived counts, then what may still arrive.
    best = min(mine, key=lambda one: _RANK.index(_state(one)), default=None)
    if best is not None and inquiry.message is not None:
        yield _receipt(inquiry, inquiry.message, best)


def _state(detail: Mapping[str, Any]) -> Outcome:
    return _STATES.get(int(detail.get("SendStatus") or 0), Outcome.UNKNOWN)


def _receipt(inquiry: Inquiry, message: Message, detail: Mapping[str, Any]) -> Receipt:
    outcome, code = _state(detail), str(detail.get("ErrCode", ""))
    reason = _CARRIER.get(code, Reason.OTHER) if outcome is Outcome.BOUNCED else None
    kept = {name: detail[name] for name in ("ErrCode", "SendStatus", "SendDate", "ReceiveDate") if name in detail}
    event = f"{inquiry.reference}:{detail.get('SendDate', '')}:{outcome}:{code}"
    return Receipt(
        outcome,
        event,
        _at(detail),
        inquiry.reference,
        inquiry.provider_reference,
        reason,
        permanent=outcome is Outcome.BOUNCED,
        raw=redacted(kept, message.to.value, bare(message)),
    )


def _at(detail: Mapping[str, Any]) -> datetime | None:
    """When the carrier's word came, or the message was sent; both are told in China's time."""
    try:
        said = datetime.fromisoformat(str(detail.get("ReceiveDate") or detail.get("SendDate") or ""))
    except ValueError:
        return None
    return said.replace(tzinfo=_CHINA).astimezone(UTC)
