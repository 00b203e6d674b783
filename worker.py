"""Runs the jobs of the hall on threads of this machine, and wakes the sweeps that find what is due; beside app.py."""

import importlib
import os
import pkgutil
import queue
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Protocol

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

import incidents
from incidents.foundation.errors import Refused
from incidents.foundation.jobs import QUEUES, Job, jobs
from incidents.foundation.lease import hold_lease
from incidents.kit import Kit
from incidents.respond.failures import note_failure

SWEEP_EVERY = timedelta(seconds=1)
LEASE = timedelta(seconds=15)
_logger = structlog.get_logger("worker")


def find_jobs() -> dict[str, Job]:
    """Every job of the hall by name, found by walking it: one that nobody imports would never run."""
    for module in pkgutil.walk_packages(incidents.__path__, f"{incidents.__name__}."):
        importlib.import_module(module.name)
    return jobs()


def told_to_end(*signals: signal.Signals) -> Callable[[], signal.Signals]:
    """What waits until one of these signals comes, and says which was first; call this in the main thread, and what it
    gives there too."""
    # Not an Event: a second signal, come while the first one's handler sets it, would wait for its lock for ever.
    told: queue.SimpleQueue[signal.Signals] = queue.SimpleQueue()
    for one in signals:
        signal.signal(one, lambda number, _frame: told.put(signal.Signals(number)))
    return told.get


def unique_name() -> str:
    """A name that no other worker has, on any machine."""
    return f"{socket.gethostname()}-{os.getpid()}"


class SweepBell(Protocol):
    """What a sweep rings: everything that is due of one job at once."""

    def listen(self) -> None: ...

    def ring_all(self, job: str, due: Sequence[str]) -> None: ...


class ThreadBell:
    """Rings reach a queue in memory; a piece of work that is queued already is not queued again."""

    def __init__(self) -> None:
        self.queues: dict[str, queue.Queue[tuple[str, str] | None]] = {name: queue.Queue() for name in QUEUES}
        self._known: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def listen(self) -> None:
        """Nothing to be heard: a queue in memory loses no ring."""

    def ring(self, job: str, subject_id: str) -> None:
        with self._lock:
            if (job, subject_id) in self._known:
                return
            self._known.add((job, subject_id))
        self.queues[jobs()[job].queue].put((job, subject_id))

    def ring_all(self, job: str, due: Sequence[str]) -> None:
        for subject in due:
            self.ring(job, subject)

    def forget(self, work: tuple[str, str]) -> None:
        """Let this piece of work be rung for again."""
        with self._lock:
            self._known.discard(work)


class Sweeper:
    """Rings for what is due, if this one holds the lease among all sweepers of all machines."""

    def __init__(self, kit: Kit, bell: SweepBell, *, name: str) -> None:
        self._kit, self._bell, self._name = kit, bell, name
        self._jobs = find_jobs()
        # APScheduler only wakes the sweeper: two processes on one job store of its own would fire twice.
        self._ticker = BackgroundScheduler()
        self._ticker.add_job(
            self.sweep, "interval", seconds=SWEEP_EVERY.total_seconds(), coalesce=True, max_instances=1
        )

    def start(self) -> None:
        self._ticker.start()

    def stop(self) -> None:
        self._ticker.shutdown(wait=True)

    def sweep(self) -> None:
        """Ring for whatever is due. What fails (the database is away, a row is odd) is tried at the next sweep."""
        try:
            with self._kit.begin() as tx:
                mine = hold_lease(tx, "sweeper", self._name, lasts=LEASE, clock=self._kit.clock)
        except Exception as error:  # noqa: BLE001 - a sweeper that ends here would never ring again
            _logger.error("sweep failed", kind=type(error).__name__)
            return
        if mine:
            self._bell.listen()
            for job in self._jobs.values():
                self._ring(job)

    def _ring(self, job: Job) -> None:
        try:
            self._bell.ring_all(job.name, list(job.due(self._kit)))
        except Exception as error:  # noqa: BLE001 - one kind of work must not keep the others from being found
            _logger.error("sweep failed", job=job.name, kind=type(error).__name__)


class Worker:
    """One machine alone: threads that run jobs, and the sweeper that finds what is due."""

    def __init__(self, kit: Kit, *, threads: int, name: str) -> None:
        self._kit = kit
        self._jobs = find_jobs()
        self.bell = ThreadBell()
        lanes = ["short", "long", *["send"] * threads]
        self._threads = [threading.Thread(target=self._work, args=(lane,), daemon=True) for lane in lanes]
        self._lanes = lanes
        self.sweeper = Sweeper(kit, self.bell, name=name)

    def start(self) -> None:
        """Start the threads and the sweeper."""
        for thread in self._threads:
            thread.start()
        self.sweeper.start()

    def stop(self) -> None:
        """Finish what is running and stop; what waits stays due in its rows."""
        self.sweeper.stop()
        for lane in self._lanes:
            self.bell.queues[lane].put(None)
        for thread in self._threads:
            thread.join()

    def run_until_idle(self, *, rounds: int = 1000) -> None:
        """Sweep and run in this thread until nothing is due; for drills and tests."""
        for _ in range(rounds):
            due = [(job, subject) for job in self._jobs.values() for subject in job.due(self._kit)]
            if not due:
                return
            for job, subject in due:
                job.run(self._kit, subject)
        raise Refused("never_idle", f"After {rounds} rounds work was still due.")

    def _work(self, lane: str) -> None:
        while (work := self.bell.queues[lane].get()) is not None:
            self.bell.forget(work)
            job, subject = work
            run_job(self._jobs[job], self._kit, subject)


def run_job(job: Job, kit: Any, subject: str) -> None:
    """Run one piece of work. One that fails ends no thread and no process: it stays due, and is rung for again."""
    try:
        job.run(kit, subject)
    except Exception as error:  # noqa: BLE001 - see above
        # The text of an exception may quote a row; its kind and place do not.
        _logger.error("job failed", job=job.name, subject=subject, kind=type(error).__name__)
        note_failure(kit, job.name, type(error).__name__)
