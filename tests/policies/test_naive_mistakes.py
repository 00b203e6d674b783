"""Ten mistakes of naive engines, and a few more, none of which is made here."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from policies.conditions import Condition
from policies.counting import Counting, add_months, count
from policies.facts import Truth
from policies.load import everything, load
from policies.reach import residency
from policies.vocabulary import Audience, ContentElement, DeadlineKind, ForbiddenContent, LawState, Role, Unit
from tests.policies.acme import HOSPITAL, PROTECTED, US, acme, at_home, duty_of, living, settled
from tests.policies.build import ORDINARY, a_breach, a_cohort, of, only

LAWS = everything(load())
DUTIES = [(f"{law_id}/{duty.id}", duty) for law_id, law in LAWS.items() for duty in law.duties]
AT = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)  # a Friday
DETECTED = {"occurred_at", "discovered_at", "became_aware_at", "determined_at", "told_by_processor_at", "classified_at"}
PEOPLE = (Audience.AFFECTED_INDIVIDUALS, Audience.GUARDIANS)
UNBORN = (LawState.PENDING, LawState.PROPOSED)
rows = pytest.mark.parametrize


def limits_of(duty):
    return [*duty.deadline.limits, *(limit for case in duty.deadline.cases for limit in case.limits)]


# 1. One timer of 72 hours from detection for everything
def test_one_breach_has_as_many_clocks_as_it_has_laws():
    answers = {**ORDINARY, **HOSPITAL, "cyber_incident_in": "yes", "operates_network_in_china": "yes",
               "small_processing_agent_br": "no", "interests_significantly_affected_br": "yes"}  # fmt: skip
    cohorts = [living(place, 2_000_000, categories=["name", "health"]) for place in ("CN", "DE", "IN", "BR", "US-OH")]
    known = dict.fromkeys(("became_aware_at", "discovered_at"), AT.isoformat())
    said = acme(*cohorts, ties={**at_home("CN", "DE", "IN", "BR"), **US}, anchors=known, answers=answers)
    ends = {
        "cn/cac-incident-reporting/initial-report": "2026-11-20T21:30:00+00:00",  # 4 hours
        "in/cert-in/report-incident": "2026-11-20T23:30:00+00:00",  # 6 hours
        "eu/gdpr/tell-authority": "2026-11-23T17:30:00+00:00",  # 72 hours
        "br/lgpd/tell-authority": "2026-11-26T02:59:59+00:00",  # 3 business days
        "us/hipaa/tell-people": "2027-01-20T04:59:59+00:00",  # 60 days
        "cn/pipl/tell-authority": None,  # immediately
    }
    found = {
        one.id: one.deadline.due_at and one.deadline.due_at.isoformat() for one in said.obligations if one.id in ends
    }
    assert found == ends


# 2. "Immediately" as no deadline, or as one that is over at once. Escalation: tests/incidents/test_obligations.py.
def test_a_duty_without_a_number_has_a_target_that_is_not_over_at_once_and_steps_up_to_it_and_beyond():
    targets = [name for name, duty in DUTIES if duty.deadline.kind is DeadlineKind.TARGET]
    assert len(targets) > 100
    for name in targets:
        found = settled(name, **dict.fromkeys(duty_of(name)[1].deadline.anchor, AT))
        assert (found.due_at, found.target_at > AT + timedelta(hours=1)) == (None, True), name
        assert AT < found.escalate_at[0] < found.target_at < found.escalate_at[-1], name


# 3. Months and business days converted into hours
def test_no_limit_in_business_days_or_months_is_so_many_times_24_hours():
    seen = []
    for name, duty in DUTIES:
        by = Counting(duty_of(name)[0].zone, None, load().calendars)
        for limit in limits_of(duty):
            n = next(value.is_ for value in limit.n.values if value.is_ is not None)
            if limit.unit is Unit.BUSINESS_DAYS:
                assert count(limit, AT, n=n, by=by) > AT + timedelta(days=n + 1), name  # a weekend lies between
            elif limit.unit is Unit.MONTHS and not limit.from_year_end:
                start = datetime(2028, 1, 31, 12, tzinfo=UTC)
                assert by.day(count(limit, start, n=n, by=by)) == add_months(date(2028, 1, 31), n), name  # 29 February
            seen.append(limit.unit)
    assert set(seen) == set(Unit)


# 4. Final reports computed from detection
@rows("duty", ["cn/cac-incident-reporting/final-report", "cn/miit-data-security/final-report", "eu/nis2/final-report",
               "eu/dora/final-report", "eu/cra/incident-final", "eu/cra/vulnerability-final", "br/lgpd/supplement",
               "us/california/tell-attorney-general", "us/oklahoma/tell-attorney-general"])  # fmt: skip
def test_what_comes_after_a_step_has_no_time_while_only_the_detection_is_known(duty):
    found = settled(duty, **dict.fromkeys(DETECTED, AT))
    assert (found.due_at, found.target_at) == (None, None)
    assert set(found.waiting_for).isdisjoint(DETECTED)


# 5. The sum of all victims against one state's threshold
@rows(("elsewhere", "decision"), [("US-TX", "not_owed"), ("DE", "not_owed"), ("US", "possible"), ("US-CA", "owed")])
def test_people_of_one_state_are_counted_against_that_states_threshold(elsewhere, decision):
    said = acme(living("US-CA", 400), living(elsewhere, 90_000), ties=US)
    assert only(said, "us/california/tell-attorney-general").decision == decision


def test_two_hundred_in_each_of_three_states_reach_no_states_threshold_and_still_are_told():
    said = acme(*(living(place, 200) for place in ("US-CA", "US-TX", "US-FL")), ties=US)
    for law, report in (("california", "attorney-general"), ("texas", "attorney-general"), ("florida", "department")):
        assert only(said, f"us/{law}/tell-{report}").decision == "not_owed"
        told = only(said, f"us/{law}/tell-people")
        assert (told.decision, told.people.max) == ("owed", 200)


# 6. No record where no notice is due
@rows(("law", "record", "place", "answers"), [
    ("eu/gdpr", "record", "DE", {"risk_unlikely": "yes", "high_risk": "no"}),
    ("us/hipaa", "record", "US-OH", {**HOSPITAL, "low_probability_of_compromise": "yes"}),
    ("br/lgpd", "record", "BR", {"relevant_risk_or_damage_br": "no"}),
    ("us/florida", "record-no-harm", "US-FL", {"identity_theft_or_fraud_unlikely": "yes",
                                               "law_enforcement_consulted_us_fl": "yes"}),
    ("my/pdpa", "record", "MY", {"significant_harm_likely_my": "no"}),
])  # fmt: skip
def test_where_nobody_is_told_the_record_is_still_owed(law, record, place, answers):
    said = acme(living(place, 40), ties=at_home("DE", "BR", "MY") | US, answers=answers)
    told = [one.decision for one in said.obligations if one.law == law and one.owed_to in PEOPLE]
    assert told
    assert set(told) == {"not_owed"}
    assert only(said, f"{law}/{record}").decision == "owed"


# 7. An encryption flag that cancels availability or the authority
@rows(("duty", "place", "people"), [
    ("sg/pdpa/tell-commission", "SG", 500), ("cn/pipl/tell-authority", "CN", 1), ("kr/pipa/tell-regulator", "KR", 1),
    ("eu/gdpr/tell-authority", "DE", 1), ("br/lgpd/tell-authority", "BR", 1), ("eu/gdpr/record", "DE", 1),
])  # fmt: skip
def test_encryption_cancels_no_report_that_the_law_keeps(duty, place, people):
    answers = {**PROTECTED, "relevant_risk_or_damage_br": "yes"}
    said = acme(living(place, people), ties=at_home(place), answers=answers)
    assert only(said, duty).decision == "owed"


def test_encryption_does_not_give_back_what_was_lost_or_changed():
    answers = {**PROTECTED, "exfiltration_excluded": "yes", "restored_soon_without_effect": "no",
               "care_or_livelihood_interrupted": "yes"}  # fmt: skip
    lost = acme(living("DE"), ties=at_home("DE"), answers=answers, breach={"kinds": ["availability"]})
    assert {only(lost, f"eu/gdpr/tell-{whom}").decision for whom in ("authority", "people")} == {"owed"}
    kept = {**answers, "restored_soon_without_effect": "yes", "care_or_livelihood_interrupted": "no"}
    back = acme(living("DE"), ties=at_home("DE"), answers=kept, breach={"kinds": ["availability"]})
    assert {only(back, f"eu/gdpr/tell-{whom}").decision for whom in ("authority", "people")} == {"not_owed"}


# 8. Telling by an offshore vendor or with advertising. The door itself: tests/incidents/test_delivery_reach.py; words:
# tests/templates/test_wording.py. That a breached account is no way to its owner stands in notes of the packs only.
def test_contact_data_of_people_in_china_goes_to_no_vendor_abroad_and_a_notice_carries_nothing_else():
    for vendor, allowed in (("CN", Truth.YES), ("US", Truth.NO), ("SG", Truth.NO), (None, Truth.NO)):
        assert residency(load(), "CN", "acme").allows(vendor) is allowed
    for law in ("eu/gdpr", "eu/eprivacy-611", "gb/pecr"):
        assert ForbiddenContent.MARKETING in duty_of(f"{law}/tell-people")[1].forbidden
    assert {"push", "sms"}.isdisjoint(duty_of("us/massachusetts/tell-people")[1].methods)


# 9. One text for all. Two duties at odds in one notice: tests/templates/test_wording.py.
def test_what_one_state_demands_another_forbids():
    said = acme(*(living(place) for place in ("US-CA", "US-MA", "US-IL", "CN")), ties={**US, **at_home("CN")})
    told = {
        name: only(said, f"{name}/tell-people")
        for name in ("us/california", "us/massachusetts", "us/illinois", "cn/pipl")
    }
    assert {one.decision for one in told.values()} == {"owed"}
    assert set(told["us/massachusetts"].forbidden) == {"nature_of_breach", "number_of_people"}
    assert set(told["us/illinois"].forbidden) == {"number_of_people"}
    assert ContentElement.WHAT_HAPPENED in told["us/california"].contents
    assert ContentElement.WHAT_HAPPENED not in told["us/massachusetts"].contents
    assert ContentElement.CAUSE in told["cn/pipl"].contents
    assert len({one.contents for one in told.values()}) == 4


def test_no_duty_demands_what_it_forbids_itself():
    banned = {
        ForbiddenContent.NATURE_OF_BREACH: {"what_happened", "nature", "cause"},
        ForbiddenContent.NUMBER_OF_PEOPLE: {"categories_and_counts", "people_concerned"},
    }
    for name, duty in DUTIES:
        wanted = {*duty.contents, *duty.later_contents}
        assert all(wanted.isdisjoint(banned.get(one, ())) for one in duty.forbidden), name


# 10. Law without dates and states
@rows(
    "law_id",
    [name for name, law in LAWS.items() if law.state in UNBORN or (law.effective_from or AT.date()) > AT.date()],
)
def test_a_law_that_is_pending_or_proposed_or_begins_later_binds_nobody_and_says_so(law_id):
    place = LAWS[law_id].area
    yes = {fact: "yes" for duty in LAWS[law_id].duties if duty.owed_if for fact in duty.owed_if.facts()}
    said = acme(living(place), ties=at_home(place) | {"offers_to": {place: "yes"}}, answers=yes)
    assert not [one for one in said.obligations if one.law == law_id]
    (reason,) = [one.because for one in said.set_aside if one.law == law_id]
    assert "bind" in reason or str(LAWS[law_id].effective_from) in reason


@rows(("duty", "before", "after", "at"), [
    ("gb/pecr/tell-commissioner", 1, 3, "2025-08-20"),
    ("us/texas/tell-attorney-general", 60, 30, "2023-09-01"),
    ("us/california/tell-people", None, 30, "2026-01-01"),
    ("us/new-york/tell-people", None, 30, "2024-12-21"),
])  # fmt: skip
def test_the_limit_of_the_day_counts_on_both_sides_of_a_change(duty, before, after, at):
    day = datetime.fromisoformat(f"{at}T12:00:00+00:00")
    for start, days in ((day - timedelta(days=1), before), (day, after)):
        due = settled(duty, **dict.fromkeys(duty_of(duty)[1].deadline.anchor, start)).due_at
        assert (due and (due - start).days) == days, start


def test_a_recommendation_and_a_law_in_doubt_say_what_they_are():
    said = acme(living("HK", 40), living("MM", 40), ties=at_home("HK", "MM"))
    assert {one.state for one in said.obligations if one.law == "hk/pdpo"} == {LawState.VOLUNTARY}
    assert all(one.to_confirm for one in said.obligations if one.state is LawState.TO_CONFIRM)
    assert any(one.law == "mm/cybersecurity-law" for one in said.obligations if one.state is LawState.TO_CONFIRM)


def test_drafts_are_not_mixed_into_law():
    assert limits_of(duty_of("eu/gdpr/tell-authority")[1])[0].n.values[-1].is_ == 72  # the omnibus would make it 96
    supplement = duty_of("cn/cac-incident-reporting/supplementary-report")[1]
    assert supplement.deadline.kind is DeadlineKind.TARGET  # the draft of 2023 said 24 hours
    assert not [law for law in LAWS.values() if law.state is LawState.PENDING and law.effective_from and law.duties
                and law.effective_from <= AT.date()]  # fmt: skip


# And also: half a person, the processor that tells people by itself, facts that change.
def test_people_are_whole_numbers():
    for people in (1.5, "12.5", {"min": 0.5, "max": 2}):
        with pytest.raises(ValidationError):
            a_breach(cohorts=[a_cohort(people=people)])
    with pytest.raises(ValidationError):
        Condition.model_validate({"people": {}, "op": "gte", "value": 499.5})


def test_a_mere_processor_tells_its_controller_and_no_people_unless_told_to():
    mine = [(name, duty) for name, duty in DUTIES if duty.owed_to in PEOPLE and set(duty.owed_by) == {Role.PROCESSOR}]
    assert [name for name, _ in mine] == ["contract/processing-agreement/tell-people-on-instruction"]
    assert mine[0][1].owed_if.facts() == {"controller_has_instructed"}
    assert not of(acme(living("DE"), ties=at_home("DE")), "eu/gdpr/tell-controller")


def test_a_fact_that_changes_changes_what_is_owed():  # the ledger's part: tests/incidents/test_obligations.py
    found = [
        only(acme(living("US-CA", n), ties=US), "us/california/tell-attorney-general").decision for n in (500, 501)
    ]
    assert found == ["not_owed", "owed"]
