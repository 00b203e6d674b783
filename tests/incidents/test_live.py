"""A fan-out on its way: rate, time to finish, ahead or behind, from the counts of its batches; worked out by hand."""

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

from incidents.deliveries import batches, claim, control, points
from incidents.deliveries import live as watching
from incidents.deliveries.duties import Deadline
from incidents.deliveries.live import live
from incidents.deliveries.tables import Batch, FanOut
from incidents.deliveries.watch_tables import FanOutForecast, FanOutPoint
from notifiers.provider import Pace
from tests.incidents.fanout import WRITER, Stage, made_people, make_stage

PUSH = "push/rehearsal"


@pytest.fixture
def stage(home, begin, keys, clock, monkeypatch) -> Stage:
    """900 people by push at ten a second, in batches of 300: 90 seconds."""
    for module in (claim, control):
        monkeypatch.setattr(module, "require_still_approved", lambda _tx, _fan_out: None)
    monkeypatch.setattr(batches, "MOST", 300)
    monkeypatch.setattr(batches, "FEWEST", 300)
    made = make_stage(home, begin, keys, clock, script="well")
    made.write(made_people(900))
    pace(made, 10)
    return made


def pace(stage, per_second):
    one = stage.kit.providers[PUSH]
    one.about = one.about.__class__(**vars(one.about) | {"pace": Pace(per_second=per_second)})


def answer(stage, many, failed=0):
    """As if so many of one batch that waits had an answer."""
    with stage.kit.begin() as tx:
        one = tx.scalars(select(Batch).where(Batch.answered < Batch.size).order_by(Batch.id)).first()
        one.answered, one.failed = one.answered + many, one.failed + failed
        if one.answered == one.size:
            one.phase = "done"


def note(stage):
    for one in points.due(stage.kit):
        points.note.run(stage.kit, one)


def stands(stage):
    with stage.kit.begin(reading=True) as tx:
        return live(tx, tx.scalars(select(FanOut)).one(), kit=stage.kit)


def test_a_point_a_minute_and_the_forecast_once(stage, clock):
    assert points.due(stage.kit) == []
    stage.plan()
    note(stage)
    assert points.due(stage.kit) == []
    clock.tick(timedelta(seconds=59))
    assert points.due(stage.kit) == []
    clock.tick(timedelta(seconds=1))
    note(stage)
    with stage.kit.begin(reading=True) as tx:
        assert tx.scalar(select(func.count()).select_from(FanOutPoint)) == 2
        kept = tx.scalars(select(FanOutForecast)).one()
    assert (kept.people, kept.unpaced, kept.curve) == (900, 0, [[0.0, 0], [90.0, 900]])


def test_the_rate_the_time_to_finish_and_how_far_ahead(stage, clock):
    stage.plan()
    note(stage)
    assert stands(stage).rate is None
    clock.tick(timedelta(seconds=20))
    answer(stage, 300, failed=12)
    found = stands(stage)
    assert (found.counts.told, found.counts.failed, found.counts.waiting) == (288, 12, 600)
    assert found.rate == 15.0  # 300 in 20 s
    assert found.finishes_at == clock.now() + timedelta(seconds=40)  # 600 at 15 a second
    assert found.expected == 200
    assert found.ahead == timedelta(seconds=10)  # 300 were to be handled at 30 s
    clock.tick(timedelta(seconds=40))
    found = stands(stage)
    assert found.rate == 5.0  # 300 in 60 s
    assert found.ahead == timedelta(seconds=-30)
    assert found.sentence == (
        "288 of 900 told one by one; 5.0 a second over the last minutes; done in 2 minutes at that rate; "
        "under a minute behind the forecast."
    )


def test_the_rate_is_that_of_the_last_five_minutes(stage, clock):
    stage.plan()
    note(stage)
    answer(stage, 300)
    for _ in range(6):
        clock.tick(timedelta(minutes=1))
        note(stage)
    assert stands(stage).rate == 0.0
    assert stands(stage).finishes_at is None
    answer(stage, 150)
    assert stands(stage).rate == 0.5  # 150 in 300 s


def test_each_deadline_is_held_against_the_rate(stage, clock, monkeypatch):
    stage.plan()
    note(stage)
    ends = [clock.now() + timedelta(seconds=seconds) for seconds in (40, 100)]
    due = [Deadline("law/tell", "moqi", "article 1", "limit", at, None) for at in ends]
    monkeypatch.setattr(watching, "_deadlines", lambda *_given: due)
    clock.tick(timedelta(seconds=20))
    answer(stage, 300)
    soon, later = stands(stage).runs
    # 600 left at 15 a second: done at 60 s. By 40 s another 300 are told.
    assert (soon.margin, soon.told_by_then) == (timedelta(seconds=-20), 600)
    assert (later.margin, later.told_by_then) == (timedelta(seconds=40), 900)


def test_a_pause_stands_still_and_is_kept_as_the_last_point(stage, clock):
    fan_out = stage.plan()
    note(stage)
    clock.tick(timedelta(seconds=30))
    with stage.kit.begin() as tx:
        control.pause(tx, tx.get_one(FanOut, fan_out.id), because="a doubt", by=WRITER, clock=clock)
    note(stage)
    clock.tick(timedelta(hours=3))
    assert points.due(stage.kit) == []
    found = stands(stage)
    assert found.at == found.begins_at + timedelta(seconds=30)
    assert found.rate is None


def test_whose_pace_is_not_known_is_held_against_no_forecast(stage, clock):
    pace(stage, 0)
    stage.plan()
    note(stage)
    found = stands(stage)
    assert (found.expected, found.ahead, found.forecast) == (None, None, [])


def test_who_takes_the_next_route_is_told_once_and_waits_again(stage, clock):
    stage.plan()
    note(stage)
    answer(stage, 300, failed=300)
    with stage.kit.begin() as tx:
        fan_out = tx.scalars(select(FanOut)).one()
        batch = Batch(id="bat_x", fan_out_id=fan_out.id, variant="v1", channel="sms", position=3, wave=0, size=300)
        batch.provider, batch.key_id, batch.segment_sha256, batch.phase = "sms/rehearsal", "k", "s", "waiting"
        batch.settled, batch.answered, batch.failed = 0, 100, 0
        tx.add(batch)
    found = stands(stage)
    assert (found.people, found.counts.told, found.counts.waiting) == (900, 100, 800)


def test_no_delivery_is_counted_to_draw_a_page(stage, clock):
    stage.plan()
    note(stage)
    with stage.kit.begin() as tx:
        tx.execute(update(Batch).values(answered=10))
    said = []
    with stage.kit.begin(reading=True) as tx:
        event.listen(tx.get_bind(), "before_cursor_execute", lambda *given: said.append(given[2]))
        live(tx, tx.scalars(select(FanOut)).one(), kit=stage.kit)
    touched = " ".join(said)
    assert "delivery_batch" in touched
    assert not any(word in touched for word in ("delivery_now", "delivery_outcome", "FROM delivery "))


def test_of_a_deadline_that_has_passed_is_said_what_was_told_by_then(stage, clock, monkeypatch):
    stage.plan()
    note(stage)
    answer(stage, 120)
    clock.tick(timedelta(minutes=1))
    note(stage)
    passed = Deadline("law/tell", "moqi", "article 1", "limit", clock.now() + timedelta(seconds=5), None)
    monkeypatch.setattr(watching, "_deadlines", lambda *_given: [passed])
    clock.tick(timedelta(minutes=1))
    answer(stage, 180)
    (run,) = stands(stage).runs
    assert run.told_by_then == 120
