"""The backend of a company's app, as docs/in-app.md tells its developers to write it: with openssl alone."""

import base64
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from notifiers.provider import WebhookRequest

COMPANY, OTHER = "moqi", "smo"
SECRET, OTHER_SECRET = "a-secret-of-the-house-long-enough", "another-secret-of-32-characters!!"
SECRETS = f"{COMPANY}={SECRET} {OTHER}={OTHER_SECRET}"


def name_of(account: str, company: str = COMPANY) -> str:
    """How a header names one account."""
    return hashlib.sha256(f"{company}:{account}".encode()).hexdigest()


def asking(account: str, *, at: int, company: str = COMPANY, secret: str = SECRET) -> str:
    """The Tocsin-Signature with which an app asks for the notices of its account."""
    return header("feed", f"v=1,c={company},t={at},a={name_of(account, company)}", b"", secret)


def header(use: str, said: str, body: bytes, secret: str) -> str:
    """Any header, signed."""
    signature = _hmac(f"{use}\n{said}\n".encode() + body, secret).hex()
    return f"{said},s={signature}"


def signed_events(events: list[dict[str, Any]], *, at: int, **by: str) -> WebhookRequest:
    """The request by which a backend tells what was read."""
    return signed(json.dumps({"events": events}).encode(), at=at, **by)


def signed(body: bytes, *, at: int, company: str = COMPANY, secret: str = SECRET) -> WebhookRequest:
    """A request over any bytes."""
    said = header("receipts", f"v=1,c={company},t={at}", body, secret)
    return WebhookRequest("/receipts/in_app/feed", {"Tocsin-Signature": said}, body)


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
