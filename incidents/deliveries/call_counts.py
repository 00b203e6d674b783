"""How the call lists of an incident stand: every person on one in exactly one word, and how the calls ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from incidents.deliveries.call_tables import Call, CallListClosing
from incidents.deliveries.closings import closing_of
from incidents.deliveries.listed import queued
from incidents.deliveries.state import FAILED, State
from incidents.deliveries.tables import Batch, Delivery, DeliveryNow, FanOut
from incidents.record.tables import Incident
from notifiers.registry import channels

# In the order in which they are shown; the first seven are still to be told.
WORDS: Mapping[str, str] = {
    "call_back_due": "Asked to be called back; the time has come.",
    "nothing_written": "Was being called; nobody has written down what came of it.",
    "not_yet_called": "Nobody has called yet.",
    "again_due": "Was called in vain and is to be called again.",
    "being_called": "Somebody is calling now.",
    "call_back_later": "Asked to be called back later.",
    "again_later": "Was called in vain and is called again later.",
    "told_and_confirmed": "Was told and said that they understood.",
    "told": "Was told.",
    "next_route": "Could not be told by telephone; the next route is taken.",
    "in_doubt": "May have been told: the calls were stopped while somebody was calling.",
    "cancelled": "Was not to be told any more.",
}
TO_TELL = tuple(WORDS)[:7]
_WORD_OF = {State.READ: "told_and_confirmed", State.CANCELLED: "cancelled", State.IN_DOUBT: "in_doubt"}
_WORD_OF |= dict.fromkeys(FAILED, "next_route")


@dataclass(frozen=True)
class Listing:
    """The list of one fan-out. `people_by_word` adds up to `people`; `calls` counts what was written down."""

    fan_out_id: str
    notice_id: str
    language: str
    phase: str
    people: int
    people_by_word: Mapping[str, int]
    calls: Mapping[str, int]
    next_call_back_at: datetime | None
    closing: CallListClosing | None = None  # that the list was given up; in force

    @property
    def to_tell(self) -> int:
        """How many are not told yet and still to be."""
        return sum(self.people_by_word.get(word, 0) for word in TO_TELL)

    def as_json(self) -> dict[str, Any]:
        at = self.next_call_back_at
        said = {**vars(self), "people_by_word": dict(self.people_by_word), "calls": dict(self.calls)}
        said |= {"to_tell": self.to_tell, "next_call_back_at": at.isoformat() if at else None}
        del said["closing"]
        return said | {"given_up_at": self.closing.closed_at.isoformat() if self.closing else None}


def standing(tx: Session, incident: Incident, *, kit: Any) -> list[Listing]:
    """The lists of an incident, in the order in which they were planned."""
    now = kit.clock.now()
    by_people = [name for name, channel in channels().items() if channel.by_people]
    query = select(FanOut).where(FanOut.incident_id == incident.id).order_by(FanOut.planned_at, FanOut.id)
    found = []
    for one in tx.scalars(query):
        people = _people(tx, one, by_people, now)
        if people:
            found.append(_listing(tx, one, people))
    return found


def _listing(tx: Session, fan_out: FanOut, people: Mapping[str, int]) -> Listing:
    ordered = {word: people[word] for word in WORDS if people.get(word)}
    written = select(Call.disposition, func.count()).where(Call.fan_out_id == fan_out.id, Call.written_at.is_not(None))
    calls = {str(word): many for word, many in tx.execute(written.group_by(Call.disposition))}
    # Of people who still wait: what was promised to others is not owed any more.
    first = queued(func.min(Call.again_at)).join(Call, Call.delivery_id == Delivery.id)
    first = first.where(Call.fan_out_id == fan_out.id, Call.promised)
    about = (fan_out.id, fan_out.notice_id, fan_out.language, "ended" if fan_out.ended_at else fan_out.phase)
    closing = closing_of(tx, fan_out.notice_id, fan_out.language)
    return Listing(*about, sum(ordered.values()), ordered, calls, tx.scalar(first), closing)


def _people(tx: Session, fan_out: FanOut, by_people: Sequence[str], now: datetime) -> dict[str, int]:
    found: dict[str, int] = {}
    for state, waits, many in tx.execute(_counted(fan_out, by_people, now)):
        word = waits if state == State.QUEUED else _WORD_OF.get(State(state), "told")
        found[word] = found.get(word, 0) + many
    return found


def _counted(fan_out: FanOut, by_people: Sequence[str], now: datetime) -> Select[Any]:
    waits = case(
        (Call.id.is_(None), "not_yet_called"),
        (Call.held_until_at > now, "being_called"),
        (Call.held_until_at.is_not(None), "nothing_written"),
        (and_(Call.promised, Call.again_at <= now), "call_back_due"),
        (Call.promised, "call_back_later"),
        (Call.again_at <= now, "again_due"),
        else_="again_later",
    ).label("waits")
    stands = func.coalesce(DeliveryNow.state, State.QUEUED.value).label("stands")
    is_current = and_(Call.delivery_id == Delivery.id, or_(Call.held_until_at.is_not(None), Call.again_at.is_not(None)))
    query = select(stands, waits, func.count()).select_from(Delivery).join(Batch, Batch.id == Delivery.batch_id)
    query = query.outerjoin(DeliveryNow, DeliveryNow.delivery_id == Delivery.id).outerjoin(Call, is_current)
    return query.where(Batch.fan_out_id == fan_out.id, Batch.channel.in_(by_people)).group_by("stands", "waits")
