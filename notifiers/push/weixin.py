"""What WeChat's accounts have in common: the log-in, approved templates filled field by field, and the codes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from notifiers.answers import code_in, kept, lost, proof, read_json
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Sent
from notifiers.provider import About, Field, Pace, Setup
from notifiers.reached import at, base_of, open_lines
from notifiers.tokens import AccessToken, NoToken
from notifiers.verdict import ILL, LOG_IN, LOG_IN_ENDED, OURS, SLOWER, UNKNOWN, UNSURE, Verdict, for_good, for_now
from packs import BadInput

FIELDS = (
    Field("app_id", "The account's AppID."),
    Field("app_secret", "The account's AppSecret.", secret=True),
    Field("template_id", "The approved template."),
    Field(
        "fields", "What fills each of its fields (title, body, now): thing1 title, thing2 body, thing3 body, time4 now."
    ),
    *at("https://api.weixin.qq.com"),
)
SOURCES = (
    "https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken",
    "https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html",
)
IN_FLIGHT = 128

_TOKEN_ENDED = {40001, 40014, 42001}
# errcode -> what it means for this person.
# https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/subscribe-message/subscribeMessage.send.html and,
# for what every interface can say, https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html and
# the global return codes (https://blog.csdn.net/u010585277/article/details/82705723
# is a copy of their page).
_CODES: Mapping[int, Verdict] = {
    -1: ILL,  # busy: try again later
    40003: for_good(Reason.INVALID_ADDRESS),
    **dict.fromkeys((*_TOKEN_ENDED, 41001), LOG_IN_ENDED),  # where AppID or secret are wrong, no next one is given
    40037: OURS,  # no such template
    40164: LOG_IN,  # our address is not on the account's list
    40249: OURS,
    41030: OURS,  # no such page
    43004: for_good(Reason.UNREACHABLE),  # the person does not follow the account
    43101: for_good(Reason.OPTED_OUT),  # never subscribed, used up, or taken back
    45009: SLOWER,  # the day's quota
    43116: OURS,  # the template is barred
    # A minute's limit. Not SLOWER: what may go at once is half a day's quota here, and all of it would be held back.
    45011: for_now(Reason.RATE_LIMITED),
    47003: for_good(Reason.CONTENT_REFUSED),  # what a field holds is not of its type
    48001: OURS,  # the account may not use this interface
    48004: OURS,  # the interface is closed to it
}
_WAITS: Mapping[int, float] = {-1: 5.0, 45009: 3600.0, **dict.fromkeys((*_TOKEN_ENDED, 41001), 1.0)}  # seconds
# Type of a template's field -> the most characters, and what they may be. The page's table of limits of values.
_WORDS: Mapping[str, tuple[int, re.Pattern[str]]] = {
    "thing": (20, re.compile(r"[^\x00-\x1f\x7f]+")),
    "const": (20, re.compile(r"[^\x00-\x1f\x7f]+")),
    "character_string": (32, re.compile(r"[\x20-\x7e]+")),
    "phrase": (5, re.compile(r"[\u4e00-\u9fff]+")),
}
_TIMES = ("time", "date")
_PIECES = ("title", "body")
_CLAUSE = re.compile(r".+?(?:[，。！？；]|[.!?;,](?= )|\Z)", re.DOTALL)
_FIELD = re.compile(r"(([a-z_]+)\d{1,2})\s+(title|body|now)")
_CHINA = timezone(timedelta(hours=8))

Fields = tuple[tuple[str, str, str], ...]  # name, type, piece


class Unfit(NamedTuple):
    """What a template has no room for: text is never cut."""

    field: str
    reason: Reason
    most: int

    @property
    def sentence(self) -> str:
        if self.reason is Reason.TOO_LONG:
            return f"Field {self.field} of the template takes {self.most} characters, and the text has more."
        return f"Field {self.field} of the template takes no such characters, and may not stay empty."


class Account:
    """One account and one template. What goes out is an openid, the template's id and the words that fill it."""

    def __init__(self, setup: Setup, about: About, *, path: str) -> None:
        self._setup = setup
        half = setup.number("per_day") / 2  # half at once and half over the day: in no day more than the whole
        pace = Pace(half / 86_400, max(1, int(half)), about.pace.in_flight, about.pace.source)
        self.about = replace(about, pace=pace)
        self._fields = read_fields(setup["fields"], name=f"TOCSIN_{about.id.upper()}_FIELDS")
        base = base_of(setup)
        self._url = f"{base}{path}?access_token="
        self._lines = open_lines(setup, pace.in_flight)
        login = {"grant_type": "client_credential", "appid": setup["app_id"], "secret": setup["app_secret"]}
        call = Call(f"{base}/cgi-bin/stable_token", orjson.dumps(login), _HEADERS)
        self._token = AccessToken(self._lines, lambda: call, setup.now, passing=(45009, 45011))

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message; words that the template has no room for are refused for good and never cut."""
        try:
            token = self._token.value()
        except NoToken as no:
            yield from no.refused(messages)
            return
        url = self._url + quote(token)
        for unfit, group in groupby(messages, key=self._unfit):
            if unfit is None:
                calls = ((message, Call(url, self._body(message), _HEADERS)) for message in group)
                yield from (self._sent(message, answer, token) for message, answer in self._lines.exchange(calls))
            else:
                raw = {"field": unfit.field, "most": unfit.most}
                yield from (Sent(m.reference, Outcome.REFUSED, unfit.reason, permanent=True, raw=raw) for m in group)

    def lacks(self, texts: Mapping[str, str], _language: str) -> list[str]:
        """What the template has no room for in `texts`, a sentence each; empty when all fits."""
        words = (_spread(self._fields, piece, texts.get(piece, ""))[1] for piece in _PIECES)
        return [unfit.sentence for unfit in words if unfit is not None]

    def _more(self, message: Message) -> Mapping[str, Any]:
        """What this kind of account says beside person, template and words."""
        raise NotImplementedError

    def _unfit(self, message: Message) -> Unfit | None:
        return _fill(self._fields, message.texts["title"], message.texts["body"], "")[1]

    def _body(self, message: Message) -> bytes:
        now = self._setup.now().astimezone(_CHINA)
        filled, _ = _fill(self._fields, message.texts["title"], message.texts["body"], _written(now))
        whole = {"touser": message.to.value, "template_id": self._setup["template_id"], **self._more(message)}
        return orjson.dumps(whole)[:-1] + b',"data":' + filled + b"}"

    def _sent(self, message: Message, answer: Answer | Lost, token: str) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        tree = read_json(answer.body)
        code = code_in(tree, "errcode")
        if answer.status == 200 and code == 0:
            taken = proof(answer.body, "errcode", "msgid")
            known = str(taken.get("msgid", "")) or None
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=known, raw=taken)
        if code in _TOKEN_ENDED:
            self._token.forget(token)
        raw = kept(self._setup, tree, [message], token)
        if code is None:
            return _by_status(answer).sent(message.reference, raw, wait=30.0)
        return _CODES.get(code, UNKNOWN).sent(message.reference, raw, wait=_WAITS.get(code, 60.0))


_HEADERS = ("Content-Type: application/json",)


def read_fields(text: str, *, name: str) -> Fields:
    """The fields of a template from "thing1 title, thing2 body, time3 now". Raises BadInput naming the setting `name`
    for what cannot be read, a type that holds no words, and a template that leaves title or body unsaid."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        read = _FIELD.fullmatch(part)
        if read is None or read[2] not in (_TIMES if read[3] == "now" else _WORDS):
            raise BadInput(f"{name}: '{part}' is no field and what fills it, such as 'thing1 title' or 'time3 now'.")
        found.append((read[1], read[2], read[3]))
    if len({name for name, _, _ in found}) < len(found):
        raise BadInput(f"{name}: a field is named twice.")
    if set(_PIECES) - {piece for _, _, piece in found}:
        raise BadInput(f"{name}: title and body must both have a field, for the words were approved as a whole.")
    return tuple(found)


@lru_cache(maxsize=256)
def _fill(fields: Fields, title: str, body: str, now: str) -> tuple[bytes, Unfit | None]:
    filled = {name: now for name, _, piece in fields if piece == "now"}
    for piece, text in zip(_PIECES, (title, body), strict=True):
        parts, unfit = _spread(fields, piece, text)
        if unfit is not None:
            return b"", unfit
        filled |= parts
    return orjson.dumps({name: {"value": filled[name]} for name, _, _ in fields}), None


def _spread(fields: Fields, piece: str, text: str) -> tuple[dict[str, str], Unfit | None]:
    """`text` in the fields for this piece, in their order, whole clauses in each and none left over; else why not.
    No field stays empty, for WeChat refuses such a message."""
    theirs = [(name, kind) for name, kind, wanted in fields if wanted == piece]
    clauses = _CLAUSE.findall(text)
    parts: dict[str, str] = {}
    for behind, (name, kind) in zip(reversed(range(len(theirs))), theirs, strict=True):
        most, pattern = _WORDS[kind]
        part = clauses.pop(0) if clauses else ""
        while len(clauses) > behind and len(part + clauses[0]) <= most:
            part += clauses.pop(0)
        if len(part) > most or (clauses and not behind):
            return {}, Unfit(name, Reason.TOO_LONG, most)
        parts[name] = part.strip()
        if not pattern.fullmatch(parts[name]):
            return {}, Unfit(name, Reason.CONTENT_REFUSED, most)
    return parts, None


def _written(now: datetime) -> str:
    """As the page writes a time: 2019年10月1日 15:01."""
    return f"{now.year}年{now.month}月{now.day}日 {now:%H:%M}"


def _by_status(answer: Answer) -> Verdict:
    # WeChat answers 200 with a code of its own; whatever else comes was not written by it, and nobody can know.
    return ILL if answer.status == 503 else UNSURE
