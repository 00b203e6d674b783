"""JPush REST API v3: a request for up to a thousand devices with the same words, the report API for each one's fate."""

import base64
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from itertools import groupby, islice
from time import sleep
from typing import Any

import orjson

from notifiers.answers import answered, code_in, kept, lost, proof, read_json
from notifiers.grouping import same_words
from notifiers.http import Answer, Call, Lost
from notifiers.message import Inquiry, Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent, Unanswered
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import at, base_of, open_lines
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNSURE, Verdict, by_status, for_good
from packs import BadInput

ABOUT = About(
    id="jpush",
    label="JPush",
    asked_by_id_only=True,
    carries_reference=True,  # who asks names the message
    fields=(
        Field("app_key", "The app's AppKey, from the console's settings of the app.", secret=True),
        Field("master_secret", "The app's Master Secret, from the same page.", secret=True),
        Field(
            "hmos_category", "The category that was approved for HarmonyOS devices; empty leaves them out.", default=""
        ),
        Field(
            "vendor_channels",
            "What the telephones' makers are told (options.third_party_channel of the page), JSON; empty: nothing.",
            default="",
        ),
        Field(
            "keep",
            "Seconds that a message waits for a device that is off; 3 days without a contract.",
            default="259200",
        ),
        *at("https://api.jpush.cn", "Where the push API is."),
        Field("report_url", "Where the report API is.", default="https://report.jpush.cn"),
    ),
    proof=Outcome.DELIVERED,
    scheme="jpush",
    batch=1000,
    pace=Pace(
        per_second=10_000,
        burst=10_000,
        in_flight=8,
        source="600 requests a minute and app without a contract, of up to 1000 devices each",
    ),
    sources=(
        "https://docs.jiguang.cn/jpush/server/push/rest_api_v3_push",
        "https://docs.jiguang.cn/jpush/server/push/rest_api_v3_push_advanced",
        "https://docs.jiguang.cn/jpush/server/push/rest_api_v3_report",
        "https://docs.jiguang.cn/jpush/server/push/server_overview",
    ),
)

# Error code of the push API -> what it means for the devices of this request.
# https://docs.jiguang.cn/jpush/server/push/rest_api_v3_push, section on what a call returns
_CODES: Mapping[int, Verdict] = {
    1000: UNSURE,  # an error of its own inside: the push may be queued
    1002: OURS,  # a parameter is missing
    1003: OURS,  # a value that is not valid: a setting, where it names no registration id
    1004: LOG_IN,
    1005: for_good(Reason.TOO_LONG),
    1008: LOG_IN,  # no such AppKey
    1009: OURS,  # an unknown key in the request
    1011: for_good(Reason.GONE),  # nobody answers to these registration ids
    1030: UNSURE,  # a time limit inside: the push may be queued
    2002: SLOWER,
    2003: OURS,  # the AppKey may not call this API
    2004: OURS,  # our address is not on the app's list
    2005: OURS,  # more than the app may send in all
}
_STATUSES: Mapping[int, Verdict] = {503: ILL}  # https://docs.jiguang.cn/jpush/server/push/http_status_code
_INVALID = 1003
_CHANNELS = f"TOCSIN_{ABOUT.id.upper()}_VENDOR_CHANNELS"
_MALFORMED = for_good(Reason.INVALID_ADDRESS)
# Of the report API's status; 1 not yet, 3 not a target of this message, 4 a fault of theirs.
_DELIVERED, _NOT_OURS = 0, 2
# "A push parameter that keeps an API client's retry from pushing twice": sent again under the same cid within a day, a
# push that succeeded is not made again, and its result is returned. Cids are given by JPush, ten a call without a
# contract. https://docs.jiguang.cn/jpush/server/push/rest_api_v3_push_advanced
_CIDS = 10
# Seconds before it is sent again, once: with two answers to wait for, the batch's lease of three minutes still stands.
_PAUSE = 1.0
_CHINA = timezone(timedelta(hours=8))
_DAYS = 4  # that are asked for: the last question comes a day and a half after sending


def open_provider(setup: Setup) -> "JPush":
    """One app of one account. Raises BadInput when what the makers are told is no JSON of one object a maker."""
    return JPush(setup)


class JPush:
    """A request is taken or refused as a whole; one with a malformed registration id is halved until it is found.

    The vendor gets registration ids and the words, and no reference: one request has one payload for all its devices.
    """

    about = ABOUT

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        _must_be_channels(setup["vendor_channels"])
        self._login = base64.b64encode(f"{setup['app_key']}:{setup['master_secret']}".encode()).decode()
        self._headers = (f"Authorization: Basic {self._login}", "Content-Type: application/json")
        self._url = f"{base_of(setup)}/v3/push"
        self._status_url = f"{base_of(setup, 'report_url')}/v3/status/message"
        self._lines = open_lines(setup, ABOUT.pace.in_flight)
        self._keep = setup.whole("keep")

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message; a request's answer stands for all of its devices."""
        again: deque[_Push] = deque()
        groups = same_words(messages, ABOUT.batch)
        while True:
            for push, answer in self._lines.exchange(self._calls(again, groups, self._cids())):
                sent, rest = self._read(push, answer)
                again += rest
                yield from sent
            if not again:
                return

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """JPush is asked."""
        raise Forged("JPush sends no receipts that are signed")

    def ask(self, inquiries: Sequence[Inquiry]) -> Iterator[Receipt | Unanswered]:
        """A receipt for each device that has the message, or that is none of this app's. What was not taken for certain
        (no message id) cannot be asked after; nor can a device whose registration id is not handed in."""
        # The API looks at one day (of China), and a day ends while a notice is on its way.
        today = self._setup.now().astimezone(_CHINA)
        left = sorted((i for i in inquiries if i.provider_reference and i.message), key=_message_id)
        for back in range(_DAYS):
            known: set[str | None] = set()
            for group, answer in self._lines.exchange(self._questions(left, today - timedelta(days=back))):
                for one in _told(group, answered(answer) or {}):
                    known.add(one.reference)
                    yield one
            left = [one for one in left if one.reference not in known]

    def _cids(self) -> Iterator[str]:
        """Names for requests, fetched as many at a time as an app without a contract gets; none where they are not
        given, and then a lost answer leaves people in doubt at once."""
        call = Call(f"{self._url}/cid?count={_CIDS}", None, self._headers)
        while names := (answered(self._lines.one(call), "cidlist") or {}).get("cidlist"):
            yield from map(str, names)

    def _calls(
        self, again: deque["_Push"], groups: Iterator[list[Message]], cids: Iterator[str]
    ) -> Iterator[tuple["_Push", Call]]:
        # What is sent again goes first: otherwise more and more people would wait for their outcome.
        while push := again.popleft() if again else _next_of(groups):
            if push.doubted:
                sleep(_PAUSE)
            else:
                push.cid = next(cids, "")
            yield push, self._call(push)

    def _call(self, push: "_Push") -> Call:
        setup, texts = self._setup, push.group[0].texts
        words = (texts["title"], texts["body"])
        opening = _opening(*words, setup["hmos_category"], self._keep, setup["vendor_channels"])
        devices = orjson.dumps([message.to.value for message in push.group])
        name = b',"cid":' + orjson.dumps(push.cid) if push.cid else b""
        return Call(self._url, opening + devices + b"}" + name + b"}", self._headers)

    def _read(self, push: "_Push", answer: Answer | Lost) -> tuple[list[Sent], list["_Push"]]:
        if isinstance(answer, Answer) and answer.status == 200:
            taken = proof(answer.body, "sendno", "msg_id")
            known = str(taken.get("msg_id", "")) or None
            return [Sent(m.reference, Outcome.ACCEPTED, provider_reference=known, raw=taken) for m in push.group], []
        if isinstance(answer, Answer) and _names_a_device(read_json(answer.body)) and len(push.group) > 1:
            middle = len(push.group) // 2
            return [], [_Push(push.group[:middle]), _Push(push.group[middle:])]
        sent = push.doubted or self._refused(push.group, answer)
        if sent[0].outcome is Outcome.IN_DOUBT and push.cid and not push.doubted:
            # Under its name it is taken once: it may be sent again at once, and the answer to that answers for both.
            return [], [_Push(push.group, push.cid, sent)]
        return sent, []

    def _refused(self, group: list[Message], answer: Answer | Lost) -> list[Sent]:
        if isinstance(answer, Lost):
            return [lost(message.reference, answer) for message in group]
        tree = read_json(answer.body)
        raw = kept(self._setup, tree, group, self._login)
        known = _MALFORMED if _names_a_device(tree) else _CODES.get(_code(tree))
        verdict = known or by_status(answer.status, _STATUSES)
        return [verdict.sent(m.reference, raw, wait=_wait(answer)) for m in group]

    def _questions(self, known: list[Inquiry], day: datetime) -> Iterator[tuple[tuple[Inquiry, ...], Call]]:
        for number, same in groupby(known, key=_message_id):
            while group := tuple(islice(same, ABOUT.batch)):
                yield group, Call(self._status_url, _question(number, group, day), self._headers)


@dataclass(slots=True)
class _Push:
    """One request: for whom, the name (cid) under which JPush takes it once, and, where it was sent before, what came
    of that, all in doubt; it stands unless it is now known to have been taken."""

    group: list[Message]
    cid: str = ""
    doubted: list[Sent] = field(default_factory=list)


def _next_of(groups: Iterator[list[Message]]) -> _Push | None:
    group = next(groups, None)
    return _Push(group) if group else None


def _message_id(inquiry: Inquiry) -> str:
    return inquiry.provider_reference or ""


def _question(number: str, group: Sequence[Inquiry], day: datetime) -> bytes:
    return orjson.dumps(
        {
            "msg_id": int(number) if number.isascii() and number.isdigit() else number,
            "registration_ids": [inquiry.message.to.value for inquiry in group if inquiry.message],
            "date": day.date().isoformat(),
        }
    )


def _told(group: Sequence[Inquiry], statuses: Mapping[str, Any]) -> Iterator[Receipt | Unanswered]:
    """The page has an answer name each device that was asked after: about one that it does not name nothing is said."""
    for inquiry in group:
        named = inquiry.message is not None and inquiry.message.to.value in statuses
        told = _receipt(inquiry, statuses) if named else Unanswered(inquiry.reference)
        if told is not None:
            yield told


def _event(inquiry: Inquiry, status: object) -> str:
    return f"{inquiry.provider_reference}:{inquiry.reference}:{status}"


def _receipt(inquiry: Inquiry, statuses: Mapping[str, Any]) -> Receipt | None:
    told = statuses.get(inquiry.message.to.value) if inquiry.message else None
    status = told.get("status") if isinstance(told, dict) else None
    event, raw = _event(inquiry, status), {"status": status}
    if status == _DELIVERED:
        return Receipt(Outcome.DELIVERED, event, None, inquiry.reference, inquiry.provider_reference, raw=raw)
    if status == _NOT_OURS:
        where = (inquiry.reference, inquiry.provider_reference)
        return Receipt(Outcome.BOUNCED, event, None, *where, Reason.INVALID_ADDRESS, permanent=True, raw=raw)
    return None


def _names_a_device(tree: Mapping[str, Any]) -> bool:
    # "The registration_id 140fe1da9e22a23f92f is invalid!"; of a thousand it names one, and not always the only one.
    error = tree.get("error")
    return _code(tree) == _INVALID and isinstance(error, dict) and "registration_id" in str(error.get("message", ""))


def _code(tree: Mapping[str, Any]) -> int:
    error = tree.get("error")
    return (code_in(error, "code") if isinstance(error, dict) else None) or 0


def _wait(answer: Answer) -> float:
    """Seconds until the minute of the quota ends."""
    told = answer.header("x-rate-limit-reset")
    return max(1.0, float(told)) if told.isascii() and told.isdigit() else 60.0


def _must_be_channels(said: str) -> None:
    tree = read_json(said.encode()) if said else {}
    if "unreadable" in tree or not all(isinstance(one, dict) for one in tree.values()):
        raise BadInput(f"{_CHANNELS}: must be JSON with one object a maker.")


@lru_cache(maxsize=256)
def _opening(title: str, body: str, hmos_category: str, keep: int, vendor_channels: str) -> bytes:
    """The request up to the list of devices."""
    home = "intent:#Intent;action=android.intent.action.MAIN;end"  # the app itself, as the page gives it; no link
    words = {"alert": body, "title": title}
    notification: dict[str, Any] = {
        "android": {**words, "intent": {"url": home}, "priority": 1},
        "ios": {"alert": {"title": title, "body": body}, "sound": "default"},
    }
    if hmos_category:
        notification["hmos"] = {**words, "category": hmos_category, "intent": {"url": "action.system.home"}}
    # Classification 1: a message about the person's own account and no advertisement.
    options: dict[str, Any] = {"time_to_live": keep, "apns_production": True, "classification": 1}
    if vendor_channels:
        options["third_party_channel"] = orjson.loads(vendor_channels)
    whole = {"platform": list(notification), "notification": notification, "options": options}
    return orjson.dumps(whole)[:-1] + b',"audience":{"registration_id":'
