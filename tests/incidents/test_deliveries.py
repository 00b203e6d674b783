"""A fan-out from plan to receipts: every refusal takes the next route, and nobody is lost or doubled unseen."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from incidents.deliveries import batches, claim, climb, control, ledger, outcomes, send, sending, settle, work
from incidents.deliveries.dispatch import nobody
from incidents.deliveries.progress import in_doubt, progress
from incidents.deliveries.publish import announcements, withdraw
from incidents.deliveries.receive import receive as receive_request
from incidents.deliveries.receive import take
from incidents.deliveries.received import recipients_of
from incidents.deliveries.segment import path_of
from incidents.deliveries.settle import WAITS_FOR_RECEIPTS
from incidents.deliveries.state import State
from incidents.deliveries.tables import AcceptedRun, Batch, Delivery, DeliveryNow, DeliveryOutcome, FanOut, Intent
from incidents.foundation.errors import NotFound, Refused
from incidents.foundation.jobs import jobs
from incidents.notices.tables import NoticeVariant
from incidents.record.holds import hold
from incidents.record.tables import Incident, TimelineEntry
from notifiers import rehearsal
from notifiers.outcome import Outcome, Reason, Receipt, Sent, Unanswered
from notifiers.provider import Forged, Pace, WebhookRequest
from notifiers.rehearsal import fate, fate_of
from tests.incidents.fanout import LADDER, PAGE, TEXTS, WRITER, Stage, made_people, make_stage, receive
from tests.incidents.test_in_app import add_notice

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def approved(monkeypatch):
    """The gate is held by the tests of notices and the drills; here it stands open unless a test closes it."""
    gate = {"refuses": None}

    def require(_tx, _fan_out):
        if gate["refuses"] is not None:
            raise gate["refuses"]

    monkeypatch.setattr(claim, "require_still_approved", require)
    monkeypatch.setattr(ledger, "slice_of", lambda _about: 100)
    monkeypatch.setattr(control, "require_still_approved", require)
    return gate


@pytest.fixture
def stage(home, begin, keys, clock, monkeypatch) -> Stage:
    """A stage on which the lifelike share of each batch fails, the same people each time."""
    monkeypatch.setattr(rehearsal, "fate", lambda one: fate_of(int(one.rpartition("-")[2]) * 37 % 1000))
    return make_stage(home, begin, keys, clock)


@pytest.fixture
def calm(home, begin, keys, clock) -> Stage:
    """A stage on which every provider takes everything."""
    return make_stage(home, begin, keys, clock, script="well")


def work_on(stage: Stage, *, hours: int = 0) -> None:
    """Run what is due until nothing is, then let time pass and again."""
    for _ in range(hours + 1):
        for _ in range(200):
            todo = [(job, one) for job in _jobs() for one in job.due(stage.kit)]
            if not todo:
                break
            for job, one in todo:
                job.run(stage.kit, one)
        stage.kit.clock.tick(timedelta(hours=1))


def _jobs():
    return [sending.send_batch, work.settle_batch, work.climb, work.widen]


def standing(stage: Stage, fan_out: FanOut):
    with stage.kit.begin(reading=True) as tx:
        return progress(tx, tx.get_one(FanOut, fan_out.id))


def ask(stage: Stage, query):
    with stage.kit.begin(reading=True) as tx:
        return tx.scalars(query).all()


def test_the_jobs_of_deliveries_are_registered():
    assert {"deliveries.send", "deliveries.settle", "deliveries.climb"} <= set(jobs())


def test_everybody_is_planned_once_in_batches_without_any_address(calm, monkeypatch):
    monkeypatch.setattr(batches, "MOST", 1000)
    calm.write(made_people(2300))
    fan_out = calm.plan()
    assert sorted(ask(calm, select(Batch.size))) == [300, 1000, 1000]
    assert len(set(ask(calm, select(Delivery.person)))) == 2300
    with calm.kit.begin(reading=True) as tx:
        rows = [
            tx.execute(select(*table.__table__.c)).all()
            for table in (FanOut, Batch, Delivery, DeliveryOutcome, AcceptedRun)
        ]
    kept = repr(rows).encode() + b"".join(
        path_of(calm.kit.home, one).read_bytes() for one in ask(calm, select(Batch.id))
    )
    kept += b"".join(file.read_bytes() for file in calm.kit.home.glob("tocsin.db*"))
    assert b"device-" not in kept
    assert b"there.example" not in kept
    assert standing(calm, fan_out).by_channel == {"push": {"queued": 2300}}


def test_a_second_plan_of_the_same_notice_is_refused_and_the_table_would_not_hold_it(calm):
    calm.write(made_people(10))
    calm.plan()
    with pytest.raises(Refused, match="on its way"):
        calm.plan()
    assert len(ask(calm, select(Delivery.id))) == 10


def test_all_are_told_and_the_counts_conserve(calm):
    calm.write(made_people(1200))
    fan_out = calm.plan()
    work_on(calm)
    stood = standing(calm, fan_out)
    assert (stood.people, stood.told, stood.maybe_twice) == (1200, 1200, 0)
    given = calm.kit.providers["push/rehearsal"].given
    assert set(given.values()) == {1}
    assert len(given) == 1200
    assert not ask(calm, select(Intent).where(Intent.ended_at.is_(None)))


@pytest.mark.parametrize(("zone", "said"), [("Asia/Tokyo", "Asia/Tokyo"), (None, "Asia/Shanghai")])
def test_a_message_says_in_which_zone_its_words_say_days(calm, zone, said):
    """A letter is not dated the day before that on which its text says that the incident was found."""
    calm.write(made_people(2))
    calm.plan()
    if zone is not None:
        add_notice(calm)
        with calm.kit.begin() as tx:
            variant = {"id": "nva_1", "notice_id": "not_1", "key": "v1", "language": "zh-Hans", "zone": zone}
            rest = {"subject": "", "age_unknown": False, "categories": [], "cohorts": [], "people": None, "groups": []}
            tx.add(NoticeVariant(**variant, **rest))
    provider, zones = calm.kit.providers["push/rehearsal"], []

    def send(messages):
        for message in messages:
            zones.append(message.zone)
            yield from provider.send([message])

    calm.kit.providers["push/rehearsal"] = SimpleNamespace(about=provider.about, send=send)
    work_on(calm)
    assert zones == [said] * 2


def test_a_refusal_takes_the_next_route_until_the_person_is_told_or_the_announcement_is_all_that_is_left(stage):
    stage.write(made_people(1500))
    fan_out = stage.plan()
    work_on(stage, hours=30)
    stood = standing(stage, fan_out)
    assert stood.people == 1500
    assert stood.told + stood.announced == 1500
    assert stood.announced > 0
    assert not stood.announcement_stands  # nobody published one, so these people were told by nothing yet
    assert stood.under_way == 0
    assert set(stood.by_channel) >= {"push", "email", "sms"}
    assert "letter" not in stood.by_channel
    assert stood.by_reason["opted_out"] > 0
    assert stood.by_reason["suppressed_by_provider"] > 0
    # The order of the ladder: whoever was sent an e-mail was refused by push before.
    with stage.kit.begin(reading=True) as tx:
        rows = tx.execute(select(Delivery.person, Delivery.channel, Delivery.id)).all()
        states = outcomes.states(tx, [row.id for row in rows])
        for row in rows:
            assert outcomes.rebuilt(tx, row.id) is states[row.id], "the roll-up is what the outcomes say"
    by_person: dict[str, dict[str, str]] = {}
    for row in rows:
        by_person.setdefault(row.person, {})[row.channel] = states[row.id]
    for found in by_person.values():
        if "email" in found:
            assert found["push"] in {State.REFUSED, State.SUPPRESSED}
        if "sms" in found:
            assert found["email"] in {State.REFUSED, State.SUPPRESSED}


def test_people_without_an_open_route_go_to_the_announcement_at_once_or_are_counted_as_not_reached(calm):
    calm.write(made_people(4, mobile="", mail="", token=""))
    fan_out = calm.plan()
    stood = standing(calm, fan_out)
    assert (stood.announced, stood.told, stood.under_way) == (4, 0, 0)
    alone = calm.dispatch(notice_id="not_2", ladders=({"one_by_one": ["sms"]},))
    stood = standing(calm, calm.plan(alone))
    assert (stood.not_reached, stood.announced) == (4, 0)


def test_a_changed_address_counts_for_the_next_route(stage):
    people = made_people(400)
    stage.write({uid: person | {"mail": ""} for uid, person in people.items()})
    fan_out = stage.plan()
    for batch_id in claim.due(stage.kit):
        send.send_batch(stage.kit, batch_id)
    stage.write(people)
    work_on(stage, hours=2)
    assert "email" in standing(stage, fan_out).by_channel


def test_throttled_people_wait_and_are_told_when_the_provider_wants_them(stage):
    stage.write(made_people(600))
    fan_out = stage.plan()
    for batch_id in claim.due(stage.kit):
        send.send_batch(stage.kit, batch_id)
    waiting = standing(stage, fan_out).by_channel["push"].get("queued", 0)
    assert waiting > 0
    assert claim.due(stage.kit) == []
    work_on(stage, hours=30)
    assert standing(stage, fan_out).by_channel["push"].get("queued", 0) == 0


def test_one_message_that_is_not_taken_for_now_keeps_nobody_else_from_being_told(calm, clock):
    calm.write(made_people(500))
    fan_out = calm.plan()
    provider = calm.kit.providers["push/rehearsal"]
    original = provider.send

    def flaky(messages):
        for number, sent in enumerate(original(messages)):
            once = number % 50 == 0
            yield Sent(sent.reference, Outcome.REFUSED, Reason.PROVIDER_ERROR, retry_after=30.0) if once else sent

    provider.send = flaky
    send.send_batch(calm.kit, *claim.due(calm.kit))
    assert standing(calm, fan_out).by_channel["push"] == {"accepted": 490, "queued": 10}
    assert claim.due(calm.kit) == [], "the provider asked for half a minute"
    provider.send = original
    clock.tick(31 * SECOND)
    send.send_batch(calm.kit, *claim.due(calm.kit))
    assert standing(calm, fan_out).told == 500


class Tired:
    """A provider that never takes anything, for now."""

    def __init__(self, about):
        self.about = about
        self.asked: Counter[str] = Counter()

    def send(self, messages):
        for message in messages:
            self.asked[message.reference] += 1
            yield Sent(message.reference, Outcome.REFUSED, Reason.PROVIDER_ERROR, retry_after=5.0)

    def receipts(self, _request):
        raise Forged("none")


def test_a_provider_that_never_takes_a_message_is_given_up_and_the_next_route_taken(calm):
    calm.kit.providers["push/rehearsal"] = tired = Tired(calm.kit.providers["push/rehearsal"].about)
    calm.write(made_people(20))
    fan_out = calm.plan()
    work_on(calm, hours=8)
    assert set(tired.asked.values()) == {ledger.MOST_REFUSALS}
    stood = standing(calm, fan_out)
    assert (stood.told, stood.by_channel["push"], stood.by_reason) == (20, {"refused": 20}, {"provider_error": 20})


def test_no_more_go_out_than_the_providers_quota_lets_through(calm, clock):
    provider = calm.kit.providers["push/rehearsal"]
    pace = Pace(per_second=10, burst=40, in_flight=64)
    provider.about = replace(provider.about, pace=pace)
    calm.write(made_people(100))
    calm.plan()
    (batch_id,) = claim.due(calm.kit)
    send.send_batch(calm.kit, batch_id)
    assert len(provider.given) == 40
    assert claim.due(calm.kit) == []
    for second in range(1, 7):
        clock.tick(SECOND)
        for one in claim.due(calm.kit):
            send.send_batch(calm.kit, one)
        assert len(provider.given) <= 40 + 10 * second
    assert len(provider.given) == 100


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ({"sms": {"short": "Look at www.moqi.example now."}}, "link"),
        ({"push": {"title": "Notice"}}, "Push needs 'body'"),
        ({"sms": {"short": "x" * 1601}}, "1600 characters"),
    ],
)
def test_words_that_a_channel_may_not_bear_are_stopped_at_the_last_look(calm, texts, says):
    calm.write(made_people(2))
    with pytest.raises(Refused) as refused:
        calm.plan(calm.dispatch(texts={"v1": texts}))
    assert any(says in one for one in refused.value.because)
    assert ask(calm, select(FanOut)) == []


def test_words_for_a_channel_that_stands_on_no_route_stop_nobody_from_being_told(calm):
    calm.write(made_people(1))
    texts = {**TEXTS, "messenger": {"title": "Notice", "body": "x" * 5000}}
    dispatch = calm.dispatch(texts={"v1": texts})
    assert "messenger" not in LADDER["one_by_one"]
    assert calm.plan(dispatch).phase == "sending"


def test_a_pause_stops_within_the_slice_that_is_ready_and_a_resume_goes_on(calm, clock):
    calm.write(made_people(900))
    fan_out = calm.plan()
    provider = calm.kit.providers["push/rehearsal"]
    original = provider.send

    def pausing(messages):
        for sent in original(messages):
            yield sent
            if len(provider.given) != 300:
                continue
            with calm.kit.begin() as tx:
                control.pause(tx, tx.get_one(FanOut, fan_out.id), because="a wrong word", by=WRITER, clock=clock)

    provider.send = pausing
    work_on(calm)
    stood = standing(calm, fan_out)
    assert (stood.phase, stood.told + stood.under_way) == ("paused", 900)
    assert 300 <= stood.told <= 400
    with calm.kit.begin() as tx:
        with pytest.raises(Refused, match="paused, not sending"):
            control.pause(tx, tx.get_one(FanOut, fan_out.id), because="x", by=WRITER, clock=clock)
        control.resume(tx, tx.get_one(FanOut, fan_out.id), by=WRITER, clock=clock)
    work_on(calm)
    assert standing(calm, fan_out).told == 900


def test_an_abort_cancels_whoever_was_not_sent_anything(calm, clock):
    calm.write(made_people(50))
    fan_out = calm.plan()
    with calm.kit.begin() as tx:
        assert control.abort(tx, tx.get_one(FanOut, fan_out.id), because="withdrawn", by=WRITER, clock=clock) == 50
    work_on(calm)
    stood = standing(calm, fan_out)
    assert (stood.cancelled, stood.told) == (50, 0)
    assert calm.kit.providers["push/rehearsal"].given == {}


def abort_in_the_middle(stage: Stage, fan_out: FanOut, clock, *, dies: bool) -> None:
    provider = stage.kit.providers["push/rehearsal"]
    original = provider.send

    def aborting(messages):
        for number, sent in enumerate(original(messages)):
            yield sent
            if number == 140:
                with stage.kit.begin() as tx:
                    control.abort(tx, tx.get_one(FanOut, fan_out.id), because="wrong people", by=WRITER, clock=clock)
                if dies:
                    raise KeyboardInterrupt

    provider.send = aborting


def test_an_abort_never_calls_somebody_cancelled_whom_a_worker_is_just_telling(calm, clock):
    calm.write(made_people(500))
    fan_out = calm.plan()
    abort_in_the_middle(calm, fan_out, clock, dies=False)
    work_on(calm)
    stood = standing(calm, fan_out)
    assert (stood.phase, stood.told + stood.cancelled, stood.under_way) == ("aborted", 500, 0)
    assert 200 <= stood.told <= 300


def test_an_abort_while_a_worker_dies_leaves_its_slices_in_doubt_and_cancels_the_rest(calm, clock):
    calm.write(made_people(500))
    fan_out = calm.plan()
    abort_in_the_middle(calm, fan_out, clock, dies=True)
    with pytest.raises(KeyboardInterrupt):
        work_on(calm)
    clock.tick(claim.LEASE + SECOND)
    work_on(calm, hours=1)
    stood = standing(calm, fan_out)
    assert sum(stood.by_channel["push"].values()) == 500
    assert stood.told + stood.maybe_twice + stood.cancelled == 500
    assert stood.cancelled >= 200
    assert 100 <= stood.maybe_twice <= 300
    assert claim.due(calm.kit) == []


def test_a_hold_stops_planning_and_sending_and_never_the_clock(calm, clock):
    calm.write(made_people(5))
    fan_out = calm.plan()
    with calm.kit.begin() as tx:
        incident = tx.get_one(Incident, calm.incident_id)
        ends_at = clock.now() + timedelta(hours=3)
        hold(
            tx,
            incident,
            stops="sending",
            reason="open hole",
            requested_by="us",
            ends_at=ends_at,
            by=WRITER,
            clock=clock,
        )
    assert claim.due(calm.kit) == []
    send.send_batch(calm.kit, ask(calm, select(Batch.id))[0])
    assert standing(calm, fan_out).told == 0
    with pytest.raises(Refused, match="hold"):
        calm.plan(calm.dispatch(notice_id="not_2"))
    work_on(calm, hours=4)
    assert standing(calm, fan_out).told == 5


def test_an_approval_that_falls_stops_the_fan_out_before_the_next_batch(calm, approved):
    calm.write(made_people(5))
    fan_out = calm.plan()
    approved["refuses"] = Refused("approval_void", "The content changed since its approval.")
    work_on(calm)
    stood = standing(calm, fan_out)
    assert (stood.phase, stood.told, stood.because) == ("paused", 0, "The content changed since its approval.")
    assert ask(calm, select(TimelineEntry).where(TimelineEntry.kind == "delivery.stopped"))


def test_a_worker_that_dies_leaves_its_slices_in_doubt_and_everybody_is_told_in_the_end(calm, clock):
    calm.write(made_people(500))
    fan_out = calm.plan()
    provider = calm.kit.providers["push/rehearsal"]
    original = provider.send

    def dying(messages):
        for number, sent in enumerate(original(messages)):
            yield sent
            if number == 240:
                raise KeyboardInterrupt

    provider.send = dying
    with pytest.raises(KeyboardInterrupt):
        work_on(calm)
    provider.send = original
    at_death = standing(calm, fan_out).by_channel["push"]
    assert at_death["accepted"] >= 100
    assert at_death["queued"] >= 100
    assert at_death["sending"] <= 300, "the slice under way, the one that was ready, and what was not yet written"
    clock.tick(claim.LEASE + SECOND)
    work_on(calm, hours=1)
    stood = standing(calm, fan_out)
    assert (stood.told, stood.maybe_twice) == (500, at_death["sending"])
    with calm.kit.begin(reading=True) as tx:
        listed = {delivery for delivery, _, _ in in_doubt(tx, tx.get_one(FanOut, fan_out.id))}
    twice = {reference for reference, times in provider.given.items() if times > 1}
    assert twice
    assert twice <= listed
    assert len(provider.given) == 500


def test_whoever_is_in_doubt_again_and_again_takes_the_next_route(calm):
    calm.write(made_people(10))
    fan_out = calm.plan()
    provider = calm.kit.providers["push/rehearsal"]
    provider.send = lambda messages: (one for one in messages if one is None)  # takes everything and never answers
    provider.ask = lambda _inquiries: iter(())
    work_on(calm, hours=80)
    stood = standing(calm, fan_out)
    assert (stood.told, stood.maybe_twice) == (10, 10)
    assert stood.by_channel["push"] == {"expired": 10}


def doubtful(calm, **terms):
    """A fan-out of which everybody is in doubt at a provider that took them all, and the provider."""
    calm.write(made_people(10))
    fan_out = calm.plan(calm.dispatch(ladders=(LADDER | {"one_by_one": ["email", "sms"]},)), **terms)
    provider = calm.kit.providers["email/rehearsal"]
    original, provider.send = provider.send, lambda messages: (one for one in original(messages) if one is None)
    return fan_out, provider


def test_whoever_the_provider_does_not_answer_for_stays_in_doubt_and_is_never_told_again(calm):
    fan_out, provider = doubtful(calm)
    original, asked = provider.ask, []

    def silent(inquiries):
        asked.append(calm.kit.clock.now())
        return iter([Unanswered(one.reference) for one in inquiries])

    provider.ask = silent
    work_on(calm, hours=8)
    assert standing(calm, fan_out).by_channel == {"email": {"in_doubt": 10}}
    assert set(provider.given.values()) == {1}
    assert len(asked) == 4, "at once, after ten minutes, one hour, six hours"
    provider.ask = original
    work_on(calm, hours=24)
    stood = standing(calm, fan_out)
    assert stood.told == 10
    assert set(provider.given.values()) == {1}, "once it answered, it knew them"


def test_whoever_no_question_is_ever_answered_for_takes_the_next_route_and_not_this_one_again(calm):
    fan_out, provider = doubtful(calm)
    provider.ask = lambda inquiries: iter([Unanswered(one.reference) for one in inquiries])
    work_on(calm, hours=80)
    stood = standing(calm, fan_out)
    assert (stood.told, stood.maybe_twice) == (10, 10)
    assert stood.by_channel["email"] == {"expired": 10}
    assert set(provider.given.values()) == {1}
    reasons = ask(calm, select(DeliveryOutcome.reason).where(DeliveryOutcome.event == "expired"))
    assert reasons == ["never_answered"] * 10
    assert settle.due(calm.kit) == [], "and it is asked no more"


def test_where_nobody_is_told_again_questions_without_answer_end_too(calm):
    fan_out, provider = doubtful(calm, tells_again=False)
    provider.ask = lambda inquiries: iter([Unanswered(one.reference) for one in inquiries])
    work_on(calm, hours=80)
    assert standing(calm, fan_out).by_channel == {"email": {"in_doubt": 10}}
    assert ask(calm, select(Batch.settle_at)) == [None]


def test_a_fan_out_that_is_aborted_while_the_provider_is_asked_tells_nobody_again(calm, clock):
    fan_out, provider = doubtful(calm)

    def aborting(_inquiries):
        with calm.kit.begin() as tx:
            control.abort(tx, tx.get_one(FanOut, fan_out.id), because="wrong words", by=WRITER, clock=clock)
        return iter(())

    provider.ask = aborting
    for batch_id in ask(calm, select(Batch.id)):
        send.send_batch(calm.kit, batch_id)
        settle.settle_batch(calm.kit, batch_id)
    assert standing(calm, fan_out).by_channel == {"email": {"in_doubt": 10}}


def refusing_all(calm, reason, people=600):
    """A fan-out by mail whose provider refuses everybody for `reason`; whom it was handed, and how to mend it."""
    calm.write(made_people(people))
    fan_out = calm.plan(calm.dispatch(ladders=(LADDER | {"one_by_one": ["email", "sms"]},)))
    provider, asked = calm.kit.providers["email/rehearsal"], []
    original = provider.send

    def refusing(messages):
        for one in messages:
            asked.append(one.reference)
            yield Sent(one.reference, Outcome.REFUSED, reason, retry_after=1.0)

    provider.send = refusing
    return fan_out, asked, lambda: setattr(provider, "send", original)


def resume(calm, fan_out):
    with calm.kit.begin() as tx:
        control.resume(tx, tx.get_one(FanOut, fan_out.id), by=WRITER, clock=calm.kit.clock)


@pytest.mark.parametrize("reason", [Reason.CREDENTIALS, Reason.OUR_ACCOUNT])
def test_a_fault_of_ours_stops_the_batch_and_pauses_and_gives_up_nobody_however_often_it_is_resumed(calm, reason):
    fan_out, asked, mend = refusing_all(calm, reason)
    for times in range(1, ledger.MOST_REFUSALS + 3):
        work_on(calm)
        stood = standing(calm, fan_out)
        assert (stood.phase, stood.by_channel) == ("paused", {"email": {"queued": 600}})
        assert (
            stood.because == f"email/rehearsal: {reason.sentence} Put it right and resume; nobody was given up for it."
        )
        assert len(asked) == times, "nobody else was handed over"
        resume(calm, fan_out)
    mend()
    work_on(calm)
    assert standing(calm, fan_out).told == 600
    stopped = ask(calm, select(TimelineEntry).where(TimelineEntry.kind == "delivery.stopped"))
    assert len(stopped) == ledger.MOST_REFUSALS + 2


def test_what_nobody_knows_is_tried_a_few_times_and_then_takes_the_next_route(calm):
    fan_out, asked, _ = refusing_all(calm, Reason.OTHER, people=50)
    work_on(calm, hours=8)
    stood = standing(calm, fan_out)
    assert (stood.told, stood.by_channel["email"]) == (50, {"refused": 50})
    assert set(Counter(asked).values()) == {ledger.MOST_REFUSALS}


def test_what_nobody_knows_and_befalls_many_is_looked_at_by_a_person(calm):
    fan_out, _, _ = refusing_all(calm, Reason.OTHER)
    work_on(calm, hours=8)
    stood = standing(calm, fan_out)
    assert stood.phase == "paused"
    assert stood.by_channel["email"]["queued"] > 0


def test_a_receipt_that_blames_our_account_pauses_the_fan_out_once(calm):
    calm.write(made_people(10))
    fan_out = calm.plan(calm.dispatch(ladders=({"one_by_one": ["email"]},)))
    for batch_id in claim.due(calm.kit):
        send.send_batch(calm.kit, batch_id)
    first = ask(calm, select(Delivery.id).order_by(Delivery.ordinal))[0]
    unpaid = Receipt(Outcome.BOUNCED, "e1", None, first, reason=Reason.OUR_ACCOUNT)
    for phase in ("paused", "sending"):  # told twice, it pauses nothing again
        with calm.kit.begin() as tx:
            take(tx, "email/rehearsal", [unpaid], kit=calm.kit)
        assert standing(calm, fan_out).phase == phase
        if phase == "paused":
            resume(calm, fan_out)


class Unasked:
    """A provider that tells what became of a message, and cannot be asked."""

    def __init__(self, provider):
        self.about, self.send, self.receipts = provider.about, provider.send, provider.receipts


def test_receipts_get_time_to_come_before_anybody_is_told_again_after_a_worker_died(calm, clock):
    calm.write(made_people(50))
    fan_out = calm.plan()
    rehearsed = calm.kit.providers["push/rehearsal"]
    unasked = calm.kit.providers["push/rehearsal"] = Unasked(rehearsed)

    def dying(messages):
        yield from (sent for number, sent in enumerate(rehearsed.send(messages)) if number < 10)
        raise KeyboardInterrupt

    unasked.send = dying
    with pytest.raises(KeyboardInterrupt):
        work_on(calm)
    unasked.send = rehearsed.send
    clock.tick(claim.LEASE + SECOND)
    work_on(calm)
    assert standing(calm, fan_out).by_channel["push"].get("in_doubt") == 50
    assert all(times == 1 for times in rehearsed.given.values())
    clock.tick(WAITS_FOR_RECEIPTS)
    work_on(calm)
    assert standing(calm, fan_out).told == 50


def test_who_stays_in_doubt_is_not_told_again_where_the_policy_says_so(calm, clock):
    calm.write(made_people(10))
    fan_out = calm.plan(tells_again=False)
    provider = calm.kit.providers["push/rehearsal"]
    provider.send = lambda messages: (one for one in messages if one is None)  # takes everything and never answers
    work_on(calm, hours=40)
    stood = standing(calm, fan_out)
    assert (stood.maybe_twice, stood.under_way) == (10, 10)
    assert stood.by_channel == {"push": {"in_doubt": 10}}


def test_two_workers_never_send_one_batch_at_the_same_time(calm):
    calm.write(made_people(300))
    calm.plan()
    (batch_id,) = claim.due(calm.kit)
    provider = calm.kit.providers["push/rehearsal"]
    original = provider.send

    def intruding(messages):
        send.send_batch(calm.kit, batch_id, holder="another")
        yield from original(messages)

    provider.send = intruding
    send.send_batch(calm.kit, batch_id, holder="one")
    assert set(provider.given.values()) == {1}
    assert len(provider.given) == 300


def sms_stage(stage: Stage) -> tuple[FanOut, list[str]]:
    stage.write(made_people(30))
    fan_out = stage.plan(stage.dispatch(ladders=({"one_by_one": ["sms"]},)))
    for batch_id in claim.due(stage.kit):
        send.send_batch(stage.kit, batch_id)
    return fan_out, ask(stage, select(Delivery.id).order_by(Delivery.ordinal))


def test_a_signed_receipt_moves_a_delivery_once_however_often_it_is_told(calm):
    fan_out, ids = sms_stage(calm)
    request = calm.kit.providers["sms/rehearsal"].call_back(ids[:10])
    first = receive(calm.kit, "sms/rehearsal", request)
    again = receive(calm.kit, "sms/rehearsal", request)
    assert (first.events, first.new, first.strange) == (10, 10, 0)
    assert (again.events, again.new, again.strange) == (10, 0, 0)
    assert standing(calm, fan_out).by_channel["sms"] == {"delivered": 10, "accepted": 20}
    with calm.kit.begin(reading=True) as tx:
        assert tx.scalar(select(func.count()).select_from(DeliveryOutcome)) == 10


def test_a_forged_receipt_moves_nothing_and_a_stranger_is_counted(calm):
    fan_out, ids = sms_stage(calm)
    good = calm.kit.providers["sms/rehearsal"].call_back([*ids[:1], "dlv_of_somebody_else"])
    with pytest.raises(Forged):
        receive(calm.kit, "sms/rehearsal", WebhookRequest("/", {}, good.body))
    with pytest.raises(NotFound):
        receive_request(calm.kit, "sms/pigeon", good)
    assert standing(calm, fan_out).by_channel["sms"] == {"accepted": 30}
    assert receive(calm.kit, "sms/rehearsal", good).strange == 1


def test_a_receipt_of_another_provider_moves_nothing(calm):
    _, ids = sms_stage(calm)
    with calm.kit.begin() as tx:
        receipt = Receipt(Outcome.BOUNCED, "e1", None, ids[0], None, Reason.UNREACHABLE, permanent=True)
        assert take(tx, "email/rehearsal", [receipt], kit=calm.kit).strange == 1


def test_a_receipt_without_our_reference_is_found_by_the_providers_own(calm):
    provider = calm.kit.providers["sms/rehearsal"]
    provider.about = replace(provider.about, carries_reference=False)
    fan_out, ids = sms_stage(calm)
    with calm.kit.begin() as tx:
        receipt = Receipt(Outcome.READ, "e1", None, None, f"rehearsal-{ids[3]}")
        assert take(tx, "sms/rehearsal", [receipt], kit=calm.kit).new == 1
    assert standing(calm, fan_out).by_channel["sms"]["read"] == 1


def test_a_late_weaker_receipt_is_kept_and_moves_nothing(calm):
    fan_out, ids = sms_stage(calm)
    with calm.kit.begin() as tx:
        for number, outcome in enumerate((Outcome.READ, Outcome.DELIVERED, Outcome.DEFERRED, Outcome.BOUNCED)):
            take(tx, "sms/rehearsal", [Receipt(outcome, f"e{number}", None, ids[0])], kit=calm.kit)
        assert outcomes.states(tx, ids[:1]) == {ids[0]: State.READ}
    assert standing(calm, fan_out).by_channel["sms"] == {"read": 1, "accepted": 29}


def test_where_delivery_must_be_proven_the_ladder_climbs_when_the_proof_does_not_come(calm):
    calm.write(made_people(12))
    ladder = {"one_by_one": ["email", "sms"], "last": "announcement"}
    fan_out = calm.plan(calm.dispatch(ladders=(ladder,)), proof="delivered", wait_hours=2)
    calm.kit.providers["email/rehearsal"].ask = lambda _inquiries: iter(())
    work_on(calm)
    assert standing(calm, fan_out).under_way == 12
    assert "sms" not in standing(calm, fan_out).by_channel
    work_on(calm, hours=5)
    stood = standing(calm, fan_out)
    assert stood.told == 12
    assert stood.by_channel == {"email": {"accepted": 12}, "sms": {"delivered": 12}}


def test_a_ladder_does_not_wait_for_a_proof_that_cannot_come(calm):
    calm.write(made_people(12))
    ladder = {"one_by_one": ["push", "sms"], "last": "announcement"}
    fan_out = calm.plan(calm.dispatch(ladders=(ladder,)), proof="delivered", wait_hours=200)
    work_on(calm)
    assert standing(calm, fan_out).by_channel == {"push": {"accepted": 12}, "sms": {"delivered": 12}}


def test_side_by_side_routes_go_out_at_the_same_time(calm):
    calm.write(made_people(7))
    fan_out = calm.plan(calm.dispatch(ladders=({"one_by_one": ["push"], "beside": ["sms", "announcement"]},)))
    assert standing(calm, fan_out).by_channel == {"push": {"queued": 7}, "sms": {"queued": 7}}
    assert standing(calm, fan_out).people == 7


def test_an_announcement_is_published_once_in_each_text_and_can_be_withdrawn(calm, clock):
    public = calm.dispatch(audience="public", texts={"en": PAGE}, readers=nobody(), language="en", ladders=())
    fan_out = calm.plan(public)
    work_on(calm)
    with calm.kit.begin() as tx:
        (page,) = announcements(tx, "moqi", languages=["en"])
        assert (page.subject, page.plain) == ("Announcement", "To everybody")
    calm.plan(calm.dispatch(audience="public", texts={"de": PAGE}, readers=nobody(), language="de", ladders=()))
    work_on(calm)
    with calm.kit.begin() as tx:
        for read, shown in (["en"], "en"), (["de", "en"], "de"), (["my", "de", "de"], "de"), (["my", "en", "de"], "en"):
            assert [one.language for one in announcements(tx, "moqi", languages=read)] == [shown]
        assert len(announcements(tx, "moqi", languages=["my"])) == 1  # not in it, and yet not nothing
        page, other = sorted(announcements(tx, "moqi"), key=lambda one: one.language == "de")
        withdraw(tx, other, because="superseded", by=WRITER, clock=clock)
        withdraw(tx, page, because="superseded", by=WRITER, clock=clock)
        with pytest.raises(Refused):
            withdraw(tx, page, because="again", by=WRITER, clock=clock)
        assert announcements(tx, "moqi") == []
    assert standing(calm, fan_out).by_channel == {"announcement": {"delivered": 1}}


def test_what_a_drill_announces_stands_on_no_page(home, begin, keys, clock):
    drill = make_stage(home, begin, keys, clock, is_drill=True)
    drill.plan(drill.dispatch(audience="public", texts={"en": PAGE}, readers=nobody(), language="en"))
    work_on(drill)
    with begin(reading=True) as tx:
        assert announcements(tx, "moqi") == []


def test_what_readers_of_one_group_are_told_is_on_no_page_for_all(calm):
    calm.write(made_people(2))
    calm.plan(calm.dispatch(texts={"v1": TEXTS | PAGE}, ladders=(LADDER | {"beside": ["announcement"]},)))
    work_on(calm)
    with calm.kit.begin(reading=True) as tx:
        assert announcements(tx, "moqi") == []


def test_a_correction_finds_exactly_those_who_got_the_wrong_text(stage):
    stage.write(made_people(300))
    stage.plan(stage.dispatch(ladders=({"one_by_one": ["sms"]},)))
    work_on(stage, hours=30)
    with stage.kit.begin(reading=True) as tx:
        told, guardians = recipients_of(tx, "not_1", "zh-Hans", kit=stage.kit)
        got = (State.ACCEPTED, State.DELIVERED)
        query = select(func.count()).select_from(DeliveryNow)
        wanted = tx.scalar(query.where(DeliveryNow.state.in_(got) | (DeliveryNow.doubts > 0)))
        assert recipients_of(tx, "not_1", "en", kit=stage.kit) == ([], False)
    assert len(told) == wanted
    assert 0 < wanted < 300
    assert not guardians
    assert all(person[0] in stage.people for person in told)


def test_the_contacts_of_a_batch_are_unreadable_once_its_key_is_shredded_or_a_byte_changed(calm, clock):
    calm.write(made_people(5))
    fan_out = calm.plan()
    (batch,) = ask(calm, select(Batch))
    file = path_of(calm.kit.home, batch.id)
    good = file.read_bytes()
    file.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(Refused, match="not those that were planned"):
        send.send_batch(calm.kit, batch.id)
    file.write_bytes(good)
    with calm.kit.begin() as tx:
        calm.kit.keys.shred(tx, batch.key_id, clock=clock)
    with pytest.raises(Refused, match="shredded"):
        send.send_batch(calm.kit, batch.id)
    assert standing(calm, fan_out).told == 0


def test_a_provider_that_is_not_set_up_any_more_stops_the_fan_out_and_says_so(calm):
    calm.write(made_people(5))
    fan_out = calm.plan()
    del calm.kit.providers["push/rehearsal"]
    work_on(calm)
    assert "push/rehearsal is not set up" in (standing(calm, fan_out).because or "")


def test_no_address_stands_in_the_timeline_or_in_what_providers_said(stage):
    stage.write(made_people(200))
    stage.plan()
    work_on(stage, hours=3)
    shown = str([line.detail for line in ask(stage, select(TimelineEntry))])
    shown += str([one.raw for one in ask(stage, select(DeliveryOutcome))])
    shown += str([one.answers for one in ask(stage, select(AcceptedRun))])
    assert "device-" not in shown
    assert "there.example" not in shown
    assert "138000" not in shown


def test_the_fates_of_this_test_hold_every_kind():
    assert {fate(f"x{number}") for number in range(4000)} >= {
        "invalid",
        "suppressed",
        "opted_out",
        "throttled",
        "doubt",
    }


def test_settling_and_climbing_what_needs_neither_does_nothing(calm):
    calm.write(made_people(3))
    fan_out = calm.plan()
    settle.settle_batch(calm.kit, ask(calm, select(Batch.id))[0])
    settle.settle_batch(calm.kit, "bat_none")
    assert climb.climb(calm.kit, fan_out.id) == 0
    assert standing(calm, fan_out).under_way == 3
