"""One look for an incident's id gives the story of its fan-out, and no line holds anybody's address."""

from datetime import timedelta

import pytest
import structlog

from incidents.deliveries import claim, control, points, sending
from incidents.deliveries.receive import take
from notifiers.outcome import Outcome, Receipt
from tests.incidents.fanout import Stage, made_people, make_stage


@pytest.fixture
def stage(home, begin, keys, clock, monkeypatch) -> Stage:
    for module in (claim, control):
        monkeypatch.setattr(module, "require_still_approved", lambda _tx, _fan_out: None)
    made = make_stage(home, begin, keys, clock, script="well")
    made.write(made_people(30))
    return made


@pytest.fixture
def lines():
    """The lines that were logged, as they would be written."""
    caught = structlog.testing.LogCapture()
    before = structlog.get_config() if structlog.is_configured() else None
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, caught])
    yield caught.entries
    structlog.reset_defaults()
    if before is not None:
        structlog.configure(**before)


def test_planning_sending_and_receipts_are_one_story(stage, clock, lines):
    fan_out = stage.plan()
    points.note.run(stage.kit, fan_out.id)
    (batch_id,) = sending.send_batch.due(stage.kit)
    sending.send_batch.run(stage.kit, batch_id)
    references = list(stage.kit.providers["push/rehearsal"].given)
    receipts = [
        Receipt(Outcome.DELIVERED, f"e{number}", at=clock.now() + timedelta(seconds=1), reference=one)
        for number, one in enumerate(references)
    ]
    with stage.kit.begin() as tx:
        take(tx, "push/rehearsal", receipts, kit=stage.kit)
    told = [line["event"] for line in lines]
    assert [one for one in told if one != "batch.written"] == [
        "delivery.planned",
        "fan_out.stands",
        "batch.begun",
        "batch.ended",
        "receipts.taken",
    ]
    assert "batch.written" in told
    ids = {"incident": stage.incident_id, "notice": "not_1", "fan_out": fan_out.id}
    for line in lines:
        assert line["incident"] == stage.incident_id
        if line["event"].startswith("batch."):
            assert line | ids | {"batch": batch_id, "provider": "push/rehearsal"} == line
    assert sum(line["messages"] for line in lines if line["event"] == "batch.written") == 30
    assert (lines[-1]["events"], lines[-1]["new"]) == (30, 30)
    assert structlog.contextvars.get_contextvars() == {}
    whole = str(lines)
    for person in stage.people.values():
        assert not any(person[kind] in whole for kind in ("mobile", "mail", "token"))
