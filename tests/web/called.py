"""A real incident whose ten people stand on a call list, for the tests of the doors."""

from types import SimpleNamespace
from typing import Any

import pytest

from incidents.deliveries import calls, claim, send
from incidents.kit import Kit
from incidents.notices.tables import Notice
from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from tests.incidents.fanout import Stage
from tests.incidents.rows import filled

RANA = Actor("acc_rana", "Rana", frozenset({ActorRole.RESPONDER}))
SPOKEN = {
    "en": "Hello. This is MiaoKe, with an important notice about a security incident. Personal data about you is "
    "concerned: your name and your number. We are sorry.\n\nWhat you can do\nDo not open links in messages about it.",
    "zh-Hans": "您好，这里是喵课，有一份重要的安全通知。事件涉及"
    "您的姓名和手机号码。\n\n您可以做什么\n不要点击相关短信里的链接。",
    "my": "မင်္ဂလာပါ။ ဒါကတော့ MiaoKe ရဲ့ လုံခြုံရေး အသိပေးချက် ဖြစ်ပါတယ်။ သင့်အမည်နဲ့ ဖုန်းနံပါတ် ပါဝင်ပါတယ်။",
}


def listed(kit: Kit, monkeypatch: pytest.MonkeyPatch, *, language: str = "en") -> str:
    """Ten people of Singapore on the list of a notice in this language; gives the incident's reference. The gate is
    held by the tests of notices; here it stands open."""
    for module in (claim, calls):
        monkeypatch.setattr(module, "require_still_approved", lambda _tx, _fan_out: None)
    with kit.begin() as tx:
        said = Declaration("A list of learners was copied", "miaoke", kit.clock.now())
        incident = declare(tx, said, by=RANA, clock=kit.clock, keys=kit.keys)
        notice = {"id": "not_1", "reference": "MK-7K3Q-9FMX", "incident_id": incident.id, "sender": "miaoke"}
        tx.add(filled(Notice, **notice, wording="individuals", withdrawn_at=None, follows_id=None))
    bound: Any = SimpleNamespace(**vars(kit) | {"directories": {}})
    bound.of = lambda _incident: bound
    stage = Stage(bound, incident.id, kit.home)
    stage.write({f"u{number}": {"mobile": f"+65812345{number:02d}", "country": "SG"} for number in range(10)})
    texts = {"v1": {"calls": {"spoken": SPOKEN[language]}}}
    words = {"party": "miaoke", "company": "miaoke", "sender_name": "MiaoKe", "language": language, "texts": texts}
    stage.plan(stage.dispatch(**words, ladders=({"one_by_one": ["calls"]},)))
    for batch_id in claim.due(kit):
        send.send_batch(kit, batch_id)
    return incident.reference
