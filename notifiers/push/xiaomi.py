"""MiPush, for an app on telephones of Xiaomi: one request a device, private messages by approved templates only."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from unicodedata import category
from urllib.parse import quote_plus, urlencode

import orjson

from notifiers.answers import code_in, kept, lost, proof, read_json, unsent
from notifiers.approved import read_pairs, too_long
from notifiers.fitting import SPARE, send_fitting
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.reached import at, at_pace, base_of, open_lines, paced
from notifiers.verdict import ILL, LOG_IN, OURS, SLOWER, UNSURE, Verdict, by_code, for_good, for_now
from packs import BadInput

_PAGE = "https://dev.mi.com/xiaomihyperos/documentation/detail?pId="
ABOUT = About(
    id="xiaomi",
    label="MiPush",
    fields=(
        Field("app_secret", "The app's AppSecret, from the developer site.", secret=True),
        Field("package", "The app's package name."),
        Field("templates", "YAML file with the approved templates of private messages, each with its channel."),
        Field("keep", "Seconds that a message waits for a device that is off; 10 days at most.", default="259200"),
        paced(500, "Requests a second: 500 under 100,000 devices a day, up to 3000."),
        *at("https://api.xmpush.xiaomi.com", "Where the API is; devices sold abroad have others."),
    ),
    proof=Outcome.ACCEPTED,
    carries_reference=True,  # it tells nothing later
    scheme="xiaomi",
    pace=Pace(
        per_second=500,
        burst=500,
        in_flight=128,
        source=f"by devices online a day: {_PAGE}1656, the steps by https://cloud.tencent.com/document/product/548/41407",
    ),
    sources=(f"{_PAGE}1559", f"{_PAGE}1560", f"{_PAGE}1656", f"{_PAGE}2314"),
)

# Code of an answer -> what it means for the one device of this request.
# https://dev.mi.com/xiaomihyperos/documentation/detail?pId=1560; 200001 and 200002 by pId=1656
_CODES: Mapping[int, Verdict] = {
    -1: UNSURE,
    0: UNSURE,  # a success that cannot be read
    1: UNSURE,  # an error inside
    10001: UNSURE,
    10002: ILL,  # busy
    10003: UNSURE,  # an error of another machine of theirs
    10027: SLOWER,
    10031: OURS,  # the app is on their black list
    10034: SLOWER,  # the day's quota
    10036: OURS,  # the app is barred from it
    # The page says "sending failed"; what it answers for a device that it does not know, and for a wrong package too.
    20301: for_now(Reason.INVALID_ADDRESS),
    21301: LOG_IN,
    21302: LOG_IN,
    22000: LOG_IN,
    22006: LOG_IN,
    22007: LOG_IN,
    22022: LOG_IN,  # another package's secret
    26003: UNSURE,
    26006: UNSURE,  # held until somebody looks at it
    27001: OURS,  # the channel is not this template's
    65003: for_now(Reason.UNREACHABLE),
    65009: for_good(Reason.TOO_LONG),
    200001: SLOWER,  # the day's quota
    200002: SLOWER,
}
_WAITS: Mapping[int | None, float] = {10002: 10.0, 10027: 1.0, 10034: 3600.0, 200001: 3600.0, 200002: 1.0}  # seconds
_TITLE, _BODY, _VALUE = 49, 127, 128  # characters at most
_UNFIT = {"So", "Cn"}  # what no value of a variable may hold: symbols such as emoji, and what Unicode does not know
_WHAT = "title and body"
_SEVERAL = frozenset(", \t\r\n")  # a comma would make it the devices of several people


def open_provider(setup: Setup) -> "Xiaomi":
    """Raises BadInput when the templates cannot be read or one has no channel."""
    return Xiaomi(setup)


class Xiaomi:
    """One app. A list of devices is answered as a whole, so that each gets a request of its own."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.about = at_pace(ABOUT, setup)
        self._templates = read_pairs(setup["templates"])
        if unbound := [one.id for one in self._templates.entries if not one.channel]:
            raise BadInput(f"{setup['templates']}: the template {unbound[0]} names no channel.")
        self._url = f"{base_of(setup)}/v3/message/regid"
        self._headers = (
            f"Authorization: key={setup['app_secret']}",
            "Content-Type: application/x-www-form-urlencoded;charset=UTF-8",
        )
        self._lines = open_lines(setup, ABOUT.pace.in_flight - SPARE)
        self._keep = setup.whole("keep")
        self._opening = lru_cache(maxsize=256)(self._fill)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message; words that no approved template renders are refused for good and never cut."""
        yield from send_fitting(self._lines, messages, ask=self._call, tell=self._sent)

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """None: whether MiPush signs its callbacks could not be read, so none is asked for."""
        raise Forged("no receipt of MiPush is asked for")

    def lacks(self, texts: Mapping[str, str], language: str) -> list[str]:
        """What keeps title and body of `texts` from being sent, a sentence each; empty when nothing does."""
        long = too_long(texts, title=_TITLE, body=_BODY)
        return long or self._templates.lacks((texts.get("title", ""), texts.get("body", "")), language, what=_WHAT)

    def _call(self, message: Message) -> Call | Sent:
        if not message.to.value or _SEVERAL & set(message.to.value):
            return unsent(message, Reason.INVALID_ADDRESS)
        opening = self._opening(message.texts["title"], message.texts["body"])
        if isinstance(opening, Reason):
            return unsent(message, opening)
        # A device shows one message of a number, the last: a second telling after a doubt takes the first one's place.
        number, reference = zlib.crc32(message.reference.encode()) >> 1, quote_plus(message.reference)
        own = f"&notify_id={number}&payload={reference}&registration_id={quote_plus(message.to.value)}"
        return Call(self._url, opening + own.encode(), self._headers)

    def _fill(self, title: str, body: str) -> bytes | Reason:
        """The request up to what differs from person to person, or why these words cannot be sent."""
        if len(title) > _TITLE or len(body) > _BODY:
            return Reason.TOO_LONG
        found = self._templates.find(title, body)
        if found is None:
            return Reason.CONTENT_REFUSED
        template, (of_title, of_body) = found
        values = {**of_title, **of_body}
        if not all(map(_fits, values.values())) or not of_title.items() <= values.items():
            return Reason.CONTENT_REFUSED
        # The template says these very words: title and description stand here because the interface demands them.
        form = {
            "restricted_package_name": self._setup["package"],
            "pass_through": "0",
            "title": title,
            "description": body,
            "time_to_live": str(self._keep * 1000),
            "extra.notify_effect": "1",  # opens the app itself; no link
            "extra.channel_id": template.channel,
            "extra.template_id": template.id,
            "extra.template_param": orjson.dumps(values).decode(),
        }
        return urlencode(form).encode()

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        tree = read_json(answer.body)
        code = code_in(tree, "code")
        if answer.status == 200 and code == 0 and tree.get("result") == "ok":
            taken = proof(answer.body, "code", "trace_id", "data")
            data = taken.get("data")
            known = data.get("id") if isinstance(data, dict) else None
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=known and str(known), raw=taken)
        said = by_code(code, answer.status, _CODES)
        return said.sent(message.reference, kept(self._setup, tree, [message]), wait=_WAITS.get(code, 60.0))


def _fits(value: str) -> bool:
    return 0 < len(value) <= _VALUE and bool(value.strip()) and not _UNFIT & set(map(category, value))
