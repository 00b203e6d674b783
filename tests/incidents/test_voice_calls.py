"""A machine telephones people: only whoever says that they are meant hears the notice, and nobody is lost over it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.deliveries import claim, climb, control, gate, send
from incidents.deliveries.progress import progress
from incidents.deliveries.receive import receive
from incidents.deliveries.state import State
from incidents.deliveries.tables import Batch, DeliveryNow, FanOut
from incidents.foundation.errors import Refused
from incidents.record.holds import hold
from incidents.record.tables import Incident
from notifiers import registry
from tests.incidents.fanout import WRITER, make_stage
from tests.loopback.twilio_voice import LoopbackTwilioVoice

VOICE = "voice/twilio_voice"
SECRET_WORDS = "Your name and your exam marks were read by a stranger."
TEXTS = {"voice": {"spoken": SECRET_WORDS}, "push": {"title": "Notice", "body": "Please open the app."}}
ROUTE = {"one_by_one": ["voice", "push"], "last": "announcement"}


@pytest.fixture
def twilio():
    server = LoopbackTwilioVoice()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def approval(monkeypatch):
    """The gate is held by the tests of notices; here it stands open unless a test closes it."""
    stands = {"refuses": None}

    def require(_tx, _fan_out):
        if stands["refuses"] is not None:
            raise stands["refuses"]

    for module in (claim, control, gate):
        monkeypatch.setattr(module, "require_still_approved", require)
    return stands


@pytest.fixture
def stage(home, begin, keys, clock, twilio):
    """Five learners in Singapore with a telephone and the app; the house calls by Twilio."""
    clock.at = clock.at.replace(hour=1, minute=0)
    made = make_stage(home, begin, keys, clock, script="well")
    del made.kit.providers["voice/rehearsal"]
    hook = f"https://house.example/receipts/{VOICE}"
    made.kit.providers[VOICE] = registry.open_provider(VOICE, twilio.environment(), callback_url=hook)
    people = {
        f"u{number}": {"mobile": f"+6581234{number:03d}", "country": "SG", "token": "device"} for number in range(5)
    }
    made.write(people)
    return made


@pytest.fixture
def called(stage):
    """The fan-out whose five calls have begun."""
    said = {"party": "miaoke", "language": "en", "ladders": (ROUTE,), "texts": {"v1": TEXTS}}
    fan_out = stage.plan(stage.dispatch(**said))
    work_on(stage)
    return fan_out


def work_on(stage):
    jobs = ((claim.due, send.send_batch), (climb.due, climb.climb))
    while todo := [(act, one) for due, act in jobs for one in due(stage.kit)]:
        for act, one in todo:
            act(stage.kit, one)


def heard(stage, request) -> str:
    """What Twilio is told to do next in this call."""
    reply = receive(stage.kit, VOICE, request)
    return reply.body.decode() if reply else ""


def state_of(stage, twilio, sid):
    reference = twilio.calls[sid]["form"]["StatusCallback"].partition("reference=")[2]
    with stage.kit.begin(reading=True) as tx:
        return State(tx.get_one(DeliveryNow, reference).state)


def test_each_of_five_telephones_ends_as_what_was_heard_at_it_and_everybody_else_takes_the_next_route(
    stage, twilio, called
):
    confirmed, stayed, child, hung_up, machine = twilio.calls
    assert SECRET_WORDS in heard(stage, twilio.greeted(confirmed, "1"))
    assert "Hangup" in heard(stage, twilio.said(confirmed, "1"))
    assert SECRET_WORDS in heard(stage, twilio.greeted(stayed, "1", AnsweredBy="machine_start"))
    heard(stage, twilio.said(stayed, "1", AnsweredBy="machine_start"))
    assert SECRET_WORDS not in heard(stage, twilio.greeted(child, "2"))
    for sid in twilio.calls:
        by = "machine_start" if sid in (stayed, machine) else "human"
        assert heard(stage, twilio.call_back(sid, "completed", AnsweredBy=by)) == ""
    assert [state_of(stage, twilio, one) for one in (confirmed, stayed)] == [State.READ, State.DELIVERED]
    assert {state_of(stage, twilio, one) for one in (child, hung_up, machine)} == {State.REFUSED}
    work_on(stage)
    with stage.kit.begin(reading=True) as tx:
        whole = progress(tx, tx.get_one(FanOut, called.id))
    assert (whole.people, whole.told, whole.under_way) == (5, 5, 0)
    assert whole.by_channel["push"] == {"accepted": 3}
    assert len(twilio.calls) == 5, "nobody is called twice"


def test_who_says_that_they_are_meant_after_the_telling_was_stopped_hears_nothing_any_more(
    stage, twilio, called, approval
):
    first, second, third, *_ = twilio.calls
    approval["refuses"] = Refused("not_approved", "The approval fell.")
    assert SECRET_WORDS not in heard(stage, twilio.greeted(first, "1"))
    approval["refuses"] = None
    with stage.kit.begin() as tx:
        until = {"ends_at": stage.kit.clock.now() + timedelta(hours=1), "reason": "a hole", "requested_by": "IT"}
        hold(tx, tx.get_one(Incident, stage.incident_id), stops="sending", by=WRITER, clock=stage.kit.clock, **until)
    assert SECRET_WORDS not in heard(stage, twilio.greeted(second, "1"))
    stage.kit.clock.tick(timedelta(hours=2))
    assert SECRET_WORDS in heard(stage, twilio.greeted(second, "1"))
    with stage.kit.begin() as tx:
        control.abort(tx, tx.get_one(FanOut, called.id), because="wrong words", by=WRITER, clock=stage.kit.clock)
    assert SECRET_WORDS not in heard(stage, twilio.greeted(third, "1"))


def test_a_batch_that_would_still_ring_at_night_waits_for_the_morning(stage, clock):
    provider = stage.kit.providers[VOICE]
    provider.about = replace(
        provider.about, pace=replace(provider.about.pace, per_second=0.005)
    )  # a call in 200 seconds
    clock.at = clock.at.replace(hour=13, minute=50)  # 21:50 in Singapore
    said = {"party": "miaoke", "language": "en", "ladders": (ROUTE,), "texts": {"v1": TEXTS}}
    fan_out = stage.plan(stage.dispatch(**said), quiet="22:00-08:00")
    with stage.kit.begin() as tx:
        tx.get_one(FanOut, fan_out.id).waits_until_at = clock.now() + timedelta(days=2)
    (batch,) = claim.due(stage.kit)
    send.send_batch(stage.kit, batch)
    with stage.kit.begin(reading=True) as tx:
        row = tx.get_one(Batch, batch)
        assert (row.territory, row.answered) == ("SG", 0)
        assert row.not_before_at == clock.at.replace(hour=0, minute=0) + timedelta(days=1)  # 8:00 of theirs
