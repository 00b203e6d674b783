"""A machine of the test's own: that of machine.py on PostgreSQL and RabbitMQ, as a process that can be killed."""

import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

import machine
import worker
from affected import open_directory
from affected.mapping import Mapping as Directions
from incidents.deliveries import batches, claim, control, ledger, send, settle
from incidents.foundation.broker import open_broker
from incidents.foundation.clock import SystemClock
from incidents.foundation.database import begin_on
from incidents.foundation.jobs import jobs
from incidents.foundation.keys import KeyRing
from notifiers.registry import open_provider
from policies.load import load
from tests.incidents.fanout import MAPPING, bare_kit, rehearsals

CALLBACK = "http://127.0.0.1/receipts/"
SHORT = timedelta(seconds=3)  # leases, so that a death is noticed within a test's patience; longer than any slice here


@dataclass(frozen=True)
class Place:
    """Where a machine works: settings of the rehearsal providers, and real providers by id with theirs."""

    home: Path
    database: str
    broker: str
    rehearsal: Mapping[str, str] = field(default_factory=dict)
    real: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def stand_open() -> None:
    """Open the gate (other tests hold it), and let leases run out soon."""
    for module in (claim, control):
        vars(module)["require_still_approved"] = lambda _tx, _fan_out: None
    for module in (claim, ledger, worker):
        vars(module)["LEASE"] = SHORT
    vars(ledger)["slice_of"] = lambda _about: 100
    small_batches()
    vars(settle)["WAITS_FOR_RECEIPTS"] = timedelta(seconds=2)


def small_batches() -> None:
    """A hundred people a batch, so that a few hundred give several machines something to do."""
    vars(batches).update(MOST=100, FEWEST=100)


@contextmanager
def put_back() -> Iterator[None]:
    """Put back what stand_open changes: other tests run in this process."""
    before = {module: dict(vars(module)) for module in (batches, claim, control, ledger, send, settle, worker)}
    try:
        yield
    finally:
        for module, names in before.items():
            vars(module).update(names)


def kit_at(place: Place) -> Any:
    """What a machine at this place is handed."""
    engine = create_engine(place.database, pool_pre_ping=True)
    kit = bare_kit(place.home, begin_on(engine), KeyRing(place.home / "keys"), SystemClock(), **place.rehearsal)
    real = {one: open_provider(one, said, callback_url=CALLBACK + one) for one, said in place.real.items()}
    if real:
        kit.providers = real
    people = place.home / "people.csv"
    if people.exists():
        kit.directories["moqi"] = open_directory(people, Directions.model_validate(MAPPING))
    return kit


def run(place: Place, processes: int) -> None:
    """Be a machine until told to end. Only deliveries are worked on: the bare kit has nothing for the other jobs."""
    os.setpgid(0, 0)
    logging.basicConfig(filename=place.home / "machines.txt", level="WARNING")
    stand_open()
    every = worker.find_jobs
    for module in (worker, machine):
        vars(module)["find_jobs"] = lambda: {
            name: job for name, job in every().items() if name.startswith("deliveries.")
        }
    with (place.home / "machines.txt").open("a") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os._exit(machine.Machine(open_broker(place.broker), lambda _queue: kit_at(place), processes=processes).run())


class Machine:
    """A machine that runs, forked from a clean process that has everything imported, and so up in a moment."""

    _fork = multiprocessing.get_context("forkserver")
    _fork.set_forkserver_preload([__name__])

    def __init__(self, place: Place, *, processes: int = 2) -> None:
        self._running: ForkServerProcess = self._fork.Process(target=run, args=(place, processes))
        self._running.start()

    @property
    def pid(self) -> int:
        assert self._running.pid is not None
        return self._running.pid

    @property
    def lives(self) -> bool:
        return self._running.is_alive()

    def kill(self) -> None:
        """kill -9 of all its processes: the power went out."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._running.join()

    def kill_sweeper(self) -> None:
        """kill -9 of the process that sweeps; its pools are left behind."""
        self._running.kill()
        self._running.join()

    def end(self, *, within: float = 20.0) -> int | None:
        """Tell all its processes to end, as a supervisor does; the exit status, None if it is still there."""
        os.killpg(self.pid, signal.SIGTERM)
        self._running.join(within)
        return self._running.exitcode


# Jobs and providers are found by walking, and the packs are large: done once in the clean process, nobody waits.
load()
rehearsals()
worker.find_jobs()
assert "deliveries.send" in jobs()
