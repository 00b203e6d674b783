"""OPPO's push (OPUSH): one request a device, with a token for the day; its service classes by approved templates."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, partial
from json.encoder import encode_basestring_ascii as quoted
from typing import Any
from urllib.parse import quote_plus, urlencode

import orjson

from notifiers.answers import code_in, kept, lost, read_json, unsent
from notifiers.approved import read_pairs, too_long
from notifiers.fitting import SPARE, send_fitting
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import at, at_pace, base_of, open_lines, paced
from notifiers.tokens import AccessToken, NoToken
from notifiers.verdict import ILL, LOG_IN, LOG_IN_ENDED, OURS, SLOWER, UNSURE, Verdict, by_code, for_good
from packs import BadInput

ABOUT = About(
    id="oppo",
    label="OPUSH",
    fields=(
        Field("app_key", "The app's AppKey, from the push console.", secret=True),
        Field("master_secret", "The app's MasterSecret, from the same page.", secret=True),
        Field("channel_id", "The notification channel that the app made and the console knows.", default=""),
        Field("category", "The class of message that was approved, such as ACCOUNT; empty names none.", default=""),
        Field("notify_level", "How loud: 1 in the list, 2 on the locked screen too, 16 with a banner.", default=""),
        Field(
            "templates", "YAML file with the approved templates; every service class but chat needs one.", default=""
        ),
        Field("keep", "Seconds that a message waits for a device that is off; 10 days at most.", default="259200"),
        paced(5000, "Devices a second; 5000 under ten million people."),
        # The SDK's address; newer code has https://api-push-cn.heytapmobi.com, by the page 11235.
        *at("https://api.push.oppomobile.com"),
    ),
    proof=Outcome.ACCEPTED,
    carries_reference=True,  # it tells nothing later
    scheme="oppo",
    pace=Pace(
        per_second=5000,
        burst=1000,
        in_flight=384,
        source="by all who ever installed the app: https://cloud.tencent.com/document/product/548/41407",
    ),
    sources=(
        "https://open.oppomobile.com/documentation/page/info?id=11236",  # the page; known here by copies only
        "https://www.yimenapp.com/kb-yimen/11080/",  # a copy: the notification
        "https://www.yimenapp.com/kb-yimen/11093",  # a copy: one device
        "https://cloud.tencent.com/document/product/269/121188",  # what a template's parameters are
        "https://docs.jiguang.cn/jpush/client/Android/android_channel_id",  # that messages have classes
    ),
)

# Code of an answer -> what it means for the one device of this request: ReturnCode in the vendor's Java SDK 1.1.0.
# 10000 is not in it: it is what the lists of several companies that send by OPUSH say of a malformed registration id.
_CODES: Mapping[int, Verdict] = {
    -2: SLOWER,  # flow control
    -1: ILL,
    11: LOG_IN_ENDED,
    13: SLOWER,
    14: LOG_IN,
    15: LOG_IN,
    16: LOG_IN,
    17: LOG_IN,
    18: LOG_IN,
    19: LOG_IN,
    26: OURS,  # our address is on their black list
    27: OURS,
    28: OURS,
    29: LOG_IN,
    30: OURS,
    32: UNSURE,  # the same message again: it may have been taken before
    33: SLOWER,  # the day's quota
    10000: for_good(Reason.INVALID_ADDRESS),
}
_WAITS: Mapping[int | None, float] = {-2: 1.0, -1: 10.0, 11: 1.0, 13: 1.0, 33: 3600.0}  # seconds
_TOKEN_ENDED = 11
_TITLE, _BODY, _SHORT = 50, 128, 50  # characters at most; up to _SHORT in the plain style, above it in the long one
_SEVERAL = frozenset(";, \t\r\n")  # a semicolon would make it the devices of several people
_TOKEN_LASTS = 12 * 3600.0  # seconds; good for a day
_FORM = ("Content-Type: application/x-www-form-urlencoded;charset=UTF-8",)
_WHAT = "title and body"


def open_provider(setup: Setup) -> "Oppo":
    """Raises BadInput when the templates or the level cannot be read."""
    return Oppo(setup)


class Oppo:
    """One app. Its callbacks are not signed by what its page says of them, so accepted is all that it proves."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        if setup["notify_level"] not in ("", "1", "2", "16"):
            raise BadInput(f"{setup.prefix}NOTIFY_LEVEL: must be 1, 2 or 16.")
        self._templates = read_pairs(setup["templates"]) if setup["templates"] else None
        self.about = at_pace(ABOUT, setup)
        self._base = f"{base_of(setup)}/server/v1"
        self._lines = open_lines(setup, ABOUT.pace.in_flight - SPARE)
        self._keep = setup.whole("keep")
        self._token = AccessToken(self._lines, self._log_in, setup.now, _read_token)
        self._opening = lru_cache(maxsize=256)(self._fill)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message; words that are too long, or that no template says where there are templates, are
        refused for good and never cut."""
        try:
            token = self._token.value()
        except NoToken as no:
            yield from no.refused(messages)
            return
        ask, tell = partial(self._call, token), partial(self._sent, token)
        yield from send_fitting(self._lines, messages, ask=ask, tell=tell)

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """None: a callback bears no signature, so none is asked for."""
        raise Forged("OPUSH signs no receipts")

    def lacks(self, texts: Mapping[str, str], language: str) -> list[str]:
        """What keeps title and body of `texts` from being sent, a sentence each; empty when nothing does."""
        long = too_long(texts, title=_TITLE, body=_BODY)
        if long or self._templates is None:
            return long
        return self._templates.lacks((texts.get("title", ""), texts.get("body", "")), language, what=_WHAT)

    def _log_in(self) -> Call:
        key, stamp = self._setup["app_key"], int(self._setup.now().timestamp() * 1000)
        sign = hashlib.sha256(f"{key}{stamp}{self._setup['master_secret']}".encode()).hexdigest()
        return Call(f"{self._base}/auth", urlencode({"app_key": key, "timestamp": stamp, "sign": sign}).encode(), _FORM)

    def _call(self, token: str, message: Message) -> Call | Sent:
        if not message.to.value or _SEVERAL & set(message.to.value):
            return unsent(message, Reason.INVALID_ADDRESS)
        opening = self._opening(message.texts["title"], message.texts["body"])
        if isinstance(opening, Reason):
            return unsent(message, opening)
        # One device is sent a message of one id once: a second telling after a doubt reaches nobody twice.
        own = f',"app_message_id":{quoted(message.reference)}}},"target_value":{quoted(message.to.value)}}}'
        form = f"auth_token={quote_plus(token)}&message={opening}{quote_plus(own)}"
        return Call(f"{self._base}/message/notification/unicast", form.encode(), _FORM)

    def _fill(self, title: str, body: str) -> str | Reason:
        """The message up to what differs from person to person, quoted for a form; or why it cannot be sent."""
        if len(title) > _TITLE or len(body) > _BODY:
            return Reason.TOO_LONG
        bound = self._bound(title, body)
        if bound is None:
            return Reason.CONTENT_REFUSED
        notification: dict[str, Any] = {
            "title": title,
            "content": body,
            "style": 1 if len(body) <= _SHORT else 2,
            "click_action_type": 0,  # opens the app itself; no link
            "off_line": True,
            "off_line_ttl": self._keep,
            **bound,
        }
        # A telephone that has another owner by now is not shown what was sent to the one before.
        whole = {"target_type": 2, "verify_registration_id": True, "notification": notification}
        return quote_plus(orjson.dumps(whole)[:-2].decode())

    def _bound(self, title: str, body: str) -> dict[str, Any] | None:
        """Channel, class and template; None when no template says these words and there must be one."""
        setup, template = self._setup, dict[str, Any]()
        channel = setup["channel_id"]
        if self._templates is not None:
            found = self._templates.find(title, body)
            if found is None:
                return None
            one, (of_title, of_body) = found
            channel = one.channel or channel
            template = {
                "private_msg_template_id": one.id,
                "private_title_parameters": of_title,
                "private_content_parameters": of_body,
            }
        level = int(setup["notify_level"] or 0)
        named = {"channel_id": channel, "category": setup["category"], "notify_level": level}
        return {name: value for name, value in named.items() if value} | template

    def _sent(self, token: str, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        tree = read_json(answer.body)
        code, data = code_in(tree, "code"), tree.get("data")
        if answer.status == 200 and code == 0:
            known = data.get("messageId") if isinstance(data, dict) else None
            raw = {"code": code, "messageId": known}
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=known and str(known), raw=raw)
        if code == _TOKEN_ENDED:
            self._token.forget(token)
        said = by_code(code, answer.status, _CODES)
        return said.sent(message.reference, kept(self._setup, tree, [message], token), wait=_WAITS.get(code, 60.0))


def _read_token(tree: dict[str, Any]) -> tuple[object, object]:
    data = tree.get("data")
    return data.get("auth_token") if isinstance(data, dict) else None, _TOKEN_LASTS
