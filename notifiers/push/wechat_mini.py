"""Subscription messages of a WeChat mini-program: an approved template filled with the notice's title and body."""

from collections.abc import Mapping
from typing import Any

from notifiers.message import Message
from notifiers.outcome import Outcome, Receipt
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.push.weixin import FIELDS, IN_FLIGHT, SOURCES, Account

_SEND = (
    "https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/subscribe-message/subscribeMessage.send.html"
)
ABOUT = About(
    id="wechat_mini",
    label="WeChat mini-program",
    fields=(
        *FIELDS,
        Field("page", "The page of the mini-program that a tap opens; empty opens none.", default=""),
        Field("per_day", "Messages a day that the account may send.", default="10000000"),
    ),
    proof=Outcome.ACCEPTED,
    carries_reference=True,  # it tells nothing later
    scheme="wechat_mini",
    pace=Pace(
        per_second=57.8,
        burst=5_000_000,
        in_flight=IN_FLIGHT,
        source="ten million messages a day for a mini-program without payments, thirty with",
    ),
    sources=(*SOURCES, _SEND),
)


def open_provider(setup: Setup) -> "WeChatMini":
    """Raises BadInput when the template's fields cannot be read."""
    return WeChatMini(setup)


class WeChatMini(Account):
    """WeChat tells whether it took a message, and gives no number by which a later event could find it."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, ABOUT, path="/cgi-bin/message/subscribe/send")

    def receipts(self, _request: WebhookRequest) -> list[Receipt]:
        """None that could be told from one another."""
        raise Forged("a mini-program's events name no message")

    def _more(self, _message: Message) -> Mapping[str, Any]:
        page = {"page": self._setup["page"]} if self._setup["page"] else {}
        return {**page, "miniprogram_state": "formal", "lang": "zh_CN"}
