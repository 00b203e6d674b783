"""Many threads, few transactions; one that cannot be written harms no other; receipts come through the same door."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from incidents.deliveries import claim, send
from incidents.deliveries.receive import Desk
from incidents.deliveries.tables import Delivery, DeliveryNow, DeliveryOutcome
from incidents.foundation.together import MOST, Together
from notifiers.provider import Forged, WebhookRequest
from tests.incidents.fanout import made_people, make_stage


def test_what_comes_while_one_is_written_is_written_together():
    groups: list[int] = []
    first_is_writing, go_on = threading.Event(), threading.Event()

    def write(items):
        groups.append(len(items))
        first_is_writing.set()
        go_on.wait(5)
        return [item * 2 for item in items]

    together = Together(write)
    with ThreadPoolExecutor(21) as pool:
        first = pool.submit(together, 0)
        first_is_writing.wait(5)
        rest = [pool.submit(together, number) for number in range(1, 21)]
        while len(together._waiting) < 20:
            pass
        go_on.set()
        assert [first.result(), *(one.result() for one in rest)] == [number * 2 for number in range(21)]
    assert groups == [1, 20]


def test_whoever_is_answered_does_not_wait_for_the_next_to_write():
    go_on = {number: threading.Event() for number in (0, 1)}

    def write(items):
        go_on[items[0]].wait(5)
        return items

    together = Together(write)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(together, 0)
        while not together._led:
            pass
        second = pool.submit(together, 1)
        while not together._waiting:
            pass
        go_on[0].set()
        assert first.result(5) == 0  # while the second is being written
        assert not second.done()
        go_on[1].set()
        assert second.result(5) == 1
    assert not together._led


def test_many_who_come_again_and_again_share_transactions():
    groups: list[int] = []

    def write(items):
        groups.append(len(items))
        time.sleep(0.01)
        return items

    together = Together(write)

    def come(_thread):
        for number in range(20):
            assert together(number) == number

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(come, range(16)))
    assert sum(groups) == 320
    assert len(groups) < 60  # twenty and a few, if nobody is ever late


def test_one_who_comes_alone_is_not_made_to_wait(monkeypatch):
    monkeypatch.setattr("incidents.foundation.together.time.sleep", None)
    together: Together[int, int] = Together(lambda items: items)
    assert [together(number) for number in range(100)] == list(range(100))


def test_whom_the_end_of_a_thread_leaves_without_an_answer_hears_so():
    def write(items):
        raise SystemExit

    together = Together(write)
    for _ in range(2):
        with pytest.raises(SystemExit):
            together("x")
    assert not together._led


def test_one_that_cannot_be_written_harms_no_other():
    def write(items):
        if "poison" in items:
            raise ValueError("no")
        return [item.upper() for item in items]

    together = Together(write)
    with ThreadPoolExecutor(8) as pool:
        results = [pool.submit(together, one) for one in ("a", "b", "poison", "c", "d")]
        with pytest.raises(ValueError, match="no"):
            results[2].result()
        assert [results[place].result() for place in (0, 1, 3, 4)] == ["A", "B", "C", "D"]
    assert MOST >= 100


def test_a_thousand_receipts_from_many_threads_are_each_taken_once(home, begin, keys, clock, monkeypatch):
    monkeypatch.setattr(claim, "require_still_approved", lambda _tx, _fan_out: None)
    stage = make_stage(home, begin, keys, clock, script="well")
    stage.write(made_people(300))
    stage.plan(stage.dispatch(ladders=({"one_by_one": ["sms"]},)))
    send.send_batch(stage.kit, *claim.due(stage.kit))
    provider, desk = stage.kit.providers["sms/rehearsal"], Desk(stage.kit)
    with stage.kit.begin(reading=True) as tx:
        references = tx.scalars(select(Delivery.id)).all()
    requests = [provider.call_back([one]) for one in references] * 2  # each told twice
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda request: desk.receive("sms/rehearsal", request), requests))
        with pytest.raises(Forged):
            desk.receive("sms/rehearsal", WebhookRequest("/", {}, requests[0].body))
    with stage.kit.begin(reading=True) as tx:
        states = dict(tx.execute(select(DeliveryNow.state, func.count()).group_by(DeliveryNow.state)).all())
        assert tx.scalar(select(func.count()).select_from(DeliveryOutcome)) == 300
    assert states == {"delivered": 300}
