"""Twilio on loopback: takes messages, remembers them, answers questions, and makes signed status callbacks."""

import itertools
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug import Response

from notifiers.provider import WebhookRequest
from tests.loopback.judge import judge_openapi
from tests.loopback.web import LoopbackWeb, as_json

SID, TOKEN, NUMBER = "AC" + "0" * 31 + "1", "secret-of-twilio", "+15005550006"


class LoopbackTwilio(LoopbackWeb):
    """`messages` holds what was taken by its sid. Each request is judged by Twilio's own OpenAPI document."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_TWILIO_ACCOUNT_SID": SID,
            "TOCSIN_TWILIO_AUTH_TOKEN": TOKEN,
            "TOCSIN_TWILIO_FROM_NUMBER": NUMBER,
            "TOCSIN_TWILIO_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        if request["method"] == "POST":
            form = {name: values[0] for name, values in parse_qs(request["body"].decode()).items()}
            sid = f"SM{next(self._numbers):032x}"
            self.messages[sid] = {"sid": sid, "status": "queued", "to": form["To"], "body": form["Body"], "form": form}
            return as_json({**self.messages[sid], "error_code": None, "form": None}, 201)
        sid = request["path"].rpartition("/")[2].removesuffix(".json")
        if sid in self.messages:
            return as_json(self.messages[sid])
        same = [m for m in self.messages.values() if m["to"] == request["args"].get("To")]
        return as_json({"messages": same}) if request["args"] else as_json({"code": 20404, "status": 404}, 404)

    def judge(self) -> int:
        """Judge every message taken so far; how many there were."""
        taken = [request for request in self.requests if request["method"] == "POST"]
        for request in taken:
            judge_openapi("twilio_messages_calls.openapi.json", "https://api.twilio.com", request)
        return len(taken)

    def call_back(self, sid: str, status: str, **more: str) -> WebhookRequest:
        """The signed request by which Twilio tells a message's status."""
        callback = self.messages[sid]["form"]["StatusCallback"]
        form = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "To": self.messages[sid]["to"]} | {
            "From": NUMBER,
            "AccountSid": SID,
            **more,
        }
        signature = RequestValidator(TOKEN).compute_signature(callback, form)
        address = urlsplit(callback)
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        return WebhookRequest(f"{address.path}?{address.query}", headers, urlencode(form).encode())


def refusal(code: int, status: int = 400) -> Response:
    """Twilio's error document."""
    return as_json({"code": code, "message": "refused", "more_info": "", "status": status}, status)
