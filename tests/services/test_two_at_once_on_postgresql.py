"""What SQLite does one after the other: two who act on one incident at once, on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from incidents.foundation.clock import SystemClock
from incidents.foundation.keys import KeyRing, add_root
from incidents.foundation.tokens import token_key
from incidents.record import timeline
from incidents.record.declare import Declaration, declare
from incidents.record.facts import answer
from incidents.record.incident import find
from tests.drills.cast import RESPONDER

TOGETHER, TIMES = 4, 8
CLOCK = SystemClock()


@pytest.fixture
def keys(tmp_path):
    add_root(tmp_path / "keys", drill=True)
    return KeyRing(tmp_path / "keys")


@pytest.fixture
def incident_id(begin, keys):
    with begin() as tx:
        return declare(tx, Declaration("A list lay open", "moqi", CLOCK.now()), by=RESPONDER, clock=CLOCK, keys=keys).id


def at_once(act):
    """What each of several made of it, begun in the same moment."""
    ready = Barrier(TOGETHER)

    def one(number):
        ready.wait()
        return act(number)

    with ThreadPoolExecutor(TOGETHER) as several:
        return list(several.map(one, range(TOGETHER)))


def test_verbs_on_one_incident_wait_for_one_another_and_each_is_done(begin, incident_id):
    def answer_often(number):
        for time in range(TIMES):
            with begin() as tx:
                answer(
                    tx, find(tx, incident_id), f"fact_{number}", time, by=RESPONDER, clock=CLOCK, because="it was said"
                )

    at_once(answer_often)
    with begin(reading=True) as tx:
        lines = timeline.read(tx, incident_id)
    assert sum(line.kind == "fact.answered" for line in lines) == TOGETHER * TIMES
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))


def test_one_incident_has_one_secret_for_its_tokens_whoever_asks_first(begin, keys, incident_id):
    def ask(_number):
        with begin() as tx:
            return token_key(tx, incident_id, keys=keys, clock=CLOCK)

    assert len(set(at_once(ask))) == 1
