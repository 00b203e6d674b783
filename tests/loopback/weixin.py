"""WeChat on loopback: gives stable access tokens, takes template and subscription messages, and seals events."""

import base64
import hashlib
import itertools
import json
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from werkzeug import Response

from notifiers.provider import WebhookRequest
from tests.loopback.fields import judge_fields
from tests.loopback.web import LoopbackWeb, as_json

APP_ID, APP_SECRET, TEMPLATE = "wx1234567890abcdef", "secret-of-weixin", "TEMPLATE_ID_1"
FIELDS = "thing1 title, thing2 body, time3 now"
TOKEN, AES_KEY, NONCE = "AAAAA", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "486452656"

_VALUES = {"*": {"value!": str}}
# https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html
# https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage
_SENDS: dict[str, dict[str, Any]] = {
    "/cgi-bin/message/subscribe/send": {
        "touser!": str,
        "template_id!": str,
        "page": str,
        "data!": _VALUES,
        "miniprogram_state!": ("developer", "trial", "formal"),
        "lang!": ("zh_CN", "en_US", "zh_HK", "zh_TW"),
    },
    "/cgi-bin/message/template/send": {
        "touser!": str,
        "template_id!": str,
        "url": str,
        "miniprogram": {"appid": str, "pagepath": str},
        "data!": _VALUES,
        "client_msg_id": str,
    },
}
# https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken
_LOGIN = {"grant_type!": ("client_credential",), "appid!": str, "secret!": str, "force_refresh": bool}


class LoopbackWeixin(LoopbackWeb):
    """`logins` counts the tokens given, `taken` holds what was sent by message id."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.logins = 0
        self.taken: dict[str, dict[str, Any]] = {}
        self._name = name
        self._numbers = itertools.count(3487542469355618313)

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        prefix = f"TOCSIN_{self._name.upper()}_"
        return {
            f"{prefix}APP_ID": APP_ID,
            f"{prefix}APP_SECRET": APP_SECRET,
            f"{prefix}TEMPLATE_ID": TEMPLATE,
            f"{prefix}FIELDS": FIELDS,
            f"{prefix}BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        asked = json.loads(request["body"])
        if request["path"] == "/cgi-bin/stable_token":
            if asked["secret"] != APP_SECRET:
                return refusal(40001)
            self.logins += 1
            return as_json({"access_token": f"61_token-{self.logins}", "expires_in": 7200})
        if request["args"].get("access_token") != f"61_token-{self.logins}":
            return refusal(40001)
        number = next(self._numbers)
        self.taken[str(number)] = asked
        told = {"msgid": number} if "template/send" in request["path"] else {}
        return as_json({"errcode": 0, "errmsg": "ok", **told})

    def judge(self) -> int:
        """Judge every request taken so far; how many messages there were."""
        for request in self.requests:
            table = _LOGIN if request["path"] == "/cgi-bin/stable_token" else _SENDS[request["path"]]
            assert judge_fields(table, json.loads(request["body"])) == []
        return sum(request["path"] in _SENDS for request in self.requests)


def event(number: str, status: str, *, kind: str = "TEMPLATESENDJOBFINISH", at: int = 1772802000) -> str:
    """The event that ends a template message, as the page shows it."""
    return (
        "<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>"
        "<FromUserName><![CDATA[oABCD-openid-of-li]]></FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{kind}]]></Event>"
        f"<MsgID>{number}</MsgID><Status><![CDATA[{status}]]></Status></xml>"
    )


def sealed(xml: str, *, at: int = 1772802000, app_id: str = APP_ID, token: str = TOKEN) -> WebhookRequest:
    """The request by which WeChat tells an event in secure mode."""
    text = xml.encode()
    plain = b"r" * 16 + len(text).to_bytes(4) + text + app_id.encode()
    padding = 32 - len(plain) % 32
    key = base64.b64decode(f"{AES_KEY}=")
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    secret = base64.b64encode(cipher.update(plain + bytes([padding]) * padding) + cipher.finalize()).decode()
    body = f"<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName><Encrypt><![CDATA[{secret}]]></Encrypt></xml>"
    target = signed(at, secret, name="msg_signature", token=token) + "&openid=oABCD-openid-of-li"
    return WebhookRequest(target, {}, body.encode())


def signed(at: int, *more: str, name: str = "signature", token: str = TOKEN) -> str:
    """An address with WeChat's signature over token, time, nonce and `more`."""
    digest = hashlib.sha1("".join(sorted((token, str(at), NONCE, *more))).encode(), usedforsecurity=False).hexdigest()
    return "/receipts/x?" + urlencode({name: digest, "timestamp": at, "nonce": NONCE, "echostr": "4375120948345356249"})


def refusal(code: int) -> Response:
    """WeChat's answer to what it does not take."""
    return as_json({"errcode": code, "errmsg": "refused rid: 63b13eeb-65c02d34-0fd76547"})
