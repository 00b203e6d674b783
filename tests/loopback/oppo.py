"""OPUSH on loopback: checks the signature of a log-in, gives tokens of the day, takes one device a request by form."""

import hashlib
import itertools
import json
from typing import Any

from werkzeug import Response

from tests.loopback import pairs
from tests.loopback.fields import judge_fields
from tests.loopback.web import LoopbackWeb, as_json
from tests.loopback.xiaomi import form_of

APP_KEY, SECRET = "8899aa-key", "secret-of-opush"

# The vendor's Java SDK 1.1.0 (com.oppo.push.server.MessageTool) and the copies of its page 11236
_NOTIFICATION = {
    "app_message_id!": str,
    "style": (1, 2),
    "title!": str,
    "content!": str,
    "click_action_type": (0, 1, 2, 4, 5),
    "off_line": bool,
    "off_line_ttl": int,
    "channel_id": str,
    "category": ("IM", "ACCOUNT", "DEVICE_REMINDER", "ORDER", "TODO", "SUBSCRIPTION"),
    "notify_level": (1, 2, 16),
    "private_msg_template_id": str,
    "private_title_parameters": {"*": str},
    "private_content_parameters": {"*": str},
}
_MESSAGE = {"target_type!": (2,), "target_value!": str, "verify_registration_id": bool, "notification!": _NOTIFICATION}


class LoopbackOppo(LoopbackWeb):
    """`logins` counts the tokens given; `shown` holds what each device would show."""

    def __init__(self) -> None:
        super().__init__()
        self.logins = 0
        self.shown: dict[str, tuple[str, str]] = {}
        self._numbers = itertools.count(5742014)

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_OPPO_APP_KEY": APP_KEY,
            "TOCSIN_OPPO_MASTER_SECRET": SECRET,
            "TOCSIN_OPPO_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        form = form_of(request)
        if request["path"] == "/server/v1/auth":
            return self._log_in(form)
        if form.get("auth_token") != f"token+{self.logins}":
            return refusal(11)
        message = json.loads(form["message"])
        self.shown[message["target_value"]] = _shown(message["notification"])
        told = {"messageId": f"{next(self._numbers)}-1-1-5d", "taskId": "", "status": "call_success"}
        return as_json({"code": 0, "message": "Success", "data": told})

    def _log_in(self, form: dict[str, str]) -> Response:
        said = f"{form['app_key']}{form['timestamp']}{SECRET}"
        if form["sign"] != hashlib.sha256(said.encode()).hexdigest():
            return refusal(16)
        self.logins += 1
        told = {"auth_token": f"token+{self.logins}", "create_time": int(form["timestamp"])}
        return as_json({"code": 0, "message": "Success", "data": told})

    def judge(self) -> int:
        """Judge every message taken so far; how many there were."""
        sent = [request for request in self.requests if request["path"] != "/server/v1/auth"]
        for request in sent:
            assert request["path"] == "/server/v1/message/notification/unicast"
            message = message_of(request)
            assert judge_fields(_MESSAGE, message) == []
            notification = message["notification"]
            assert len(notification["title"]) <= 50
            assert len(notification["content"]) <= {1: 50, 2: 128}[notification["style"]]
            assert 0 < notification["off_line_ttl"] <= 864_000
        return len(sent)


def _shown(notification: dict[str, Any]) -> tuple[str, str]:
    template = notification.get("private_msg_template_id")
    if template is None:
        return notification["title"], notification["content"]
    values = notification["private_title_parameters"], notification["private_content_parameters"]
    return pairs.render(template, *values)


def message_of(request: dict[str, Any]) -> dict[str, Any]:
    """The message in the form of a request."""
    message: dict[str, Any] = json.loads(form_of(request)["message"])
    return message


def refusal(code: object, status: int = 200, message: str = "refused") -> Response:
    """OPUSH's answer to what it does not take."""
    return as_json({"code": code, "message": message}, status)
