"""FCM on loopback: gives access tokens and takes one notification a request."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug import Response

from tests.loopback.judge import judge_discovery
from tests.loopback.web import LoopbackWeb, as_json


class LoopbackFcm(LoopbackWeb):
    """`tokens` counts the log-ins; `devices` the notifications by device."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.logins = 0
        self.devices: list[str] = []
        self._file = folder / "service-account.json"
        self._file.write_text(json.dumps(account(self.address)))

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {"TOCSIN_FCM_SERVICE_ACCOUNT": str(self._file), "TOCSIN_FCM_BASE_URL": self.address}

    def answer(self, request: dict[str, Any]) -> Response:
        if request["path"] == "/token":
            self.logins += 1
            return as_json({"access_token": "ya29.secret", "expires_in": 3599, "token_type": "Bearer"})
        message = json.loads(request["body"])["message"]
        self.devices.append(message["token"])
        return as_json({"name": f"projects/house/messages/{len(self.devices)}"})

    def judge(self) -> int:
        """Judge every notification taken so far; how many there were."""
        taken = [json.loads(r["body"]) for r in self.requests if r["path"] != "/token"]
        for body in taken:
            assert judge_discovery("fcm_v1.discovery.json", "SendMessageRequest", body) == []
        return len(taken)


def refusal(code: str, status: int, field: str = "") -> Response:
    """FCM's error document."""
    details: list[dict[str, Any]] = [
        {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}
    ]
    if field:
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": field}]})
    return as_json({"error": {"code": status, "message": "refused", "status": code, "details": details}}, status)


@cache
def _key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode()


def account(address: str) -> dict[str, str]:
    """A service account's key that logs in at this address."""
    return {
        "type": "service_account",
        "project_id": "house",
        "private_key_id": "1",
        "private_key": _key(),
        "client_email": "sender@house.example",
        "client_id": "1",
        "token_uri": f"{address}/token",
    }
