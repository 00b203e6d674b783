"""A browser and its push service on loopback: judges the headers, and opens what was sealed for the browser."""

import base64
import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import http_ece
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug import Response

from tests.loopback.web import LoopbackWeb

PATH = "/wpush/v2/gAAAAABsecret-of-the-browser"


class LoopbackWebPush(LoopbackWeb):
    """`messages` holds what the browser read."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.browser = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self._file = folder / "vapid.pem"
        self._file.write_bytes(_pem())

    @property
    def host(self) -> str:
        return self.address.removeprefix("http://")

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_WEBPUSH_SIGNING_KEY": str(self._file),
            "TOCSIN_WEBPUSH_CONTACT": "mailto:dpo@house.example",
            "TOCSIN_WEBPUSH_SERVICES": self.host,
            "TOCSIN_WEBPUSH_INSIDE": "yes",
        }

    def subscription(self, endpoint: str = "") -> str:
        """The browser's subscription as its site keeps it."""
        keys = {"p256dh": b64(_point(self.browser)), "auth": b64(self.auth)}
        return json.dumps({"endpoint": endpoint or f"{self.address}{PATH}", "expirationTime": None, "keys": keys})

    def answer(self, request: dict[str, Any]) -> Response:
        opened = http_ece.decrypt(request["body"], private_key=self.browser, auth_secret=self.auth)
        self.messages.append(json.loads(opened))
        return Response(status=201, headers={"Location": f"{self.address}/m/{len(self.messages)}"})

    def judge(self) -> int:
        """Judge every request so far by RFC 8030, 8188 and 8292; how many there were."""
        for request in self.requests:
            headers = request["headers"]
            assert (request["method"], request["path"]) == ("POST", PATH)
            assert int(headers["Ttl"]) >= 0
            assert headers["Urgency"] in {"very-low", "low", "normal", "high"}
            assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", headers["Topic"])
            assert headers["Content-Encoding"] == "aes128gcm"
            assert len(request["body"]) <= 4096
            claims(headers["Authorization"], self.address)
        return len(self.requests)


def claims(authorization: str, origin: str) -> dict[str, Any]:
    """The claims of a VAPID header; raises where scheme, signature, audience or key are not as RFC 8292 wants them."""
    found = re.fullmatch(r"vapid t=([^,]+), k=([A-Za-z0-9_-]+)", authorization)
    assert found
    assert found[2] == b64(_point(_key()))
    options: Any = {"verify_exp": False}
    read: dict[str, Any] = jwt.decode(
        found[1], _key().public_key(), algorithms=["ES256"], audience=origin, options=options
    )
    assert read["sub"].startswith("mailto:")
    return read


def b64(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _pem() -> bytes:
    return _key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
