"""WhatsApp on loopback: takes templates, tells statuses in signed webhooks; its ids hold the number, as Meta's do."""

import base64
import json
from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.provider import WebhookRequest
from tests.loopback.facebook import signed_tree
from tests.loopback.judge import judge_openapi
from tests.loopback.web import LoopbackWeb, as_json

NUMBER_ID, TOKEN, SECRET, WORD = "106540352242922", "EAAsystem-user", "app-secret-of-whatsapp", "another-word"
TEMPLATES = """
templates:
  - {name: breach_zh, language: zh-Hans, code: zh_CN, text: "{{1}}: 请打开应用。"}
  - {name: breach_en, language: en, code: en, text: "{{1}}: please open the app of {{1}} before {{2}}."}
  - {name: breach_plain, language: en, code: en_US, text: "Please open our app."}
"""


class LoopbackWhatsApp(LoopbackWeb):
    """`taken` holds what was taken, by WhatsApp's id of the message."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.taken: dict[str, dict[str, Any]] = {}
        self.file = folder / "templates.yaml"
        self.file.write_text(TEMPLATES, encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """Settings that point the provider here."""
        return {
            "TOCSIN_WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
            "TOCSIN_WHATSAPP_ACCESS_TOKEN": TOKEN,
            "TOCSIN_WHATSAPP_APP_SECRET": SECRET,
            "TOCSIN_WHATSAPP_TEMPLATES": str(self.file),
            "TOCSIN_WHATSAPP_VERIFY_TOKEN": WORD,
            "TOCSIN_WHATSAPP_BASE_URL": self.address,
        }

    def answer(self, request: dict[str, Any]) -> Response:
        body = json.loads(request["body"])
        wamid = "wamid." + base64.b64encode(f"\x1c\x18\x0b{body['to']}\x15{len(self.taken)}".encode()).decode()
        self.taken[wamid] = body
        contacts = [{"input": body["to"], "wa_id": body["to"]}]
        said = {"messaging_product": "whatsapp", "contacts": contacts}
        return as_json(said | {"messages": [{"id": wamid, "message_status": "accepted"}]})

    def judge(self) -> int:
        """Judge every message by Meta's own OpenAPI document; how many there were."""
        for request in self.requests:
            judge_openapi("whatsapp_cloud_messages.openapi.json", "https://graph.facebook.com", request)
        return len(self.requests)

    def status(self, wamid: str, word: str, **more: Any) -> WebhookRequest:
        """What Meta tells of one message."""
        body = self.taken[wamid]
        told = {"id": wamid, "status": word, "timestamp": "1772802005", "recipient_id": body["to"]} | {
            "biz_opaque_callback_data": body["biz_opaque_callback_data"],
            **more,
        }
        return signed_value({"messaging_product": "whatsapp", "statuses": [told]})


def signed_value(value: dict[str, Any]) -> WebhookRequest:
    """A signed webhook of the business account with one change in it."""
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    return signed_tree({"object": "whatsapp_business_account", "entry": [entry]}, SECRET)
