"""A machine among many, started as its users start it: what each process that sends holds at most, and all together."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import OperationalError

from bench.counting_provider import CountingProvider, NotBuilt
from bench.planning import made_readers, plan
from bench.sending import Bench, bench_on
from bench.timing import Figure
from bench.tocsin_sends import accounts, open_provider
from incidents.deliveries.progress import progress
from incidents.deliveries.tables import FanOut
from incidents.foundation.broker import open_broker
from incidents.foundation.signing import add_signing_key
from worker import find_jobs

USUAL = "amqp://guest:guest@127.0.0.1:5672"
PATIENCE = 120.0  # seconds


def run(*, full: bool) -> list[Figure]:
    """Push to a quarter of 400,000 people, or to all of them, by two processes that send."""
    find_jobs()  # with every table of the hall, which the machine's sweeps look into
    broker = os.environ.get("TOCSIN_TEST_BROKER", USUAL)
    try:
        with CountingProvider() as provider, tempfile.TemporaryDirectory() as place:
            return [_figure(provider, Path(place), broker, 400_000 if full else 100_000)]
    except (NotBuilt, OperationalError, OSError) as why:
        print(f"machine: skipped. {type(why).__name__}: it takes PostgreSQL, RabbitMQ and the counting provider.")
        return []


def _figure(provider: CountingProvider, folder: Path, broker: str, people: int) -> Figure:
    every = accounts(provider.address, provider.ca_file, provider.smtp_port, folder)
    account = {name: value for name, value in every.items() if name.startswith("TOCSIN_FCM_")}
    with bench_on("postgresql", {"push/fcm": open_provider("push", account)}) as bench:
        fan_out = plan(bench, made_readers(people), "push")
        add_signing_key(bench.kit.home / "keys")
        _emptied(broker)
        with _machine(bench, broker, account | {"REQUESTS_CA_BUNDLE": provider.ca_file}) as pid:
            began, together = time.monotonic(), 0.0
            while not _all_told(bench, fan_out):
                together = max(together, sum(map(_proportional, _family(pid))))
                if time.monotonic() - began > PATIENCE:
                    raise OSError("not everybody was told in time")
                time.sleep(0.25)
            took = time.monotonic() - began  # from its start, so with seconds of loading
            senders = [_peak(one) for one in _children(_children(pid)[0])]
        said = f"push by a started worker: {max(senders):.0f} MiB a process that sends, {together:.0f} the whole of it"
        return Figure(said, 0.0, took / people, bar="200 MiB a process", child_mib=max(senders))


@contextmanager
def _machine(bench: Bench, broker: str, account: dict[str, str]) -> Iterator[int]:
    own = {"TOCSIN_MODE": "test", "TOCSIN_HOME": str(bench.kit.home), "TOCSIN_BROKER_URL": broker}
    own |= {"TOCSIN_DATABASE_URL": bench.engine.url.render_as_string(hide_password=False), **account}
    line = [sys.executable, "-m", "bench.machine_sends"]
    with (bench.kit.home / "log.txt").open("wb") as log:
        running = subprocess.Popen(line, env=os.environ | own, stdout=log, stderr=log)  # noqa: S603 - our own line
    try:
        yield running.pid
    finally:
        running.terminate()
        running.wait()


def _emptied(broker: str) -> None:
    app = open_broker(broker)
    with app.connection_for_write() as line:
        for queue in app.conf.task_queues:
            queue.bind(line.default_channel).delete()


def _all_told(bench: Bench, fan_out: FanOut) -> bool:
    with bench.kit.begin(reading=True) as tx:
        stood = progress(tx, tx.get_one(FanOut, fan_out.id))
    return stood.told == stood.people


def _children(pid: int) -> list[int]:
    """In the order in which they were begun: the first pool of a machine is that of those who send."""
    return sorted(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def _family(pid: int) -> list[int]:
    return [pid, *(one for child in _children(pid) for one in _family(child))]


def _proportional(pid: int) -> float:
    """What it holds in MiB, of pages that several hold its share."""
    return _line(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _peak(pid: int) -> float:
    """The most that it has held in MiB, shared pages in full."""
    return _line(Path(f"/proc/{pid}/status"), "VmHWM:")


def _line(file: Path, name: str) -> float:
    return next(int(line.split()[1]) for line in file.read_text().splitlines() if line.startswith(name)) / 1024
