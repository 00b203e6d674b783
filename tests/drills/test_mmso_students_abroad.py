"""MMSO: no clause about breaches, Myanmar law nearly silent, and students who live in Thailand and the Union."""

import pytest

from incidents.obligations.states import State
from policies.vocabulary import Audience
from tests.drills import sending
from tests.drills.cast import Drill


@pytest.fixture(scope="module")
def scoped(tmp_path_factory):
    told = Drill.open(tmp_path_factory.mktemp("mmso"), "mmso", company="mmso", people=4_000)
    told.declare("A laptop with an enrolment backup was mislaid")
    told.collect(0)
    told.scope()
    return told


@pytest.fixture
def drill(scoped, tmp_path):
    return scoped.again(tmp_path)


def test_the_students_are_found_where_they_live(drill):
    people = [person for person in drill.people() if person["membership"] == "affected"]
    assert sorted(person["person_id"] for person in people) == drill.truth.people
    assert {person["residence"] for person in people} >= {"MM", "TH", "DE", "unknown"}


def test_a_silent_policy_is_no_answer_the_default_asks_for_a_decision_with_reasons(drill):
    drill.answer({"serious_harm_possible": "yes", "licensed_security_provider": "no"})
    drill.assess()
    assert not drill.ledger("house/")
    (decide,) = drill.ledger("practice/tell-people/decide")
    (tell,) = drill.ledger("practice/tell-people/tell-people")
    assert decide.state == tell.state == State.OWED
    assert tell.law_state == "voluntary"
    myanmar = drill.ledger("mm/cybersecurity-law")
    assert myanmar
    assert {row.state for row in myanmar} == {State.NOT_OWED}
    assert all(row.to_confirm for row in myanmar)


ABROAD = {
    "established_in:EEA": "no",
    "established_in:TH": "no",
    "offers_to:EEA": "yes",
    "offers_to:TH": "yes",
    "risk_unlikely": "no",
    "risk_unlikely_th": "no",
    "high_risk": "yes",
    "high_risk_th": "yes",
    "data_unintelligible": "no",
    "later_measures_removed_high_risk": "no",
}


def test_whether_it_offers_its_courses_abroad_is_asked_and_the_answer_starts_72_hours(drill):
    first = drill.assess()
    assert {row.state for row in drill.ledger("eu/gdpr/tell-authority")} == {State.UNKNOWN}
    assert {row.state for row in drill.ledger("th/pdpa/tell-authority")} == {State.UNKNOWN}
    assert {"offers_to:EEA", "offers_to:TH"} <= {question["fact"] for question in first.assessment.questions}
    drill.answer(ABROAD)
    drill.assess()
    owed = [row for row in drill.ledger("eu/gdpr/tell-authority") if row.state == State.OWED]
    assert owed
    assert {(row.due_at - drill.leak.found_at).total_seconds() / 3600 for row in owed} == {72}


def test_only_students_abroad_are_owed_by_the_laws_abroad(drill):
    drill.answer(ABROAD)
    drill.assess()
    people = drill.people()
    abroad = {person["cohort_id"] for person in people if person["residence"] == "DE"}
    home = {person["cohort_id"] for person in people if person["residence"] in {"MM", "TH"}}
    rows = [row for row in drill.ledger("eu/gdpr/tell-people") if row.owed_to == Audience.AFFECTED_INDIVIDUALS]
    told = {cohort for row in rows if row.state == State.OWED for cohort in row.cohorts}
    assert abroad
    assert abroad <= told
    assert not told & home


def test_students_are_told_in_burmese_and_english_and_each_by_a_way_that_the_house_has(drill):
    drill.answer({"serious_harm_possible": "yes", "licensed_security_provider": "no"})
    drill.assess()
    drill.approve_everything()
    (notice,) = drill.notices("individuals")
    assert drill.approved(notice.reference) >= {"en", "my"}
    found = [sending.could_reach(drill, notice.reference, language) for language in ("en", "my")]
    ways = {channel for one in found for channel, _ in one.by_route}
    assert ways <= {"push", "email", "sms"}
    assert len(ways) > 1
    assert sum(one.people for one in found) > 100


def test_every_student_is_told_once_or_announced_to(drill):
    drill.answer({"serious_harm_possible": "yes", "licensed_security_provider": "no"})
    drill.assess()
    drill.approve_everything()
    sending.send_everything(drill)
    sending.work_for_a_day(drill)
    said = [one for (word, _), one in sending.standing(drill).items() if word in {"individuals", "minor"}]
    assert sum(one.people for one in said) == len(drill.truth.people)
    assert all(one.under_way == one.not_reached == 0 for one in said)
    assert sum(one.told for one in said) > 0.8 * len(drill.truth.people)
    duty = "practice/tell-people/tell-people"
    assert drill.ledger(duty)[-1].state == State.OWED, "nobody has said that an announcement may stand in"
    drill.answer({"hard_to_reach_one_by_one": "yes"})
    drill.assess()
    sending.work_for_a_day(drill)
    assert drill.ledger(duty)[-1].state in {State.MET, State.LATE}
