"""Huawei's receipts and their signature, X-HUAWEI-CALLBACK-ID: HMAC-SHA256 over time, nonce and callback user name.

The body is not under it, so it is worth what HTTPS from Huawei is worth.
https://developer.huawei.com/consumer/en/doc/HMSCore-References/https-send-receipt-api-0000001051066120 (version 1) and
https://developer.huawei.com/consumer/cn/doc/doccenter-references/api/push-api-msg-receipt (version 2).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from notifiers.outcome import Outcome, Reason, Receipt, redacted
from notifiers.provider import Field, Forged, Setup, WebhookRequest
from packs import BadInput

_HEADER = "X-HUAWEI-CALLBACK-ID"
FIELDS = (
    Field("receipt_user", "The callback user name that was set for message receipts.", default=""),
    Field("receipt_key", "The callback key that was set beside it.", secret=True, default=""),
    Field("replay_window", "Seconds after which a signed receipt is refused as a replay.", default="600"),
)


def signed_statuses(request: WebhookRequest, setup: Setup) -> list[dict[str, Any]]:
    """What the receipt tells, one mapping a device. Raises Forged for a request that is not signed by the settings in
    FIELDS, BadInput for a signed one that cannot be read."""
    _verify(request.header(_HEADER), setup)
    try:
        statuses = orjson.loads(request.body)["statuses"]
    except (ValueError, KeyError, TypeError):
        raise BadInput("the body of the receipt is no JSON with statuses.") from None
    if not isinstance(statuses, list):
        raise BadInput("the statuses of the receipt are no list.")
    return [status for status in statuses if isinstance(status, dict)]


def receipt_of(
    status: Mapping[str, Any],
    number: object,
    stamp: object,
    meanings: Mapping[int, tuple[Outcome, Reason | None, bool]],
) -> Receipt:
    """One device's receipt: its result `number`, by `meanings`, told at `stamp` (milliseconds since 1970). The tag that
    the message bore is our reference."""
    tag, request = status.get("biTag"), status.get("requestId")
    known = meanings.get(number) if isinstance(number, int) else None
    outcome, reason, permanent = known or (Outcome.UNKNOWN, None, False)
    return Receipt(
        outcome,
        f"{request}:{tag}:{number}",
        datetime.fromtimestamp(stamp / 1000, UTC) if isinstance(stamp, int) else None,
        str(tag) if tag else None,
        str(request) if request else None,
        reason,
        permanent,
        redacted(dict(status), str(status.get("token", ""))),
    )


def _verify(header: str, setup: Setup) -> None:
    user, key = setup["receipt_user"], setup["receipt_key"]
    parts = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    stamp, nonce = parts.get("timestamp", ""), parts.get("nonce", "")
    if not (user and key and nonce and stamp.isdigit()):
        raise Forged("the request bears no signature that could be checked")
    computed = hmac.new(key.encode(), f"{stamp}{nonce}{user}".encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(computed), parts.get("value", "").encode()):
        raise Forged("the signature does not fit")
    if abs(setup.now().timestamp() - int(stamp) / 1000) > setup.number("replay_window"):
        raise Forged("the request is signed and too old")
