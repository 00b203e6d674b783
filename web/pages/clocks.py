"""Running clocks: what is due for an incident, the next first, and what waits for an anchor."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from incidents.obligations import ledger
from incidents.obligations.states import State
from incidents.obligations.tables import LedgerEntry
from incidents.record.tables import Incident
from web.languages import N_
from web.pages import record

_RUNS = (State.OWED, State.POSSIBLE)


@dataclass(frozen=True)
class RunningClock:
    """One thing with a time: `due_at` is the law's or promise's end, `target_at` our own where it says immediately.

    Neither: it waits for the anchors named in `waits_for`.
    """

    what: str
    due_at: datetime | None
    target_at: datetime | None
    waits_for: tuple[str, ...]
    sentence: str
    citation: str
    to_confirm: bool

    @property
    def first_at(self) -> datetime | None:
        """The moment to look at: the earlier of end and target."""
        return min((at for at in (self.due_at, self.target_at) if at), default=None)


@dataclass(frozen=True)
class Hanging:
    """How many duties hang on a fact that nobody has established, and the earliest limit among those that have one."""

    many: int
    first_at: datetime | None


@dataclass(frozen=True)
class IncidentRow:
    """One line of the list of incidents."""

    incident: Incident
    aware_at: datetime | None
    clocks: list[RunningClock] = field(default_factory=list)
    no_clock: str = ""


def rows(tx: Session) -> list[IncidentRow]:
    """Every incident with its clocks."""
    return [_row(tx, one) for one in record.incidents(tx)]


def clocks(tx: Session, one: Incident) -> list[RunningClock]:
    """What is due for this incident, the next first, then what waits."""
    found = [clock_of(row) for row in ledger.live(tx, one.id) if row.state in _RUNS]
    return sorted(found, key=lambda clock: (clock.first_at is None, str(clock.first_at), clock.what))


def hanging(tx: Session, one: Incident) -> Hanging:
    """What may be owed, as nobody knows yet; a limit runs whether anybody knows of it or not."""
    rows = [] if one.closed_at else [row for row in ledger.live(tx, one.id) if row.state == State.UNKNOWN]
    return Hanging(len(rows), min((row.due_at for row in rows if row.due_at), default=None))


def no_clock(tx: Session, one: Incident) -> str:
    """Why no clock runs: before anybody asked the laws that is no word of comfort."""
    if one.closed_at:
        return N_("No clock runs: the case is closed.")
    assessed = ledger.newest_assessment(tx, one.id) is not None
    return N_("Nothing is due.") if assessed else N_("Nothing has been assessed yet: which clocks run is not known.")


def clock_of(row: LedgerEntry) -> RunningClock:
    """The clock of one obligation; one that is settled or not owed runs no more."""
    running = row.state in _RUNS
    return RunningClock(
        what=f"{row.does} ({row.party})" if row.party else row.does,
        due_at=row.due_at if running else None,
        target_at=row.target_at if running and row.target_at != row.due_at else None,
        waits_for=tuple(row.waiting_for) if running else (),
        sentence=row.deadline_says,
        citation=row.citation,
        to_confirm=row.to_confirm,
    )


def _row(tx: Session, one: Incident) -> IncidentRow:
    aware_at = record.current_anchors(tx, one).get("became_aware_at")
    return IncidentRow(one, aware_at, clocks(tx, one), no_clock(tx, one))
