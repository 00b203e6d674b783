"""What services behind Meta's Graph API have in common: signed webhooks, their handshake, proof of the secret, errors.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
https://developers.facebook.com/docs/graph-api/guides/secure-requests
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from notifiers.answers import kept, read_json, retry_after
from notifiers.http import Answer
from notifiers.message import Message
from notifiers.outcome import Sent
from notifiers.provider import Forged, Setup, WebhookRequest
from notifiers.verdict import Verdict, by_status
from packs import BadInput

ANY = -1  # subcode: this one and every other
Codes = Mapping[tuple[int, int], Verdict]  # by code and subcode; 0: without one


def app_proof(token: str, secret: str) -> str:
    """`appsecret_proof`: shows that whoever uses `token` also holds the app's secret; a stolen token alone is useless
    where the app asks for it."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def signed_tree(request: WebhookRequest, secret: str) -> dict[str, Any]:
    """The JSON of a webhook whose X-Hub-Signature-256 fits its bytes. Raises Forged for any other, BadInput for what
    is no JSON object."""
    ours = f"sha256={hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()}"
    if not hmac.compare_digest(ours.encode(), request.header("X-Hub-Signature-256").encode()):
        raise Forged("the signature does not fit")
    tree = read_json(request.body)
    if "unreadable" in tree:
        raise BadInput("the body of the webhook is no JSON object.")
    return tree


def challenge(request: WebhookRequest, token: str) -> str:
    """What to answer when Meta asks by GET whether this address is ours. Raises Forged for who does not know `token`,
    and for everybody where it is not set."""
    asked = {name: values[-1] for name, values in parse_qs(urlsplit(request.target).query).items()}
    knows = hmac.compare_digest(asked.get("hub.verify_token", "").encode(), token.encode())
    if not token or not knows or asked.get("hub.mode") != "subscribe":
        raise Forged("the verify token does not fit")
    return asked.get("hub.challenge", "")


def not_taken(setup: Setup, message: Message, answer: Answer, codes: Codes) -> Sent:
    """What an error document means for one message."""
    tree = read_json(answer.body)
    error = tree.get("error")
    verdict = (verdict_of(error, codes) if isinstance(error, dict) else None) or by_status(answer.status)
    wait = retry_after(answer, now=setup.now().timestamp(), default=60.0)
    return verdict.sent(message.reference, kept(setup, tree, [message]), wait=wait)


def verdict_of(error: Mapping[str, Any], codes: Codes) -> Verdict | None:
    """What the code of an error object means; None for one that `codes` does not list."""
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    return codes.get((code, subcode)) or codes.get((code, ANY))


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
