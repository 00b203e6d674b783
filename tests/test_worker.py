"""The worker: a sweep finds what is due, one process sweeps at a time, and a job that fails stays due."""

import re
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import incidents
import worker
from incidents.foundation.errors import Refused
from incidents.foundation.jobs import Job
from incidents.foundation.lease import hold_lease


@pytest.fixture
def due():
    return ["a", "b", "c"]


@pytest.fixture
def counting(monkeypatch, begin, clock, due):
    """A worker with one job that strikes its subject off the list of what is due."""
    ran, done = [], threading.Event()

    def run(kit, subject):
        ran.append(subject)
        if subject == "b" and ran.count("b") == 1:
            raise RuntimeError("a provider fell over")
        due.remove(subject)
        if not due:
            done.set()

    monkeypatch.setattr(worker, "jobs", lambda: {"strike": Job("strike", run, lambda kit: list(due))})
    kit: Any = SimpleNamespace(begin=begin, clock=clock)
    made = worker.Worker(kit, threads=2, name="w1")
    return made, ran, done


def test_what_is_due_is_run_and_what_failed_is_run_again(counting):
    made, ran, done = counting
    made.start()
    try:
        assert done.wait(20), "work was left lying"
    finally:
        made.stop()
    assert set(ran) == {"a", "b", "c"}
    assert ran.count("b") == 2


def test_without_threads_a_drill_runs_until_nothing_is_due(counting):
    made, ran, _ = counting
    with pytest.raises(RuntimeError):
        made.run_until_idle()
    made.run_until_idle()
    assert sorted(set(ran)) == ["a", "b", "c"]


def test_work_that_never_ends_is_noticed(monkeypatch, begin, clock):
    monkeypatch.setattr(worker, "jobs", lambda: {"x": Job("x", lambda *_: None, lambda kit: ["again"])})
    kit: Any = SimpleNamespace(begin=begin, clock=clock)
    with pytest.raises(Refused, match="still due"):
        worker.Worker(kit, threads=1, name="w").run_until_idle(rounds=3)


def test_a_ring_for_queued_work_is_not_queued_twice():
    bell = worker.ThreadBell()
    for _ in range(3):
        bell.ring("send", "batch-1")
    assert bell.queue.qsize() == 1
    bell.forget(("send", "batch-1"))
    bell.ring("send", "batch-1")
    assert bell.queue.qsize() == 2


def test_one_holds_the_lease_until_it_falls_silent(begin, clock):
    def take(holder):
        with begin() as tx:
            return hold_lease(tx, "sweeper", holder, lasts=timedelta(seconds=15), clock=clock)

    assert take("one")
    assert not take("two")
    clock.tick(timedelta(seconds=10))
    assert take("one")
    clock.tick(timedelta(seconds=14))
    assert not take("two")
    clock.tick(timedelta(seconds=2))
    assert take("two")
    assert not take("one")


def test_every_job_that_the_hall_registers_is_run_by_the_worker():
    said = [file.read_text() for file in Path(incidents.__path__[0]).rglob("*.py")]
    names = {name for text in said for name in re.findall(r'@register\("([a-z_.]+)"', text)}
    assert "obligations.escalate" in names
    assert names <= set(worker.find_jobs())
