"""Binds the job registry to worker threads of this machine, and wakes the sweeps; stands beside app.py."""

import importlib
import pkgutil
import queue
import threading
from collections.abc import Iterable
from datetime import timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

import incidents
from incidents.foundation.errors import Refused
from incidents.foundation.jobs import Job, jobs
from incidents.foundation.lease import hold_lease
from incidents.kit import Kit

SWEEP_EVERY = timedelta(seconds=1)
LEASE = timedelta(seconds=15)
_logger = structlog.get_logger("worker")


def find_jobs() -> dict[str, Job]:
    """Every job of the hall by name, found by walking it: one that nobody imports would never run."""
    for module in pkgutil.walk_packages(incidents.__path__, f"{incidents.__name__}."):
        importlib.import_module(module.name)
    return jobs()


class ThreadBell:
    """Rings reach a queue in memory; a piece of work that is queued or running already is not queued again."""

    def __init__(self) -> None:
        self.queue: queue.Queue[tuple[str, str] | None] = queue.Queue()
        self._known: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def ring(self, job: str, subject_id: str) -> None:
        with self._lock:
            if (job, subject_id) in self._known:
                return
            self._known.add((job, subject_id))
        self.queue.put((job, subject_id))

    def forget(self, work: tuple[str, str]) -> None:
        """Let this piece of work be rung for again."""
        with self._lock:
            self._known.discard(work)


class Worker:
    """Threads that run jobs, and one sweeper among all processes that finds what is due."""

    def __init__(self, kit: Kit, *, threads: int, name: str) -> None:
        self._kit, self._name = kit, name
        self._jobs = find_jobs()
        self.bell = ThreadBell()
        self._threads = [threading.Thread(target=self._work, name=f"worker-{n}", daemon=True) for n in range(threads)]
        # APScheduler only wakes the sweeper: two processes on one job store of its own would fire twice.
        self._ticker = BackgroundScheduler()
        self._ticker.add_job(
            self.sweep, "interval", seconds=SWEEP_EVERY.total_seconds(), coalesce=True, max_instances=1
        )

    def start(self) -> None:
        """Start the threads and the ticker."""
        for thread in self._threads:
            thread.start()
        self._ticker.start()

    def stop(self) -> None:
        """Finish what is running and stop; what waits stays due in its rows."""
        self._ticker.shutdown(wait=True)
        for _ in self._threads:
            self.bell.queue.put(None)
        for thread in self._threads:
            thread.join()

    def sweep(self) -> None:
        """Ring for whatever is due, if this process holds the sweeper's lease."""
        with self._kit.begin() as tx:
            mine = hold_lease(tx, "sweeper", self._name, lasts=LEASE, clock=self._kit.clock)
        if mine:
            for job in self._jobs.values():
                self._ring_all(job.name, job.due(self._kit))

    def run_until_idle(self, *, rounds: int = 1000) -> None:
        """Sweep and run in this thread until nothing is due; for drills and tests."""
        for _ in range(rounds):
            due = [(job, subject) for job in self._jobs.values() for subject in job.due(self._kit)]
            if not due:
                return
            for job, subject in due:
                job.run(self._kit, subject)
        raise Refused("never_idle", f"After {rounds} rounds work was still due.")

    def _ring_all(self, job: str, subjects: Iterable[str]) -> None:
        for subject in subjects:
            self.bell.ring(job, subject)

    def _work(self) -> None:
        while (work := self.bell.queue.get()) is not None:
            self.bell.forget(work)
            job, subject = work
            try:
                self._jobs[job].run(self._kit, subject)
            except Exception as error:  # noqa: BLE001 - one piece of work must not end the thread; it stays due
                # The text of an exception may quote a row; its kind and place do not.
                _logger.error("job failed", job=job, subject=subject, kind=type(error).__name__)
