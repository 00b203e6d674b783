"""A large fan-out goes out in waves and stops itself; a plan that was broken off is finished."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from incidents.deliveries import batches, claim, control, ledger, plan, replan, send, sending, waves, work
from incidents.deliveries.progress import progress
from incidents.deliveries.tables import Batch, Delivery, FanOut, Intent
from incidents.foundation.tokens import token, token_secret
from incidents.notices.tables import Notice
from incidents.record.tables import TimelineEntry
from notifiers.outcome import Outcome, Reason, Sent
from notifiers.provider import Pace
from tests.incidents.fanout import WRITER, Stage, made_people, make_stage
from tests.incidents.rows import filled

SOAK = timedelta(minutes=5)


@pytest.fixture
def stage(home, begin, keys, clock, monkeypatch) -> Stage:
    """2,000 people are many here, and a batch holds 500."""
    for module in (claim, control):
        monkeypatch.setattr(module, "require_still_approved", lambda _tx, _fan_out: None)
    monkeypatch.setattr(batches, "LARGE", 2000)
    monkeypatch.setattr(batches, "MOST", 500)
    made = make_stage(home, begin, keys, clock, script="well")
    made.write(made_people(2000))
    return made


def run(stage: Stage, *jobs) -> None:
    """Run these jobs until nothing is due."""
    while todo := [(job, one) for job in jobs for one in job.due(stage.kit)]:
        for job, one in todo:
            job.run(stage.kit, one)


def told(stage: Stage) -> int:
    return len(stage.kit.providers["push/rehearsal"].given)


def now(stage: Stage, fan_out: FanOut) -> FanOut:
    with stage.kit.begin(reading=True) as tx:
        found: FanOut = tx.get_one(FanOut, fan_out.id)
        return found


def refusing(stage: Stage, *, every: int) -> None:
    """Make the push provider refuse one of `every` messages for good."""
    provider = stage.kit.providers["push/rehearsal"]
    original = provider.send

    def send_some(messages):
        for number, sent in enumerate(original(messages)):
            refused = Sent(sent.reference, Outcome.REFUSED, Reason.GONE, permanent=True)
            yield refused if number % every == 0 else sent

    provider.send = send_some


def test_a_canary_goes_first_and_each_wave_is_watched_before_the_next(stage, clock):
    fan_out = stage.plan()
    run(stage, sending.send_batch, work.widen)
    assert told(stage) == 2, "a thousandth"
    for wanted in (2 + 20, 2 + 20 + 200, 2000):
        clock.tick(SOAK - timedelta(seconds=1))
        run(stage, sending.send_batch, work.widen)
        clock.tick(timedelta(seconds=1))
        run(stage, sending.send_batch, work.widen)
        assert told(stage) == wanted
    assert now(stage, fan_out).wave == 3
    with stage.kit.begin(reading=True) as tx:
        kinds = Counter(tx.scalars(select(TimelineEntry.kind)))
        stood = progress(tx, tx.get_one(FanOut, fan_out.id))
    assert kinds["delivery.widened"] == 3
    assert stood.told == 2000


def test_the_waves_are_drawn_from_everybody_by_their_tokens_and_not_from_the_first_in_the_list(stage):
    stage.plan()
    with stage.kit.begin(reading=True) as tx:
        sizes = dict(tx.execute(select(Batch.wave, func.sum(Batch.size)).group_by(Batch.wave)).all())
        query = select(Batch.wave, Delivery.person).join(Batch, Batch.id == Delivery.batch_id)
        rows = tx.execute(query.order_by(Batch.wave, Delivery.planned_at, Delivery.id)).all()
        secret = token_secret(tx, stage.incident_id, keys=stage.kit.keys, clock=stage.kit.clock)
    assert sizes == {0: 2, 1: 20, 2: 200, 3: 1778}
    places = {token(secret, one): place for place, one in enumerate(stage.people)}
    first = sorted(places[person] for wave, person in rows if wave < 3)
    assert len(first) == 222
    assert any(place >= 1000 for place in first)
    assert any(place < 1000 for place in first)
    highest = {number: max(person for wave, person in rows if wave == number) for number in sorted(sizes)}
    assert list(highest.values()) == sorted(highest.values())  # a wave follows on the one before it in the draw


def test_a_small_fan_out_has_one_wave(stage):
    stage.write(made_people(1999))
    stage.plan()
    run(stage, sending.send_batch)
    assert told(stage) == 1999


def test_too_many_failures_pause_it_and_whoever_resumes_accepts_those_that_stand(stage, clock):
    refusing(stage, every=3)
    fan_out = stage.plan(most_failed=0.3)
    for _ in range(4):
        run(stage, sending.send_batch, work.widen)
        clock.tick(SOAK)
    paused = now(stage, fan_out)
    assert (paused.phase, paused.wave) == ("paused", 2)
    assert paused.because == "75 of 222 answers are failures, more than 30%."
    assert waves.due(stage.kit) == []
    with stage.kit.begin() as tx:
        control.resume(tx, tx.get_one(FanOut, fan_out.id), by=WRITER, clock=clock)
    run(stage, work.widen)
    assert now(stage, fan_out).phase == "sending", "the same failures do not stop it again"
    run(stage, sending.send_batch, work.widen)
    assert now(stage, fan_out).phase == "paused", "new ones do"


def test_the_counts_of_a_batch_are_what_its_outcomes_say(stage, clock):
    refusing(stage, every=4)
    stage.plan(soak_minutes=0)
    run(stage, sending.send_batch, work.widen, work.settle_batch)
    with stage.kit.begin(reading=True) as tx:
        answered, failed = tx.execute(select(func.sum(Batch.answered), func.sum(Batch.failed))).one()
        by_channel = progress(tx, tx.scalars(select(FanOut)).one()).by_channel["push"]
    assert answered == by_channel["accepted"] + by_channel["refused"]
    assert failed == by_channel["refused"]


def test_a_plan_that_was_broken_off_sends_nothing_and_is_finished_by_the_worker(stage, clock, monkeypatch):
    class PowerCut(Exception):
        pass

    written: list[int] = []
    original = batches.write

    def write_two(*given, **named):
        if len(written) == 2:
            raise PowerCut
        written.append(original(*given, **named))
        return written[-1]

    monkeypatch.setattr(batches, "write", write_two)
    dispatch = stage.dispatch()
    drafted = stage.draft(dispatch)
    with stage.kit.begin() as tx:
        fan_out = plan.begin_plan(tx, dispatch, drafted, terms=plan.Terms(soak_minutes=0), by=WRITER, kit=stage.kit)
        replan.be_planner(tx, fan_out.id, kit=stage.kit)
    with pytest.raises(PowerCut):
        plan.write_plan(stage.kit, fan_out.id, dispatch.readers, drafted.ways)
    assert now(stage, fan_out).phase == "planning"
    assert claim.due(stage.kit) == replan.due(stage.kit) == []
    monkeypatch.setattr(batches, "write", original)
    monkeypatch.setattr(replan, "dispatch_of", lambda *_given, **_named: dispatch)
    with stage.kit.begin() as tx:
        tx.add(filled(Notice, id="not_1", incident_id=stage.incident_id))
    clock.tick(replan.LEASE)
    run(stage, work.plan_to_the_end)
    run(stage, sending.send_batch, work.widen)
    with stage.kit.begin(reading=True) as tx:
        stood = progress(tx, tx.get_one(FanOut, fan_out.id))
        persons = tx.scalars(select(Delivery.person)).all()
    assert (len(persons), len(set(persons)), stood.told) == (2000, 2000, 2000)
    assert set(stage.kit.providers["push/rehearsal"].given.values()) == {1}


def test_an_abort_while_the_plan_is_written_leaves_nobody_waiting(stage, clock, monkeypatch):
    original = batches.write
    written: list[int] = []

    def abort_after_two(tx, fan_out, *given, **named):
        written.append(original(tx, fan_out, *given, **named))
        if len(written) == 2:
            control.abort(tx, fan_out, because="the wrong people", by=WRITER, clock=clock)
        return written[-1]

    monkeypatch.setattr(batches, "write", abort_after_two)
    fan_out = stage.plan()
    with stage.kit.begin(reading=True) as tx:
        stood = progress(tx, tx.get_one(FanOut, fan_out.id))
    assert (stood.phase, stood.people, stood.cancelled) == ("aborted", sum(written), sum(written))
    run(stage, sending.send_batch)
    assert told(stage) == 0
    assert claim.due(stage.kit) == replan.due(stage.kit) == []


def test_a_quick_provider_is_waited_for_and_a_slow_one_lets_others_go_first(stage, clock):
    provider = stage.kit.providers["push/rehearsal"]
    stage.write(made_people(500))
    provider.about = replace(provider.about, pace=Pace(per_second=200, burst=100))
    stage.plan()
    began = clock.now()
    send.send_batch(stage.kit, *claim.due(stage.kit))
    assert told(stage) == 500
    assert 1.5 <= (clock.now() - began).total_seconds() <= 2.5, "100 at once and 400 at 200 a second"


def test_a_country_with_a_pace_of_its_own_has_batches_of_its_own_and_keeps_to_both(stage, clock):
    provider = stage.kit.providers["sms/rehearsal"]
    paces = {"+95": Pace(per_second=1, burst=5), "+9": Pace(per_second=0)}
    provider.about = replace(provider.about, pace=Pace(per_second=10, burst=20), paces=paces)
    people = made_people(30)
    people |= {f"m{n}": people["u000001"] | {"mobile": f"+95979000{n:04d}"} for n in range(12)}
    stage.write({uid: one | {"token": "", "mail": ""} for uid, one in people.items()})
    stage.plan(stage.dispatch(ladders=({"one_by_one": ["sms"]},)))
    with stage.kit.begin(reading=True) as tx:
        assert dict(tx.execute(select(Batch.destination, Batch.size)).all()) == {"": 30, "+95": 12}
        myanmar = tx.scalars(select(Batch.id).where(Batch.destination == "+95")).one()
    myanmar_first = sorted(claim.due(stage.kit), key=lambda one: one != myanmar)
    for batch_id in myanmar_first:
        send.send_batch(stage.kit, batch_id)
    given = Counter(one.rpartition("-")[0] for one in provider.given)
    assert sorted(given.values()) == [5, 15], "five to Myanmar, and what is left of the twenty that the provider takes"
    clock.tick(timedelta(seconds=1))
    for batch_id in claim.due(stage.kit):
        send.send_batch(stage.kit, batch_id)
    assert len(provider.given) <= 30


def test_whoever_is_under_an_intent_and_was_not_handed_over_waits_again_and_is_not_in_doubt(stage, clock, monkeypatch):
    monkeypatch.setattr(ledger, "slice_of", lambda _about: 200)
    stage.write(made_people(400))
    fan_out = stage.plan()
    provider = stage.kit.providers["push/rehearsal"]
    original = provider.send

    def tired_after_250(messages):
        for sent in original(messages):
            late = len(provider.given) > 250
            yield Sent(sent.reference, Outcome.THROTTLED, Reason.RATE_LIMITED, retry_after=30.0) if late else sent

    provider.send = tired_after_250
    monkeypatch.setattr(send, "GROUP_SECONDS", 0.0)
    send.send_batch(stage.kit, *claim.due(stage.kit))
    with stage.kit.begin(reading=True) as tx:
        stood = progress(tx, tx.get_one(FanOut, fan_out.id))
        assert tx.scalars(select(Intent.id).where(Intent.ended_at.is_(None))).all() == []
    assert stood.by_channel["push"] == {"accepted": 250, "queued": 150}
    assert stood.maybe_twice == 0
    assert len(provider.given) == 251, "nobody is handed over after the provider asked for a rest"


def test_a_large_fan_out_is_stopped_at_once_and_its_people_are_cancelled_by_the_workers(stage, clock, monkeypatch):
    monkeypatch.setattr(control, "AT_ONCE", 1000)
    fan_out = stage.plan()
    run(stage, sending.send_batch)
    with stage.kit.begin() as tx:
        assert control.abort(tx, tx.get_one(FanOut, fan_out.id), because="no", by=WRITER, clock=clock) == 0
    run(stage, sending.send_batch)
    with stage.kit.begin(reading=True) as tx:
        stood = progress(tx, tx.get_one(FanOut, fan_out.id))
    assert (stood.told, stood.cancelled, stood.under_way) == (2, 1998, 0)
    assert told(stage) == 2


def test_what_is_known_is_kept_when_a_provider_breaks(stage, monkeypatch):
    stage.write(made_people(300))
    fan_out = stage.plan()
    provider = stage.kit.providers["push/rehearsal"]
    original = provider.send

    def breaking(messages):
        for number, sent in enumerate(original(messages)):
            if number == 120:
                raise RuntimeError("a fault of ours")
            yield sent

    provider.send = breaking
    with pytest.raises(RuntimeError):
        send.send_batch(stage.kit, *claim.due(stage.kit))
    with stage.kit.begin(reading=True) as tx:
        stood = progress(tx, tx.get_one(FanOut, fan_out.id))
    assert stood.by_channel["push"] == {"accepted": 120, "sending": 1, "queued": 179}, "one was in hand"
