"""The timeline: append-only lines, each chained by SHA-256 to the one before; event time and recorded time are two.

A line's digest is over its canonical JSON (sorted keys, no spaces, UTF-8, times in ISO 8601 UTC) with the digest
before it, so that anyone with the lines can check the chain with no code of ours.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.clock import Clock
from incidents.foundation.database import ALONE
from incidents.foundation.ids import new_id
from incidents.foundation.log import note_when_kept
from incidents.record.actor import Actor
from incidents.record.tables import Incident, TimelineEntry

GENESIS = "0" * 64


def append(
    tx: Session,
    incident_id: str,
    kind: str,
    detail: Mapping[str, Any],
    *,
    by: Actor,
    clock: Clock,
    happened_at: datetime | None = None,
) -> TimelineEntry:
    """Add one line. `kind` is a `noun.verb` word; `detail` holds ids, counts and words, no personal data."""
    tx.get(Incident, incident_id, with_for_update=ALONE)  # one writer at a time, or two lines would claim one place
    last = tx.scalars(
        select(TimelineEntry)
        .where(TimelineEntry.incident_id == incident_id)
        .order_by(TimelineEntry.seq.desc())
        .limit(1)
    ).first()
    now = clock.now()
    entry = TimelineEntry(
        id=new_id("tl"),
        incident_id=incident_id,
        seq=last.seq + 1 if last else 1,
        kind=kind,
        happened_at=happened_at or now,
        recorded_at=now,
        actor_id=by.id,
        actor_name=by.name,
        detail=json.loads(json.dumps(dict(detail), default=_plain)),
        previous=last.digest if last else GENESIS,
    )
    entry.digest = digest_of(line(entry))
    tx.add(entry)
    tx.flush()
    note_when_kept(tx, kind, entry.detail, incident=incident_id)
    return entry


def read(tx: Session, incident_id: str) -> list[TimelineEntry]:
    """All lines of an incident in order."""
    query = select(TimelineEntry).where(TimelineEntry.incident_id == incident_id).order_by(TimelineEntry.seq)
    return list(tx.scalars(query))


def line(entry: TimelineEntry) -> dict[str, Any]:
    """The line as plain JSON, without its own digest: what is hashed and what the bundle carries."""
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "happened_at": _plain(entry.happened_at),
        "recorded_at": _plain(entry.recorded_at),
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "detail": entry.detail,
        "previous": entry.previous,
    }


def digest_of(plain: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of a line."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def first_break(lines: Iterable[tuple[Mapping[str, Any], str]]) -> int | None:
    """The number of the first of these (line, digest) pairs at which the chain does not hold; None if it holds."""
    previous = GENESIS
    for number, (plain, digest) in enumerate(lines, start=1):
        if plain["seq"] != number or plain["previous"] != previous or digest_of(plain) != digest:
            return number
        previous = digest
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"a timeline line cannot hold a {type(value).__name__}")
