"""MiaoKe's people are telephoned: two callers never get one person, and what they write down moves the delivery."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from incidents.deliveries import call_ends, calls, claim, climb, closings, control, met, send
from incidents.deliveries.call_counts import standing
from incidents.deliveries.call_ends import give_up
from incidents.deliveries.call_results import write_down
from incidents.deliveries.call_tables import Call
from incidents.deliveries.calls import LEASE, next_call, number_of
from incidents.deliveries.closed import Why
from incidents.deliveries.compromise import mark
from incidents.deliveries.dispositions import MEANS, Disposition
from incidents.deliveries.ladders import completed
from incidents.deliveries.outcomes import Happened, append
from incidents.deliveries.progress import in_doubt, progress
from incidents.deliveries.regions import attest
from incidents.deliveries.state import Event, State
from incidents.deliveries.tables import Delivery, DeliveryNow, DeliveryOutcome, FanOut, Intent
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.signing import add_signing_key, read_signer
from incidents.notices.tables import Notice, NoticeApproval
from incidents.record.actor import Actor, ActorRole
from incidents.record.holds import hold
from incidents.record.tables import Incident, TimelineEntry
from incidents.review import verify
from incidents.review.bundle import make_bundle
from notifiers import registry
from tests.incidents.fanout import WRITER, Stage, make_stage
from tests.incidents.rows import filled
from tests.incidents.test_review import signed_anew, unpacked

LIST = "calls/call_list"
D = Disposition
MEI = Actor("acc_mei", "Mei", frozenset({ActorRole.COMMUNICATIONS}))
BO = Actor("acc_bo", "Bo", frozenset({ActorRole.COMMUNICATIONS}))
ROUTE = {"one_by_one": ["voice", "push", "sms"], "last": "announcement"}
WORDS = {
    "calls": {"spoken": "Your name and number were read by a stranger. Reference M K, 7 K 3 Q."},
    "push": {"title": "Notice", "body": "Please open the app."},
}


@pytest.fixture(autouse=True)
def approved(monkeypatch):
    """The gate is held by the tests of notices and the drills; here it stands open unless a test closes it."""
    gate = {"refuses": None}

    def require(_tx, _fan_out):
        if gate["refuses"] is not None:
            raise gate["refuses"]

    for module in (claim, control, calls):
        monkeypatch.setattr(module, "require_still_approved", require)
    return gate


@pytest.fixture
def stage(home, begin, keys, clock) -> Stage:
    """Ten learners in Singapore, whose data no rule keeps in one place, and a house that has set up a call list. The
    clock stands at 9:00 of theirs."""
    clock.at = clock.at.replace(hour=1, minute=0)
    made = make_stage(home, begin, keys, clock, script="well")
    made.kit.providers[LIST] = registry.open_provider(LIST, {"TOCSIN_CALL_LIST_TRIES": "3"})
    made.write({f"u{number}": {"mobile": f"+65812345{number:02d}", "country": "SG"} for number in range(10)})
    return made


def plan(stage: Stage, *, notice_id: str = "not_1", **terms) -> FanOut:
    """Planned and worked through by machines as far as they go; a later notice follows the one before it."""
    dispatch = stage.dispatch(party="miaoke", ladders=completed((ROUTE,)), texts={"v1": WORDS}, notice_id=notice_id)
    fan_out = stage.plan(dispatch, **terms)
    work_on(stage)
    return fan_out


def shut(stage: Stage, fan_out: FanOut) -> int:
    with stage.kit.begin() as tx:
        return give_up(tx, tx.get_one(FanOut, fan_out.id), because="too few callers", by=MEI, kit=stage.kit)


def work_on(stage: Stage) -> None:
    """What the worker does until nothing is due."""
    jobs = ((claim.due, send.send_batch), (call_ends.due, call_ends.turn_away), (climb.due, climb.climb))
    while todo := [(act, one) for due, act in jobs for one in due(stage.kit)]:
        for act, one in todo:
            act(stage.kit, one)


def call(stage: Stage, by=MEI, **more) -> Call:
    with stage.kit.begin() as tx:
        return next_call(tx, tx.get_one(Incident, stage.incident_id), by=by, kit=stage.kit, **more)


def write(stage: Stage, one: Call, word: Disposition, by=MEI, **more) -> None:
    with stage.kit.begin() as tx:
        write_down(tx, tx.get_one(Call, one.id), word, by=by, kit=stage.kit, **more)


def number(stage: Stage, one: Call, by=MEI) -> str:
    with stage.kit.begin(reading=True) as tx:
        return number_of(tx, tx.get_one(Call, one.id), by=by, kit=stage.kit)


def state(stage: Stage, one: Call) -> State:
    with stage.kit.begin(reading=True) as tx:
        return State(tx.get_one(DeliveryNow, one.delivery_id).state)


def counts(stage: Stage, fan_out: FanOut):
    with stage.kit.begin(reading=True) as tx:
        (found,) = standing(tx, tx.get_one(Incident, stage.incident_id), kit=stage.kit)
        whole = progress(tx, tx.get_one(FanOut, fan_out.id))
    assert sum(found.people_by_word.values()) == found.people
    assert whole.people == whole.told + whole.under_way + whole.announced + whole.not_reached + whole.cancelled
    return found, whole


def everybody_but(stage: Stage, word: Disposition, many: int) -> None:
    """Call so many and write the same of each."""
    for _ in range(many):
        write(stage, call(stage), word)


def test_nobody_picks_up_twice_and_the_third_time_the_person_is_told_and_confirms(stage, clock):
    fan_out = plan(stage)
    everybody_but(stage, D.TOLD, 9)
    first = call(stage)
    write(stage, first, D.NO_ANSWER)
    with pytest.raises(Refused, match=r"Nobody is to be called now\. The next call may be made from .* 05:00Z"):
        call(stage)
    clock.tick(timedelta(hours=5))
    second = call(stage, BO)
    assert (second.delivery_id, second.number) == (first.delivery_id, 2)
    write(stage, second, D.MACHINE, BO)
    clock.tick(timedelta(hours=5))
    third = call(stage)
    assert number(stage, third).startswith("+65812345")
    write(stage, third, D.TOLD_AND_CONFIRMED)
    assert state(stage, third) is State.READ
    found, whole = counts(stage, fan_out)
    assert (whole.told, whole.under_way, whole.not_reached) == (10, 0, 0)
    assert found.people_by_word == {"told_and_confirmed": 1, "told": 9}
    assert found.calls == {"told": 9, "no_answer": 1, "machine": 1, "told_and_confirmed": 1}
    assert met.due(stage.kit) == [fan_out.id]


def test_after_three_calls_in_vain_the_next_route_is_taken(stage, clock):
    stage.people["u0"]["token"] = "device-0"
    stage.write(stage.people)
    fan_out = plan(stage)
    everybody_but(stage, D.TOLD, 9)
    for word in (D.NO_ANSWER, D.BUSY, D.SOMEBODY_ELSE):
        last = call(stage)
        write(stage, last, word)
        clock.tick(timedelta(hours=5))
    assert state(stage, last) is State.EXPIRED
    work_on(stage)
    _, whole = counts(stage, fan_out)
    assert whole.by_reason == {"somebody_else": 1}
    assert whole.people == 10


@pytest.mark.parametrize("word", [D.WRONG_NUMBER, D.NOT_IN_SERVICE, D.REFUSES_TO_LISTEN])
def test_a_wrong_number_takes_the_next_route_at_once(stage, word):
    for one in stage.people.values():
        one["token"] = "device"
    stage.write(stage.people)
    fan_out = plan(stage)
    one = call(stage)
    write(stage, one, word)
    work_on(stage)
    with stage.kit.begin(reading=True) as tx:
        person = tx.get_one(Delivery, one.delivery_id).person
        taken = tx.scalars(select(Delivery.channel).where(Delivery.person == person)).all()
    assert sorted(taken) == ["calls", "push"]
    _, whole = counts(stage, fan_out)
    assert (whole.told, whole.under_way) == (1, 9)


def test_two_callers_never_get_the_same_person_and_one_caller_holds_one_call(stage):
    plan(stage)
    callers = [Actor(f"acc_{name}", name, frozenset({ActorRole.COMMUNICATIONS})) for name in "abcdefgh"]
    taken = [call(stage, by) for by in callers]
    assert len({one.delivery_id for one in taken}) == len(callers)
    assert len({number(stage, one, by) for one, by in zip(taken, callers, strict=True)}) == len(callers)
    assert call(stage, callers[0]).id == taken[0].id


def test_callers_who_press_at_the_same_moment_get_different_people(stage):
    plan(stage)
    callers = [Actor(f"acc_{number}", str(number), frozenset({ActorRole.COMMUNICATIONS})) for number in range(10)]
    with ThreadPoolExecutor(len(callers)) as pool:
        taken = list(pool.map(lambda by: call(stage, by), callers))
    assert len({one.delivery_id for one in taken}) == len(callers)


def test_a_mother_of_two_is_not_called_by_two_callers_at_once_and_both_children_are_told_of(stage):
    stage.write({f"u{number}": {"mobile": "+6581234500", "country": "SG"} for number in range(2)})
    plan(stage)
    first = call(stage)
    with pytest.raises(Refused, match="Nobody is to be called now"):
        call(stage, BO)
    write(stage, first, D.TOLD)
    second = call(stage, BO)
    assert second.delivery_id != first.delivery_id
    assert number(stage, second, BO) == "+6581234500"


def test_what_came_of_a_call_counts_though_the_list_was_taken_down_while_somebody_was_calling(stage):
    plan(stage)
    first, second = call(stage), call(stage, BO)
    del stage.kit.providers[LIST]
    write(stage, first, D.TOLD)
    write(stage, second, D.NO_ANSWER, by=BO)
    assert (state(stage, first), state(stage, second)) == (State.DELIVERED, State.EXPIRED)


def test_the_number_is_shown_to_whoever_holds_the_call_and_only_as_long(stage, clock):
    plan(stage)
    one = call(stage)
    with pytest.raises(Refused, match="Mei makes this call"):
        number(stage, one, BO)
    with pytest.raises(Refused, match="Mei made this call"):
        write(stage, one, D.TOLD, BO)
    clock.tick(LEASE)
    with pytest.raises(Refused, match="no longer shown"):
        number(stage, one)


def test_a_call_left_without_a_word_is_in_doubt_and_a_late_word_still_counts(stage, clock):
    fan_out = plan(stage)
    left = call(stage)
    clock.tick(LEASE)
    assert counts(stage, fan_out)[0].people_by_word["nothing_written"] == 1
    again = call(stage, BO)
    assert (again.delivery_id, again.number) == (left.delivery_id, 2)
    with stage.kit.begin(reading=True) as tx:
        assert [row[0] for row in in_doubt(tx, tx.get_one(FanOut, fan_out.id))] == [left.delivery_id]
    write(stage, left, D.TOLD)
    write(stage, again, D.TOLD_AND_CONFIRMED, BO)
    assert state(stage, left) is State.READ
    with pytest.raises(Refused, match="written down before"):
        write(stage, left, D.TOLD)
    counts(stage, fan_out)


def test_a_late_word_never_takes_the_person_from_whoever_calls_them_now(stage, clock):
    plan(stage)
    left = call(stage)
    clock.tick(LEASE)
    again = call(stage, BO)
    write(stage, left, D.NO_ANSWER)
    assert call(stage).delivery_id != again.delivery_id
    assert number(stage, again, BO)
    with stage.kit.begin(reading=True) as tx:
        assert tx.get_one(Call, left.id).again_at is None


def test_who_asks_for_a_call_back_is_called_at_that_time_before_anybody_else(stage, clock):
    fan_out = plan(stage)
    asked = call(stage)
    at = clock.now() + timedelta(hours=2)
    write(stage, asked, D.CALL_BACK, call_back_at=at, note="after work")
    assert call(stage).delivery_id != asked.delivery_id
    assert counts(stage, fan_out)[0].people_by_word["call_back_later"] == 1
    clock.tick(timedelta(hours=2))
    assert counts(stage, fan_out)[0].people_by_word["call_back_due"] == 1
    assert call(stage, BO).delivery_id == asked.delivery_id


def test_who_did_not_answer_is_called_at_another_time_of_day(stage, clock):
    plan(stage)
    everybody_but(stage, D.TOLD, 9)
    write(stage, call(stage), D.NO_ANSWER)
    clock.tick(timedelta(hours=23))
    with pytest.raises(Refused, match="Nobody is to be called now"):
        call(stage)
    clock.tick(timedelta(hours=3))
    assert call(stage).number == 2


def test_where_nobody_works_at_another_time_the_same_one_will_do(stage, clock):
    plan(stage)
    everybody_but(stage, D.TOLD, 9)
    write(stage, call(stage), D.NO_ANSWER)
    clock.tick(timedelta(hours=48))
    assert call(stage).number == 2


@pytest.mark.parametrize(
    ("word", "more", "complaint"),
    [
        (D.CALL_BACK, {}, "call_back_at: say when"),
        (D.CALL_BACK, {"hours": -1}, "must lie ahead"),
        (D.CALL_BACK, {"hours": 24 * 8}, "7 days"),
        (D.TOLD, {"hours": 1}, "only a call-back has a time"),
        (D.TOLD, {"note": "ask at 138 0013 8000"}, "no personal data"),
        (D.TOLD, {"note": "write to a@b.example"}, "no personal data"),
        (D.TOLD, {"note": "x" * 201}, "200 characters"),
    ],
)
def test_what_cannot_be_written_down_is_said_in_one_sentence(stage, clock, word, more, complaint):
    plan(stage)
    one = call(stage)
    said = {"note": more.get("note", "")}
    if "hours" in more:
        said["call_back_at"] = clock.now() + timedelta(hours=more["hours"])
    with pytest.raises(BadInput, match=complaint):
        write(stage, one, word, **said)
    write(stage, one, D.TOLD)


def test_on_the_list_nobody_counts_as_told_and_the_fan_out_is_not_over(stage):
    fan_out = plan(stage)
    _, whole = counts(stage, fan_out)
    assert (whole.told, whole.under_way) == (0, 10)
    assert met.due(stage.kit) == []


def test_a_hold_a_pause_and_a_fallen_approval_stop_the_calls(stage, clock, approved):
    fan_out = plan(stage)
    approved["refuses"] = Refused("not_approved", "The approval fell.")
    with pytest.raises(Refused, match="approval fell"):
        call(stage)
    approved["refuses"] = None
    with stage.kit.begin() as tx:
        control.pause(tx, tx.get_one(FanOut, fan_out.id), because="wait", by=WRITER, clock=clock)
    with pytest.raises(Refused, match="Nobody is to be called"):
        call(stage)
    with stage.kit.begin() as tx:
        control.resume(tx, tx.get_one(FanOut, fan_out.id), by=WRITER, clock=clock)
        incident = tx.get_one(Incident, stage.incident_id)
        until = {"ends_at": clock.now() + timedelta(hours=1), "reason": "a hole is open", "requested_by": "IT"}
        hold(tx, incident, stops="sending", by=WRITER, clock=clock, **until)
    with pytest.raises(Refused, match="hold on sending"):
        call(stage)


@pytest.mark.parametrize("at_once", [10_000, 5])
def test_an_abort_cancels_who_waits_and_leaves_who_is_being_called_to_their_caller(stage, clock, monkeypatch, at_once):
    monkeypatch.setattr(control, "AT_ONCE", at_once)
    fan_out = plan(stage)
    one = call(stage)
    with stage.kit.begin() as tx:
        control.abort(tx, tx.get_one(FanOut, fan_out.id), because="a mistake", by=WRITER, clock=clock)
    work_on(stage)
    write(stage, one, D.TOLD)
    found, whole = counts(stage, fan_out)
    assert (whole.told, whole.cancelled) == (1, 9)
    assert found.people_by_word == {"told": 1, "cancelled": 9}
    with pytest.raises(Refused, match="Nobody is to be called"):
        call(stage)


def test_a_list_that_is_given_up_sends_who_waits_to_the_next_route(stage):
    for one in stage.people.values():
        one["token"] = "device"
    stage.write(stage.people)
    fan_out = plan(stage)
    held = call(stage)
    with stage.kit.begin() as tx:
        many = give_up(tx, tx.get_one(FanOut, fan_out.id), because="too few callers", by=MEI, kit=stage.kit)
    assert many == 9
    work_on(stage)
    write(stage, held, D.TOLD)
    _, whole = counts(stage, fan_out)
    assert (whole.told, whole.under_way) == (10, 0)
    assert whole.by_reason == {"list_given_up": 9}


def test_only_communications_may_call_and_no_note_or_number_stands_in_what_is_kept(stage, responder, caplog):
    plan(stage)
    with pytest.raises(Refused, match="role communications"):
        call(stage, responder)
    one = call(stage)
    told = number(stage, one)
    write(stage, one, D.TOLD, note="wants a letter as well")
    with stage.kit.begin(reading=True) as tx:
        kept = [
            repr(vars(row))
            for table in (Call, DeliveryOutcome, TimelineEntry, Intent)
            for row in tx.scalars(select(table))
        ]
    assert not [line for line in (*kept, caplog.text) if told in line or told[3:] in line]


def test_the_list_stands_behind_the_machine_and_before_the_next_channel():
    (whole,) = completed((ROUTE,))
    assert whole["one_by_one"] == ["voice", "calls", "push", "sms"]
    assert completed(({"one_by_one": ["calls", "voice"]},))[0]["one_by_one"] == ["calls", "voice"]
    assert completed(({"one_by_one": ["push"]},))[0]["one_by_one"] == ["push"]


def test_where_a_promise_keeps_the_data_in_a_place_the_callers_must_be_attested_there(stage, clock):
    stage.write({"u1": {"mobile": "13800000001", "country": "CN"}})
    said = {"party": "moqi", "ladders": completed((ROUTE,)), "texts": {"v1": {"calls": WORDS["calls"]}}}
    closed = stage.draft(stage.dispatch(**said)).reach
    assert closed.closed["calls", LIST, Why.OUTSIDE] == 1
    with stage.kit.begin() as tx:
        attest(tx, LIST, region="CN", because="the callers sit in Shanghai", by=WRITER, clock=clock)
    assert dict(stage.draft(stage.dispatch(**said)).reach.by_route) == {("calls", LIST): 1}


def test_every_disposition_has_its_sentence_and_its_meaning():
    assert set(MEANS) == set(Disposition)
    assert all(word.sentence.endswith(".") for word in Disposition)


def test_a_number_that_is_open_is_shown_no_more_once_calling_was_stopped(stage, clock):
    fan_out = plan(stage)
    held = call(stage)
    assert number(stage, held)
    with stage.kit.begin() as tx:
        control.abort(tx, tx.get_one(FanOut, fan_out.id), because="wrong words", by=WRITER, clock=clock)
    with pytest.raises(Refused, match="Calling was stopped"):
        number(stage, held)


def lines(stage: Stage, kind: str) -> list[dict]:
    with stage.kit.begin(reading=True) as tx:
        query = select(TimelineEntry).where(TimelineEntry.kind == kind).order_by(TimelineEntry.seq)
        return [row.detail for row in tx.scalars(query)]


def test_the_callers_telephones_are_watched_so_nobody_is_called_and_everybody_takes_the_next_route(stage, clock):
    for one in stage.people.values():
        one["token"] = "device"
    stage.write(stage.people)
    fan_out = plan(stage)
    left, held = call(stage, BO), call(stage)
    clock.tick(LEASE / 2)
    asked = call(stage, Actor("acc_cho", "Cho", frozenset({ActorRole.COMMUNICATIONS})))
    clock.tick(LEASE / 2)  # nothing was written down of the first two; the third is still being called
    with stage.kit.begin() as tx:
        mark(tx, LIST, because="the callers' telephones are watched", by=WRITER, clock=clock)
    with pytest.raises(Refused, match="Calling was stopped"):
        number(stage, asked, Actor("acc_cho", "Cho", frozenset({ActorRole.COMMUNICATIONS})))
    with pytest.raises(Refused, match="Nobody is to be called now"):
        call(stage, BO)
    work_on(stage)
    found, whole = counts(stage, fan_out)
    assert found.people_by_word == {"being_called": 1, "next_route": 9}
    assert (whole.told, whole.under_way, whole.by_reason) == (9, 1, {"compromised": 9})
    assert lines(stage, "calls.turned_away") == [{"fan_out": fan_out.id, "people": 9, "because": "compromised"}]
    with stage.kit.begin(reading=True) as tx:
        doubtful = {row[0] for row in in_doubt(tx, tx.get_one(FanOut, fan_out.id))}
    assert doubtful == {left.delivery_id, held.delivery_id}, "they may have been told before the mark"
    write(stage, asked, D.NO_ANSWER, by=Actor("acc_cho", "Cho", frozenset({ActorRole.COMMUNICATIONS})))
    work_on(stage)
    _, whole = counts(stage, fan_out)
    assert (whole.told, whole.under_way) == (10, 0)
    assert met.due(stage.kit) == [fan_out.id]


def test_a_list_that_was_given_up_stays_closed_for_who_comes_later_until_it_is_reopened(stage, clock):
    for one in stage.people.values():
        one["token"] = "device"
    stage.write(stage.people)
    first = plan(stage)
    held = call(stage)
    shut(stage, first)
    write(stage, held, D.NO_ANSWER)  # the one who was being called at that moment is not put back onto it
    work_on(stage)
    assert counts(stage, first)[1].told == 10
    follow_up(stage, "not_2", "not_1")
    second = plan(stage, notice_id="not_2")
    with stage.kit.begin(reading=True) as tx:
        whole = progress(tx, tx.get_one(FanOut, second.id))
    assert (whole.told, whole.by_reason) == (10, {"list_given_up": 10})
    assert lines(stage, "calls.listed")[-1]["fan_out"] == first.id, "nobody of the later round was put onto the list"
    with stage.kit.begin() as tx:
        closings.reopen(tx, tx.get_one(FanOut, second.id), because="two more callers", by=MEI, kit=stage.kit)
    follow_up(stage, "not_3", "not_2")
    third = plan(stage, notice_id="not_3")
    assert call(stage).fan_out_id == third.id
    assert [one["fan_out"] for one in lines(stage, "calls.reopened")] == [second.id]


def follow_up(stage: Stage, notice_id: str, follows_id: str) -> None:
    with stage.kit.begin() as tx:
        known = {"incident_id": stage.incident_id, "sender": "miaoke", "withdrawn_at": None}
        if tx.get(Notice, follows_id) is None:
            tx.add(filled(Notice, id=follows_id, reference=follows_id, follows_id=None, **known))
            tx.flush()
        tx.add(filled(Notice, id=notice_id, reference=notice_id, follows_id=follows_id, **known))


def test_a_plan_made_while_the_list_is_given_up_does_not_choose_it_and_says_why(stage):
    for one in stage.people.values():
        one["token"] = "device"
    stage.write(stage.people)
    said = {"party": "miaoke", "ladders": completed((ROUTE,)), "texts": {"v1": WORDS}}
    reach = stage.draft(stage.dispatch(**said), list_given_up=True).reach
    assert dict(reach.by_route) == {("push", "push/rehearsal"): 10}
    assert reach.closed["calls", "", Why.LIST_GIVEN_UP] == 10


def test_who_was_on_the_way_onto_a_list_when_it_was_given_up_is_turned_away(stage):
    for one in stage.people.values():
        one["token"] = "device"
    stage.write(stage.people)
    said = {"party": "miaoke", "ladders": completed((ROUTE,)), "texts": {"v1": WORDS}}
    fan_out = stage.plan(stage.dispatch(**said))  # planned, and no worker has put them onto the list yet
    shut(stage, fan_out)
    work_on(stage)
    _, whole = counts(stage, fan_out)
    assert (whole.told, whole.by_reason) == (10, {"list_given_up": 10})
    with pytest.raises(Refused, match="given up before"):
        shut(stage, fan_out)


def test_a_list_that_is_open_is_not_reopened_and_only_with_a_reason_is_it_shut(stage, responder):
    fan_out = plan(stage)
    with stage.kit.begin() as tx:
        one = tx.get_one(FanOut, fan_out.id)
        with pytest.raises(Refused, match="is open"):
            closings.reopen(tx, one, because="more callers", by=MEI, kit=stage.kit)
        with pytest.raises(BadInput, match="because"):
            give_up(tx, one, because=" ", by=MEI, kit=stage.kit)
        with pytest.raises(Refused, match="role"):
            give_up(tx, one, because="x", by=responder, kit=stage.kit)


def test_what_was_promised_to_people_who_are_finished_is_no_call_back_that_is_owed(stage, clock):
    fan_out = plan(stage)
    write(stage, call(stage), D.CALL_BACK, call_back_at=clock.now() + timedelta(hours=2))
    asked = call(stage)
    write(stage, asked, D.CALL_BACK, call_back_at=clock.now() + timedelta(hours=1))
    assert counts(stage, fan_out)[0].next_call_back_at == clock.now() + timedelta(hours=1)
    everybody_but(stage, D.TOLD, 8)
    with stage.kit.begin() as tx:  # the second one was excluded by a reviewer, say
        batch = tx.get_one(Delivery, asked.delivery_id).batch_id
        told = Happened(asked.delivery_id, Event.CANCELLED)
        append(tx, fan_out.id, [told], batch_of={asked.delivery_id: batch}, at=clock.now())
    assert counts(stage, fan_out)[0].next_call_back_at == clock.now() + timedelta(hours=2)
    with pytest.raises(Refused, match=f"{clock.now() + timedelta(hours=2):%H:%M}Z"):
        call(stage)


def test_who_was_being_called_when_it_was_aborted_and_did_not_answer_is_cancelled_and_not_left_over(stage, clock):
    fan_out = plan(stage)
    one = call(stage)
    with stage.kit.begin() as tx:
        control.abort(tx, tx.get_one(FanOut, fan_out.id), because="a mistake", by=WRITER, clock=clock)
    write(stage, one, D.NO_ANSWER)
    _, whole = counts(stage, fan_out)
    assert (whole.cancelled, whole.under_way) == (10, 0)


def test_a_late_wrong_number_ends_no_call_that_somebody_else_makes(stage, clock):
    plan(stage)
    first = call(stage)
    clock.tick(LEASE)
    second = call(stage, BO)
    assert second.delivery_id == first.delivery_id
    write(stage, first, D.WRONG_NUMBER)
    write(stage, second, D.TOLD, by=BO)
    assert state(stage, second) is State.DELIVERED


def in_bundle(stage: Stage, home) -> tuple[bytes, str]:
    """The proof bundle of the incident, with the notice and its approval, and the public key."""
    public = add_signing_key(home / "signing")
    with stage.kit.begin() as tx:
        fan_out = tx.scalars(select(FanOut)).first()
        tx.add(filled(Notice, id=fan_out.notice_id, reference="MK-1", incident_id=stage.incident_id))
        tx.flush()
        own = {"notice_id": fan_out.notice_id, "content_digest": fan_out.content_digest}
        tx.add(filled(NoticeApproval, **own, texts={"v1": {"spoken": WORDS["calls"]}}))
        tx.flush()
        incident, signer = tx.get_one(Incident, stage.incident_id), read_signer(home / "signing")
        made = make_bundle(tx, incident, by=WRITER, clock=stage.kit.clock, signer=signer)
    return made, public.read_text()


def forged(made: bytes, public: str, home, change, name: str = "calls.json") -> set[tuple[str, str]]:
    """What the verifier says of a bundle that whoever holds the key has changed and signed anew."""
    files = unpacked(made)
    rows = json.loads(files[name])
    change(rows)
    again = signed_anew(files, read_signer(home / "signing"), **{name: verify.canonical(rows)})
    return {(one.file, one.sentence) for one in verify.verify(again, public).findings}


def test_every_call_stands_in_the_bundle_by_token_and_with_the_words_that_were_approved(stage, clock, home):
    plan(stage)
    first = call(stage)
    told = number(stage, first)
    write(stage, first, D.NO_ANSWER, note="noon is better")
    everybody_but(stage, D.TOLD, 8)
    clock.tick(timedelta(hours=5))
    held = call(stage, BO)  # the ninth, of whom nothing is written down yet
    made, public = in_bundle(stage, home)
    assert verify.verify(made, public).findings == []
    files = unpacked(made)
    rows, scripts = json.loads(files["calls.json"]), json.loads(files["call_scripts.json"])
    assert len(rows) == 10
    (mine,) = [one for one in rows if one["id"] == first.id]
    with stage.kit.begin(reading=True) as tx:
        person = tx.get_one(Delivery, first.delivery_id).person
    assert (mine["person"], mine["number"], mine["called_by_name"]) == (person, 1, "Mei")
    assert (mine["disposition"], mine["begun_at"]) == ("no_answer", "2026-03-06T01:00:00.000000+00:00")
    (open_,) = [one for one in rows if one["id"] == held.id]
    assert (open_["written_at"], open_["disposition"]) == (None, None)
    assert [one["said"]["words"] for one in scripts] == [WORDS["calls"]["spoken"]]
    assert {one["script_digest"] for one in rows} == {scripts[0]["digest"]}
    assert json.loads(files["deliveries.json"])[0]["calls"] == {"no_answer": 1, "told": 8}
    assert told[3:].encode() not in made
    assert b"noon is better" not in made


def test_even_who_holds_the_key_cannot_add_take_out_or_reword_a_call(stage, clock, home):
    plan(stage)
    one = call(stage)
    write(stage, one, D.TOLD)
    made, public = in_bundle(stage, home)

    def reword(rows):
        rows[0]["said"]["words"] = "All is well."

    def reword_well(rows):  # with the digest that fits, which then is not the one of the call
        reword(rows)
        rows[0]["digest"] = hashlib.sha256(verify.canonical(rows[0]["said"])).hexdigest()

    for change in (reword, reword_well):
        ((file, said),) = forged(made, public, home, change, "call_scripts.json")
        assert (file, one.id in said) == ("calls.json", True)
    ((_, said),) = forged(made, public, home, lambda rows: rows[0].update(disposition="no_answer"))
    assert "not those that were counted" in said
    ((_, said),) = forged(made, public, home, lambda rows: rows[0].update(number=2))
    assert "does not follow the call before it" in said
    ((_, said),) = forged(made, public, home, lambda rows: rows[0].update(begun_at="2030-01-01T00:00:00.000000+00:00"))
    assert "does not follow the call before it" in said
    found = forged(made, public, home, lambda rows: rows.clear())
    assert any("the manifest says 1" in said for _, said in found)


def test_who_gave_a_list_up_and_why_stands_in_the_bundle_and_not_on_the_timeline(stage, home):
    fan_out = plan(stage)
    shut(stage, fan_out)
    with stage.kit.begin() as tx:
        closings.reopen(tx, tx.get_one(FanOut, fan_out.id), because="ask 13800138000", by=BO, kit=stage.kit)
    made, _ = in_bundle(stage, home)
    (closing,) = json.loads(unpacked(made)["deliveries.json"])[0]["list_closings"]
    assert (closing["closed_by_name"], closing["because"], closing["reopened_by_name"]) == (
        "Mei",
        "too few callers",
        "Bo",
    )
    assert closing["reopened_because"] == "ask [masked]"
    assert b"too few callers" not in unpacked(made)[verify.TIMELINE]
