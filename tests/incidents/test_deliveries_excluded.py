"""What is queued for people who were excluded is cancelled and takes no next route; a correction goes to them too."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from incidents.deliveries import claim, climb, outcomes, sending, work
from incidents.deliveries.cancel import cancel_excluded
from incidents.deliveries.outcomes import Happened
from incidents.deliveries.progress import progress
from incidents.deliveries.state import Event
from incidents.deliveries.tables import Delivery, FanOut
from incidents.snapshots.tables import PersonReview, PersonStanding, Snapshot
from tests.incidents.fanout import made_people, make_stage


@pytest.fixture
def stage(home, begin, keys, clock, monkeypatch):
    monkeypatch.setattr(claim, "require_still_approved", lambda _tx, _fan_out: None)
    made = make_stage(home, begin, keys, clock, script="well")
    made.write(made_people(6))
    return made


def exclude(stage, tokens, word="exclude"):
    """Compliance excluded these people; gives back how many messages were cancelled."""
    now = stage.kit.clock.now()
    with stage.kit.begin() as tx:
        if tx.get(Snapshot, "snap_1") is None:
            said = {"incident_id": stage.incident_id, "version": 1, "directory": "moqi", "as_of_on": now.date()}
            said |= {"evidence_ids": [], "key_id": "k", "salt_key_id": "k", "digest": "d", "counts": {}, "changes": {}}
            by = {"frozen_at": now, "frozen_by": "a", "frozen_by_name": "Conny"}
            tx.add(Snapshot(id="snap_1", reports={}, **said, **by))
            tx.flush()
            made = {"incident_id": stage.incident_id, "snapshot_id": "snap_1", "decision": "exclude", "people": 1}
            made |= {"selection": {"kind": "people"}, "evidence_ids": [], "token_key_id": "k", "because": "a mistake"}
            tx.add(PersonReview(id="rev_1", decided_at=now, decided_by="a", decided_by_name="Conny", **made))
            tx.flush()
        for token in tokens:
            same = {"incident_id": stage.incident_id, "review_id": "rev_1", "snapshot_id": "snap_1", "at": now}
            row = {"person": token, "word": word, "known_by": [], "was_certain": True, "found_by": []}
            tx.add(PersonStanding(id=f"pst_{token}", **same, **row))
        tx.flush()
        return cancel_excluded(tx, stage.incident_id, at=now)


def tokens_of(stage, fan_out):
    with stage.kit.begin(reading=True) as tx:
        query = select(Delivery.person).where(Delivery.fan_out_id == fan_out.id).order_by(Delivery.ordinal)
        return list(tx.scalars(query))


def work_on(stage):
    for _ in range(3):
        for job in (sending.send_batch, work.settle_batch, work.climb):
            for one in job.due(stage.kit):
                job.run(stage.kit, one)
        stage.kit.clock.tick(timedelta(hours=1))


def counts(stage, fan_out):
    with stage.kit.begin(reading=True) as tx:
        return progress(tx, tx.get_one(FanOut, fan_out.id))


def test_whoever_waits_and_is_excluded_or_found_anew_is_cancelled_and_the_rest_are_told(stage):
    fan_out = stage.plan()
    first, second, *_ = tokens_of(stage, fan_out)
    assert exclude(stage, [first]) == 1
    assert exclude(stage, [second], "again") == 1
    assert exclude(stage, []) == 0
    work_on(stage)
    said = counts(stage, fan_out)
    assert (said.people, said.told, said.cancelled, said.under_way) == (6, 4, 2, 0)


def test_whom_a_channel_failed_takes_no_next_route_once_they_are_excluded(stage):
    fan_out = stage.plan()
    first, second, *_ = tokens_of(stage, fan_out)
    with stage.kit.begin() as tx:
        ids = tx.scalars(select(Delivery.id).where(Delivery.person.in_([first, second]))).all()
        refused = [Happened(one, Event.REFUSED, reason="not_registered", permanent=True) for one in ids]
        outcomes.append(tx, fan_out.id, refused, batch_of={}, at=stage.kit.clock.now())
    exclude(stage, [first])
    assert climb.climb(stage.kit, fan_out.id) == 1
    assert tokens_of(stage, fan_out).count(first) == 1
    assert tokens_of(stage, fan_out).count(second) == 2
    assert counts(stage, fan_out).under_way == 5


def test_a_correction_to_an_excluded_person_is_neither_cancelled_nor_kept_from_the_next_route(stage):
    fan_out = stage.plan(stage.dispatch(audience="recipients_of"))
    first, *_ = tokens_of(stage, fan_out)
    assert exclude(stage, [first]) == 0
    with stage.kit.begin() as tx:
        ids = tx.scalars(select(Delivery.id).where(Delivery.person == first)).all()
        refused = [Happened(one, Event.REFUSED, reason="not_registered", permanent=True) for one in ids]
        outcomes.append(tx, fan_out.id, refused, batch_of={}, at=stage.kit.clock.now())
    assert climb.climb(stage.kit, fan_out.id) == 1
