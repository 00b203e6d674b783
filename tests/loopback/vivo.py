"""vivo's push on loopback: checks the signature of a log-in, gives tokens of the day, takes one device a request."""

import hashlib
import itertools
import json
from typing import Any

from werkzeug import Response

from tests.loopback.fields import judge_fields
from tests.loopback.web import LoopbackWeb, as_json

APP_ID, APP_KEY, SECRET = "10004", "25509283-3767-4b9e-83fe-b6e55ac6243e", "secret-of-vivo"

# The vendor's Java SDK (com.vivo.push.sdk.notofication.Message) and https://dev.vivo.com.cn/documentCenter/doc/362
_SEND = {
    "appId!": int,
    "regId!": str,
    "title!": str,
    "content!": str,
    "notifyType!": (1, 2, 3, 4),
    "skipType!": (1, 2, 3, 4),
    "skipContent": str,
    "networkType": (-1, 1),
    "timeToLive": int,
    "classification": (0, 1),
    "category": ("IM", "ACCOUNT", "TODO", "DEVICE_REMINDER", "ORDER", "SUBSCRIPTION"),
    "notifyId": int,
    "requestId!": str,
    "pushMode": (0, 1),
}


class LoopbackVivo(LoopbackWeb):
    """`logins` counts the tokens given."""

    def __init__(self) -> None:
        super().__init__()
        self.logins = 0
        self._numbers = itertools.count(342982)

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_VIVO_APP_ID": APP_ID,
            "TOCSIN_VIVO_APP_KEY": APP_KEY,
            "TOCSIN_VIVO_APP_SECRET": SECRET,
            "TOCSIN_VIVO_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        if request["path"] == "/message/auth":
            return self._log_in(json.loads(request["body"]))
        if request["headers"].get("Authtoken") != f"24ojds98-{self.logins}":
            return refusal(10000)
        return as_json({"result": 0, "desc": "请求成功", "taskId": str(next(self._numbers))})

    def _log_in(self, body: dict[str, Any]) -> Response:
        said = f"{body['appId']}{body['appKey']}{body['timestamp']}{SECRET}"
        if body["sign"] != hashlib.md5(said.encode(), usedforsecurity=False).hexdigest():
            return refusal(10206)
        self.logins += 1
        return as_json({"result": 0, "desc": "请求成功", "authToken": f"24ojds98-{self.logins}"})

    def judge(self) -> int:
        """Judge every message taken so far; how many there were."""
        sent = [request for request in self.requests if request["path"] != "/message/auth"]
        for request in sent:
            assert request["path"] == "/message/send"
            body = json.loads(request["body"])
            assert judge_fields(_SEND, body) == []
            assert 60 <= body["timeToLive"] <= 86_400
            assert 1 <= body["notifyId"] <= 2147483647
            assert (len(body["requestId"]) <= 64, len(body["title"]) <= 40, len(body["content"]) <= 100) == (True,) * 3
        return len(sent)


def refusal(code: object, status: int = 200, **more: Any) -> Response:
    """vivo's answer to what it does not take."""
    return as_json({"result": code, "desc": "refused"} | more, status)
