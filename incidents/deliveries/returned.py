"""Letters that came back: what was read off their envelopes becomes receipts, and their people take the next route."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries import stands
from incidents.deliveries.receive import take
from incidents.deliveries.state import State
from incidents.deliveries.tables import Batch, Delivery, DeliveryOutcome, FanOut
from incidents.foundation.bulk import among
from incidents.foundation.errors import BadInput
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from notifiers.mark import reference_of
from notifiers.message import AddressKind
from notifiers.outcome import Outcome, Reason, Receipt
from notifiers.registry import channels

COLUMNS = ("reference", "reason", "returned_on")
_MAY = (ActorRole.RESPONDER, ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE)
_EVENT = "returned"  # one letter comes back once
_POSTED = (State.ACCEPTED, State.DELIVERED, State.IN_DOUBT)  # where a letter that was, or may have been, handed over is


class Why(StrEnum):
    """Why a letter came back, as far as the post says."""

    GONE = "gone"
    INVALID_ADDRESS = "invalid_address"
    UNREACHABLE = "unreachable"
    OTHER = "other"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    Why.GONE: "The person has moved away or has died.",
    Why.INVALID_ADDRESS: "The address does not exist or is not whole, or nobody of that name lives there.",
    Why.UNREACHABLE: "It was not taken in, or not fetched from the post.",
    Why.OTHER: "The post gives another reason, or none.",
}


@dataclass(frozen=True)
class Back:
    """One letter that came back. `place` is where it was read, for a sentence about it."""

    place: str
    reference: str
    why: Why = Why.OTHER
    on: date | None = None


@dataclass
class Taken:
    """How many letters were taken as returned now, by reason; and a sentence for each that was not."""

    letters: Counter[Why] = field(default_factory=Counter)
    not_taken: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For the doors."""
        reasons = {str(why): many for why, many in sorted(self.letters.items())}
        return {"letters": self.letters.total(), "reasons": reasons, "not_taken": self.not_taken}


def read_returned(text: str, *, where: str, why: Why = Why.OTHER) -> tuple[list[Back], list[str]]:
    """The letters in `text`, and a sentence for each line that cannot be read; none of them repeats what stands there.

    It is CSV with the columns reference and, where known, reason and returned_on (ISO 8601); or one reference a line,
    as a scanner writes them, all for `why`. Raises BadInput for a column of another name and for what is no CSV.
    """
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        rows = list(lines)
    except csv.Error:  # a field longer than csv takes, or a carriage return without a line feed
        raise BadInput(f"{where}, line {lines.line_num}: this cannot be read as CSV.") from None
    names = [name.strip().lower() for name in rows[0]] if rows else []
    is_headed = "reference" in names
    if is_headed and any(name not in COLUMNS for name in names):
        raise BadInput(f"{where}, line 1: a column is none of {', '.join(COLUMNS)}.")
    found, wrong = [], []
    for number, row in enumerate(rows[1:] if is_headed else rows, start=2 if is_headed else 1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        place = f"{where}, line {number}"
        try:
            found.append(_back(dict(zip(names if is_headed else COLUMNS, cells, strict=False)), place, why))
        except BadInput as error:
            wrong.append(str(error))
    return found, wrong


def take_returned(tx: Session, backs: Sequence[Back], *, by: Actor, kit: Any) -> Taken:
    """Write a receipt for each letter, as a provider's own would be. One that is unknown, doubled, or no letter is left
    out with a sentence, and keeps no other from being taken."""
    by.must_be(*_MAY)
    taken = Taken()
    once = dict(_once(backs, taken.not_taken))
    known = _letters(tx, once)
    again = _returned_before(tx, known)
    by_provider: dict[str, list[Receipt]] = {}
    of_incident: dict[str, Counter[Why]] = {}
    for reference, back in once.items():
        letter = known.get(reference)
        if letter is None:
            taken.not_taken.append(f"{back.place}: no letter of ours has this reference.")
        elif reference in again:
            taken.not_taken.append(f"{back.place}: this letter was taken as returned before.")
        elif letter.state not in _POSTED:
            taken.not_taken.append(f"{back.place}: this letter was not handed over, so it cannot have come back.")
        else:
            by_provider.setdefault(letter.provider, []).append(_receipt(reference, back, by))
            of_incident.setdefault(letter.incident_id, Counter())[back.why] += 1
            taken.letters[back.why] += 1
    for provider, receipts in sorted(by_provider.items()):
        take(tx, provider, receipts, kit=kit)
    for incident_id, reasons in of_incident.items():
        detail = {"letters": reasons.total(), "reasons": {str(why): many for why, many in sorted(reasons.items())}}
        timeline.append(tx, incident_id, "delivery.returned", detail, by=by, clock=kit.clock)
    return taken


def _back(row: dict[str, str], place: str, why: Why) -> Back:
    if not row.get("reference"):
        raise BadInput(f"{place}: the reference is missing.")
    said, on = row.get("reason") or why, row.get("returned_on")
    if said not in tuple(Why):
        raise BadInput(f"{place}: the reason is not one of {', '.join(Why)}.")
    try:
        return Back(place, row["reference"], Why(said), date.fromisoformat(on) if on else None)
    except ValueError:
        raise BadInput(f"{place}: returned_on is no date such as 2026-03-07.") from None


def _once(backs: Iterable[Back], not_taken: list[str]) -> Iterator[tuple[str, Back]]:
    seen: dict[str, str] = {}
    for back in backs:
        try:
            reference = reference_of(back.reference)
        except BadInput as error:
            not_taken.append(f"{back.place}: {error}.")
            continue
        if reference in seen:
            not_taken.append(f"{back.place}: this reference stands already at {seen[reference]}.")
        else:
            seen[reference] = back.place
            yield reference, back


def _letters(tx: Session, references: Iterable[str]) -> dict[str, Any]:
    """Those that are letters of ours, with provider, incident and state."""
    posted = [name for name, channel in channels().items() if channel.address is AddressKind.POSTAL]
    query = (
        stands.joined(select(Delivery.id, Batch.provider, FanOut.incident_id, stands.STATE.label("state")))
        .join(Batch, Batch.id == Delivery.batch_id)
        .join(FanOut, FanOut.id == Delivery.fan_out_id)
        .where(among(tx, Delivery.id, list(references)), Delivery.channel.in_(posted))
    )
    return {row.id: row for row in tx.execute(query)}


def _returned_before(tx: Session, references: Iterable[str]) -> set[str]:
    events = {f"{reference}:{_EVENT}": reference for reference in references}
    query = select(DeliveryOutcome.event_id).where(among(tx, DeliveryOutcome.event_id, list(events)))
    return {events[event] for event in tx.scalars(query) if event is not None}


def _receipt(reference: str, back: Back, by: Actor) -> Receipt:
    at = datetime.combine(back.on, time(), UTC) if back.on else None
    raw = {"returned": str(back.why), "on": back.on.isoformat() if back.on else None, "taken_by": by.id}
    return Receipt(Outcome.BOUNCED, _EVENT, at, reference, None, Reason(back.why), permanent=True, raw=raw)
