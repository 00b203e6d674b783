"""What a caller says: the approved words, and around them who is asked for and how the person can make sure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from incidents.deliveries.call_tables import Call, CallScript
from incidents.deliveries.dispositions import Disposition
from incidents.deliveries.tables import Batch, FanOut
from incidents.deliveries.words import words_of
from incidents.notices.house import house_words
from incidents.notices.library import load_wording
from incidents.notices.render import aloud
from incidents.notices.tables import Notice
from incidents.notices.values import ways_said
from packs import Strict, read_pack

_FOLDER = Path(__file__).parents[2] / "templates" / "calls"
ELSE = "en"  # the frame for a language that has none

Heading = Literal["before", "ask", "words", "doubts", "end", "written"]


class CallWords(Strict):
    """templates/calls/<language>.yaml: what is said around the words of any notice. `reviewed_by` is empty while nobody
    stands for the wording."""

    language: str
    name: str
    reviewed_by: str = ""
    reviewed_on: date | None = None
    before: tuple[str, ...]
    ask: str
    ask_guardian: str
    somebody_else: str
    doubts: str
    end: str
    headings: dict[Heading, str]
    dispositions: dict[Disposition, str]


@dataclass(frozen=True)
class Script:
    """One call's script. `frame` is what stands around the approved words, in the notice's language where there is one;
    `verify` is how the person can make sure by themselves."""

    language: str
    frame: CallWords
    sender: str
    reference: str
    ask: str
    words: str = field(repr=False)
    doubts: str
    verify: Sequence[str]

    @property
    def is_reviewed(self) -> bool:
        return bool(self.frame.reviewed_by.strip() and self.frame.reviewed_on)

    def as_json(self) -> dict[str, Any]:
        said = {"language": self.language, "reviewed": self.is_reviewed, "before": self.frame.before, "ask": self.ask}
        said |= {"somebody_else": self.frame.somebody_else, "words": self.words, "doubts": self.doubts}
        return said | {"verify": list(self.verify), "reference": self.reference, "end": self.frame.end}


@cache
def call_words() -> Mapping[str, CallWords]:
    """language -> its frame, found by walking. Raises BadInput naming file and line for a file that does not fit."""
    found = [read_pack(path, CallWords) for path in sorted(_FOLDER.glob("*.yaml"))]
    return {one.language: one for one in found}


def script_of(tx: Session, call: Call, *, kit: Any) -> Script:
    """The script of a call: the words that were approved for this person's language and variant, and their frame."""
    batch, fan_out = tx.get_one(Batch, call.batch_id), tx.get_one(FanOut, call.fan_out_id)
    frame = call_words().get(fan_out.language) or call_words()[ELSE]
    notice = tx.get(Notice, fan_out.notice_id)
    reference = notice.reference if notice else ""
    sender = fan_out.sender_name
    ask = frame.ask_guardian if fan_out.for_guardians else frame.ask
    return Script(
        language=fan_out.language,
        frame=frame,
        sender=sender,
        reference=reference,
        ask=ask.format(sender=sender),
        words=words_of(tx, batch)["spoken"],
        doubts=frame.doubts.format(reference=aloud(reference)),
        verify=_verify(kit.packs, notice.sender if notice else fan_out.party, fan_out.language),
    )


def keep_script(tx: Session, call: Call, *, kit: Any) -> str:
    """Keep the script of a call word for word, once for all calls that say the same; gives its digest."""
    said = script_of(tx, call, kit=kit).as_json()
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if tx.get(CallScript, digest) is None:
        with suppress(IntegrityError), tx.begin_nested():  # another caller may keep it at the same moment
            tx.add(CallScript(digest=digest, said=json.loads(text)))
    return digest


def _verify(packs: Any, sender: str, language: str) -> list[str]:
    words = load_wording().words.get(language)
    return ways_said(words.verify, house_words(packs, sender).verify, language) if words else []
