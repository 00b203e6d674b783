"""The stage of every channel's rehearsal provider; its fate hangs on the reference, so there is nothing to script."""

import base64
import hashlib
import hmac
import json
from pathlib import Path

from notifiers.provider import WebhookRequest
from notifiers.rehearsal import SIGNATURE
from tests.notifiers.samples import Stage

ADDRESS = "an-address-that-nobody-has"


def stage(_folder: Path) -> Stage:
    def receipts(reference: str) -> list[WebhookRequest]:
        body = json.dumps([reference]).encode()
        signature = base64.b64encode(hmac.new(b"secret-of-the-stage", body, hashlib.sha256).digest()).decode()
        return [WebhookRequest("/", {SIGNATURE: signature}, body)]

    return Stage(
        environment={"TOCSIN_REHEARSAL_KEY": "secret-of-the-stage", "TOCSIN_REHEARSAL_SCRIPT": "well"},
        address=ADDRESS,
        secrets=("secret-of-the-stage", ADDRESS),
        stop=lambda: None,
        receipts=receipts,
    )
