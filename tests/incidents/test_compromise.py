"""A channel in the wrong hands is used for nothing: who waited for it takes the next route, until it is restored."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from incidents.deliveries import batches, claim, compromise, control, sending, waves, work
from incidents.deliveries.closed import Why
from incidents.deliveries.progress import progress
from incidents.deliveries.tables import Batch, DeliveryOutcome, FanOut
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.record.tables import Incident, TimelineEntry
from notifiers import registry
from tests.incidents.fanout import PAGE, made_people, make_stage

JOBS = (sending.send_batch, work.climb, work.widen, work.settle_batch)
LADDER = {"one_by_one": ["email", "sms"], "last": "announcement"}


@pytest.fixture
def stage(home, begin, keys, clock, monkeypatch):
    for module in (claim, control):
        monkeypatch.setattr(module, "require_still_approved", lambda _tx, _fan_out: None)
    made = make_stage(home, begin, keys, clock, script="well")
    made.write(made_people(30))
    return made


@pytest.fixture
def mark(stage, responder, clock):
    def make(subject, *, everywhere=False):
        with stage.kit.begin() as tx:
            incident = None if everywhere else tx.get_one(Incident, stage.incident_id)
            compromise.mark(tx, subject, because="seen", by=responder, clock=clock, incident=incident)

    return make


def run(stage):
    while todo := [(job, one) for job in JOBS for one in job.due(stage.kit)]:
        for job, one in todo:
            job.run(stage.kit, one)


def given(stage, channel):
    return len(vars(stage.kit.providers[f"{channel}/rehearsal"])["given"])


def ladder(stage):
    return stage.dispatch(ladders=(LADDER,))


def stood(stage, fan_out):
    with stage.kit.begin(reading=True) as tx:
        found = progress(tx, tx.get_one(FanOut, fan_out.id))
        return {row.phase for row in tx.scalars(select(Batch))}, found


def test_the_companys_own_mail_relay_is_breached_so_nobody_gets_an_email_and_everybody_an_sms(stage, mark):
    fan_out = stage.plan(ladder(stage))
    mark("email")
    run(stage)
    assert (given(stage, "email"), given(stage, "sms")) == (0, 30)
    phases, found = stood(stage, fan_out)
    assert (phases, found.told, found.people) == ({"done"}, 30, 30)
    with stage.kit.begin(reading=True) as tx:
        kinds = {row.kind: row.detail for row in tx.scalars(select(TimelineEntry))}
        reasons = set(tx.scalars(select(DeliveryOutcome.reason).where(DeliveryOutcome.event == "refused")))
    assert kinds["channel.compromised"]["subject"] == "email"
    assert kinds["delivery.turned_away"]["people"] == 30
    assert reasons == {"compromised"}


def test_what_is_turned_away_is_not_held_against_the_fan_out(stage, mark, monkeypatch):
    monkeypatch.setattr(waves, "FEWEST", 10, raising=False)
    monkeypatch.setattr(batches, "LARGE", 20)
    stage.write(made_people(400))
    fan_out = stage.plan(ladder(stage), soak_minutes=0, most_failed=0.2)
    mark("email")
    run(stage)
    stage.kit.clock.tick(timedelta(minutes=10))
    run(stage)
    with stage.kit.begin(reading=True) as tx:
        assert tx.get_one(FanOut, fan_out.id).phase == "sending"
    assert (given(stage, "email"), given(stage, "sms")) == (0, 400)


def test_a_plan_made_afterwards_does_not_choose_it_and_says_why(stage, mark):
    mark("email/rehearsal", everywhere=True)
    with stage.kit.begin(reading=True) as tx:
        shut = compromise.shut(tx, stage.incident_id)
    drafted = stage.draft(ladder(stage), shut=shut)
    assert drafted.reach.by_route == {("sms", "sms/rehearsal"): 30}
    assert drafted.reach.closed["email", "email/rehearsal", Why.COMPROMISED] == 30
    assert Why.COMPROMISED.sentence in str(drafted.reach.as_json())


def test_a_batch_that_nobody_has_begun_goes_to_another_provider_of_its_channel(stage, mark):
    other = registry.open_provider("email/rehearsal", {"TOCSIN_REHEARSAL_SCRIPT": "well"})
    other.about = replace(other.about, id="spare")
    stage.kit.providers["email/spare"] = other
    stage.plan(ladder(stage))
    with stage.kit.begin(reading=True) as tx:
        taken = tx.scalars(select(Batch.provider).where(Batch.channel == "email")).one()
    mark(taken)
    run(stage)
    unused = stage.kit.providers[taken]
    spared = next(one for name, one in stage.kit.providers.items() if name.startswith("email/") and name != taken)
    assert (len(vars(unused).get("given", ())), len(vars(spared)["given"]), given(stage, "sms")) == (0, 30, 0)


def test_a_worker_with_the_batch_in_its_hands_stops_with_the_next_slice(stage, mark, monkeypatch):
    monkeypatch.setattr("incidents.deliveries.ledger.slice_of", lambda _about: 10)
    stage.plan(ladder(stage))
    provider = stage.kit.providers["email/rehearsal"]
    original = provider.send

    def send_some(messages):
        for number, sent in enumerate(original(messages)):
            if number == 4:
                mark("email")
            yield sent

    monkeypatch.setattr(provider, "send", send_some)
    run(stage)
    # Whoever was handed over before the mark may have been reached; nobody else is.
    assert given(stage, "email") <= 20
    assert given(stage, "email") + given(stage, "sms") == 30


def test_the_announcement_waits_until_its_page_is_restored(stage, mark, compliance, clock):
    public = stage.dispatch(audience="public", texts={"v1": PAGE}, readers=stage.dispatch().readers.slice(0, 0))
    mark("announcement")
    stage.plan(public)
    run(stage)
    assert given_or_none(stage) == 0
    with stage.kit.begin() as tx:
        incident = tx.get_one(Incident, stage.incident_id)
        compromise.restore(tx, "announcement", because="clean", by=compliance, clock=clock, incident=incident)
    run(stage)
    assert given_or_none(stage) == 1


def given_or_none(stage):
    return len(vars(stage.kit.providers["announcement/rehearsal"]).get("given", ()))


def test_restored_it_is_used_again_and_both_acts_stand_on_the_timeline(stage, mark, responder, clock):
    mark("email", everywhere=True)
    with stage.kit.begin() as tx:
        assert compromise.shut(tx, stage.incident_id) == compromise.shut(tx) == {"email"}
        compromise.restore(tx, "email", because="rebuilt", by=responder, clock=clock)
        assert compromise.shut(tx, stage.incident_id) == frozenset()
        kinds = [row.kind for row in tx.scalars(select(TimelineEntry).order_by(TimelineEntry.seq))]
    assert kinds[-2:] == ["channel.compromised", "channel.restored"]
    stage.plan(ladder(stage))
    run(stage)
    assert (given(stage, "email"), given(stage, "sms")) == (30, 0)


def test_who_may_and_what_is_refused(stage, mark, writer, responder, clock):
    hands = {"because": "seen", "clock": clock}
    mark("email")
    with stage.kit.begin() as tx:
        incident = tx.get_one(Incident, stage.incident_id)
        with pytest.raises(Refused, match="responder"):
            compromise.mark(tx, "sms", by=writer, **hands)
        with pytest.raises(Refused, match="already"):
            compromise.mark(tx, "email", by=responder, incident=incident, **hands)
        with pytest.raises(BadInput, match="'pigeon' is no channel"):
            compromise.mark(tx, "pigeon", by=responder, **hands)
        with pytest.raises(BadInput, match="because"):
            compromise.mark(tx, "sms", by=responder, because=" ", clock=clock)
        with pytest.raises(BadInput, match="since"):
            compromise.mark(tx, "sms", by=responder, since_at=clock.now() + timedelta(hours=1), **hands)
        with pytest.raises(NotFound):
            compromise.restore(tx, "email", by=responder, **hands)
        assert compromise.mark(tx, compromise.LOG_IN, by=responder, **hands).subject == "log-in"
