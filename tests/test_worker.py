"""The worker: a sweep finds what is due, one process sweeps at a time, and a job that fails stays due."""

import re
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

import incidents
import worker
from incidents.foundation import broker
from incidents.foundation.errors import Refused
from incidents.foundation.home import require_shared_home
from incidents.foundation.jobs import Job, Queue
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
    made = worker.Worker(kit_of(begin, clock), threads=2, name="w1")
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
    with pytest.raises(Refused, match="still due"):
        worker.Worker(kit_of(begin, clock), threads=1, name="w").run_until_idle(rounds=3)


def test_a_ring_for_queued_work_is_not_queued_twice(long_and_short):
    bell = worker.ThreadBell()
    for _ in range(3):
        bell.ring("long", "batch-1")
    assert bell.queues["send"].qsize() == 1
    bell.forget(("long", "batch-1"))
    bell.ring_all("long", ["batch-1", "batch-2"])
    assert bell.queues["send"].qsize() == 3
    assert bell.queues["short"].empty()


def test_work_that_takes_long_does_not_stand_before_short_work(monkeypatch, begin, clock):
    ended, climbed = threading.Event(), threading.Event()

    def send(_kit, _subject):
        ended.wait(20)

    found = {
        "long": Job("long", send, lambda kit: [] if ended.is_set() else ["a", "b", "c"], "send"),
        "climb": Job("climb", lambda *_: climbed.set(), lambda kit: [] if climbed.is_set() else ["d"]),
    }
    monkeypatch.setattr(worker, "jobs", lambda: found)
    made = worker.Worker(kit_of(begin, clock), threads=2, name="w1")
    made.start()
    assert climbed.wait(10), "two batches held up everything else"
    ended.set()
    made.stop()


def kit_of(begin, clock) -> Any:
    return SimpleNamespace(begin=begin, clock=clock)


def test_a_sweep_that_fails_for_one_kind_of_work_finds_the_others(monkeypatch, begin, clock):
    def odd(_kit):
        raise RuntimeError("an odd row")

    found = {"odd": Job("odd", lambda *_: None, odd), "even": Job("even", lambda *_: None, lambda kit: ["a"])}
    monkeypatch.setattr(worker, "jobs", lambda: found)
    bell = worker.ThreadBell()
    worker.Sweeper(kit_of(begin, clock), bell, name="w1").sweep()
    assert bell.queues["short"].get_nowait() == ("even", "a")


@pytest.fixture
def long_and_short(monkeypatch):
    found = {name: Job(name, lambda *_: None, lambda kit: [], queue) for name, queue in KINDS}
    monkeypatch.setattr(worker, "jobs", lambda: found)
    monkeypatch.setattr(broker, "jobs", lambda: found)


KINDS: tuple[tuple[str, Queue], ...] = (("long", "send"), ("brief", "short"))


class CountingBell(broker.BrokerBell):
    """A broker bell whose broker is here: rings are counted, and a queue is drained by word."""

    def __init__(self):
        super().__init__(broker.open_broker("amqp://nobody.invalid"))
        self.published, self.reachable = [], True

    def _try(self, act):
        if self.reachable:
            act(None)
        return self.reachable

    def _publish(self, producer, job, subject_id):
        self.published.append(subject_id)


def test_what_was_rung_and_still_waits_is_not_rung_again_each_second(long_and_short, monkeypatch):
    monkeypatch.setattr(broker, "AHEAD", 3)
    bell, due = CountingBell(), list("abcdef")
    for _ in range(5):
        bell.ring_all("long", due)
    assert bell.published == ["a", "b", "c"], "no more lies on the queue than is taken soon"
    bell.ring_all("long", due[2:])
    assert bell.published == ["a", "b", "c", "d", "e"], "two were taken, two follow"


def test_what_was_heard_and_is_due_again_is_rung_again(long_and_short):
    bell = CountingBell()
    bell.ring_all("long", ["a"])
    bell._drained["send"] = time.monotonic()
    bell.ring_all("long", ["a"])
    assert bell.published == ["a", "a"]


def test_work_that_fails_each_time_does_not_stand_before_the_rest(long_and_short, monkeypatch):
    monkeypatch.setattr(broker, "AHEAD", 2)
    monkeypatch.setattr(broker, "REPEAT", 0.0)
    bell = CountingBell()
    for _ in range(3):
        bell.ring_all("long", list("abcdef"))
    assert sorted(bell.published) == list("abcdef")


def test_what_could_not_be_rung_is_rung_when_the_broker_is_back(long_and_short):
    bell = CountingBell()
    bell.reachable = False
    bell.ring_all("long", ["a", "b"])
    bell.reachable = True
    bell.ring_all("long", ["a", "b"])
    assert bell.published == ["a", "b"]


def test_a_broker_out_of_reach_holds_nobody_up_and_is_told_in_one_line(long_and_short, unused_port):
    bell = broker.BrokerBell(broker.open_broker(f"amqp://guest:secret@127.0.0.1:{unused_port}//"))
    began = time.monotonic()
    with capture_logs() as lines:
        for number in range(100):
            bell.ring("brief", f"subject-{number}")
        bell.listen()
    assert time.monotonic() - began < 10  # a hundred that each waited for a connection would take minutes
    assert [line["event"] for line in lines] == ["broker out of reach"]
    said = str(lines)
    assert "secret" not in said
    assert "subject" not in said


@pytest.fixture
def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_machine_that_sees_another_folder_is_told_so(begin, clock, tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    for _ in range(2):
        with begin() as tx:
            require_shared_home(tx, ours, clock=clock)
    with begin() as tx, pytest.raises(Refused, match="is not the folder that the other machines"):
        require_shared_home(tx, theirs, clock=clock)
    assert [file.name for file in ours.iterdir()] == ["home.id"]


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
