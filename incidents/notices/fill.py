"""Write words into a notice: one placeholder, one language; what was written before is kept and superseded."""

import re

from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.ids import new_id
from incidents.notices.files import Filler
from incidents.notices.house import house_words
from incidents.notices.library import NoticeWording
from incidents.notices.tables import Notice, NoticeText
from incidents.notices.texts import Sources, notices_of, words_of
from incidents.notices.voids import void_all
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident

MOST_CHARACTERS = 4000
_MARKUP = re.compile(r"[{}]|<[a-zA-Z/!]")
_HALF = re.compile("[\ud800-\udfff]")  # half of a character: no encoding carries it, so no channel would
# What a person may write where the house pack says nothing: a shop's name, its ways to be reached.
_OF_HOUSE = {"sender": "sender", "verify_lines": "verify", "reach_lines": "reach"}


def fill(
    tx: Session,
    notice: Notice,
    language: str,
    placeholder: str,
    words: str,
    *,
    by: Actor,
    clock: Clock,
    sources: Sources,
) -> NoticeText:
    """Write `words`; an approval in this language falls. Raises BadInput for a placeholder that is not a writer's.

    Empty words take back what stood there.
    """
    must_be_open(tx.get_one(Incident, notice.incident_id))
    by.must_be(ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)
    if notice.withdrawn_at is not None:
        raise Refused("notice_withdrawn", f"{notice.reference} was withdrawn.")
    wording = sources.wording.notice(notice.wording)
    wording.in_language(language)
    _must_be_writable(notice, wording, placeholder, language, sources)
    earlier = words_of(tx, notice, language).get(placeholder)
    if earlier is not None:
        earlier.superseded_at = clock.now()
    row = NoticeText(
        id=new_id("txt"),
        notice_id=notice.id,
        language=language,
        placeholder=placeholder,
        words=_checked(placeholder, words),
        said_at=clock.now(),
        said_by=by.id,
        said_by_name=by.name,
    )
    tx.add(row)
    tx.flush()
    void_all(tx, notice, because=f"{placeholder} was written anew", language=language, by=by, clock=clock)
    detail = {"notice": notice.id, "language": language, "placeholder": placeholder, "characters": len(row.words)}
    timeline.append(tx, notice.incident_id, "notice.written", detail, by=by, clock=clock)
    return row


def fill_alike(
    tx: Session,
    notice: Notice,
    language: str,
    placeholder: str,
    words: str,
    *,
    by: Actor,
    clock: Clock,
    sources: Sources,
) -> list[NoticeText]:
    """Write the same words into every notice of this sender and tone that still has nothing there, this one first.

    A notice for children keeps its own words, for it is read by others.
    """
    tone = sources.wording.notice(notice.wording).own.tone
    written = [fill(tx, notice, language, placeholder, words, by=by, clock=clock, sources=sources)]
    for other in notices_of(tx, notice.incident_id):
        wording = sources.wording.notice(other.wording)
        same = other.id != notice.id and other.sender == notice.sender and wording.own.tone == tone
        if same and placeholder in wording.placeholders and placeholder not in words_of(tx, other, language):
            written.append(fill(tx, other, language, placeholder, words, by=by, clock=clock, sources=sources))
    return written


def _must_be_writable(
    notice: Notice, wording: NoticeWording, placeholder: str, language: str, sources: Sources
) -> None:
    hole = wording.placeholders.get(placeholder)
    if hole is None or (hole.by is not Filler.WRITER and placeholder not in _OF_HOUSE):
        mine = ", ".join(name for name, one in wording.placeholders.items() if one.by is Filler.WRITER)
        raise BadInput(f"{placeholder}: this is no placeholder that a person fills; {wording.id} has {mine}.")
    if hole.by is Filler.HOUSE:
        said = getattr(house_words(sources.packs, notice.sender), _OF_HOUSE[placeholder])
        if language in said if isinstance(said, dict) else said:
            raise BadInput(f"{placeholder}: the house pack of {notice.sender} says this; change it there.")


def _checked(placeholder: str, words: str) -> str:
    text = words.replace("\r\n", "\n").strip()
    if _MARKUP.search(text):
        raise BadInput(f"{placeholder}: plain words only, without braces or tags.")
    if _HALF.search(text):
        raise BadInput(f"{placeholder}: a character in these words is broken; type it anew.")
    if len(text) > MOST_CHARACTERS:
        raise BadInput(f"{placeholder}: {len(text)} characters; {MOST_CHARACTERS} are the most.")
    return text
