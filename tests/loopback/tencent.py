"""Tencent Cloud's short messages on loopback: takes what is signed by TC3-HMAC-SHA256, and tells what became of it."""

import hashlib
import hmac
import itertools
import json
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tencentcloud.sms.v20210111 import models  # type: ignore[import-untyped]
from werkzeug import Response

from tests.loopback import approved
from tests.loopback.web import LoopbackWeb, as_json

KEY, SECRET, APP = "AKID-key", "secret-of-tencent", "1400006666"


class LoopbackTencent(LoopbackWeb):
    """`messages` holds what was taken, as it is told when asked for; the carrier speaks in `end`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.contents: list[str] = []
        self.pulled: set[str] = set()
        self.tells_session = True  # SessionContext comes back only where Tencent has switched it on
        self._file = approved.write(folder, "numbered")
        self._numbers = itertools.count(1)

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_TENCENT_SECRET_ID": KEY,
            "TOCSIN_TENCENT_SECRET_KEY": SECRET,
            "TOCSIN_TENCENT_SDK_APP_ID": APP,
            "TOCSIN_TENCENT_TEMPLATES": str(self._file),
            "TOCSIN_TENCENT_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        if not is_signed(request):
            return as_json({"Response": {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "wrong"}}})
        form = json.loads(request["body"])
        action = request["headers"]["X-Tc-Action"]
        if action == "SendSms":
            return as_json({"Response": {"SendStatusSet": [self._send(form)], "RequestId": "r"}})
        if action == "PullSmsSendStatus":
            return as_json({"Response": {"PullSmsSendStatusSet": self._pull(form["Limit"]), "RequestId": "r"}})
        told = [one for one in self.messages if one["PhoneNumber"] == form["PhoneNumber"] and one["ReportStatus"]]
        return as_json({"Response": {"PullSmsSendStatusSet": self._as_told(told), "RequestId": "r"}})

    def end(self, status: str, description: str) -> None:
        """From now on the carrier has said this of every message (SUCCESS or FAIL)."""
        for message in self.messages:
            message |= {"ReportStatus": status, "Description": description, "UserReceiveTime": 1772802123}

    def judge(self) -> int:
        """Judge every request taken so far by the SDK's models; how many messages there were."""
        sent = 0
        for request in self.requests:
            assert is_signed(request)
            got, action = request["headers"], request["headers"]["X-Tc-Action"]
            assert (request["method"], request["path"], request["args"]) == ("POST", "/", {})
            assert (got["X-Tc-Version"], got["X-Tc-Region"]) == ("2021-01-11", "ap-guangzhou")
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # by which the SDK says that a field is not in its model
                model = getattr(models, f"{action}Request")()
                model.from_json_string(request["body"].decode())
            if action == "SendSms":
                assert len(model.PhoneNumberSet) == 1
                assert len(model.SessionContext.encode()) < 512
                assert model.SignName
            sent += action == "SendSms"
        return sent

    def _pull(self, limit: int) -> list[dict[str, Any]]:
        """Those that nobody pulled yet: each is given once."""
        found = [one for one in self.messages if one["ReportStatus"] and one["SerialNo"] not in self.pulled][:limit]
        self.pulled |= {one["SerialNo"] for one in found}
        return self._as_told(found)

    def _as_told(self, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return told if self.tells_session else [{**one, "SessionContext": ""} for one in told]

    def _send(self, form: dict[str, Any]) -> dict[str, Any]:
        serial = f"5000:{next(self._numbers):028d}"
        values = {str(number): value for number, value in enumerate(form["TemplateParamSet"], 1)}
        self.contents.append(approved.render(approved.texts("numbered")[form["TemplateId"]], values))
        number, session = form["PhoneNumberSet"][0], form["SessionContext"]
        bare = number.removeprefix("+86")
        self.messages.append(
            {"SerialNo": serial, "PhoneNumber": number, "SubscriberNumber": bare, "CountryCode": "86"}
            | {"SessionContext": session, "ReportStatus": "", "Description": "", "UserReceiveTime": 0}
        )
        return sent_status("Ok", number, SerialNo=serial, SessionContext=session, Fee=1, Message="send success")


def sent_status(code: str, number: str = "", **more: Any) -> dict[str, Any]:
    """What is said of one number of a request."""
    status = {"SerialNo": "", "PhoneNumber": number, "Fee": 0, "SessionContext": "", "Code": code, "Message": "refused"}
    return {**status, "IsoCode": "CN", **more}


def refusal(code: str, number: str = "", message: str = "refused") -> Response:
    """A refusal of the number; the request itself is answered well."""
    refused = sent_status(code, number, Message=message)
    return as_json({"Response": {"SendStatusSet": [refused], "RequestId": "r"}})


def error(code: str, status: int = 200) -> Response:
    """A refusal of the whole request, which comes with status 200 too."""
    return as_json({"Response": {"Error": {"Code": code, "Message": "refused"}, "RequestId": "r"}}, status)


def is_signed(request: dict[str, Any]) -> bool:
    """The signature, worked out as https://cloud.tencent.com/document/api/382/52072 says, without the SDK."""
    got = {name.lower(): value for name, value in request["headers"].items()}
    seconds = int(got["x-tc-timestamp"])
    day = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
    digest = hashlib.sha256(request["body"]).hexdigest()
    headers = f"content-type:{got['content-type']}\nhost:{got['host']}\n"
    canonical = f"POST\n/\n\n{headers}\ncontent-type;host\n{digest}"
    scope = f"{day}/sms/tc3_request"
    to_sign = f"TC3-HMAC-SHA256\n{seconds}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{SECRET}".encode()
    for part in (day, "sms", "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    right = f"TC3-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders=content-type;host, Signature={signature}"
    return bool(got["authorization"] == right)
