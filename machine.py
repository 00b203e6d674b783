"""One machine among many: Celery's processes, a pool a queue, and a sweeper that rings through the broker.

`./tocsin worker` becomes this program where there is a broker. Who sends is forked before the rest of the hall is
loaded, and so holds what sending needs and no more.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click
import structlog
from celery import Celery
from celery.signals import worker_process_init
from celery.worker.consumer import Consumer

import incidents.deliveries.sending  # noqa: F401 - the job of those who send
from incidents.foundation.broker import BrokerBell, open_broker
from incidents.foundation.clock import SystemClock
from incidents.foundation.database import begin_on
from incidents.foundation.errors import Refused
from incidents.foundation.home import require_shared_home
from incidents.foundation.jobs import Job, Queue, jobs
from incidents.foundation.memory import settle_down
from incidents.foundation.settings import Settings, check
from incidents.kit import Kit
from kits import engine_at, log_to_stderr, make_kit
from notifiers.registry import entries
from policies.load import load
from web.cli.answer import Answer, door
from worker import Sweeper, find_jobs, run_job, told_to_end, unique_name

_logger = structlog.get_logger("machine")
_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)  # what ends a machine: two orders, and the end of a pool


class Machine:
    """`make_kit(queue)` is called in each process that runs jobs of this queue, and in the sweeper's for "short"."""

    def __init__(self, broker: Celery, make_kit: Callable[[Queue], Kit], *, processes: int) -> None:
        self._broker, self._make_kit, self._processes = broker, make_kit, processes
        self.pools: list[Any] = []

    def run(self) -> int:
        """Work until told to end; what is running is finished first. The exit status: 1 if a pool ended by itself."""
        # The kit is built after the fork, here and in each process: no connection is shared.
        until_told = told_to_end(*_ENDING)
        try:
            self._start("send", jobs(), self._processes)
            from affected.without_pandas import without_pandas  # noqa: PLC0415 - with all that who sends does without

            without_pandas()
            every = find_jobs()
            self._start("long", every)
            self._start("short", every)
            first = self._sweep_until(until_told)
            return int(first is signal.SIGCHLD)
        finally:
            for pool in self.pools:
                pool.terminate()  # SIGTERM: Celery takes no more and finishes what it has
            for pool in self.pools:
                pool.join()

    def _start(self, name: Queue, known: dict[str, Job], size: int = 1) -> None:
        mine = [job for job in known.values() if job.queue == name]
        pool = multiprocessing.get_context("fork").Process(target=self._serve, args=(name, mine, size))
        settle_down()  # a collection writes to every object: done in the pool, the two would share no page
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # none may reach a pool that has this one's handlers
        try:
            pool.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        self.pools.append(pool)

    def _sweep_until(self, until_told: Callable[[], signal.Signals]) -> signal.Signals:
        sweeper = Sweeper(self._make_kit("short"), BrokerBell(self._broker), name=unique_name())
        sweeper.start()
        first = until_told()
        sweeper.stop()
        return first

    def _serve(self, name: Queue, mine: Sequence[Job], size: int) -> None:
        for one in _ENDING:
            signal.signal(one, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        os.dup2(2, 1)  # what Celery says in parting is no answer of the command
        add_tasks(self._broker, mine, lambda: self._make_kit(name))
        self._broker.Worker(
            queues=[f"tocsin.{name}"],
            hostname=f"{name}@{unique_name()}",
            pool="prefork",
            concurrency=size,
            consumer_cls=_Consumer,
            loglevel="WARNING",
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        ).start()


def add_tasks(broker: Celery, found: Iterable[Job], make_kit: Callable[[], Any]) -> None:
    """Make each job a task of its name, run with the kit that each of the pool's processes builds for itself."""
    own: list[Any] = []

    def begin(**_: Any) -> None:
        # A supervisor may tell every process of a machine to end; the pool waits for what this one has in its hands.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        try:
            own.append(make_kit())
        except Exception as error:  # noqa: BLE001 - Celery would go on with a process that can do nothing
            _logger.error("no kit", kind=type(error).__name__)
            os._exit(1)

    worker_process_init.connect(begin, weak=False)
    for job in found:
        broker.task(_task(job, own), name=job.name)


def _task(job: Job, own: Sequence[Any]) -> Callable[[str], None]:
    def run(subject: str) -> None:
        run_job(job, own[0], subject)

    return run


class _Consumer(Consumer):  # type: ignore[misc]  # Celery is not typed
    """Celery's own, less the 28 queues that it declares for delayed messages: nothing is delayed here but by rows."""

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]
        default_steps = [one for one in Consumer.Blueprint.default_steps if not one.endswith(":DelayedDelivery")]  # noqa: RUF012


@click.command()
@door
def work() -> Answer:
    """Run the worker of one machine among many."""
    settings = Settings()
    check(settings)
    log_to_stderr(settings.log_level)
    _require_home(settings)
    load(), entries()  # packs and the providers' SDKs are loaded once, before the processes part, and shared by them

    def kit_for(queue: Queue) -> Kit:
        if queue == "send":  # whom they tell, and where, stands in the batches
            return make_kit(settings, engine_at(settings), clock=SystemClock(), directories={})
        return make_kit(settings, engine_at(settings), clock=SystemClock())

    if Machine(open_broker(settings.broker), kit_for, processes=settings.worker_threads).run():
        raise Refused("worker_died", "A pool of the worker ended by itself; its log says why.")
    return Answer({"ended": True}, ["The worker ended."])


def _require_home(settings: Settings) -> None:
    """Before anybody sends: who sees another folder would find no contacts, and write some where nobody finds them."""
    engine = engine_at(settings)
    with begin_on(engine)() as tx:
        require_shared_home(tx, settings.home, clock=SystemClock())
    engine.dispose()


if __name__ == "__main__":
    work()
