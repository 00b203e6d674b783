"""Huawei Push Kit, version 3, on loopback: reads the token that the caller signed, takes a message, signs receipts."""

import base64
import itertools
import json
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from werkzeug import Response

from notifiers.provider import WebhookRequest
from tests.loopback.fields import judge_fields
from tests.loopback.huawei import KEY, USER, refusal, signed
from tests.loopback.web import LoopbackWeb, as_json

PROJECT, KEY_ID, ACCOUNT = "388421841221889014", "18366af0b4b44dd8bb4a77184d04704f", "101783233"
AUDIENCE = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)

# https://developer.huawei.com/consumer/cn/doc/harmonyos-references/push-scenariozed-api-request-param: what a
# notification may hold, without pictures, badges and sounds
_NOTIFICATION = {
    "category!": (
        "IM",
        "SUBSCRIPTION",
        "TRAVEL",
        "HEALTH",
        "WORK",
        "ACCOUNT",
        "EXPRESS",
        "FINANCE",
        "MAIL",
        "MARKETING",
    ),
    "title!": str,
    "body!": str,
    "clickAction!": {"actionType!": (0, 1)},
    "foregroundShow": bool,
    "notifyId": int,
    "appMessageId": str,
}
_OPTIONS = {"testMessage": bool, "ttl": int, "biTag": str, "receiptId": str, "collapseKey": int}
_SEND = {"payload!": {"notification!": _NOTIFICATION}, "pushOptions": _OPTIONS, "target!": {"token!": [str]}}


@cache
def service_key() -> rsa.RSAPrivateKey:
    """The service account's key; drawn once, for that takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def write_account(folder: Path, **more: str) -> Path:
    """The file that Huawei gives to whoever makes a service account."""
    pem = service_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {"project_id": PROJECT, "key_id": KEY_ID, "private_key": pem.decode(), "sub_account": ACCOUNT} | more
    file = folder / "service-account.json"
    file.write_text(json.dumps(account), encoding="utf-8")
    return file


class LoopbackHarmony(LoopbackWeb):
    """`taken` holds the messages by request id; `tokens` the claims of each token that a request bore."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.taken: dict[str, dict[str, Any]] = {}
        self.tokens: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._file = write_account(folder)
        self._numbers = itertools.count(169048220311701)

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_HARMONY_SERVICE_ACCOUNT": str(self._file),
            "TOCSIN_HARMONY_CATEGORY": "ACCOUNT",
            "TOCSIN_HARMONY_RECEIPT_USER": USER,
            "TOCSIN_HARMONY_RECEIPT_KEY": KEY,
            "TOCSIN_HARMONY_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        header, claims = read_token(request["headers"]["Authorization"].removeprefix("Bearer "))
        self.tokens.append((header, claims))
        number = str(next(self._numbers))
        self.taken[number] = json.loads(request["body"])
        return as_json({"code": "80000000", "msg": "Success", "requestId": number})

    def judge(self) -> int:
        """Judge every message taken so far; how many there were."""
        for request in self.requests:
            assert request["path"] == f"/v3/{PROJECT}/messages:send"
            assert request["headers"]["Push-Type"] == "0"
            body = json.loads(request["body"])
            assert judge_fields(_SEND, body) == []
            assert 0 < body["pushOptions"]["ttl"] <= 1296000
            assert len(body["pushOptions"]["biTag"].encode()) <= 64
            (token,) = body["target"]["token"]
            assert len(request["body"]) - len(token.encode()) <= 4096
        return len(self.requests)

    def call_back(self, *results: int, at: int = 1772802000, key: str = KEY) -> WebhookRequest:
        """The signed receipt of each of these results for each message taken."""
        told = [
            {
                "biTag": message["pushOptions"]["biTag"],
                "pushType": 0,
                "appPackageName": "com.moqi.app",
                "token": message["target"]["token"][0],
                "requestId": number,
                "deliveryStatus": {"result": result, "timestamp": at * 1000},
            }
            for result in results
            for number, message in self.taken.items()
        ]
        return WebhookRequest("/", {"X-HUAWEI-CALLBACK-ID": signed(at, key)}, json.dumps({"statuses": told}).encode())


def read_token(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, the signature checked as RFC 7518 section 3.5 says."""
    said, _, signature = token.rpartition(".")
    service_key().public_key().verify(_bytes(signature), said.encode(), _PSS, hashes.SHA256())
    header, claims = (json.loads(_bytes(part)) for part in said.split("."))
    return header, claims


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def not_this_token(cause: str, token: str, code: str = "80300007") -> Response:
    """Huawei's answer when it takes no token of a request: the causes are JSON within JSON."""
    said = json.dumps({"illegalTokens": {cause: [token]}, "failure": 1})
    return as_json({"code": code, "msg": said, "requestId": "1"}, 200)


__all__ = ["KEY", "LoopbackHarmony", "not_this_token", "read_token", "refusal", "signed", "write_account"]
