"""The ledger: what an assessment writes, what a new one changes, how an obligation ends and who is woken."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.signing import add_signing_key, read_signer
from incidents.obligations import discharge
from incidents.obligations.assess import What, assess
from incidents.obligations.escalate import due, escalate, raise_steps
from incidents.obligations.ledger import history, live, open_entries, overdue, questions
from incidents.obligations.states import State
from incidents.record import anchors, facts, timeline
from incidents.record.declare import Declaration, declare
from policies.load import load
from policies.vocabulary import AnchorName, Role
from tests.clock import FrozenClock
from tests.incidents.counted import cohort, counted
from tests.policies.build import ORDINARY

AWARE = datetime(2026, 11, 20, 13, 40, tzinfo=UTC)  # a Friday, 21:40 in Shanghai
REPORT = "cn/cac-incident-reporting/initial-report"
TELL = "cn/pipl/tell-people"
TO_AUTHORITY = "cn/pipl/tell-authority"


@pytest.fixture
def clock():
    return FrozenClock(AWARE + timedelta(minutes=20))


@pytest.fixture
def incident(tx, responder, clock, keys):
    said = Declaration(title="A partner's export was read by a stranger", company="moqi", became_aware_at=AWARE)
    return declare(tx, said, by=responder, clock=clock, keys=keys)


@pytest.fixture
def signer(home):
    add_signing_key(home / "signing")
    return read_signer(home / "signing")


@pytest.fixture
def run(tx, incident, responder, clock):
    def again(*cohorts):
        if cohorts:
            counted(tx, incident, clock, *cohorts)
        return assess(tx, incident, by=responder, clock=clock, packs=load())

    return again


def people(count, cohort_id="c1", **fields):
    return cohort(cohort_id, count, **fields)


def row(entries, duty, **fields):
    return next(one for one in entries if one.duty == duty and all(getattr(one, k) == v for k, v in fields.items()))


def answer_all(tx, incident, compliance, clock):
    for name, value in ORDINARY.items():
        facts.answer(tx, incident, name, value, by=compliance, clock=clock, because="asked around")


def test_twelve_thousand_people_owe_no_network_report_and_the_ledger_says_why(tx, incident, run, compliance, clock):
    answer_all(tx, incident, compliance, clock)
    entries = run(people(12_000)).entries
    report = row(entries, REPORT)
    assert report.state == State.NOT_OWED
    assert any("12,000" in line and "1,000,000 or more" in line for line in report.because)
    told = row(entries, TO_AUTHORITY)
    assert (told.state, told.due_at) == (State.OWED, None)
    assert told.target_at == AWARE + timedelta(hours=4)
    assert told.form == "cn-pipl-57"


@pytest.mark.parametrize(("count", "state"), [(1_000_000, State.OWED), (999_999, State.NOT_OWED)])
def test_the_millionth_person_makes_the_report_owed_within_four_hours(
    tx, incident, run, compliance, clock, count, state
):
    answer_all(tx, incident, compliance, clock)
    report = row(run(people(count)).entries, REPORT)
    assert report.state == state
    assert report.due_at == AWARE + timedelta(hours=4)


def test_an_assessment_that_says_the_same_again_writes_nothing(tx, incident, run, clock):
    first = run(people(12_000))
    lines = len(timeline.read(tx, incident.id))
    clock.tick(timedelta(hours=1))
    second = run(people(12_000))
    assert first.changes
    assert not second.changes
    assert second.assessment is first.assessment
    assert len(timeline.read(tx, incident.id)) == lines


def test_a_new_fact_supersedes_what_it_changes_and_keeps_what_was(tx, incident, run, compliance, clock):
    run(people(12_000))
    assert row(live(tx, incident.id), REPORT).state == State.UNKNOWN
    assert any(one["fact"] == "direct_loss_cny" for one in questions(tx, incident.id))
    answer_all(tx, incident, compliance, clock)
    second = run(people(12_000))
    changed = next(one for one in second.changes if one.duty == REPORT)
    assert (changed.what, changed.state) == (What.CHANGED, State.NOT_OWED)
    now = row(live(tx, incident.id), REPORT)
    assert [one.state for one in history(tx, now)] == [State.SUPERSEDED]
    assert not any(one["fact"] == "direct_loss_cny" for one in questions(tx, incident.id))


def test_people_found_later_are_owed_the_telling_again_and_the_first_telling_stays_met(
    tx, run, incident, compliance, clock
):
    met = row(run(people(100)).entries, TELL)
    discharge.meet(tx, met, ref="ntc_1", by=compliance, clock=clock)
    more = run(people(100), people(40, cohort_id="c2", age_band="unknown"))
    assert (met.state, met.settled_ref) == (State.MET, "ntc_1")
    again = row(more.entries, TELL, state=State.OWED)
    assert again.previous_id == met.id
    assert any(one.what is What.REOPENED and one.duty == TELL for one in more.changes)
    assert run(people(100), people(40, cohort_id="c2", age_band="unknown")).changes == ()


def test_fewer_people_leave_a_met_obligation_met(tx, run, compliance, clock):
    met = row(run(people(100)).entries, TELL)
    discharge.meet(tx, met, ref="ntc_1", by=compliance, clock=clock)
    fewer = run(people(90))
    assert [one.what for one in fewer.changes if one.duty == TELL] == [What.RECHECKED]
    assert [one.state for one in fewer.entries if one.duty == TELL] == [State.MET]


def test_a_report_to_an_authority_is_rechecked_and_not_owed_twice(tx, run, compliance, clock):
    met = row(run(people(100)).entries, TO_AUTHORITY)
    discharge.meet(tx, met, ref="fil_1", by=compliance, clock=clock)
    more = run(people(500))
    assert [one.what for one in more.changes if one.duty == TO_AUTHORITY] == [What.RECHECKED]
    assert "people_max" in met.rechecked["differs"]


def test_what_is_done_after_its_limit_is_late(tx, incident, run, compliance, clock):
    answer_all(tx, incident, compliance, clock)
    report = row(run(people(2_000_000)).entries, REPORT)
    clock.tick(timedelta(hours=4))
    assert report in overdue(tx, clock=clock)
    discharge.meet(tx, report, ref="fil_1", by=compliance, clock=clock)
    assert report.state == State.LATE
    assert report not in overdue(tx, clock=clock)


def test_what_is_overdue_stands_in_the_order_of_limits_and_targets(tx, incident, run, compliance, clock):
    answer_all(tx, incident, compliance, clock)
    run(people(2_000_000))
    clock.tick(timedelta(days=400))
    found = overdue(tx, clock=clock)
    limits = [limit for one in found if (limit := one.due_at or one.target_at)]
    assert {one.due_at is None for one in found} == {True, False}
    assert limits == sorted(limits)


def test_a_waiver_is_signed_and_reasoned_and_ends_with_other_facts(tx, run, compliance, responder, clock, signer):
    owed = row(run(people(100)).entries, TELL)
    with pytest.raises(Refused, match="compliance"):
        discharge.waive(tx, owed, because="nobody is harmed", by=responder, clock=clock, signer=signer)
    with pytest.raises(BadInput, match="because"):
        discharge.waive(tx, owed, because=" ", by=compliance, clock=clock, signer=signer)
    discharge.waive(tx, owed, because="nobody is harmed", by=compliance, clock=clock, signer=signer)
    assert owed.state == State.WAIVED
    assert owed.signature["signatures"]
    assert row(run(people(200)).entries, TELL, state=State.OWED).previous_id == owed.id


def test_nobody_decides_not_to_notify_what_the_facts_make_owed(tx, run, incident, compliance, clock, signer):
    entries = run(people(100)).entries
    with pytest.raises(Refused, match="owed on the facts"):
        discharge.decide_not_to_notify(tx, row(entries, TELL), because="few", by=compliance, clock=clock, signer=signer)
    left_open = row(entries, "cn/gbt-35273/tell-people")
    discharge.decide_not_to_notify(tx, left_open, because="no harm seen", by=compliance, clock=clock, signer=signer)
    assert left_open not in open_entries(tx, incident.id)


def test_a_settled_obligation_is_not_settled_twice(tx, run, compliance, clock, signer):
    met = row(run(people(100)).entries, TELL)
    discharge.meet(tx, met, ref="ntc_1", by=compliance, clock=clock)
    with pytest.raises(Refused, match="is met, not open"):
        discharge.discharge_impossible(tx, met, because="no address", by=compliance, clock=clock, signer=signer)


def test_immediately_wakes_somebody_before_the_target_and_once_a_step(tx, run, incident, clock):
    owed = row(run(people(100)).entries, TELL)
    assert raise_steps(tx, owed, clock=clock) == []
    clock.tick(timedelta(hours=2))
    assert [one.step for one in raise_steps(tx, owed, clock=clock)] == ["step-1"]
    assert raise_steps(tx, owed, clock=clock) == []
    clock.tick(timedelta(hours=2))
    assert [one.step for one in raise_steps(tx, owed, clock=clock)] == ["step-2"]
    assert timeline.read(tx, incident.id)[-1].kind == "obligation.escalated"


def test_the_sweep_finds_what_is_due_and_running_it_twice_is_harmless(begin, responder, keys):
    clock = FrozenClock(AWARE + timedelta(minutes=20))

    machine = SimpleNamespace(begin=begin, clock=clock)
    with begin() as tx:
        made = declare(tx, Declaration("A leak", "moqi", AWARE), by=responder, clock=clock, keys=keys)
        counted(tx, made, clock, people(100))
        assess(tx, made, by=responder, clock=clock, packs=load())
    assert due(machine) == []
    clock.tick(timedelta(hours=3))
    waiting = due(machine)
    assert waiting
    for one in waiting:
        escalate.run(machine, one)
        escalate.run(machine, one)
    assert due(machine) == []


def test_with_nobody_counted_an_estimate_on_record_stands_in(tx, incident, run, compliance, clock):
    said: dict[str, Any] = {"people_count": {"min": 0, "max": 2_000_000}, "people_residence": "CN", **ORDINARY}
    for name, value in said.items():
        facts.answer(tx, incident, name, value, by=compliance, clock=clock, because="first guess")
    assert row(run().entries, REPORT).state == State.POSSIBLE


def test_an_answer_about_a_place_is_given_to_the_party(tx, incident, run, compliance, clock):
    run(people(100, residence="DE"))
    assert row(live(tx, incident.id), "eu/gdpr/tell-authority").state == State.UNKNOWN
    for name in ("established_in:EEA", "offers_to:EEA", "monitors_behaviour_in_eea"):
        facts.answer(tx, incident, name, "no", by=compliance, clock=clock, because="the board says so")
    assert row(run(people(100, residence="DE")).entries, "eu/gdpr/tell-authority").state == State.NOT_OWED


def test_an_answer_that_cannot_be_read_is_named(tx, incident, run, compliance, clock):
    facts.answer(tx, incident, "operator_is_cii", "maybe", by=compliance, clock=clock, because="?")
    with pytest.raises(BadInput, match="operator_is_cii"):
        run(people(100))


def test_a_shop_owners_clock_starts_with_the_proof_that_it_was_told(tx, responder, compliance, clock, keys):
    said = Declaration("A customer list leaked", "onami", AWARE)
    incident = declare(tx, said, by=responder, clock=clock, keys=keys)
    counted(tx, incident, clock, people(30, controller="onami:shop-0042", residence="MM", role="end_customer"))
    entries = assess(tx, incident, by=responder, clock=clock, packs=load()).entries
    telling = row(entries, "contract/processing-agreement/tell-controller", subject="onami:shop-0042")
    discharge.meet(tx, telling, ref="ntc_1", by=compliance, clock=clock)
    told = anchors.anchors(tx, incident.id)["onami:shop-0042"]
    assert told == {AnchorName.TOLD_BY_PROCESSOR_AT: clock.now()}


def test_what_needs_proof_is_not_ticked_off(tx, run, responder, clock):
    entries = run(people(100)).entries
    for duty in (TELL, TO_AUTHORITY):
        with pytest.raises(Refused, match="with proof"):
            discharge.record_done(tx, row(entries, duty), because="I called", by=responder, clock=clock)
    plan = row(entries, "house/moqi/start-plan")
    discharge.record_done(tx, plan, because="the plan is running, see the log", by=responder, clock=clock)
    assert (plan.state, plan.settled_ref) == (State.MET, "by_hand")


def test_a_recommendation_may_be_decided_against_with_reasons(tx, run, incident, compliance, clock, signer):
    facts.answer(tx, incident, "serious_harm_possible", "yes", by=compliance, clock=clock, because="identity numbers")
    advised = row(run(people(100)).entries, "cn/gbt-35273/tell-people")
    assert (advised.state, advised.law_state) == (State.OWED, "voluntary")
    discharge.decide_not_to_notify(tx, advised, because="told under the law", by=compliance, clock=clock, signer=signer)
    assert advised.state == State.WAIVED


def test_before_anybody_is_counted_a_processor_owes_what_processors_owe(tx, responder, clock, keys):
    said = Declaration("A customer list leaked", "onami", AWARE, role=Role.PROCESSOR)
    incident = declare(tx, said, by=responder, clock=clock, keys=keys)
    entries = assess(tx, incident, by=responder, clock=clock, packs=load()).entries
    assert row(entries, "contract/processing-agreement/tell-controller").state == State.OWED
    assert not [one for one in entries if one.duty == "practice/tell-people/tell-people" and one.party == "onami"]


def test_what_a_shop_owes_does_not_stand_in_its_processors_way(tx, responder, clock, keys):
    said = Declaration("A customer list leaked", "onami", AWARE)
    incident = declare(tx, said, by=responder, clock=clock, keys=keys)
    counted(tx, incident, clock, people(30, controller="onami:shop-0042", residence="MM", role="end_customer"))
    assess(tx, incident, by=responder, clock=clock, packs=load())
    assert {one.party for one in open_entries(tx, incident.id)} == {"onami"}
    assert {one.party for one in open_entries(tx, incident.id, everybody=True)} == {"onami", "onami:shop-0042"}


def test_an_estimate_that_cannot_be_read_is_named(tx, incident, run, compliance, clock):
    for name, value in (("people_count", 10), ("people_residence", "China")):
        facts.answer(tx, incident, name, value, by=compliance, clock=clock, because="first guess")
    with pytest.raises(BadInput, match="residence"):
        run()
