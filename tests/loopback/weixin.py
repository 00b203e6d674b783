"""WeChat on loopback: gives stable access tokens and takes template and subscription messages."""

import itertools
import json
from typing import Any

from werkzeug import Response

from tests.loopback.fields import judge_fields
from tests.loopback.web import LoopbackWeb, as_json

APP_ID, APP_SECRET, TEMPLATE = "wx1234567890abcdef", "secret-of-weixin", "TEMPLATE_ID_1"
FIELDS = "thing1 title, thing2 body, time3 now"

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


def refusal(code: int) -> Response:
    """WeChat's answer to what it does not take."""
    return as_json({"errcode": code, "errmsg": "refused rid: 63b13eeb-65c02d34-0fd76547"})
