"""Huawei Push Kit for HarmonyOS 5 and later (version 3 of its API): one request a device, a token that we sign."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path
from re import compile as pattern
from typing import Any

import orjson

from notifiers.answers import kept, lost, proof, read_json, retry_after
from notifiers.callback_id import FIELDS, receipt_of, signed_statuses
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent
from notifiers.provider import About, Field, Pace, Setup, WebhookRequest
from notifiers.ps256 import read_key, signed
from notifiers.reached import at, at_pace, base_of, open_lines, paced
from notifiers.verdict import LOG_IN, OURS, SLOWER, UNSURE, Verdict, by_status, for_good, for_now
from packs import BadInput

_API = "https://developer.huawei.com/consumer/cn/doc/harmonyos-references"
_GUIDES = "https://developer.huawei.com/consumer/cn/doc/harmonyos-guides"
ABOUT = About(
    id="harmony",
    label="Push Kit for HarmonyOS 5 and later",
    fields=(
        Field(
            "service_account",
            "File with the service account's key, as AppGallery Connect gives it (JSON).",
            secret=True,
        ),
        # The page demands one. Without an approved class Huawei counts every message as MARKETING, two or five a day.
        Field("category", "The class of message that was approved for these notices, such as ACCOUNT."),
        Field("keep", "Seconds that a message waits for a device that is off; 15 days at most.", default="259200"),
        Field("receipt_id", "Id of the receipt address in AppGallery Connect; empty: the app's own.", default=""),
        *FIELDS,
        paced(None, "Devices a second, as AppGallery Connect shows for the app; empty: unknown."),
        *at("https://push-api.cloud.huawei.com", "Where the push API is."),
    ),
    proof=Outcome.DELIVERED,
    scheme="harmony",
    signed_receipts=True,
    receipts_need=("receipt_user", "receipt_key"),
    carries_reference=True,  # a receipt brings the tag of its message back
    pace=Pace(in_flight=512, source=f"devices a second, shown to the app's owner only; {_API}/push-msg-freq-control"),
    sources=(
        f"{_API}/push-scenariozed-api-request-struct",
        f"{_API}/push-scenariozed-api-request-param",
        f"{_API}/push-scenariozed-api-response",
        f"{_GUIDES}/push-jwt-token",
        f"{_GUIDES}/push-msg-receipt",
    ),
)

_P, _T = True, False
_BEARER = "Authorization: Bearer "
_AUDIENCE = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"
_TAKEN, _NOT_SOME, _NOT_ANY = "80000000", "80100000", "80300007"
# Code of an answer -> what it means for the one device of this request.
# https://developer.huawei.com/consumer/cn/doc/harmonyos-references/push-scenariozed-api-response
_CODES: Mapping[str, Verdict] = {
    "80100003": OURS,  # the message's structure, which is the same for all
    "80200001": LOG_IN,
    "80200005": LOG_IN,  # the token has ended: our clock
    "80300002": for_now(Reason.NOT_PERMITTED),  # push is not switched on, or this one token is another project's
    "80300008": for_good(Reason.TOO_LONG),
    "80300036": LOG_IN,
    "80300037": OURS,  # the app is punished for a breach of their rules
    "81000001": UNSURE,  # an error inside: nobody says how far it had come
}
# Why a token was not taken, from the same page. The others (a project that is not the token's, a country) may be of
# this device or of the project: nobody is given up for them, and nobody else is stopped.
_CAUSES: Mapping[str, Verdict] = {
    **dict.fromkeys(("tokenFormatError", "tokenPlatformNotSupport"), for_good(Reason.INVALID_ADDRESS)),
    "countryNotSupport": for_now(Reason.NOT_PERMITTED),
    **dict.fromkeys(("noPushTypeRight", "disableSendHuaweiMsgBecauseOfPenalty", "appinfoError"), OURS),
}
_NOT_THIS_TOKEN = for_now(Reason.INVALID_ADDRESS)
_STATUSES: Mapping[int, Verdict] = {
    404: OURS,  # no such project in the address
    503: SLOWER,  # what Huawei calls traffic control
}
# Result of a receipt, version 2. Another result is UNKNOWN.
# https://developer.huawei.com/consumer/cn/doc/harmonyos-guides/push-msg-receipt
_RECEIPTS: Mapping[int, tuple[Outcome, Reason | None, bool]] = {
    0: (Outcome.DELIVERED, None, _T),
    2: (Outcome.BOUNCED, Reason.GONE, _P),  # the app is not installed any more
    5: (Outcome.BOUNCED, Reason.GONE, _P),  # the token is not the app's of today
    6: (Outcome.BOUNCED, Reason.OPTED_OUT, _P),  # notifications are switched off
    10: (Outcome.BOUNCED, Reason.UNREACHABLE, _T),  # not seen for 30 days; not sent
    14: (Outcome.BOUNCED, Reason.PROVIDER_ERROR, _T),
    15: (Outcome.BOUNCED, Reason.OTHER, _T),  # more than 120 waited for the device
    22: (Outcome.BOUNCED, Reason.UNREACHABLE, _T),  # somebody else is using the device
    51: (Outcome.BOUNCED, Reason.UNREACHABLE, _T),  # not unlocked since it was switched on
    102: (Outcome.BOUNCED, Reason.RATE_LIMITED, _T),
    151: (Outcome.BOUNCED, Reason.OTHER, _T),  # not shown
    256: (Outcome.BOUNCED, Reason.RATE_LIMITED, _T),  # too many of this class for one device today
    259: (Outcome.BOUNCED, Reason.CONTENT_REFUSED, _P),
}
_RENEWED, _LASTS = 30 * 60, 60 * 60  # seconds a token is used, and is good for (Huawei's advice; a day at most)
_ONCE = pattern(r"[A-Za-z0-9+/=\-_ ]{1,64}")


def open_provider(setup: Setup) -> "Harmony":
    """Raises BadInput when the service account's file cannot be read."""
    return Harmony(setup)


class Harmony:
    """One app of one project. The quota counts devices, so one request a device costs nothing, and its tag tells the
    receipt's message."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        account = _account(setup["service_account"])
        self._key = read_key(account["private_key"].encode(), setting=_SETTING)
        self._header = {"kid": account["key_id"], "typ": "JWT"}
        self._issuer = account["sub_account"]
        self.about = at_pace(ABOUT, setup)
        self._url = f"{base_of(setup)}/v3/{account['project_id']}/messages:send"
        self._lines = open_lines(setup, ABOUT.pace.in_flight)
        self._keep = int(setup.number("keep"))
        self._headers = lru_cache(maxsize=1)(self._make_headers)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message; a success that cannot be read is in doubt, as are 500 and 502 without a code."""
        for (message, token), answer in self._lines.exchange(self._calls(messages)):
            yield self._sent(message, answer, token)

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        """The fates of up to a hundred devices."""
        return [_receipt(status) for status in signed_statuses(request, self._setup)]

    def _calls(self, messages: Iterable[Message]) -> Iterator[tuple[tuple[Message, str], Call]]:
        for message in messages:
            call = self._call(message)
            yield (message, call.headers[0].removeprefix(_BEARER)), call

    def _call(self, message: Message) -> Call:
        now = int(self._setup.now().timestamp())
        return Call(self._url, self._body(message), self._headers(now // _RENEWED * _RENEWED))

    def _make_headers(self, at: int) -> tuple[str, ...]:
        claims: dict[str, str | int] = {"iss": self._issuer, "aud": _AUDIENCE, "iat": at, "exp": at + _LASTS}
        token = signed(self._key, self._header, claims)
        return (f"{_BEARER}{token}", "Content-Type: application/json", "push-type: 0")

    def _body(self, message: Message) -> bytes:
        reference = quoted(message.reference)
        # Within a day a device shows one message of an id, the first: a second telling after a doubt is not seen.
        once = f',"appMessageId":{reference}' if _ONCE.fullmatch(message.reference) else ""
        setup, texts = self._setup, message.texts
        options: dict[str, Any] = {"ttl": self._keep}
        if setup["receipt_id"]:
            options["receiptId"] = setup["receipt_id"]
        opening, between = _opening(setup["category"], texts["title"], texts["body"]), orjson.dumps(options)[:-1]
        tail = f',"biTag":{reference}}},"target":{{"token":[{quoted(message.to.value)}]}}}}'
        return opening + once.encode() + b'}},"pushOptions":' + between + tail.encode()

    def _sent(self, message: Message, answer: Answer | Lost, token: str) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        tree = read_json(answer.body)
        code = str(tree.get("code", ""))
        if answer.status == 200 and code == _TAKEN:
            taken = proof(answer.body, "code", "requestId")
            known = str(taken.get("requestId", "")) or None
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=known, raw=taken)
        raw = kept(self._setup, tree, [message], token)
        wait = retry_after(answer, now=self._setup.now().timestamp(), default=10.0)
        return _verdict(answer.status, code, str(tree.get("msg", ""))).sent(message.reference, raw, wait=wait)


_SETTING = f"TOCSIN_{ABOUT.id.upper()}_SERVICE_ACCOUNT"


def _account(file: str) -> dict[str, str]:
    try:
        tree = orjson.loads(Path(file).read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput(f"{_SETTING}: the file cannot be read as JSON ({type(error).__name__}).") from None
    names = ("project_id", "key_id", "private_key", "sub_account")
    if not isinstance(tree, dict) or not all(isinstance(tree.get(name), str) and tree[name] for name in names):
        raise BadInput(f"{_SETTING}: the file must hold {', '.join(names)}.")
    return {name: tree[name] for name in names}


@lru_cache(maxsize=256)
def _opening(category: str, title: str, body: str) -> bytes:
    """The request up to the notification's end, which with tag and token is all that differs from person to person."""
    notification = {
        "category": category,
        "title": title,
        "body": body,
        "clickAction": {"actionType": 0},  # opens the app itself; no link
        "foregroundShow": True,
    }
    return orjson.dumps({"payload": {"notification": notification}})[:-3]


def _verdict(status: int, code: str, said: str) -> Verdict:
    if code in (_NOT_SOME, _NOT_ANY):
        return next((_CAUSES[cause] for cause in _causes(said) if cause in _CAUSES), _NOT_THIS_TOKEN)
    return _CODES.get(code) or by_status(status, _STATUSES)


def _causes(said: str) -> list[str]:
    """The causes in `msg`, which is JSON within JSON; the page's sample has blanks around the name."""
    tokens = read_json(said.encode()).get("illegalTokens")
    return [str(name).strip() for name in tokens] if isinstance(tokens, dict) else []


def _receipt(status: Mapping[str, Any]) -> Receipt:
    told = status.get("deliveryStatus")
    delivery = told if isinstance(told, dict) else {}
    return receipt_of(status, delivery.get("result"), delivery.get("timestamp"), _RECEIPTS)
