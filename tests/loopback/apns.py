"""Apple's push service on loopback: judges the provider token and the headers, and takes one notification a request."""

import json
import re
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug import Response

from tests.loopback.web import LoopbackWeb, as_json

KEY_ID, TEAM, TOPIC = "ABC123DEFG", "DEF123GHIJ", "example.moqi.app"


class LoopbackApns(LoopbackWeb):
    """`tokens` holds every provider token seen; `devices` the notifications by device."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.tokens: list[str] = []
        self.devices: list[str] = []
        self._file = folder / "AuthKey.p8"
        self._file.write_bytes(pem())

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_APNS_SIGNING_KEY": str(self._file),
            "TOCSIN_APNS_KEY_ID": KEY_ID,
            "TOCSIN_APNS_TEAM_ID": TEAM,
            "TOCSIN_APNS_TOPIC": TOPIC,
            "TOCSIN_APNS_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        headers = request["headers"]
        token = headers.get("Authorization", "").removeprefix("bearer ")
        if token not in self.tokens:
            self.tokens.append(token)
        self.devices.append(request["path"].rpartition("/")[2])
        return Response(status=200, headers={"apns-id": headers["Apns-Id"]})

    def judge(self) -> int:
        """Judge every request so far by what Apple's pages say of it; how many there were."""
        for request in self.requests:
            headers = request["headers"]
            assert request["method"] == "POST"
            assert re.fullmatch(r"/3/device/[0-9a-f]+", request["path"])
            assert uuid.UUID(headers["Apns-Id"])
            assert len(headers["Apns-Collapse-Id"].encode()) <= 64
            assert (headers["Apns-Push-Type"], headers["Apns-Priority"]) == ("alert", "10")
            assert headers["Apns-Topic"] == TOPIC
            assert int(headers["Apns-Expiration"]) > 0
            assert len(request["body"]) <= 4096
            assert set(json.loads(request["body"])["aps"]["alert"]) == {"title", "body"}
            assert claims(headers["Authorization"].removeprefix("bearer "))["iss"] == TEAM
        return len(self.requests)


def claims(token: str) -> dict[str, Any]:
    """The claims of a provider token; raises where key id, algorithm or signature are not as Apple wants them."""
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["kid"]) == ("ES256", KEY_ID)
    found: dict[str, Any] = jwt.decode(
        token, _key().public_key(), algorithms=["ES256"], options={"verify_iat": False, "verify_exp": False}
    )
    return found


def refusal(reason: str, status: int, **more: Any) -> Response:
    """Apple's error document."""
    return as_json({"reason": reason, **more}, status)


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem() -> bytes:
    """The key that signs provider tokens."""
    return _key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
