"""One machine among many: whose handlers its pools have, and what a process that only sends has loaded."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import machine
from incidents.foundation.errors import Refused
from worker import find_jobs

ROOT = Path(__file__).parents[1]
POOLS = {"send", "long", "short"}
# What brings tens of megabytes, and is no business of who only sends.
TABLES = {"affected", "pyarrow", "numpy", "duckdb", "sqlglot", "pandas", "flask", "jinja2", "lxml", "holidays", "dns"}
BE_ONE = """
import json, sys, machine
from pathlib import Path
from sqlalchemy import create_engine
from incidents.foundation.clock import SystemClock
from incidents.foundation.jobs import jobs
from incidents.foundation.settings import Settings
from kits import make_kit
home = Path(sys.argv[1])
make_kit(Settings(mode="test", home=home), create_engine("sqlite://"), clock=SystemClock(), directories={})
print(json.dumps([sorted(jobs()), sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def test_a_pool_of_a_machine_has_neither_its_handlers_nor_its_mask(tmp_path):
    def look(hostname):
        name, blocked = hostname.partition("@")[0], signal.pthread_sigmask(signal.SIG_BLOCK, ())
        own = all(signal.getsignal(one) == signal.SIG_DFL and one not in blocked for one in machine._ENDING)
        (tmp_path / name).write_text("its own" if own else "the machine's")

    def all_have_looked(_queue):
        while sum(len(one.read_text()) > 0 for one in tmp_path.iterdir()) < len(POOLS):
            time.sleep(0.01)
        raise Refused("seen", "All pools have looked.")

    broker = SimpleNamespace(
        task=lambda run, name: None, Worker=lambda **said: SimpleNamespace(start=lambda: look(said["hostname"]))
    )
    before = {one: signal.getsignal(one) for one in machine._ENDING}
    try:
        with pytest.raises(Refused, match="All pools"):
            machine.Machine(broker, all_have_looked, processes=1).run()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == dict.fromkeys(POOLS, "its own")


def test_who_only_sends_has_every_job_of_its_queue_and_nothing_that_opens_a_table(tmp_path):
    line = [sys.executable, "-c", BE_ONE, str(tmp_path)]
    said = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    known, loaded = json.loads(said.stdout)
    assert known == [name for name, job in sorted(find_jobs().items()) if job.queue == "send"]
    assert TABLES & set(loaded) == set()
