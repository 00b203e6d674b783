"""Lob on loopback: takes letters once a key, remembers them, answers questions, and makes signed webhooks."""

import hashlib
import hmac
import itertools
import json
from email import message_from_bytes
from typing import Any

from werkzeug import Response

from notifiers.provider import WebhookRequest
from tests.loopback.web import LoopbackWeb, as_json

KEY, SECRET, SENDER = "test_secret-of-lob", "secret-of-the-webhook", "adr_210a8d4b0b76d77b"

# https://github.com/lob/lob-openapi: letter_editable and letter_base; an address needs name or company as well.
_REQUIRED = ("to[name]", "to[address_line1]", "from", "file", "color", "use_type")


class LoopbackLob(LoopbackWeb):
    """`letters` holds what was made by its id, `forms` the form of each request that made or found one."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: dict[str, dict[str, Any]] = {}
        self.forms: list[dict[str, Any]] = []
        self._of_key: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_LOB_API_KEY": KEY,
            "TOCSIN_LOB_FROM_ADDRESS": SENDER,
            "TOCSIN_LOB_WEBHOOK_SECRET": SECRET,
            "TOCSIN_LOB_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        if request["method"] == "POST":
            form = form_of(request)
            self.forms.append(form)
            if any(not form.get(name) for name in _REQUIRED) or not form["file"].startswith(b"%PDF"):
                return refusal("invalid", 422)
            return as_json(self._made(form, request["headers"]["Idempotency-Key"]))
        wanted = request["path"].rpartition("/")[2]
        if wanted in self.letters:
            return as_json(self.letters[wanted])
        reference = request["args"].get("metadata[reference]")
        same = [one for one in self.letters.values() if one["metadata"]["reference"] == reference]
        return as_json({"data": same, "object": "list", "count": len(same)})

    def call_back(self, letter_id: str, event: str, *, stamp: str = "1772802000", event_id: str = "") -> WebhookRequest:
        """The signed request by which Lob tells an event of a letter."""
        tree = {
            "id": event_id or f"evt_{letter_id}_{event.replace('.', '_')}",
            "body": self.letters[letter_id],
            "reference_id": letter_id,
            "event_type": {"id": event, "enabled_for_test": True, "resource": "letters", "object": "event_type"},
            "date_created": "2026-03-06T12:00:00.000Z",
            "object": "event",
        }
        return signed(json.dumps(tree).encode(), stamp=stamp)

    def _made(self, form: dict[str, Any], key: str) -> dict[str, Any]:
        letter_id = self._of_key.setdefault(key, f"ltr_{next(self._numbers):016x}")
        to = {name[3:-1]: value for name, value in form.items() if name.startswith("to[")}
        made = {"id": letter_id, "to": to, "metadata": {"reference": form["metadata[reference]"]}, "object": "letter"}
        return self.letters.setdefault(
            letter_id,
            made
            | {"url": "https://lob-assets.example/x", "carrier": "USPS", "tracking_events": [], "status": "processed"}
            | {"date_created": "2026-03-06T12:00:00.000Z", "expected_delivery_date": "2026-03-12"},
        )


def signed(body: bytes, *, stamp: str = "1772802000", secret: str = SECRET) -> WebhookRequest:
    """`body` as a webhook."""
    signature = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return WebhookRequest("/", {"Lob-Signature": signature, "Lob-Signature-Timestamp": stamp}, body)


def form_of(request: dict[str, Any]) -> dict[str, Any]:
    """The fields of a multipart form; the file as bytes."""
    head = f"Content-Type: {request['headers']['Content-Type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + request["body"]).get_payload()
    found: dict[str, Any] = {}
    for part in parts:
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        found[str(name)] = content if part.get_filename() else content.decode()
    return found


def refusal(code: str, status: int, **headers: str) -> Response:
    """Lob's error document."""
    return as_json({"error": {"message": "refused", "code": code, "status_code": status}}, status, **headers)
