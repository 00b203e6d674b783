"""Template messages of a WeChat official account (service account), and the encrypted events that tell their end."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt
from notifiers.provider import About, Field, Forged, Pace, Setup, WebhookRequest
from notifiers.push.weixin import FIELDS, IN_FLIGHT, SOURCES, Account
from packs import BadInput

_GUIDE = "https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html"
ABOUT = About(
    id="wechat_official",
    label="WeChat official account",
    fields=(
        *FIELDS,
        Field("webhook_token", "The Token of the account's server configuration.", secret=True, default=""),
        Field("aes_key", "The EncodingAESKey beside it; receipts come in secure mode only.", secret=True, default=""),
        Field("replay_window", "Seconds after which a signed event is refused as a replay.", default="600"),
        Field("per_day", "Template messages a day that the account may send.", default="100000"),
    ),
    proof=Outcome.DELIVERED,
    scheme="wechat_oa",
    signed_receipts=True,
    receipts_need=("webhook_token", "aes_key"),
    told_by_id_only=True,  # client_msg_id does not come back, and guards against a double for ten minutes only
    pace=Pace(
        per_second=0.57,
        burst=50_000,
        in_flight=IN_FLIGHT,
        source="100,000 template messages a day; more from 100,000 followers on, as the account's page says",
    ),
    sources=(
        *SOURCES,
        "https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage",
        _GUIDE,
        "https://developers.weixin.qq.com/doc/oplatform/developers/dev/push/encryption",
    ),
)

_JOB_FINISHED = "TEMPLATESENDJOBFINISH"
# Status of the event that ends a template message (_GUIDE, section on events).
_ENDS: Mapping[str, tuple[Outcome, Reason | None, bool]] = {
    "success": (Outcome.DELIVERED, None, False),
    "failed:user block": (Outcome.BOUNCED, Reason.OPTED_OUT, True),
    "failed:system failed": (Outcome.BOUNCED, Reason.PROVIDER_ERROR, False),
    "failed:freq limit": (Outcome.BOUNCED, Reason.RATE_LIMITED, False),
}


def open_provider(setup: Setup) -> "WeChatOfficial":
    """Raises BadInput when the template's fields or the key of the events cannot be read."""
    return WeChatOfficial(setup)


class WeChatOfficial(Account):
    """Our reference is WeChat's `client_msg_id`: within ten minutes it takes the same one for one person only once."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, ABOUT, path="/cgi-bin/message/template/send")
        self._key = _key(setup["aes_key"]) if setup["aes_key"] else b""

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        """The end of one template message; nothing of any other event, and of nobody's words to the account."""
        query = self._signed(request.target)
        sealed = _element(request.body, "Encrypt")
        self._verify(query, "msg_signature", sealed)
        event = self._unsealed(sealed)
        if _element(event, "Event") != _JOB_FINISHED:
            return []
        number, status = _element(event, "MsgID"), re.sub(r":\s+", ":", _element(event, "Status"))
        outcome, reason, permanent = _ENDS.get(status, (Outcome.UNKNOWN, None, False))
        at, raw = _element(event, "CreateTime"), {"event": _JOB_FINISHED, "status": status}
        when = datetime.fromtimestamp(int(at), UTC) if at.isdigit() else None
        return [Receipt(outcome, f"{number}:{status}", when, None, number, reason, permanent, raw)]

    def greet(self, request: WebhookRequest) -> str:
        """What WeChat wants to hear back when the server's address is entered. Raises Forged."""
        query = self._signed(request.target)
        self._verify(query, "signature")
        return query.get("echostr", "")

    def _more(self, message: Message) -> Mapping[str, Any]:
        return {"client_msg_id": message.reference}

    def _signed(self, target: str) -> dict[str, str]:
        query = dict(parse_qsl(urlsplit(target).query))
        if not (self._key and self._setup["webhook_token"] and query.get("timestamp", "").isdigit()):
            raise Forged("the request bears no signature that could be checked")
        return query

    def _verify(self, query: Mapping[str, str], name: str, *sealed: str) -> None:
        parts = (self._setup["webhook_token"], query["timestamp"], query.get("nonce", ""), *sealed)
        computed = hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(computed.encode(), query.get(name, "").encode()):
            raise Forged("the signature does not fit")
        if abs(self._setup.now().timestamp() - int(query["timestamp"])) > float(self._setup["replay_window"]):
            raise Forged("the request is signed and too old")

    def _unsealed(self, sealed: str) -> bytes:
        """16 random bytes, the length in four, the event, the AppID, and padding: AES-256-CBC."""
        try:
            cipher = Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16])).decryptor()
            plain = cipher.update(base64.b64decode(sealed, validate=True)) + cipher.finalize()
        except ValueError:
            raise Forged("what is sealed is no ciphertext") from None
        end = 20 + int.from_bytes(plain[16:20])
        padding = plain[-1] if plain else 0
        if plain[end : len(plain) - padding] != self._setup["app_id"].encode():
            raise Forged("the event was sealed for another account")
        return plain[20:end]


def _key(encoded: str) -> bytes:
    try:
        key = base64.b64decode(f"{encoded}=", validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise BadInput("TOCSIN_WECHAT_OFFICIAL_AES_KEY: this is no EncodingAESKey of 43 letters and digits.")
    return key


def _element(xml: bytes, name: str) -> str:
    """The text of the first element `name`; empty where there is none. No parser meets what strangers send."""
    found = re.search(rf"<{name}>(?:<!\[CDATA\[)?([^<\]]*)(?:\]\]>)?</{name}>".encode(), xml)
    return found[1].decode("utf-8", "replace") if found else ""
