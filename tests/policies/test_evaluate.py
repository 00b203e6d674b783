"""Who owes what: per party, per duty, per cohort; with reasons, questions and what was set aside."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from policies.evaluate import evaluate
from policies.facts import Truth
from policies.load import load
from policies.outcome import Effect, as_json
from policies.vocabulary import Audience, DeadlineKind, Decision
from tests.policies.build import NIGHT, ORDINARY, a_breach, a_cohort, obligations_under, of, only

EACH = load().authorities["data_protection"]
FOUND = datetime.fromisoformat(NIGHT).astimezone(UTC)
REPORT = "cn/cac-incident-reporting/initial-report"


def decide(*cohorts, company="moqi", **more):
    return evaluate(load(), a_breach(company, list(cohorts) or None, **more))


@pytest.mark.parametrize(
    ("people", "decision"),
    [
        (1_000_000, "owed"),
        (999_999, "not_owed"),
        ({"min": 999_999, "max": 1_000_000}, "possible"),
        ({"min": 12_000, "max": None}, "possible"),
    ],
)
def test_the_national_report_turns_on_the_millionth_person(people, decision):
    assert only(decide(a_cohort(people=people), answers=ORDINARY), REPORT).decision == decision


def test_people_of_several_cohorts_add_up_and_people_elsewhere_do_not():
    here = [a_cohort("a", people=600_000), a_cohort("b", people=400_000, age_band="14_to_17")]
    assert only(decide(*here, answers=ORDINARY), REPORT).decision is Decision.OWED
    abroad = [a_cohort("a", people=600_000), a_cohort("b", people=400_000, residence="SG")]
    assert only(decide(*abroad, answers=ORDINARY), REPORT).decision is Decision.NOT_OWED


def test_who_the_operator_is_sets_the_hours_and_unknown_takes_the_strictest():
    unknown = {**ORDINARY, "operator_is_cii": "unknown"}
    said = decide(a_cohort(people=2_000_000), answers=unknown)
    report = only(said, REPORT)
    assert report.deadline.due_at == FOUND + timedelta(hours=1)
    assert report.deadline.provisional
    assert any(
        one.fact == "operator_is_cii" and (REPORT, Effect.FIXES_DEADLINE) in one.changes for one in said.questions
    )
    settled = only(decide(a_cohort(people=2_000_000), answers=ORDINARY), REPORT).deadline
    assert (settled.due_at, settled.provisional) == (FOUND + timedelta(hours=4), False)


def test_the_initial_report_needs_two_items_and_the_rest_follows():
    said = decide(a_cohort(people=2_000_000), answers=ORDINARY)
    report = only(said, REPORT)
    assert report.contents == ("cac_unit_and_system", "cac_incident_details")
    assert len(report.later_contents) == 6
    final = only(said, "cn/cac-incident-reporting/final-report")
    assert (final.deadline.due_at, final.follows) == (None, REPORT)
    assert "handling ended" in final.deadline.sentence


def test_what_follows_a_report_counts_from_that_report_and_not_from_one_to_another_authority():
    follows = "cn/cac-incident-reporting/supplementary-report"
    filed = FOUND + timedelta(hours=1)

    def target(**done):
        anchors = {"became_aware_at": FOUND, "discovered_at": FOUND, "initial_filed_at": filed}
        party = {"id": "moqi", "anchors": anchors, "done": done}
        said = decide(a_cohort(people=2_000_000), answers=ORDINARY, parties=[party])
        return only(said, follows).deadline.target_at

    by_hand = target()  # of no duty in particular
    assert by_hand > filed
    assert target(**{"cn/pipl/tell-authority": {"initial_filed_at": filed}}) is None
    later = filed + timedelta(hours=2)
    both = {"cn/pipl/tell-authority": {"initial_filed_at": filed}, REPORT: {"initial_filed_at": later}}
    assert target(**both) - by_hand == later - filed


def test_china_is_never_given_seventy_two_hours():
    for one in decide(a_cohort(people=2_000_000), answers=ORDINARY).obligations:
        if one.law.startswith("cn/"):
            assert "72 hours" not in one.deadline.sentence or one.deadline.kind is DeadlineKind.TARGET
    told = only(decide(a_cohort()), "cn/pipl/tell-authority").deadline
    assert (told.kind, told.due_at) == (DeadlineKind.TARGET, None)
    assert told.target_at == FOUND + timedelta(hours=4)


def test_what_is_not_owed_says_why():
    report = only(decide(a_cohort(people=12_000), answers=ORDINARY), REPORT)
    text = " ".join(report.because)
    assert "12,000" in text
    assert "1,000,000 or more is not reached" in text
    assert report.reasoned[0].trace["truth"] == "no"


def test_a_rule_that_nobody_read_in_the_text_is_to_confirm():
    said = decide(a_cohort("c1", "mmso", 30, residence="TH"), company="mmso")
    assert only(said, "th/pdpa/tell-authority").to_confirm
    assert not only(decide(a_cohort()), "cn/pipl/tell-people").to_confirm
    # The duty stands in the text that was read; a figure of the annex on which it rests was not.
    assert only(decide(a_cohort()), REPORT).to_confirm


def test_minors_are_told_beside_their_guardians_and_an_unknown_age_is_asked():
    cohorts = [
        a_cohort("young", "miaoke", 4, age_band="under_14"),
        a_cohort("teen", "miaoke", 30, age_band="14_to_17"),
        a_cohort("grown", "miaoke", 500),
        a_cohort("ageless", "miaoke", 9_000, age_band="unknown"),
    ]
    said = decide(*cohorts, company="miaoke")
    for duty in ("tell-minors", "tell-guardians"):
        told = only(said, f"cn/minors-regulations/{duty}")
        by_decision = {one.decision: set(one.cohorts) for one in told.reasoned}
        assert set(told.cohorts) == {"young", "teen"}
        assert by_decision[Decision.UNKNOWN] == {"ageless"}
        assert by_decision[Decision.NOT_OWED] == {"grown"}
    assert any(one.fact == "cohort_age_band" for one in said.questions)


def test_each_shop_owner_is_told_of_its_own_people_only():
    cohorts = [
        a_cohort("a", "onami:shop-0042", 300, residence="MM", role="end_customer"),
        a_cohort("b", "onami:shop-0007", 20, residence="MM", role="end_customer"),
        a_cohort("c", "onami:shop-0007", 5, residence="MM", role="end_customer", language="my"),
    ]
    said = decide(*cohorts, company="onami")
    told = of(said, "contract/processing-agreement/tell-controller", "onami")
    assert {one.subject: (set(one.cohorts), one.people.max) for one in told} == {
        "onami:shop-0042": ({"a"}, 300),
        "onami:shop-0007": ({"b", "c"}, 25),
    }
    assert all("other_controllers_people" in one.forbidden for one in told)
    owed_to_people = [one for one in said.obligations if one.party == "onami" and one.decision is Decision.OWED
                      and one.owed_to is Audience.AFFECTED_INDIVIDUALS]  # fmt: skip
    assert owed_to_people == []


def test_no_customer_is_told_unless_the_shop_instructs_it():
    duty = "contract/processing-agreement/tell-people-on-instruction"
    cohort = a_cohort("a", "onami:shop-0042", 300, residence="MM")
    assert only(decide(cohort, company="onami"), duty, "onami").decision is Decision.UNKNOWN
    instructed = decide({**cohort, "answers": {"controller_has_instructed": "yes"}}, company="onami")
    assert only(instructed, duty, "onami").decision is Decision.OWED


def test_a_shops_clock_starts_when_it_was_told_and_not_when_the_processor_knew():
    cohort = a_cohort("a", "onami:shop-0042", 300, residence="DE", categories=["name"])
    told_at = "2026-11-21T09:00:00+06:30"
    tied = {"established_in": {"DE": "yes"}}
    before = [{"id": "onami", "anchors": {"became_aware_at": NIGHT}}, {"id": "onami:shop-0042", **tied}]
    untold = only(decide(cohort, company="onami", parties=before), "eu/gdpr/tell-authority", "onami:shop-0042")
    assert untold.deadline.due_at is None
    after = [before[0], {**before[1], "anchors": {"told_by_processor_at": told_at}}]
    told = only(decide(cohort, company="onami", parties=after), "eu/gdpr/tell-authority", "onami:shop-0042")
    assert told.deadline.due_at == datetime.fromisoformat(told_at) + timedelta(hours=72)


def test_a_shop_owes_no_promise_of_its_processor_and_is_not_where_its_processor_is():
    said = decide(a_cohort("a", "onami:shop-0042", 300, residence="MM"), company="onami")
    shop = [one for one in said.obligations if one.party == "onami:shop-0042"]
    assert not any(one.law.startswith("house/") for one in shop)
    assert all(one.decision is not Decision.OWED for one in shop if one.law.startswith("mm/"))


def test_platform_data_has_a_clock_like_a_law():
    said = decide(
        a_cohort("a", "onami:shop-0042", 300, residence="MM"),
        company="onami",
        answers={"platform_data_concerned_meta": "yes"},
    )
    told = only(said, "contract/meta-platform-terms/tell-platform", "onami")
    assert (told.decision, told.deadline.due_at) == (Decision.OWED, FOUND + timedelta(hours=24))
    assert any(one.law == "contract/meta-platform-terms" for one in decide(a_cohort()).set_aside)


def test_students_abroad_bring_up_questions_about_those_students_only():
    cohorts = [
        a_cohort("home", "mmso", 4_000, residence="MM"),
        a_cohort("thai", "mmso", 30, residence="TH"),
        a_cohort("german", "mmso", 12, residence="DE"),
    ]
    said = decide(*cohorts, company="mmso")
    facts = {one.fact for one in said.questions}
    assert {"offers_to:EEA", "established_in:EEA", "offers_to:TH"} <= facts
    abroad = only(said, "eu/gdpr/tell-people", "mmso")
    assert (abroad.decision, set(abroad.cohorts)) == (Decision.UNKNOWN, {"german"})
    assert not [one for one in said.obligations if one.law == "mm/electronic-transactions-law"
                and one.owed_to is Audience.AFFECTED_INDIVIDUALS]  # fmt: skip
    assert only(said, "practice/tell-people/decide", "mmso").decision is Decision.OWED


def test_without_an_establishment_each_states_authority_is_owed_its_own_report():
    cohorts = [a_cohort("d", "mmso", 12, residence="DE"), a_cohort("f", "mmso", 3, residence="FR")]
    parties = [{"id": "mmso", "offers_to": {"EEA": "yes"}, "established_in": {"EEA": "no"}}]
    said = decide(*cohorts, company="mmso", parties=parties)
    assert {one.subject: one.people.max for one in of(said, "eu/gdpr/tell-authority")} == {
        EACH["DE"].id: 12,
        EACH["FR"].id: 3,
    }
    parties = [{"id": "mmso", "established_in": {"FR": "yes"}}]
    said = decide(*cohorts, company="mmso", parties=parties)
    assert [one.subject for one in of(said, "eu/gdpr/tell-authority")] == [EACH["FR"].id]


def test_push_and_announcement_are_owed_side_by_side_where_the_policy_says_so():
    said = decide(a_cohort("a", "smo", 400, residence="SG"), company="smo")
    owed = {one.owed_to for one in said.obligations if one.law == "house/smo" and one.decision is Decision.OWED}
    assert {Audience.AFFECTED_INDIVIDUALS, Audience.PUBLIC} <= owed


def test_a_law_that_begins_later_is_set_aside_with_its_day():
    said = decide(as_of="2025-10-31T12:00:00+08:00", parties=[{"id": "moqi"}])
    assert not [one for one in said.obligations if one.law == "cn/cac-incident-reporting"]
    (reason,) = [one.because for one in said.set_aside if one.law == "cn/cac-incident-reporting"]
    assert "2025-11-01" in reason


def test_the_law_of_the_day_on_which_the_party_learned_counts():
    parties = [{"id": "moqi", "anchors": {"discovered_at": "2025-10-31T23:00:00+08:00"}}]
    said = decide(parties=parties)
    assert any(one.law == "cn/cac-incident-reporting" for one in said.set_aside)


def test_with_nobody_counted_the_authority_is_told_and_the_rest_is_asked():
    said = evaluate(load(), a_breach(cohorts=[], answers=ORDINARY))
    assert only(said, "cn/pipl/tell-authority").decision is Decision.OWED
    assert only(said, REPORT).decision is Decision.POSSIBLE
    assert only(said, "cn/minors-regulations/tell-guardians").decision is Decision.UNKNOWN
    assert any("Nobody has been counted" in one for one in said.warnings)


def test_an_exemption_that_nobody_established_releases_nobody_and_is_asked():
    said = decide()
    told = only(said, "cn/pipl/tell-people")
    assert told.decision is Decision.OWED
    question = next(one for one in said.questions if one.fact == "harm_effectively_avoided")
    assert ("cn/pipl/tell-people", Effect.MAY_RELEASE) in question.changes


def test_people_of_unknown_country_are_warned_of():
    said = decide(a_cohort(residence="unknown", people={"min": 3, "max": 70}))
    assert any("up to 70 people" in one for one in said.warnings)


def test_everything_said_is_plain_json():
    said = as_json(decide(a_cohort(people=2_000_000), answers=ORDINARY))
    again = json.loads(json.dumps(said))
    assert again["obligations"][0]["because"]
    assert all(isinstance(one["decision"], str) for one in again["obligations"])


TELL = "house/moqi/tell-people"


@pytest.mark.parametrize(("said", "holds"), [("yes", Truth.YES), ("no", Truth.NO), ("unknown", Truth.UNKNOWN)])
def test_an_announcement_may_stand_in_where_its_condition_is_known_to_hold(said, holds):
    answers = {**ORDINARY, "hard_to_reach_one_by_one": said}
    instead = only(decide(a_cohort(people=40), answers=answers), TELL).substitute
    assert (instead.ways, instead.holds, instead.cite) == (("announcement",), holds, "section VI")
    assert instead.asks == (("hard_to_reach_one_by_one",) if holds is Truth.UNKNOWN else ())
    assert as_json(instead)["holds"] == holds


@pytest.mark.parametrize(("people", "holds"), [(350_001, Truth.YES), (350_000, Truth.NO)])
def test_people_of_a_state_are_counted_against_the_threshold_of_its_own_law(people, holds):
    said = {"notice_cost_usd": 0, "contact_data_insufficient": "no", "personal_information_us_or": "yes"}
    where = {"residence": "US", "region": "US-OR", "people": people}
    told = [one.substitute for one in obligations_under("us/oregon", where | said) if one.substitute]
    assert told
    assert {one.holds for one in told} == {holds}
