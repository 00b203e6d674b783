"""Alibaba Cloud's short messages on loopback: takes what is signed as its SDK signs, and answers what became of it."""

import itertools
import json
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from alibabacloud_dysmsapi20170525.models import (  # type: ignore[import-untyped]
    QuerySendDetailsRequest,
    QuerySendDetailsResponseBody,
    SendSmsRequest,
)
from alibabacloud_tea_openapi.utils import Utils  # type: ignore[import-untyped]
from werkzeug import Response

from tests.loopback import approved
from tests.loopback.web import LoopbackWeb, as_json

KEY, SECRET = "LTAI-key", "secret-of-alibaba"
_MODELS = {"SendSms": SendSmsRequest, "QuerySendDetails": QuerySendDetailsRequest}


class LoopbackAlibaba(LoopbackWeb):
    """`messages` holds what was taken, as QuerySendDetails tells it; `end` says what the carrier said of each."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self._file = approved.write(folder, "named")
        self._numbers = itertools.count(900000)

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_ALIBABA_ACCESS_KEY_ID": KEY,
            "TOCSIN_ALIBABA_ACCESS_KEY_SECRET": SECRET,
            "TOCSIN_ALIBABA_TEMPLATES": str(self._file),
            "TOCSIN_ALIBABA_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        if not is_signed(request):
            return as_json({"Code": "SignatureDoesNotMatch", "Message": "wrong", "RequestId": "r"}, 400)
        form, action = form_of(request), request["headers"]["X-Acs-Action"]
        return as_json(self._send(form, request) if action == "SendSms" else self._details(form))

    def end(self, status: int, code: str) -> None:
        """From now on the carrier has said `code` of every message (2 failed, 3 arrived)."""
        for message in self.messages:
            message |= {"SendStatus": status, "ErrCode": code, "ReceiveDate": message["SendDate"][:10] + " 23:59:58"}

    def judge(self) -> int:
        """Judge every request taken so far by the SDK's models; how many messages there were."""
        sent = 0
        for request in self.requests:
            assert is_signed(request)
            assert (request["method"], request["path"], request["args"]) == ("POST", "/", {})
            form, action = form_of(request), request["headers"]["X-Acs-Action"]
            assert {name: str(value) for name, value in _MODELS[action]().from_map(form).to_map().items()} == form
            needed = {
                "SendSms": {"PhoneNumbers", "SignName", "TemplateCode"},
                "QuerySendDetails": {"PhoneNumber", "SendDate", "PageSize", "CurrentPage"},
            }
            assert needed[action] <= set(form)
            sent += action == "SendSms"
        return sent

    def _send(self, form: dict[str, str], request: dict[str, Any]) -> dict[str, str]:
        at = datetime.fromisoformat(request["headers"]["X-Acs-Date"]).astimezone(ZoneInfo("Asia/Shanghai"))
        values = json.loads(form.get("TemplateParam", "{}"))
        message: dict[str, Any] = {
            "PhoneNum": form["PhoneNumbers"].removeprefix("+86"),
            "OutId": form["OutId"],
            "Content": approved.render(approved.texts("named")[form["TemplateCode"]], values),
            "TemplateCode": form["TemplateCode"],
            "SendDate": f"{at:%Y-%m-%d %H:%M:%S}",
            "SendStatus": 1,
            "ErrCode": "",
            "BizId": f"{next(self._numbers)}^0",
        }
        self.messages.append(message)
        return {"Code": "OK", "Message": "OK", "BizId": message["BizId"], "RequestId": "r"}

    def _details(self, form: dict[str, str]) -> dict[str, Any]:
        found = [
            {name: value for name, value in one.items() if name != "BizId"}
            for one in self.messages
            if one["PhoneNum"] == form["PhoneNumber"]
            and one["SendDate"][:10].replace("-", "") == form["SendDate"]
            and form.get("BizId") in {None, one["BizId"]}
        ]
        body: dict[str, Any] = {"Code": "OK", "Message": "OK", "RequestId": "r", "TotalCount": str(len(found))}
        body["SmsSendDetailDTOs"] = {"SmsSendDetailDTO": found}
        told: dict[str, Any] = QuerySendDetailsResponseBody().from_map(body).to_map()
        return told


def form_of(request: dict[str, Any]) -> dict[str, str]:
    """The fields of a request."""
    return dict(parse_qsl(request["body"].decode(), keep_blank_values=True))


def is_signed(request: dict[str, Any]) -> bool:
    """Whether the SDK's own signer would have written this Authorization for this request."""
    got = {name.lower(): value for name, value in request["headers"].items()}
    covered = got["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"host", "content-type"} | {name for name in got if name.startswith("x-acs-")} <= set(covered)
    payload = Utils.hex_encode(Utils.hash(request["body"], "ACS3-HMAC-SHA256"))
    asked = SimpleNamespace(
        method="POST", pathname="/", query=request["args"], headers={name: got[name] for name in covered}
    )
    right = Utils.get_authorization(asked, "ACS3-HMAC-SHA256", payload, KEY, SECRET)
    return bool(got["x-acs-content-sha256"] == payload and got["authorization"] == right)


def refusal(code: str, status: int = 200, message: str = "refused") -> Response:
    """What is answered when nothing is taken; most refusals come with status 200."""
    return as_json({"Code": code, "Message": message, "RequestId": "r"}, status)
