"""The registry of background work: each folder adds its jobs and the sweeps that find what is due.

There is no table of jobs. What is due is read from the rows themselves, so a lost ring loses seconds, never a person.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

# What may take minutes never stands before short work; and who sends is bound to nothing that opens a table of people.
Queue = Literal["send", "long", "short"]
QUEUES: tuple[Queue, ...] = ("send", "long", "short")


class Bell(Protocol):
    """Wakes a worker for one piece of work; it carries an id and nothing else."""

    def ring(self, job: str, subject_id: str) -> None: ...


class SilentBell:
    """A bell nobody hears: the sweep finds the work later."""

    def ring(self, job: str, subject_id: str) -> None: ...


@dataclass(frozen=True)
class Job:
    """`run(kit, subject_id)` must be harmless when run twice; `due(kit)` gives the ids that wait now."""

    name: str
    run: Callable[[Any, str], None]
    due: Callable[[Any], Iterable[str]]
    queue: Queue = "short"


_jobs: dict[str, Job] = {}


def register(
    name: str, *, due: Callable[[Any], Iterable[str]], queue: Queue = "short"
) -> Callable[[Callable[[Any, str], None]], Job]:
    """Decorate `function(kit, subject_id)` as the job `name`; `due(kit)` lists the subjects that wait now."""

    def add(run: Callable[[Any, str], None]) -> Job:
        if name in _jobs:
            raise ValueError(f"the job {name} is registered twice")
        _jobs[name] = Job(name, run, due, queue)
        return _jobs[name]

    return add


def jobs() -> dict[str, Job]:
    """All jobs by name; a copy."""
    return dict(_jobs)
