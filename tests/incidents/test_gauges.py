"""The figures for a watching machine, and the tally of outcomes, held against what the deliveries themselves say."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

from incidents.deliveries import claim, control, runs, sending, tally
from incidents.deliveries.gauges import gauges
from incidents.deliveries.tables import AcceptedRun, Batch, DeliveryOutcome, ProviderPace
from incidents.deliveries.watch_tables import OutcomeTally
from incidents.foundation.lease import hold_lease
from notifiers import rehearsal
from tests.incidents.fanout import WRITER, Stage, made_people, make_stage

PUSH = {"channel": "push", "provider": "push/rehearsal"}


@pytest.fixture
def stage(home, begin, keys, clock, monkeypatch) -> Stage:
    """300 people on rehearsals that are realistic, but that none asks for a rest: it would come at another of them in
    each run."""
    fates = tuple(one for one in rehearsal._FATES if one[1] != "throttled")
    monkeypatch.setattr(rehearsal, "_FATES", fates)
    for module in (claim, control):
        monkeypatch.setattr(module, "require_still_approved", lambda _tx, _fan_out: None)
    made = make_stage(home, begin, keys, clock)
    made.write(made_people(300))
    return made


def figures(stage, statements=None):
    with stage.kit.begin(reading=True) as tx:
        if statements is not None:
            event.listen(tx.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2]))
        found = list(gauges(tx, clock=stage.kit.clock))
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for one in found}


def of(found, name, **labels):
    return found.get((name, tuple(sorted(labels.items()))))


def send(stage):
    for one in sending.send_batch.due(stage.kit):
        sending.send_batch.run(stage.kit, one)


def test_deliveries_by_state_are_those_of_the_outcomes_and_no_delivery_is_counted(stage):
    stage.plan()
    assert of(figures(stage), "deliveries", **PUSH, state="waiting") == 300
    send(stage)
    said: list[str] = []
    found = figures(stage, said)
    with stage.kit.begin(reading=True) as tx:
        sizes = tx.execute(select(func.sum(Batch.answered), func.sum(Batch.failed))).one()
    assert of(found, "deliveries", **PUSH, state="taken") == sizes[0] - sizes[1]
    assert of(found, "deliveries", **PUSH, state="failed") == sizes[1]
    assert not any("FROM delivery " in one or "FROM delivery_outcome" in one for one in said)


def test_batches_by_what_keeps_them_and_the_age_of_the_queue(stage, clock):
    fan_out = stage.plan()
    clock.tick(timedelta(seconds=90))
    found = figures(stage)
    assert of(found, "batches", **PUSH, phase="waiting") == 1
    assert of(found, "oldest_waiting_seconds", **PUSH) == 90
    keeps = {
        "held": {"holder": "w", "held_until_at": clock.now() + timedelta(minutes=1)},
        "abandoned": {"holder": "w", "held_until_at": clock.now()},
        "resting": {"held_until_at": None, "not_before_at": clock.now() + timedelta(minutes=1)},
        "later_wave": {"wave": 1},
        "done": {"phase": "done"},
    }
    for phase, values in keeps.items():
        with stage.kit.begin() as tx:
            tx.execute(update(Batch).values(values))
        found = figures(stage)
        assert of(found, "batches", **PUSH, phase=phase) == 1, phase
        assert of(found, "oldest_waiting_seconds", **PUSH) is None
        assert of(found, "lease_holders") == (phase == "held")
    assert of(found, "deliveries", **PUSH, state="cancelled") == 300
    with stage.kit.begin() as tx:
        tx.execute(update(Batch).values(phase="waiting"))
        control.pause(tx, tx.get_one(type(fan_out), fan_out.id), because="a doubt", by=WRITER, clock=clock)
    found = figures(stage)
    assert of(found, "batches", **PUSH, phase="stopped") == 1
    assert of(found, "fan_outs", phase="paused") == 1


def test_the_pace_and_the_sweeper(stage, clock):
    with stage.kit.begin() as tx:
        tx.add(ProviderPace(provider="sms/x", tat=clock.now().timestamp() + 45, demoted_at=clock.now()))
        tx.add(ProviderPace(provider="sms/x +95", tat=clock.now().timestamp() + 60))
        hold_lease(tx, "sweeper", "w", lasts=timedelta(seconds=15), clock=clock)
    found = figures(stage)
    assert of(found, "pace_wait_seconds", provider="sms/x", destination="") == pytest.approx(45)
    assert of(found, "pace_wait_seconds", provider="sms/x", destination="+95") == pytest.approx(60)
    assert of(found, "provider_demoted", provider="sms/x") is True
    assert of(found, "sweeper_held") is True
    clock.tick(timedelta(seconds=46))
    found = figures(stage)
    assert of(found, "pace_wait_seconds", provider="sms/x", destination="") == 0
    assert of(found, "sweeper_held") is False


def test_each_outcome_is_tallied_once_when_it_has_settled(stage, clock, monkeypatch):
    monkeypatch.setattr(tally, "MOST", 10)
    stage.plan()
    send(stage)
    assert tally.due(stage.kit) == [], "they are too young"
    clock.tick(tally.SETTLED)
    with stage.kit.begin(reading=True) as tx:
        rows = tx.execute(select(DeliveryOutcome.provider, DeliveryOutcome.outcome)).all()
        in_runs = tx.execute(select(AcceptedRun.provider, AcceptedRun.answers)).all()
        real = Counter((provider, outcome, "at_sending") for provider, outcome in rows if outcome)
        real.update((provider, "accepted", "at_sending") for provider, answers in in_runs for _ in answers)
    rounds = 0
    while due := tally.due(stage.kit):
        tally.tally.run(stage.kit, due[-1])
        rounds += 1
    assert rounds == -(-len(rows) // 10) + -(-len(in_runs) // 10)
    with stage.kit.begin(reading=True) as tx:
        assert tally.counted(tx) == real
        assert tx.get(OutcomeTally, "outcomes").upto == len(rows)
    for name in ("outcomes", "runs"):
        tally.tally.run(stage.kit, name)  # harmless twice
    accepted = of(figures(stage), "outcomes", provider="push/rehearsal", outcome="accepted", when="at_sending")
    assert accepted == real["push/rehearsal", "accepted", "at_sending"] > 200


def test_what_is_younger_than_its_neighbours_stops_the_tally_before_it(stage, clock, monkeypatch):
    monkeypatch.setattr(runs, "LEAST", 10**9)
    stage.plan()
    send(stage)
    with stage.kit.begin() as tx:
        tx.execute(
            update(DeliveryOutcome)
            .where(DeliveryOutcome.id == 50)
            .values(recorded_at=clock.now() + timedelta(seconds=30))
        )
    clock.tick(tally.SETTLED)
    tally.tally.run(stage.kit, "outcomes")
    with stage.kit.begin(reading=True) as tx:
        assert tx.get(OutcomeTally, "outcomes").upto == 49
    assert tally.due(stage.kit) == []
    clock.tick(timedelta(seconds=30))
    assert tally.due(stage.kit) == ["outcomes"]
