"""By when a notice must have told its people: the duties behind it, as the ledger has them, with their moments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from incidents.deliveries.safe_start import SafeStart, safe_start
from incidents.notices.tables import Notice
from incidents.obligations.ledger import live
from incidents.obligations.states import State
from incidents.obligations.tables import LedgerEntry
from notifiers.provider import Provider
from policies.load import Packs

_BINDING = (State.OWED, State.POSSIBLE, State.MET, State.LATE)


@dataclass(frozen=True)
class Deadline:
    """One moment by which people must have been told: the law's limit, or our own target where it has none."""

    duty: str
    party: str
    citation: str
    kind: str  # limit | target
    ends_at: datetime
    safe_start: SafeStart | None  # None: done already, or nobody can say how many they are


def deadlines(
    tx: Session, notice: Notice, *, packs: Packs, providers: Mapping[str, Provider], parts: Mapping[str, int]
) -> list[Deadline]:
    """The deadlines of the duties that `notice` fulfils, the nearest first; `parts`: channel -> the most parts that one
    message of it has."""
    found: dict[tuple[str, datetime], Deadline] = {}
    for row in live(tx, notice.incident_id):
        ends_at = row.due_at or row.target_at
        if ends_at is not None and _is_behind(notice, row):
            latest = safe_start(row, packs=packs, providers=providers, parts=parts)
            kind = "limit" if row.due_at else "target"
            found.setdefault((row.duty, ends_at), Deadline(row.duty, row.party, row.citation, kind, ends_at, latest))
    return sorted(found.values(), key=lambda one: (one.ends_at, one.duty))


def _is_behind(notice: Notice, row: LedgerEntry) -> bool:
    owed = row.duty in notice.obligations and notice.audience.get("to") == row.owed_to
    return owed and row.party == notice.party and row.state in _BINDING
