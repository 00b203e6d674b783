"""Telegram on loopback: takes messages for a bot, and says the chat and the words again as Telegram does."""

import json
from typing import Any

from werkzeug import Response

from tests.loopback.judge import contracts
from tests.loopback.web import LoopbackWeb, as_json

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
_TYPES: dict[str, type] = {"Integer": int, "String": str, "Boolean": bool, "LinkPreviewOptions": dict}


class LoopbackTelegram(LoopbackWeb):
    """`chats` holds the chats that were written to, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.chats: list[int] = []

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {"TOCSIN_TELEGRAM_BOT_TOKEN": TOKEN, "TOCSIN_TELEGRAM_BASE_URL": self.address}

    def answer(self, request: dict[str, Any]) -> Response:
        body = json.loads(request["body"])
        self.chats.append(body["chat_id"])
        chat = {"id": body["chat_id"], "first_name": "Mya", "last_name": "Thida", "type": "private"}
        said = {"message_id": len(self.chats), "date": 1772802000, "chat": chat, "text": body["text"]}
        return as_json({"ok": True, "result": said})

    def judge(self) -> int:
        """Judge every message by the published fields of sendMessage; how many there were."""
        method = json.loads((contracts() / "telegram_bot_api_slice.json").read_text())["methods"]["sendMessage"]
        known = {field["name"]: field for field in method["fields"]}
        for request in self.requests:
            body = json.loads(request["body"])
            assert request["path"] == f"/bot{TOKEN}/{method['name']}"
            assert set(body) <= set(known)
            assert {name for name, field in known.items() if field["required"]} <= set(body)
            for name, value in body.items():
                assert type(value) in {_TYPES.get(kind) for kind in known[name]["types"]}, name
        return len(self.requests)


def refusal(status: int, description: str, **parameters: int) -> Response:
    """Telegram's error document."""
    tree = {"ok": False, "error_code": status, "description": description}
    return as_json(tree | ({"parameters": parameters} if parameters else {}), status)
