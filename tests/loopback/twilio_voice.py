"""Twilio's calls on loopback: takes calls, remembers them, answers questions, and makes signed callbacks."""

import itertools
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug import Response

from notifiers.provider import WebhookRequest
from tests.loopback.judge import judge_openapi
from tests.loopback.twilio import NUMBER, SID, TOKEN
from tests.loopback.web import LoopbackWeb, as_json

TOWN = "SHWEBO"  # Twilio says in each callback where it takes the number to be


class LoopbackTwilioVoice(LoopbackWeb):
    """`calls` holds what was taken by its sid. Each request is judged by Twilio's own OpenAPI document."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_TWILIO_VOICE_ACCOUNT_SID": SID,
            "TOCSIN_TWILIO_VOICE_AUTH_TOKEN": TOKEN,
            "TOCSIN_TWILIO_VOICE_FROM_NUMBER": NUMBER,
            "TOCSIN_TWILIO_VOICE_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        if request["method"] == "POST":
            form = {name: values[0] for name, values in parse_qs(request["body"].decode()).items()}
            if len(form["Twiml"]) > 4000:
                return as_json({"code": 32018, "message": "Twiml is too long", "status": 400}, 400)
            sid = f"CA{next(self._numbers):032x}"
            self.calls[sid] = {"sid": sid, "status": "queued", "to": form["To"], "from": NUMBER, "form": form}
            return as_json({**self.calls[sid], "form": None, "queue_time": "0"}, 201)
        sid = request["path"].rpartition("/")[2].removesuffix(".json")
        known = self.calls.get(sid)
        return as_json({**known, "form": None}) if known else as_json({"code": 20404, "status": 404}, 404)

    def judge(self) -> int:
        """Judge every call taken so far; how many there were."""
        taken = [request for request in self.requests if request["method"] == "POST"]
        for request in taken:
            judge_openapi("twilio_messages_calls.openapi.json", "https://api.twilio.com", request)
        return len(taken)

    def twiml(self, sid: str) -> ElementTree.Element:
        """What the call says to whoever picks up, as Twilio reads it."""
        return ElementTree.fromstring(self.calls[sid]["form"]["Twiml"])

    def call_back(self, sid: str, status: str, **more: str) -> WebhookRequest:
        """The signed request by which Twilio tells that a call has ended."""
        return self._signed(self.calls[sid]["form"]["StatusCallback"], sid, status, more)

    def greeted(self, sid: str, digits: str | None = None, **more: str) -> WebhookRequest:
        """The signed request that Twilio makes, and waits for, when the greeting was said: with a key, or without."""
        return self._gathered(self.twiml(sid), sid, digits, more)

    def said(self, sid: str, digits: str | None = None, **more: str) -> WebhookRequest:
        """The same when the notice was said, whose address is that of the greeting with another word."""
        asked = self.twiml(sid)
        gather = asked.find("Gather")
        assert gather is not None
        gather.attrib["action"] = gather.attrib["action"].replace("said=greeting", "said=notice")
        return self._gathered(asked, sid, digits, more)

    def _gathered(
        self, asked: ElementTree.Element, sid: str, digits: str | None, more: dict[str, str]
    ) -> WebhookRequest:
        gather = asked.find("Gather")
        assert gather is not None
        return self._signed(gather.attrib["action"], sid, "in-progress", more | ({"Digits": digits} if digits else {}))

    def _signed(self, address: str, sid: str, status: str, more: dict[str, str]) -> WebhookRequest:
        number = self.calls[sid]["to"]
        form = {"CallSid": sid, "CallStatus": status, "To": number, "Called": number, "From": NUMBER, "Caller": NUMBER}
        form |= {"AccountSid": SID, "CalledCity": TOWN, "ToCity": TOWN, "Direction": "outbound-api", **more}
        signature = RequestValidator(TOKEN).compute_signature(address, form)
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        split = urlsplit(address)
        return WebhookRequest(f"{split.path}?{split.query}", headers, urlencode(form).encode())
