"""LINE on loopback: takes each retry key once, and answers 409 to one that it has taken before."""

import base64
import hashlib
import hmac
import json
from typing import Any

from werkzeug import Response

from notifiers.provider import WebhookRequest
from tests.loopback.judge import judge_openapi
from tests.loopback.web import LoopbackWeb, as_json

TOKEN, SECRET = "line-channel-token", "line-channel-secret"


class LoopbackLine(LoopbackWeb):
    """`taken` holds what was taken, by its key."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: dict[str, dict[str, Any]] = {}

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_LINE_CHANNEL_TOKEN": TOKEN,
            "TOCSIN_LINE_CHANNEL_SECRET": SECRET,
            "TOCSIN_LINE_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        key = request["headers"]["X-Line-Retry-Key"]
        before = key in self.taken
        self.taken.setdefault(key, json.loads(request["body"]))
        place = str(list(self.taken).index(key))
        sent = {"sentMessages": [{"id": place, "quoteToken": "q"}]}
        if before:
            told = {"message": "The retry key is already accepted"} | sent
            return as_json(told, 409, **{"x-line-accepted-request-id": f"r{place}"})
        return as_json(sent, 200, **{"x-line-request-id": f"r{place}"})

    def judge(self) -> int:
        """Judge every push by LINE's own OpenAPI document; how many there were."""
        for request in self.requests:
            judge_openapi("line_push_multicast.openapi.json", "https://api.line.me", request)
        return len(self.requests)


def signed(tree: Any, secret: str = SECRET) -> WebhookRequest:
    """A webhook as LINE signs it."""
    body = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return WebhookRequest("/", {"X-Line-Signature": signature}, body)


def refusal(status: int, message: str, **headers: str) -> Response:
    """LINE's error document."""
    return as_json({"message": message}, status, **headers)
