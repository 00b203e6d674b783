"""Running clocks: what is due for an incident, the next first, and what waits for an anchor."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from incidents.record.tables import Incident
from web.pages import record


@dataclass(frozen=True)
class RunningClock:
    """One thing with a time: `due_at` is the law's or promise's end, `target_at` our own where it says immediately.

    Neither: it waits for the anchor named in `waits_for`.
    """

    what: str
    due_at: datetime | None
    target_at: datetime | None
    waits_for: str | None
    sentence: str

    @property
    def first_at(self) -> datetime | None:
        """The moment to look at: the earlier of end and target."""
        return min((at for at in (self.due_at, self.target_at) if at), default=None)


@dataclass(frozen=True)
class IncidentRow:
    """One line of the list of incidents."""

    incident: Incident
    aware_at: datetime | None
    clocks: list[RunningClock] = field(default_factory=list)
    no_clock: str = "Nothing has been assessed yet."


def rows(tx: Session) -> list[IncidentRow]:
    """Every incident with its clocks."""
    return [IncidentRow(one, record.current_anchors(tx, one).get("became_aware_at")) for one in record.incidents(tx)]
