"""kill -9 of the worker in the middle: whoever may have been told twice is on a list, and nobody is lost."""

import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from incidents.deliveries import claim, send, settle, work
from incidents.deliveries.progress import in_doubt, progress
from incidents.deliveries.tables import Batch, FanOut
from tests.clock import FrozenClock
from tests.incidents.fanout import bare_kit, made_people, make_stage

ROOT = Path(__file__).parents[2]


def start_worker(home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.incidents.kill_worker", str(home)], cwd=ROOT)


def handed_in(home: Path) -> Counter[str]:
    file = home / "journal"
    return Counter(file.read_text().split()) if file.exists() else Counter()


def wait_for(home: Path, count: int) -> None:
    for _ in range(600):
        if handed_in(home).total() >= count:
            return
        time.sleep(0.05)
    raise AssertionError("the worker never got that far")


def test_killed_twice_and_started_again_the_fan_out_loses_nobody_and_lists_every_double(home, begin, keys, monkeypatch):
    monkeypatch.setattr(claim, "require_still_approved", lambda _tx, _fan_out: None)
    stage = make_stage(home, begin, keys, FrozenClock(datetime.now(UTC)))
    stage.write(made_people(700))
    stage.kit.providers = bare_kit(home, begin, keys, stage.kit.clock, script="well").providers
    fan_out = stage.plan(stage.dispatch(ladders=({"one_by_one": ["sms"]},)))

    for kill_after in (130, 400):
        worker = start_worker(home)
        wait_for(home, kill_after)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        with begin() as tx:  # the lease would run out by itself; the test does not wait for it
            for batch in tx.scalars(select(Batch)):
                batch.held_until_at = None

    later = FrozenClock(datetime.now(UTC) + claim.LEASE)
    kit = bare_kit(home, begin, keys, later, script="well", journal=str(home / "journal"))
    for _ in range(6):
        for batch_id in claim.due(kit):
            send.send_batch(kit, batch_id)
        for batch_id in settle.due(kit):
            work.settle_batch.run(kit, batch_id)

    told = handed_in(home)
    with begin(reading=True) as tx:
        stood = progress(tx, tx.get_one(FanOut, fan_out.id))
        listed = {delivery for delivery, _, _ in in_doubt(tx, tx.get_one(FanOut, fan_out.id))}
    twice = {reference for reference, times in told.items() if times > 1}
    assert len(told) == 700, "nobody is lost"
    assert stood.told == 700
    assert 0 < len(listed) <= 2 * 300, "no more a death than the slice under way, the one ready, and what was unwritten"
    assert twice <= listed, "nobody is told twice unseen"
    # This provider can be asked, and remembers: only whom it never got is told again.
    assert not twice
