"""Two machines on PostgreSQL and RabbitMQ: each person told once, whoever is killed in the middle."""

import json
import os
import subprocess
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import kombu
import pytest
from sqlalchemy import create_engine, select, text

from incidents.deliveries import batches
from incidents.deliveries.progress import in_doubt, progress
from incidents.deliveries.tables import FanOut, Intent
from incidents.foundation.clock import SystemClock
from incidents.foundation.database import Base, begin_on
from incidents.foundation.keys import KeyRing, add_root
from incidents.foundation.lease import hold_lease
from incidents.foundation.signing import add_signing_key
from incidents.record.declare import Declaration, declare
from tests.chaos.machine import Machine, Place
from tests.drills.cast import RESPONDER
from tests.incidents.fanout import made_people, make_stage
from tests.servers import RABBIT, own_postgres, own_rabbit, postgres_programs

PEOPLE = 1000
SMS = ({"one_by_one": ["sms"]},)


ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def servers():
    programs = postgres_programs()
    if programs is None or not RABBIT.exists():
        pytest.skip("Servers of the test's own are killed here: install Debian's postgresql and rabbitmq-server.")
    with own_postgres(programs) as database, own_rabbit() as broker:
        yield database, broker


@pytest.fixture
def place(servers, tmp_path):
    """An empty database, and a home with drill keys and a journal of whom the rehearsal provider was handed."""
    database, broker = servers
    _emptied(database.url)
    engine = create_engine(database.url)
    Base.metadata.create_all(engine)
    engine.dispose()
    add_root(tmp_path / "keys", drill=True)
    script = {"script": "well", "journal": str(tmp_path / "journal"), "delay_ms": "1"}
    return Place(tmp_path, database.url, broker.url, script)


class Telling:
    """One fan-out by SMS, and what came of it."""

    def __init__(self, place, people=PEOPLE):
        self._home, self._engine = place.home, create_engine(place.database, pool_pre_ping=True)
        self.begin = begin_on(self._engine)
        stage = make_stage(place.home, self.begin, KeyRing(place.home / "keys"), SystemClock())
        stage.write(made_people(people))
        self.fan_out_id = stage.plan(stage.dispatch(ladders=SMS)).id

    def now(self):
        with self.begin(reading=True) as tx:
            return progress(tx, tx.get_one(FanOut, self.fan_out_id))

    def doubts(self):
        with self.begin(reading=True) as tx:
            return {one for one, _, _ in in_doubt(tx, tx.get_one(FanOut, self.fan_out_id))}

    def holders(self):
        with self.begin(reading=True) as tx:
            return {one.rsplit("-", 1)[0] for one in tx.scalars(select(Intent.holder))}

    def handed_in(self):
        journal = self._home / "journal"
        return Counter(journal.read_text().split()) if journal.exists() else Counter()

    def until(self, told, within=60.0):
        end = time.monotonic() + within
        while (stood := self.now()).told < told:
            assert time.monotonic() < end, f"{stood}\n{Path(self._home / 'machines.txt').read_text()[-3000:]}"
            time.sleep(0.1)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(batches, "MOST", 100)
    monkeypatch.setattr(batches, "FEWEST", 100)


@pytest.fixture
def machines(place):
    running = [Machine(place), Machine(place)]
    end = time.monotonic() + 60
    while (listening := _listening(place.broker)) < len(running) and time.monotonic() < end:
        time.sleep(0.1)
    assert listening == len(running), "else one would do it all before the other is up"
    yield running
    for one in running:
        one.kill()


def _listening(broker):
    """How many consumers the queue of sending has: one a machine."""
    with kombu.Connection(broker) as connection:
        try:
            return connection.default_channel.queue_declare("tocsin.send", passive=True).consumer_count
        except connection.channel_errors:  # nobody has declared it yet
            return 0


def test_two_machines_tell_everybody_once_though_one_is_told_to_end(place, small_batches, machines):
    telling = Telling(place)
    telling.until(300)
    assert machines[0].end() == 0
    telling.until(PEOPLE)
    assert telling.handed_in() == Counter(dict.fromkeys(telling.handed_in(), 1))
    assert len(telling.handed_in()) == PEOPLE
    assert len(telling.holders()) > 1, "one process did it all"
    assert telling.doubts() == set(), "who is told to end finishes what is in its hands"
    assert machines[1].end() == 0


def test_a_machine_that_is_killed_loses_nobody_and_doubles_nobody_unseen(place, small_batches, machines):
    telling = Telling(place)
    telling.until(200)
    machines[0].kill()
    telling.until(PEOPLE)
    told = telling.handed_in()
    assert len(told) == PEOPLE
    assert {one for one, times in told.items() if times > 1} <= telling.doubts()


def test_a_broker_that_dies_and_a_queue_that_is_purged_lose_nobody(place, servers, small_batches, machines):
    _, broker = servers
    telling = Telling(place)
    telling.until(100)
    broker.kill()
    broker.start()
    broker.purge("tocsin.send")
    telling.until(PEOPLE)
    assert set(telling.handed_in().values()) == {1}
    assert len(telling.handed_in()) == PEOPLE
    assert telling.doubts() == set()


def test_two_that_take_a_lease_at_once_do_not_both_get_it(begin):
    def take(holder):
        with begin() as tx:
            taken.append(hold_lease(tx, "sweeper", holder, lasts=timedelta(seconds=15), clock=SystemClock()))

    taken: list[bool] = []
    with begin() as tx:
        first = hold_lease(tx, "sweeper", "one", lasts=timedelta(seconds=15), clock=SystemClock())
        other = threading.Thread(target=take, args=("two",))
        other.start()
        time.sleep(0.3)  # the other waits for the row that is not committed yet
    other.join()
    assert (first, taken) == (True, [False])


def test_the_commands_make_the_database_and_run_on_the_broker_until_told_to_end(place):
    _emptied(place.database)
    own = dict(os.environ) | {"TOCSIN_MODE": "test", "TOCSIN_HOME": str(place.home)}
    own |= {"TOCSIN_DATABASE_URL": place.database, "TOCSIN_BROKER_URL": place.broker}
    add_signing_key(place.home / "keys")
    subprocess.run([ROOT / "tocsin", "upgrade"], env=own, check=True, stdout=subprocess.PIPE)
    engine = create_engine(place.database)
    clock = SystemClock()
    with begin_on(engine)() as tx:
        said = Declaration("A list lay open", "moqi", clock.now())
        declare(tx, said, by=RESPONDER, clock=clock, keys=KeyRing(place.home / "keys"))
    running = subprocess.Popen([ROOT / "tocsin", "worker", "--json"], env=own, stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not (opened := _playbooks(engine)) and time.monotonic() < end:
        time.sleep(0.2)
    engine.dispose()
    running.terminate()
    assert json.loads(running.communicate(timeout=30)[0]) == {"ended": True}
    assert (running.returncode, opened) == (0, 1)


def _emptied(database):
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


def _playbooks(engine):
    """How many incidents follow one: the worker opens it."""
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM pinned_plan")).scalar_one()
