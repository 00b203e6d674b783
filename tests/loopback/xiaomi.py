"""MiPush on loopback: takes one device a request by form, puts approved words together as MiPush does."""

import itertools
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from werkzeug import Response

from tests.loopback import pairs
from tests.loopback.web import LoopbackWeb, as_json

SECRET, PACKAGE, CHANNEL = "secret-of-mipush", "com.moqi.app", "112233"

# https://dev.mi.com/xiaomihyperos/documentation/detail?pId=1559 (table 1-1 and its extras) and pId=2314
_FORM = {
    "restricted_package_name": re.compile(r"[\w.]+"),
    "registration_id": re.compile(r"[^,\s]+"),
    "pass_through": re.compile(r"0|1"),
    "title": re.compile(r"(?=.*\S).{1,49}"),
    "description": re.compile(r"(?=.*\S).{1,127}"),
    "payload": re.compile(r".+"),
    "time_to_live": re.compile(r"[0-9]+"),
    "notify_id": re.compile(r"[0-9]+"),
    "extra.notify_effect": re.compile(r"1|2|3"),
    "extra.channel_id": re.compile(r".+"),
    "extra.template_id": re.compile(r".+"),
    "extra.template_param": re.compile(r"\{.*\}"),
}


class LoopbackXiaomi(LoopbackWeb):
    """`shown` holds what each device would show, by registration id."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.shown: dict[str, tuple[str, str]] = {}
        self._file = pairs.write(folder, channel=CHANNEL)
        self._numbers = itertools.count(56450316536406)

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_XIAOMI_APP_SECRET": SECRET,
            "TOCSIN_XIAOMI_PACKAGE": PACKAGE,
            "TOCSIN_XIAOMI_TEMPLATES": str(self._file),
            "TOCSIN_XIAOMI_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        if request["headers"].get("Authorization") != f"key={SECRET}":
            return refusal(21301)
        form = form_of(request)
        values = json.loads(form["extra.template_param"])
        self.shown[form["registration_id"]] = pairs.render(form["extra.template_id"], values, values)
        number = f"scm{next(self._numbers)}"
        told = {"result": "ok", "trace_id": f"X{number}", "code": 0, "data": {"id": number}, "description": "成功"}
        return as_json(told | {"info": "Received push messages for 1 REGID"})

    def judge(self) -> int:
        """Judge every message taken so far; how many there were."""
        for request in self.requests:
            assert request["path"] == "/v3/message/regid"
            form = form_of(request)
            assert set(form) == set(_FORM)
            assert [name for name, value in form.items() if not _FORM[name].fullmatch(value)] == []
            assert int(form["time_to_live"]) <= 10 * 86_400_000
            assert (form["restricted_package_name"], form["extra.channel_id"]) == (PACKAGE, CHANNEL)
            assert self.shown[form["registration_id"]] == (form["title"], form["description"])
        return len(self.requests)


def form_of(request: dict[str, Any]) -> dict[str, str]:
    """What a request said; a name said twice is a fault."""
    said = parse_qsl(request["body"].decode(), keep_blank_values=True, strict_parsing=True)
    assert len(dict(said)) == len(said)
    return dict(said)


def refusal(code: object, status: int = 200, reason: str = "No valid targets!") -> Response:
    """MiPush's answer to what it does not take."""
    told = {"result": "error", "reason": reason, "trace_id": "Xcm1", "code": code, "description": "发送消息失败"}
    return as_json(told, status)
