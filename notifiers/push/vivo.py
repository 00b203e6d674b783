"""vivo's push: one request a device, with a token for the day, as a message about the person's own account."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, partial
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

import orjson

from notifiers.answers import code_in, kept, lost, proof, read_json, unsent
from notifiers.approved import too_long
from notifiers.fitting import SPARE, send_fitting
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import at, at_pace, base_of, open_lines, paced
from notifiers.tokens import AccessToken, NoToken
from notifiers.verdict import LOG_IN, LOG_IN_ENDED, OURS, SLOWER, Verdict, by_code, for_good, for_now
from packs import BadInput

ABOUT = About(
    id="vivo",
    label="vivo push",
    fields=(
        Field("app_id", "The app's AppID, a number, from the push console."),
        Field("app_key", "The app's AppKey, from the same page.", secret=True),
        Field("app_secret", "The app's AppSecret, from the same page.", secret=True),
        Field("classification", "1: a message about the person's own account; 0: an advertisement.", default="1"),
        Field("category", "The class within it, such as ACCOUNT; empty names none.", default=""),
        Field("keep", "Seconds that a message waits for a device that is off; a day at most.", default="86400"),
        paced(3000, "Requests a second; 3000 at least, by the app's devices."),
        *at("https://api-push.vivo.com.cn"),
    ),
    proof=Outcome.ACCEPTED,
    carries_reference=True,  # it tells nothing later
    scheme="vivo",
    pace=Pace(
        per_second=3000,
        burst=1000,
        in_flight=256,
        source="by devices that show notifications: https://help.aliyun.com/document_detail/616229.html",
    ),
    sources=(
        "https://dev.vivo.com.cn/documentCenter/doc/362",
        "https://app.applebyme.cn/cloud/appshangjia/2017.html",  # a copy of that page, version 2.9.2
        "https://pkg.go.dev/github.com/modood/pushapi/vivopush",  # its table of fields as of July 2025
    ),
)

# `result` of an answer -> what it means for the one device of this request. The vendor's own Java SDK names 10056 to
# 10058, 10302 and 11000; the copies of its page 10070, 10094, 10096 and 10097; the others are known from the lists of
# companies that send by it, and give nobody up.
_CODES: Mapping[int, Verdict] = {
    10000: LOG_IN_ENDED,  # the token of the day
    10043: OURS,  # push is switched off for the app
    10045: OURS,  # the app is under review
    10051: for_now(Reason.NOT_PERMITTED),  # as 11000: of the app by what is known of it, but by no page
    10056: for_good(Reason.TOO_LONG),
    10058: for_good(Reason.TOO_LONG),
    10070: SLOWER,  # the day's quota
    10072: SLOWER,
    10073: SLOWER,  # the day's quota
    10082: OURS,  # messages about an account are not switched on
    10094: LOG_IN,  # another app's token
    10096: OURS,
    10097: OURS,  # class and classification do not fit
    10103: for_now(Reason.CONTENT_REFUSED),
    10311: for_now(Reason.UNREACHABLE),  # notifications are switched off, or the device was not seen for long
    11000: for_now(Reason.NOT_PERMITTED),
}
_WAITS: Mapping[int | None, float] = {10000: 1.0, 10070: 3600.0, 10072: 1.0, 10073: 3600.0}  # seconds
# Why 10302 refuses the device (`invalidUser.status`); without a status it may be that the app may only test.
_NOT_THIS_DEVICE = 10302
_WHY: Mapping[int, Verdict] = {
    1: for_good(Reason.INVALID_ADDRESS),
    2: for_good(Reason.GONE),  # uninstalled, or unsubscribed
    3: for_now(Reason.UNREACHABLE),  # not seen for 90 days
    4: OURS,  # no test device, while the app may only test
}
_DEVICE_UNKNOWN = for_now(Reason.INVALID_ADDRESS)
_TOKEN_ENDED = 10000
_TITLE, _BODY = 40, 100  # characters at most, by the page; the SDK counts a Chinese one as two, and vivo has the word
_TOKEN_LASTS = 2 * 3600.0  # seconds: good for a day, and to be renewed every hour or two
_JSON = "Content-Type: application/json"


def open_provider(setup: Setup) -> "Vivo":
    """Raises BadInput when the AppID is no number."""
    return Vivo(setup)


class Vivo:
    """One app. Its receipts and its statistics are not read, so accepted is all that it proves."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        if not (setup["app_id"].isascii() and setup["app_id"].isdigit()):
            raise BadInput(f"{setup.prefix}APP_ID: must be a number.")
        self.about = at_pace(ABOUT, setup)
        self._base = base_of(setup)
        self._lines = open_lines(setup, ABOUT.pace.in_flight - SPARE)
        self._keep = setup.whole("keep")
        self._token = AccessToken(self._lines, self._log_in, setup.now, _read_token)
        self._opening = lru_cache(maxsize=256)(self._fill)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message; words that are too long are refused for good and never cut."""
        try:
            token = self._token.value()
        except NoToken as no:
            yield from no.refused(messages)
            return
        ask = partial(self._call, (_JSON, f"authToken: {token}"))
        yield from send_fitting(self._lines, messages, ask=ask, tell=partial(self._sent, token))

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """None: whether vivo signs its callbacks could not be read, so none is asked for."""
        raise Forged("no receipt of vivo is asked for")

    def lacks(self, texts: Mapping[str, str], _language: str) -> list[str]:
        """What is too long in `texts`, a sentence each; empty when nothing is."""
        return too_long(texts, title=_TITLE, body=_BODY)

    def _log_in(self) -> Call:
        app, key = self._setup["app_id"], self._setup["app_key"]
        stamp = int(self._setup.now().timestamp() * 1000)
        said = f"{app}{key}{stamp}{self._setup['app_secret']}".encode()
        sign = hashlib.md5(said, usedforsecurity=False).hexdigest()  # as vivo has it
        body = {"appId": int(app), "appKey": key, "timestamp": stamp, "sign": sign}
        return Call(f"{self._base}/message/auth", orjson.dumps(body), (_JSON,))

    def _call(self, headers: tuple[str, ...], message: Message) -> Call | Sent:
        title, body = message.texts["title"], message.texts["body"]
        if len(title) > _TITLE or len(body) > _BODY:
            return unsent(message, Reason.TOO_LONG)
        # A device shows one message of a number, the last: a second telling after a doubt takes the first one's place.
        number = (zlib.crc32(message.reference.encode()) >> 1) or 1
        own = f',"notifyId":{number},"requestId":{quoted(message.reference)},"regId":{quoted(message.to.value)}}}'
        return Call(f"{self._base}/message/send", self._opening(title, body) + own.encode(), headers)

    def _fill(self, title: str, body: str) -> bytes:
        """The request up to what differs from person to person."""
        setup = self._setup
        whole: dict[str, Any] = {
            "appId": int(setup["app_id"]),
            "title": title,
            "content": body,
            "notifyType": 4,  # it rings and shakes
            "skipType": 1,  # opens the app itself; no link
            "networkType": -1,
            "timeToLive": self._keep,
            "classification": int(setup["classification"]),
            "pushMode": 0,
        }
        if setup["category"]:
            whole["category"] = setup["category"]
        return orjson.dumps(whole)[:-1]

    def _sent(self, token: str, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        tree = read_json(answer.body)
        code = code_in(tree, "result")
        if answer.status == 200 and code == 0:
            known = tree.get("taskId")
            taken = proof(answer.body, "result", "taskId")
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=known and str(known), raw=taken)
        if code == _TOKEN_ENDED:
            self._token.forget(token)
        said = _why(tree) if code == _NOT_THIS_DEVICE else by_code(code, answer.status, _CODES)
        return said.sent(message.reference, kept(self._setup, tree, [message], token), wait=_WAITS.get(code, 60.0))


def _read_token(tree: dict[str, Any]) -> tuple[object, object]:
    return tree.get("authToken"), _TOKEN_LASTS


def _why(tree: Mapping[str, Any]) -> Verdict:
    told = tree.get("invalidUser")
    status = told.get("status") if isinstance(told, dict) else None
    return _WHY.get(status, _DEVICE_UNKNOWN) if isinstance(status, int) else _DEVICE_UNKNOWN
