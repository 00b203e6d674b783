"""Facebook Messenger on loopback: takes messages for a Page, and tells of echoes and deliveries in signed webhooks."""

import hashlib
import hmac
import json
from typing import Any

from werkzeug import Response

from notifiers.provider import WebhookRequest
from tests.loopback.judge import contracts
from tests.loopback.web import LoopbackWeb, as_json

PAGE, TOKEN, SECRET, WORD = "1029384756", "EAApage-token", "app-secret-of-facebook", "word-agreed-upon"
# "Object" is what Meta writes where it publishes no type: the tag, a word, is one too.
_TYPES: dict[str, tuple[type, ...]] = {"Object": (dict, str), "string": (str,)}


class LoopbackFacebook(LoopbackWeb):
    """`taken` holds what was taken, by Meta's id of the message."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: dict[str, dict[str, Any]] = {}

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_FACEBOOK_PAGE_ID": PAGE,
            "TOCSIN_FACEBOOK_PAGE_TOKEN": TOKEN,
            "TOCSIN_FACEBOOK_APP_SECRET": SECRET,
            "TOCSIN_FACEBOOK_VERIFY_TOKEN": WORD,
            "TOCSIN_FACEBOOK_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        body = json.loads(request["body"])
        mid = f"m_{len(self.taken)}"
        self.taken[mid] = body
        return as_json({"recipient_id": body["recipient"]["id"], "message_id": mid})

    def judge(self) -> int:
        """Judge every message by the parameters that Meta publishes for the edge; how many there were."""
        (edge,) = json.loads((contracts() / "facebook_page_messages_edge.json").read_text())["apis"]
        known = {param["name"]: param for param in edge["params"]}
        for request in self.requests:
            body = json.loads(request["body"])
            assert (request["method"], request["path"]) == (edge["method"], f"/v25.0/{PAGE}/{edge['endpoint']}")
            assert set(body) <= set(known)
            assert {name for name, param in known.items() if param["required"]} <= set(body)
            assert all(isinstance(value, _TYPES.get(known[name]["type"], (str,))) for name, value in body.items())
        return len(self.requests)

    def echo(self, mid: str) -> WebhookRequest:
        """What Meta tells when a message has gone out."""
        body = self.taken[mid]
        said = {"is_echo": True, "app_id": 1, "mid": mid, **body["message"]}
        return signed(sender={"id": PAGE}, recipient=body["recipient"], timestamp=1772802001000, message=said)

    def delivery(self, *mids: str) -> WebhookRequest:
        """What Meta tells when messages have reached the person."""
        person = self.taken[mids[0]]["recipient"] if mids else {"id": "1"}
        told = {"watermark": 1772802002000} | ({"mids": list(mids)} if mids else {})
        return signed(sender=person, recipient={"id": PAGE}, timestamp=1772802002345, delivery=told)


def signed(**event: Any) -> WebhookRequest:
    """The request by which Meta tells one event of the Page."""
    return signed_tree({"object": "page", "entry": [{"id": PAGE, "time": 1772802002000, "messaging": [event]}]}, SECRET)


def signed_tree(tree: Any, secret: str) -> WebhookRequest:
    """A webhook of Meta's, signed with the app's secret."""
    body = json.dumps(tree).encode()
    signature = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    return WebhookRequest("/", {"X-Hub-Signature-256": signature, "Content-Type": "application/json"}, body)


def refusal(code: int, subcode: int = 0, status: int = 400, message: str = "refused") -> Response:
    """The Graph API's error document."""
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    return as_json({"error": error | ({"error_subcode": subcode} if subcode else {})}, status)
