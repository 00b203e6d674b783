"""Widens a fan-out wave by wave, and pauses it by itself where too much failed or was reported as unwanted."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from incidents.deliveries.tables import Batch, FanOut
from incidents.foundation.database import ALONE
from incidents.record import timeline
from incidents.record.actor import TOCSIN
from notifiers.registry import channels

FEWEST = 100  # answers; of fewer no share is formed
ENOUGH = 0.95  # of a wave must have an answer before the next one begins
# Google asks bulk senders to stay below this share of spam reports:
# https://support.google.com/a/answer/81126 (general knowledge, not read in the text).
MOST_COMPLAINED = 0.003


@dataclass(frozen=True)
class Standing:
    """What has become of the waves that are open, and whether more are to come."""

    size: int
    answered: int
    failed: int
    complained: int
    more: bool

    def too_bad(self, most_failed: float) -> str | None:
        """Why the fan-out must pause, in one sentence; None where it may go on."""
        if self.answered < FEWEST:
            return None
        if self.failed > most_failed * self.answered:
            return f"{self.failed:,} of {self.answered:,} answers are failures, more than {most_failed:.0%}."
        if self.complained > MOST_COMPLAINED * self.answered:
            return (
                f"{self.complained:,} of {self.answered:,} were reported as unwanted, more than {MOST_COMPLAINED:.1%}."
            )
        return None


def due(kit: Any) -> list[str]:
    """The fan-outs that are to be widened or paused now."""
    with kit.begin(reading=True) as tx:
        running = tx.scalars(select(FanOut).where(FanOut.phase == "sending", FanOut.ended_at.is_(None))).all()
        return [one.id for one in running if _widens(tx, one, kit) or standing(tx, one).too_bad(one.most_failed)]


def look(kit: Any, fan_out_id: str) -> None:
    """Pause the fan-out or open its next wave, whichever is due. Harmless when run twice."""
    with kit.begin() as tx:
        fan_out = tx.get_one(FanOut, fan_out_id, with_for_update=ALONE)
        if fan_out.phase != "sending":
            return
        now = kit.clock.now()
        because = standing(tx, fan_out).too_bad(fan_out.most_failed)
        if because is not None:
            fan_out.phase, fan_out.paused_at, fan_out.because = "paused", now, because
            detail = {"fan_out": fan_out.id, "code": "too_many_failed"}
            timeline.append(tx, fan_out.incident_id, "delivery.stopped", detail, by=TOCSIN, clock=kit.clock)
        elif _widens(tx, fan_out, kit):
            fan_out.wave, fan_out.widened_at = fan_out.wave + 1, now
            detail = {"fan_out": fan_out.id, "wave": fan_out.wave}
            timeline.append(tx, fan_out.incident_id, "delivery.widened", detail, by=TOCSIN, clock=kit.clock)


def standing(tx: Session, fan_out: FanOut) -> Standing:
    """The sums over the batches of the waves that are open; what a person accepted by resuming is not held against the
    fan-out a second time."""
    open_ = Batch.wave <= fan_out.wave
    sums = [func.coalesce(func.sum(case((open_, one), else_=0)), 0) for one in _COUNTED]
    size, answered, failed, complained = tx.execute(select(*sums).where(*_by_machine(fan_out))).one()
    later = select(Batch.id).where(Batch.fan_out_id == fan_out.id, Batch.wave > fan_out.wave).limit(1)
    accepted = fan_out.accepted
    return Standing(
        size,
        answered - accepted.get("answered", 0),
        failed - accepted.get("failed", 0),
        complained - accepted.get("complained", 0),
        tx.scalar(later) is not None,
    )


def seen(tx: Session, fan_out: FanOut) -> dict[str, int]:
    """What whoever resumes has seen, and what is not held against the fan-out from then on."""
    names = ("answered", "failed", "complained")
    sums = [func.coalesce(func.sum(getattr(Batch, name)), 0) for name in names]
    return dict(zip(names, tx.execute(select(*sums).where(*_by_machine(fan_out))).one(), strict=True))


def _by_machine(fan_out: FanOut) -> tuple[ColumnElement[bool], ...]:
    """What people carry is neither waited for nor held against the machines: they take days, and many do not answer."""
    people = [name for name, channel in channels().items() if channel.by_people]
    return Batch.fan_out_id == fan_out.id, Batch.channel.not_in(people)


_COUNTED = (Batch.size, Batch.answered, Batch.failed, Batch.complained)


def _widens(tx: Session, fan_out: FanOut, kit: Any) -> bool:
    found = standing(tx, fan_out)
    since = fan_out.widened_at or fan_out.plan_ended_at
    soaked = since is not None and since + timedelta(minutes=fan_out.soak_minutes) <= kit.clock.now()
    total = found.answered + fan_out.accepted.get("answered", 0)
    return found.more and soaked and total >= ENOUGH * found.size
