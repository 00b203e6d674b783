"""Reads a fan-out for its page: how it runs, its exact counts where they are cheap, and the picture as a table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from incidents.deliveries.live import Live, live
from incidents.deliveries.progress import Progress, progress
from incidents.deliveries.tables import FanOut
from incidents.notices.tables import Notice

EXACT = 100_000  # messages; of more, states are counted only where somebody asks
ROWS = 24


@dataclass(frozen=True)
class Shown:
    """One fan-out as its page shows it."""

    fan_out: FanOut
    notice: Notice | None
    live: Live
    counts: Progress | None  # None: there are too many to count each time the page asks

    @property
    def phase(self) -> str:
        return "ended" if self.fan_out.ended_at and self.fan_out.phase == "sending" else self.fan_out.phase

    @property
    def is_over(self) -> bool:
        """Whether nothing of it will go out any more."""
        return self.phase in {"ended", "aborted"}

    @property
    def moves(self) -> bool:
        """Whether the page should ask again."""
        if self.fan_out.phase not in {"planning", "sending"}:
            return False
        return self.fan_out.phase == "planning" or bool(self._under_way)

    @property
    def rows(self) -> list[tuple[datetime, int, int, int | None]]:
        """(moment, told, failed, told by the forecast): the picture as a table."""
        points = list(self.live.points)
        step = max(1, -(-len(points) // ROWS))
        chosen = [*points[:-1:step], points[-1]]
        return [(at, told, failed, self._foreseen(at)) for at, told, failed in chosen]

    @property
    def _under_way(self) -> int:
        return self.counts.under_way if self.counts else self.live.counts.waiting

    def _foreseen(self, at: datetime) -> int | None:
        if not self.live.forecast:
            return None
        times, people = zip(*((moment.timestamp(), told) for moment, told in self.live.forecast), strict=True)
        return int(np.interp(at.timestamp(), times, people))


def shown(tx: Session, fan_out: FanOut, *, kit: Any, exactly: bool = False) -> Shown:
    """How the fan-out stands; every state is counted where they are few, or somebody wants it `exactly`."""
    runs = live(tx, fan_out, kit=kit)
    few = sum(row["size"] for row in runs.by_provider) <= EXACT
    return Shown(fan_out, tx.get(Notice, fan_out.notice_id), runs, progress(tx, fan_out) if few or exactly else None)
