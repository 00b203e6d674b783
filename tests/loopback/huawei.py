"""Huawei's log-in and Push Kit on loopback: gives access tokens, takes one message a request, signs receipts."""

import base64
import hashlib
import hmac
import itertools
import json
from typing import Any
from urllib.parse import parse_qs

from werkzeug import Response

from notifiers.provider import WebhookRequest
from tests.loopback.fields import judge_fields
from tests.loopback.web import LoopbackWeb, as_json

CLIENT_ID, CLIENT_SECRET = "101234567", "secret-of-huawei"
USER, KEY, NONCE = "moqi", "receipt-key-of-huawei", "a07bfa17-6d82-4b53-a9a2-07cfef5ceef1"

# https://developer.huawei.com/consumer/en/doc/HMSCore-References/https-send-api-0000001050986197 and the vendor's
# sample code (HMS-Core/hms-push-serverdemo-python, _message_serializer.py)
_ANDROID = {
    "collapse_key": int,
    "urgency": ("HIGH", "NORMAL"),
    "category": str,
    "ttl": str,
    "bi_tag": str,
    "receipt_id": str,
    "data": str,
    "notification": {
        "title": str,
        "body": str,
        "click_action!": {"type!": (1, 2, 3), "intent": str, "url": str, "action": str},
        "visibility": ("VISIBILITY_UNSPECIFIED", "PRIVATE", "PUBLIC", "SECRET"),
        "importance": ("LOW", "NORMAL", "HIGH"),
        "foreground_show": bool,
    },
}
_NOTIFICATION = {"title": str, "body": str}
_MESSAGE = {"data": str, "notification": _NOTIFICATION, "android": _ANDROID, "token!": [str]}
_SEND = {"validate_only": bool, "message!": _MESSAGE}


class LoopbackHuawei(LoopbackWeb):
    """`logins` counts the tokens given; `taken` holds the messages by request id."""

    def __init__(self) -> None:
        super().__init__()
        self.logins = 0
        self.taken: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(157440955549500001)

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_HUAWEI_CLIENT_ID": CLIENT_ID,
            "TOCSIN_HUAWEI_CLIENT_SECRET": CLIENT_SECRET,
            "TOCSIN_HUAWEI_RECEIPT_USER": USER,
            "TOCSIN_HUAWEI_RECEIPT_KEY": KEY,
            "TOCSIN_HUAWEI_BASE_URL": self.address,
            "TOCSIN_HUAWEI_LOGIN_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        if request["path"] == "/oauth2/v3/token":
            form = {name: values[0] for name, values in parse_qs(request["body"].decode()).items()}
            if (form["grant_type"], form["client_secret"]) != ("client_credentials", CLIENT_SECRET):
                return as_json({"error": 1101, "sub_error": 20003, "error_description": "parameter invalid"}, 400)
            self.logins += 1
            return as_json({"access_token": f"CF3+/{self.logins}", "expires_in": 3600, "token_type": "Bearer"})
        if request["headers"].get("Authorization") != f"Bearer CF3+/{self.logins}":
            return refusal("80200003", 401)
        number = str(next(self._numbers))
        self.taken[number] = json.loads(request["body"])["message"]
        return as_json({"code": "80000000", "msg": "Success", "requestId": number})

    def judge(self) -> int:
        """Judge every message taken so far; how many there were."""
        taken = [r for r in self.requests if r["path"] != "/oauth2/v3/token"]
        for request in taken:
            assert request["path"] == f"/v1/{CLIENT_ID}/messages:send"
            body = json.loads(request["body"])
            assert judge_fields(_SEND, body) == []
            assert len(body["message"]["android"]["bi_tag"].encode()) <= 64
            assert len(request["body"]) <= 4096
        return len(taken)

    def call_back(self, *statuses: int, at: int = 1772802000, key: str = KEY) -> WebhookRequest:
        """The signed receipt of each of these statuses for each message taken."""
        told = [
            {
                "biTag": message["android"]["bi_tag"],
                "appid": CLIENT_ID,
                "token": message["token"][0],
                "status": status,
                "timestamp": at * 1000,
                "requestId": number,
            }
            for status in statuses
            for number, message in self.taken.items()
        ]
        return WebhookRequest("/", {"X-HUAWEI-CALLBACK-ID": signed(at, key)}, json.dumps({"statuses": told}).encode())


def signed(at: int, key: str = KEY) -> str:
    """The header by which Huawei signs, at this time in seconds."""
    value = base64.b64encode(hmac.new(key.encode(), f"{at}000{NONCE}{USER}".encode(), hashlib.sha256).digest())
    return f"timestamp={at}000; nonce={NONCE}; value={value.decode()}"


def refusal(code: str, status: int) -> Response:
    """Huawei's answer to what it does not take."""
    return as_json({"code": code, "msg": "refused", "requestId": "1"}, status)
