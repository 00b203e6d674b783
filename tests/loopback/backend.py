"""The backend of a company's app, as docs/in-app.md tells its developers to write it: with openssl alone."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

from notifiers.provider import WebhookRequest

SECRET = "a secret of the house, long enough"


def key_of(account: str, secret: str = SECRET) -> str:
    """The key of one account."""
    return base64.urlsafe_b64encode(_hmac(f"account:{account}".encode(), secret)).rstrip(b"=").decode()


def signed_events(events: list[dict[str, Any]], *, at: int, secret: str = SECRET, **more: Any) -> WebhookRequest:
    """The request by which a backend tells what was read."""
    body = json.dumps({"events": events} | more).encode()
    return signed(body, at=at, secret=secret)


def signed(body: bytes, *, at: int, secret: str = SECRET) -> WebhookRequest:
    """A request over any bytes."""
    said = _hmac(f"receipts:{at}.".encode() + body, secret).hex()
    return WebhookRequest("/receipts/in_app/feed", {"Tocsin-Signature": f"t={at},v1={said}"}, body)


def opened(envelope: dict[str, Any], public: Path, folder: Path) -> dict[str, Any]:
    """What a signed answer says; raises CalledProcessError where openssl does not find the signature genuine."""
    payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"]
    said, signature = folder / "said", folder / "signature"
    said.write_bytes(b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload))
    signature.write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public), "-rawin", "-in", str(said)]
    subprocess.run([*command, "-sigfile", str(signature)], check=True, capture_output=True)
    found: dict[str, Any] = json.loads(payload)
    return found


def _hmac(said: bytes, secret: str) -> bytes:
    command = ["openssl", "dgst", "-sha256", "-hmac", secret, "-binary"]
    return subprocess.run(command, input=said, check=True, capture_output=True).stdout
