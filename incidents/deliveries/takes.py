"""How long telling takes: each provider carries its work at its pace, and wave after wave is let out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from incidents.deliveries.waves import ENOUGH


@dataclass(frozen=True)
class Lane:
    """What one provider is to carry, wave by wave: people who are told by it, and the seconds that it takes."""

    people: Sequence[int]
    seconds: Sequence[float]
    paced: bool = True  # False: no pace is published, and how long it takes is not known


@dataclass(frozen=True)
class Course:
    """How many are told when, in seconds since the beginning; only those whose provider's pace is known."""

    seconds: Any
    people: Any

    def told_by(self, seconds: float) -> int:
        """How many are told by then."""
        return int(np.interp(seconds, self.seconds, self.people)) if seconds >= 0 else 0

    def reaches(self, people: float) -> float:
        """When so many are told; the end where it is never so many."""
        place = int(np.searchsorted(self.people, people - 1e-6))
        if place == 0 or place >= len(self.people):
            return float(self.seconds[0 if place == 0 else -1])
        low, high = self.people[place - 1], self.people[place]
        share = (people - low) / (high - low)
        return float(self.seconds[place - 1] + share * (self.seconds[place] - self.seconds[place - 1]))


def needed(parts: float, per_second: float) -> float:
    """The seconds that so many parts take; none where no pace is known."""
    return parts / per_second if per_second > 0 else 0.0


def course(lanes: Sequence[Lane], *, soak: float) -> tuple[Course, list[float]]:
    """The course of it all, and the second at which each lane is done. A wave is let out when the one before it was
    watched for `soak` seconds and nearly all of it has an answer (see waves.py)."""
    lines: list[list[tuple[float, float]]] = [[(0.0, 0.0)] for _ in lanes]
    opens = 0.0
    waves = max((len(lane.people) for lane in lanes), default=0)
    for wave in range(waves):
        for lane, line in zip(lanes, lines, strict=True):
            _carry(lane, line, wave, opens)
        opens = max(opens + soak, _together(lanes, lines).reaches(ENOUGH * _paced(lanes, wave)))
    return _together(lanes, lines), [line[-1][0] for line in lines]


def in_words(takes: timedelta) -> str:
    """A length of time for people, in the unit that fits."""
    minutes = round(takes.total_seconds() / 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 120:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 72 else f"{round(hours / 24)} days"


def _carry(lane: Lane, line: list[tuple[float, float]], wave: int, opens: float) -> None:
    if wave >= len(lane.people) or not (lane.people[wave] or lane.seconds[wave]):
        return
    free, told = line[-1]
    begins = max(free, opens)
    line += [(begins, told), (begins + lane.seconds[wave], told + lane.people[wave])]


def _together(lanes: Sequence[Lane], lines: Sequence[Sequence[tuple[float, float]]]) -> Course:
    known = [line for lane, line in zip(lanes, lines, strict=True) if lane.paced]
    seconds = np.array(sorted({0.0, *(second for line in known for second, _ in line)}))
    people = np.zeros(len(seconds))
    for line in known:
        people += np.interp(seconds, [one for one, _ in line], [many for _, many in line])
    return Course(seconds, people)


def _paced(lanes: Sequence[Lane], wave: int) -> int:
    """The people of the waves that are let out, as far as a pace is known."""
    return math.floor(sum(sum(lane.people[: wave + 1]) for lane in lanes if lane.paced))
