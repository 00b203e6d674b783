"""JPush on loopback: takes pushes for many devices, and tells of each device whether it has one."""

import base64
import itertools
import json
from typing import Any
from uuid import uuid4

from werkzeug import Response

from tests.loopback.fields import judge_fields
from tests.loopback.web import LoopbackWeb, as_json

APP_KEY, MASTER_SECRET = "7d431e42dfa6a6d693ac2d04", "5e987ac6d2e04d95a9d8f0d1"  # the page's own example
LOGIN = base64.b64encode(f"{APP_KEY}:{MASTER_SECRET}".encode()).decode()

_WORDS = {"alert!": str, "title": str, "extras": {"*": str}}
# https://docs.jiguang.cn/jpush/server/push/rest_api_v3_push
_PUSH = {
    "cid": str,
    "platform!": [("android", "ios", "hmos")],
    "audience!": {"registration_id!": [str]},
    "notification!": {
        "alert": str,
        "android": {**_WORDS, "intent": {"url!": str}, "priority": (-2, -1, 0, 1, 2), "category": str},
        "ios": {"alert!": {"title": str, "body!": str}, "sound": str, "extras": {"*": str}},
        "hmos": {**_WORDS, "category!": str, "intent!": {"url!": str}},
    },
    "options": {
        "sendno": int,
        "time_to_live": int,
        "apns_production": bool,
        "classification": (0, 1),
        "third_party_channel": {
            "vivo": {"category": str},
            "oppo": {"channel_id": str, "category": str, "notify_level": int},
        },
    },
}
# https://docs.jiguang.cn/jpush/server/push/rest_api_v3_report
_QUESTION = {"msg_id!": int, "registration_ids!": [str], "date": str}


class LoopbackJPush(LoopbackWeb):
    """`messages` holds the devices of each message id; `fates` a device's status where it is not "delivered". Where
    `day` is set, all was sent that day (of China) and no other knows of it."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[int, list[str]] = {}
        self.fates: dict[str, int] = {}
        self.day = ""
        self.given: list[str] = []
        self._of_cid: dict[str, int] = {}
        self._numbers = itertools.count(1828256757)

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_JPUSH_APP_KEY": APP_KEY,
            "TOCSIN_JPUSH_MASTER_SECRET": MASTER_SECRET,
            "TOCSIN_JPUSH_BASE_URL": self.address,
            "TOCSIN_JPUSH_REPORT_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        if request["headers"].get("Authorization") != f"Basic {LOGIN}":
            return refusal(1004, 401)
        if request["path"] == "/v3/push/cid":
            count = min(int(request["args"]["count"]), 10)  # as an app without a contract
            self.given += (made := [f"{APP_KEY}-{uuid4()}" for _ in range(count)])
            return as_json({"cidlist": made})
        asked = json.loads(request["body"])
        if request["path"] == "/v3/status/message":
            return as_json({device: {"status": self._status(asked, device)} for device in asked["registration_ids"]})
        cid = asked.get("cid")
        assert cid is None or cid in self.given, "a cid is fetched before it is used"
        if cid not in self._of_cid:
            number = next(self._numbers)
            self.messages[number] = asked["audience"]["registration_id"]
            if cid is None:
                return as_json({"sendno": "0", "msg_id": str(number)})
            self._of_cid[cid] = number
        return as_json({"sendno": "0", "msg_id": str(self._of_cid[cid])})

    @property
    def pushes(self) -> list[dict[str, Any]]:
        """The requests that pushed something."""
        return [request for request in self.requests if request["path"] == "/v3/push"]

    def judge(self) -> int:
        """Judge every request taken so far; how many pushes there were."""
        taken = [(r["path"], json.loads(r["body"])) for r in self.requests if r["body"]]
        for path, body in taken:
            assert judge_fields(_QUESTION if path == "/v3/status/message" else _PUSH, body) == []
            assert len(body.get("registration_ids") or body["audience"]["registration_id"]) <= 1000
        return sum(path == "/v3/push" for path, _ in taken)

    def _status(self, asked: dict[str, Any], device: str) -> int:
        known = device in self.messages.get(asked["msg_id"], []) and self.day in {"", asked["date"]}
        return self.fates.get(device, 0) if known else 3


def refusal(code: int, status: int, message: str = "refused", **headers: str) -> Response:
    """JPush's error document."""
    return as_json({"error": {"code": code, "message": message}}, status, **headers)
