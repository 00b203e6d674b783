"""SendGrid on loopback: takes mails of up to 1000 people, and makes batches of signed events."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug import Response

from notifiers.provider import WebhookRequest
from tests.loopback.judge import judge_openapi
from tests.loopback.web import LoopbackWeb

_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(
    _KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()


class LoopbackSendGrid(LoopbackWeb):
    """`people` holds the reference and address of everybody in the mails that were taken."""

    def __init__(self) -> None:
        super().__init__()
        self.people: list[tuple[str, str]] = []

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_SENDGRID_API_KEY": "SG.secret",
            "TOCSIN_SENDGRID_FROM_EMAIL": "notices@house.example",
            "TOCSIN_SENDGRID_WEBHOOK_KEY": PUBLIC,
            "TOCSIN_SENDGRID_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        mail = json.loads(request["body"])
        self.people += [(p["custom_args"]["reference"], p["to"][0]["email"]) for p in mail["personalizations"]]
        return Response(b"", 202, headers={"X-Message-Id": f"mid{len(self.requests)}"})

    def judge(self) -> int:
        """Judge every mail taken so far; how many there were."""
        for request in self.requests:
            judge_openapi("sendgrid_tsg_mail_v3.openapi.json", "https://api.sendgrid.com", request)
        return len(self.requests)

    def events(self, *events: dict[str, Any], at: int) -> WebhookRequest:
        """A signed batch; `at` is when SendGrid says it signed, in seconds since 1970."""
        return signed(list(events), at=at)


def signed(events: list[dict[str, Any]], *, at: int) -> WebhookRequest:
    """The request by which SendGrid tells these events."""
    body = json.dumps(events).encode() + b"\r\n"
    signature = _KEY.sign(str(at).encode() + body, ec.ECDSA(hashes.SHA256()))
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": str(at),
    }
    return WebhookRequest("/", headers, body)


def event(name: str, reference: str, email: str, **more: Any) -> dict[str, Any]:
    """One event as SendGrid writes it."""
    sid = f"{name}-{reference}"
    return {"event": name, "reference": reference, "email": email, "sg_event_id": sid, "timestamp": 1772000000, **more}
