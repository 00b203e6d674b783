"""Reads the call list for its pages: how it stands, the latest calls, and one call with its script and number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import phonenumbers
from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries.call_counts import Listing, standing
from incidents.deliveries.call_tables import Call
from incidents.deliveries.calls import calls_to, contact_of, held_by, number_of
from incidents.deliveries.dispositions import Disposition
from incidents.deliveries.quiet import clocks, zones_of
from incidents.deliveries.script import Script, script_of
from incidents.foundation.errors import Refused
from incidents.notices.tables import Notice
from incidents.record.actor import Actor
from incidents.record.tables import Incident

LATEST = 20


@dataclass(frozen=True)
class ListsPage:
    """The lists with their notices, the call that the reader holds, and the latest calls."""

    lists: Sequence[tuple[Listing, Notice | None]]
    mine: Call | None
    latest: Sequence[Call]

    @property
    def languages(self) -> dict[str, int]:
        """language -> how many are still to be told in it, of lists from which people are called."""
        found: dict[str, int] = {}
        for one, _ in self.lists:
            if one.to_tell and one.phase == "sending" and one.closing is None:
                found[one.language] = found.get(one.language, 0) + one.to_tell
        return found


@dataclass(frozen=True)
class CallPage:
    """One call. `number` is None where the reader may not see it, and `why` says why; `clocks` is the time of day where
    the person lives, `zones` the time zones there, in which a call-back is asked for."""

    call: Call
    script: Script
    earlier: Sequence[Call]
    number: str | None = field(repr=False)
    why: str
    clocks: Sequence[str]
    zones: Sequence[str]
    writes: bool  # whether the reader may write down what came of it


def lists_page(tx: Session, incident: Incident, *, by: Actor, kit: Any) -> ListsPage:
    """What the page of the call lists shows."""
    lists = [(one, tx.get(Notice, one.notice_id)) for one in standing(tx, incident, kit=kit)]
    query = select(Call).where(Call.incident_id == incident.id).order_by(Call.begun_at.desc(), Call.id.desc())
    return ListsPage(lists, held_by(tx, incident, by, kit.clock.now()), tx.scalars(query.limit(LATEST)).all())


def call_page(tx: Session, call: Call, *, by: Actor, kit: Any) -> CallPage:
    """What the page of one call shows to this person."""
    number, why, now = None, "", kit.clock.now()
    try:
        number = in_groups(number_of(tx, call, by=by, kit=kit))
    except Refused as refused:
        why = refused.sentence
    writes = call.called_by == by.id and call.written_at is None
    there = _territory(tx, call, kit) if writes else ""
    earlier = [one for one in calls_to(tx, call.delivery_id) if one.number < call.number]
    script = script_of(tx, call, kit=kit)
    return CallPage(call, script, earlier, number, why, clocks(there, now), zones_of(there), writes)


def _territory(tx: Session, call: Call, kit: Any) -> str:
    """Where the person lives; unknown once the contacts were shredded."""
    try:
        return contact_of(tx, call, kit=kit).residence[:2]
    except Refused:
        return ""


def in_groups(number: str) -> str:
    """A number in E.164 as people dial and read it: +86 138 0000 0001."""
    try:
        read = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def row(call: Call) -> dict[str, Any]:
    """One call for the API and the command line; it holds no number."""
    names = ("id", "fan_out_id", "delivery_id", "number", "called_by_name", "disposition", "note", "promised")
    moments = ("begun_at", "held_until_at", "written_at", "again_at")
    said: dict[str, Any] = {name: getattr(call, name) for name in names}
    return said | {name: at.isoformat() if (at := getattr(call, name)) else None for name in moments}


DISPOSITIONS = tuple(Disposition)
