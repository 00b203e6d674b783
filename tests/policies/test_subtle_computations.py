"""The eighteen computations that are easily got wrong, each against the packs as they ship."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from policies.evaluate import evaluate
from policies.load import load
from policies.vocabulary import AnchorName
from tests.policies.acme import HOSPITAL, PROTECTED, US, acme, at_home, duty_of, living, settled
from tests.policies.build import ORDINARY, a_breach, a_cohort, of, only

CAC = "cn/cac-incident-reporting"
BANK = {"financial_entity_dora": "yes", "no_weekend_relief_dora": "yes", "major_incident_dora": "yes"}
NIS2 = {"nis2_entity": "yes", "significant_incident_nis2": "yes", "ongoing_at_final_report_nis2": "no"}
AT = "2026-11-17T12:00:00+00:00"  # a Tuesday
TOLD = "told_by_processor_at"
rows = pytest.mark.parametrize


def local(at, zone):
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat()


# 1. Clock start is data
@rows(("duty", "starts"), [
    ("eu/gdpr/tell-authority", {"became_aware_at", TOLD}),
    ("kr/pipa/tell-regulator", {"became_aware_at", TOLD}),
    ("us/hipaa/tell-people", {"discovered_at", TOLD}),
    ("us/california/tell-people", {"discovered_at", TOLD}),
    ("us/texas/tell-people", {"determined_at"}),
    ("us/colorado/tell-attorney-general", {"determined_at", TOLD}),
    ("us/florida/tell-department", {"determined_at", "became_aware_at", TOLD}),
    ("sg/pdpa/tell-commission", {"assessed_at"}),
    ("us/sec-8-k/file-8-k", {"material_at"}),
    ("eu/dora/initial-notification", {"classified_at", "became_aware_at", TOLD}),
    ("in/cert-in/report-incident", {"discovered_at", "became_aware_at", TOLD}),
    (f"{CAC}/initial-report", {"discovered_at", "became_aware_at", TOLD}),
])  # fmt: skip
def test_a_clock_starts_with_a_moment_that_its_own_law_names_and_with_no_other(duty, starts):
    assert {name for name in AnchorName if settled(duty, **{name: AT}).due_at} == starts
    without = settled(duty, **{name: AT for name in AnchorName if name not in starts})
    assert (set(without.waiting_for), without.target_at) == (starts, None)
    assert "no other moment stands in" in without.sentence


# 2. Chained anchors
@rows(("duty", "first", "moment", "place", "answers", "due"), [
    ("eu/nis2/final-report", "notification", "intermediate_filed_at", "DE", NIS2, "2027-02-28"),
    ("eu/dora/intermediate-report", "initial-notification", "initial_filed_at", "DE", BANK, "2027-02-03"),
    ("eu/dora/final-report", "intermediate-report", "intermediate_filed_at", "DE", BANK, "2027-03-01"),
    ("us/california/tell-attorney-general", "tell-people", "individuals_notified_at", "US-CA", {}, "2027-02-15"),
    ("my/pdpa/tell-people", "tell-commissioner", "regulator_notified_at", "MY", {"harm_signs_my": "yes"}, "2027-02-07"),
])  # fmt: skip
def test_what_follows_a_step_has_no_day_until_that_very_step_was_taken(duty, first, moment, place, answers, due):
    known = dict.fromkeys(("became_aware_at", "discovered_at", "classified_at"), "2027-01-29T09:00:00Z")
    law, zone = duty.rpartition("/")[0], duty_of(duty)[0].zone

    def day(**done):
        said = acme(living(place, 900), ties=at_home("DE", "MY") | US, anchors=known, done=done, answers=answers)
        found = only(said, duty).deadline.due_at
        return found and local(found, zone)[:10]

    assert day() is None
    assert day(**{f"{law}/another-duty": {moment: "2027-01-31T11:00:00Z"}}) is None
    assert day(**{f"{law}/{first}": {moment: "2027-01-31T11:00:00Z"}}) == due


# 3. Double limits
@rows(("graded_after", "hours"), [(None, 24), (2, 6), (22, 24), (24, 24), (25, 29), (70, 74)])
def test_a_bank_has_four_hours_from_grading_within_a_day_and_the_four_alone_once_the_day_is_over(graded_after, hours):
    aware = datetime.fromisoformat(AT)
    graded = {"classified_at": (aware + timedelta(hours=graded_after)).isoformat()} if graded_after else {}
    said = acme(living("DE"), ties=at_home("DE"), anchors={"became_aware_at": AT, **graded}, answers=BANK)
    assert only(said, "eu/dora/initial-notification").deadline.due_at == aware + timedelta(hours=hours)


# 4. One month is a calendar month
@rows(("filed", "due"), [("2027-01-31", "2027-02-28"), ("2028-01-31", "2028-02-29"), ("2026-12-15", "2027-01-15")])
def test_a_month_after_the_notification_is_the_same_day_of_the_next_and_never_thirty_days(filed, due):
    for duty in ("eu/nis2/final-report", "eu/cra/incident-final"):
        found = settled(duty, intermediate_filed_at=f"{filed}T10:00:00+01:00").due_at
        assert local(found, "Europe/Brussels") == f"{due}T23:59:59"
        assert found.date() != date.fromisoformat(filed) + timedelta(days=30)


# 5. The hour rule of the Union: a Friday evening, Christmas Eve, the nights in which the clocks go back and forward.
# The disputed count of two working days is off where a pack offers it: tests/policies/test_deadlines.py.
@rows("aware", ["2026-11-20T17:30:00+01:00", "2026-12-24T17:30:00+01:00", "2026-10-24T17:30:00+02:00",
                "2027-03-27T17:30:00+01:00"])  # fmt: skip
def test_hours_of_the_union_run_on_exactly_through_days_off_and_changes_of_the_clock(aware):
    start = datetime.fromisoformat(aware)
    for duty, hours in (("gdpr/tell-authority", 72), ("eprivacy-611/tell-authority", 24), ("nis2/notification", 72)):
        assert settled(f"eu/{duty}", became_aware_at=aware).due_at - start == timedelta(hours=hours)
    assert (
        local(settled("eu/eprivacy-611/second-notification", initial_filed_at=aware).due_at, "Europe/Brussels")
        == f"{start.date() + timedelta(days=3)}T23:59:59"
    )


# 6. Calendar and business days
@rows(("duty", "moment", "at", "due"), [
    ("sg/pdpa/tell-commission", "assessed_at", "2026-11-20T08:00:00+08:00", "2026-11-23"),
    ("br/lgpd/tell-authority", "became_aware_at", "2026-11-18T08:00:00-03:00", "2026-11-23"),  # the 20th is a holiday
    ("br/lgpd/supplement", "initial_filed_at", "2026-11-18T08:00:00-03:00", "2026-12-16"),
    ("us/sec-8-k/file-8-k", "material_at", "2026-11-20T08:00:00-05:00", "2026-11-27"),  # Thanksgiving
    ("us/fcc-breach-rule/tell-commission", "determined_at", "2026-11-20T08:00:00-05:00", "2026-12-02"),
    ("us/vermont/tell-attorney-general", "discovered_at", "2026-11-02T08:00:00-05:00", "2026-11-23"),  # not 336 hours
])  # fmt: skip
def test_the_day_itself_never_counts_and_days_off_count_unless_the_law_says_business_days(duty, moment, at, due):
    assert local(settled(duty, **{moment: at}).due_at, duty_of(duty)[0].zone) == f"{due}T23:59:59"


# 7. The sixtieth day after; sixty days after the end of the year
@rows(("found", "people", "yearly"), [
    ("2026-12-31T23:00:00-05:00", "2027-03-01", "2027-03-01"),
    ("2027-01-01T01:00:00-05:00", "2027-03-02", "2028-02-29"),
])  # fmt: skip
def test_the_first_of_sixty_days_is_the_one_after_and_the_yearly_log_waits_for_the_year_to_end(found, people, yearly):
    said = acme(living("US-OH", 499), anchors={"discovered_at": found}, answers=HOSPITAL)
    days = [only(said, f"us/hipaa/{duty}").deadline.due_at for duty in ("tell-people", "tell-secretary")]
    assert [local(day, "America/New_York") for day in days] == [f"{people}T23:59:59", f"{yearly}T23:59:59"]


# 8. Time zones
def test_hours_are_absolute_and_a_half_hour_zone_decides_which_day_it_was():
    for at in ("2026-11-20T21:40:00+08:00", "2026-11-20T13:40:00+00:00"):
        due = settled(f"{CAC}/initial-report", discovered_at=at).due_at
        assert local(due, "Asia/Shanghai") == "2026-11-21T01:40:00"
    # 17:15 UTC is a quarter to midnight in Yangon; in Bangkok, half an hour ahead, the next day has begun.
    for zone, last in (("Asia/Yangon", "2026-12-20"), ("Asia/Bangkok", "2026-12-21")):
        found = settled("sg/pdpa/assess", zone=zone, discovered_at="2026-11-20T17:15:00+00:00").due_at
        assert local(found, zone) == f"{last}T23:59:59"
    said = acme(living("MM"), ties=at_home("MM"), anchors={"became_aware_at": "2026-11-20T17:15:00+00:00"})
    secured = only(said, "mm/electronic-transactions-law/keep-secure")
    assert "(2026-11-20 23:45 Asia/Yangon)" in secured.deadline.sentence


# 9. "Or more" and "more than"
@rows(("duty", "place", "reached_at", "answers"), [
    ("us/california/tell-attorney-general", "US-CA", 501, {}),
    ("us/illinois/tell-attorney-general", "US-IL", 501, {}),
    ("us/washington/tell-attorney-general", "US-WA", 501, {}),
    ("us/florida/tell-department", "US-FL", 500, {}),
    ("us/colorado/tell-attorney-general", "US-CO", 500, {}),
    ("us/glba-safeguards/tell-ftc", "US-OH", 500,
     {"ftc_financial_institution": "yes", "customer_information_us_glba": "yes"}),
    ("us/hipaa/tell-media", "US-OH", 501, {**HOSPITAL, "most_residents_of_one_us_state": 501}),
    (f"{CAC}/initial-report", "CN", 1_000_000, {**ORDINARY, "operates_network_in_china": "yes"}),
])  # fmt: skip
def test_the_number_itself_is_reached_by_or_more_and_not_by_more_than(duty, place, reached_at, answers):
    found = [acme(living(place, people), ties=US, answers=answers) for people in (reached_at - 1, reached_at)]
    assert [only(said, duty).decision for said in found] == ["not_owed", "owed"]


# 10. What is counted
@rows(("sensitive", "decision"), [(99_999, "not_owed"), (100_000, "owed"), ({"min": 9, "max": 100_000}, "possible")])
def test_people_are_counted_and_those_with_sensitive_data_apart_where_the_plan_says_so(sensitive, decision):
    cohorts = [living("CN", sensitive, categories=["health"]), living("CN", 800_000, categories=["email"])]
    no = dict.fromkeys(("other_measure_of_grade_miit_cn", "important_data_concerned_miit_cn"), "no")
    said = acme(*cohorts, ties=at_home("CN"), answers={**no, "miit_sector_handler_cn": "yes"})
    assert only(said, "cn/miit-data-security/report-regulator").decision == decision
    # What may cross the threshold is warned of now. The European report wants records beside people.
    warned = [one for one in said.warnings if "report-regulator" in one and "treat it as due now" in one]
    assert bool(warned) == (decision == "possible")
    assert {"categories_and_counts", "records_count"} <= set(duty_of("eu/gdpr/tell-authority")[1].contents)


# 11. Aggregation. That incidents of one cause add up (DORA, NIS2) is for whoever answers whether it is a major one.
def test_one_breach_at_a_processor_is_a_set_of_duties_for_each_controller():
    shops = [a_cohort(f"c{n}", f"onami:shop-{n}", people=400, residence="DE", categories=["health"]) for n in (1, 2, 3)]
    parties = [{"id": "onami"}, *({"id": f"onami:shop-{n}", **at_home("DE")} for n in (1, 2))]
    said = evaluate(load(), a_breach("onami", shops, parties=parties))
    told = {one.party: (one.decision, one.people.max) for one in of(said, "eu/gdpr/tell-authority")}
    assert told == {"onami:shop-1": ("owed", 400), "onami:shop-2": ("owed", 400), "onami:shop-3": ("unknown", 400)}
    assert len({one.subject for one in of(said, "contract/processing-agreement/tell-controller")}) == 3


# 12. Phases. What is known, unknown or to follow in each report: tests/incidents/test_filings.py.
@rows(("law", "first", "later"), [
    (CAC, "initial-report", "supplementary-report"), ("jp/appi", "preliminary-report", "final-report"),
    ("in/dpdp", "tell-board", "detailed-report"), ("br/lgpd", "tell-authority", "supplement"),
    ("eu/nis2", "notification", "final-report"), ("my/pdpa", "tell-commissioner", "further-information"),
])  # fmt: skip
def test_a_report_in_stages_is_several_duties_of_which_the_later_adds_to_the_first(law, first, later):
    early, late = duty_of(f"{law}/{first}")[1], duty_of(f"{law}/{later}")[1]
    assert (late.follows, late.owed_to) == (first, early.owed_to)
    assert early.phase != late.phase
    assert set(late.contents) - set(early.contents)


def test_chinas_first_report_needs_two_items_and_the_supplement_holds_the_rest():
    first, rest = duty_of(f"{CAC}/initial-report")[1], duty_of(f"{CAC}/supplementary-report")[1]
    assert (len(first.contents), set(first.later_contents)) == (2, set(rest.contents))


# 13. Delay by law enforcement
@rows(("duty", "place", "form", "ends", "due"), [
    ("us/hipaa/tell-people", "US-ME", "oral", None, "2027-02-08T15:00:00"),  # a spoken word lives thirty days
    ("us/hipaa/tell-people", "US-ME", "written", None, None),
    ("us/maine/tell-people", "US-ME", "oral", "2027-01-26T17:00:00Z", "2027-02-04T23:59:59"),  # seven business days
    ("us/new-york/tell-attorney-general", "US-NY", "written", None, "a target"),
    ("us/illinois/tell-people", "US-IL", "oral", None, "a target"),
    ("us/illinois/tell-people", "US-IL", "written", None, None),
    ("eu/gdpr/tell-people", "DE", "written", None, "a target"),  # only recitals speak of it
    ("cn/pipl/tell-people", "CN", "written", None, "a target"),  # no waiver
    ("sg/pdpa/tell-people", "SG", "written", None, None),  # telling may be forbidden
    ("sg/pdpa/tell-commission", "SG", "written", None, "2027-01-09T23:59:59"),
])  # fmt: skip
def test_a_request_to_wait_does_what_each_law_lets_it_do_and_no_more(duty, place, form, ends, due):
    known = dict.fromkeys(("became_aware_at", "discovered_at"), "2026-12-05T12:00:00Z")
    known |= {"scope_known_at": "2026-12-30T12:00:00Z", "assessed_at": "2027-01-06T12:00:00Z"}
    asked = {"agency": "police", "form": form, "requested_at": "2027-01-09T20:00:00Z", "ends_at": ends}
    answers = {**HOSPITAL, "significant_harm_likely_sg": "yes", "high_risk": "yes"}
    ties = {**at_home("DE", "CN", "SG"), **US}
    found = only(acme(living(place), ties=ties, anchors=known, police=[asked], answers=answers), duty).deadline
    assert (AnchorName.RELEASED_BY_POLICE_AT in found.waiting_for) == (due is None)
    said = local(found.due_at, duty_of(duty)[0].zone) if found.due_at else "a target" if found.target_at else None
    assert said == due


# 14. A breach that only may have happened
@rows(("duty", "answers"), [
    ("cn/pipl/tell-authority", {}), ("cn/pipl/tell-people", {}),
    ("kr/pipa/tell-people-of-possible-leak", {"leak_possible_by_decree_kr": "yes"}),
    ("jp/appi/preliminary-report", {"sensitive_data_jp": "yes"}),
])  # fmt: skip
def test_in_china_korea_and_japan_a_possible_breach_is_acted_on(duty, answers):
    place = duty[:2].upper()
    said = acme(living(place), ties=at_home(place), answers=answers, breach={"certainty": "possible"})
    assert only(said, duty).decision == "owed"


def test_korea_did_not_ask_it_before_its_change_and_a_suspicion_starts_no_clock_in_the_union():
    possible = {"breach": {"certainty": "possible"}, "answers": {"leak_possible_by_decree_kr": "yes"}}
    before = acme(living("KR"), ties=at_home("KR"), as_of="2026-09-10T12:00:00+09:00", **possible)
    assert not of(before, "kr/pipa/tell-people-of-possible-leak")
    assert only(before, "kr/pipa/tell-people").decision == "not_owed"
    suspected = acme(living("DE"), ties=at_home("DE"), anchors={"discovered_at": AT}, breach={"certainty": "possible"})
    assert only(suspected, "eu/gdpr/tell-authority").deadline.due_at is None


# 15. An exemption belongs to one duty
def test_what_releases_from_telling_people_releases_from_no_report_and_no_record():
    answers = {**PROTECTED, "high_risk": "yes", "care_or_livelihood_interrupted": "no", "identity_misuse_seen": "no",
               "harm_effectively_avoided": "yes"}  # fmt: skip
    said = acme(living("DE"), living("CN"), ties=at_home("DE", "CN"), answers=answers)
    found = {one.id: one.decision for one in said.obligations if one.law in ("eu/gdpr", "cn/pipl")}
    released = {name for name, decision in found.items() if decision == "not_owed"}
    assert {name for name in released if name.endswith("tell-people")} == {"eu/gdpr/tell-people", "cn/pipl/tell-people"}
    assert {found[name] for name in ("eu/gdpr/tell-authority", "eu/gdpr/record", "cn/pipl/tell-authority")} == {"owed"}


@rows("key", [{"key_safe": "no"}, {}])
def test_with_the_key_taken_or_not_known_to_be_safe_the_data_counts_as_readable(key):
    answers = {"data_unintelligible": "yes", "high_risk": "yes", **HOSPITAL, **key}
    said = acme(living("US-CA"), living("DE"), ties={**US, **at_home("DE")}, answers=answers)
    found = {law: only(said, f"{law}/tell-people").decision for law in ("us/california", "us/hipaa", "eu/gdpr")}
    assert set(found.values()) == {"owed"}, found


# 16. Nights, weekends and holidays. Who is woken: tests/incidents/test_obligations.py and tests/web/test_webhooks.py.
@rows(("duty", "moment", "at", "hours"), [
    (f"{CAC}/initial-report", "discovered_at", "2026-10-03T23:30:00+08:00", 4),  # the Golden Week, a Saturday
    ("in/cert-in/report-incident", "discovered_at", "2026-01-26T01:00:00+05:30", 6),  # Republic Day
    ("eu/nis2/early-warning", "became_aware_at", "2026-12-25T03:00:00+01:00", 24),
    ("sg/cybersecurity-act/initial-report", "became_aware_at", "2026-11-22T03:00:00+08:00", 2),
])  # fmt: skip
def test_a_few_hours_run_through_night_and_holiday_and_somebody_is_woken_before_they_end(duty, moment, at, hours):
    start, found = datetime.fromisoformat(at), settled(duty, **{moment: at})
    assert found.due_at == start + timedelta(hours=hours)
    assert any(start < woken < found.due_at for woken in found.escalate_at)


# 17. Whose law it is. That one message may serve several laws: tests/incidents/test_notices.py.
def test_a_states_law_follows_residence_and_a_law_of_establishment_or_offering_does_not():
    ties = {**at_home("US-TX"), **US, "stores_in": {"CN": "yes"}}
    said = acme(living("US-CA", categories=["name", "health"]), living("DE"), ties=ties, answers=HOSPITAL)
    found = {law: only(said, f"{law}/tell-people") for law in ("us/california", "us/texas", "eu/gdpr", "cn/pipl")}
    assert {law: one.decision for law, one in found.items()} == {
        "us/california": "owed", "us/texas": "not_owed", "eu/gdpr": "unknown", "cn/pipl": "owed"}  # fmt: skip
    assert (found["us/california"].cohorts, found["eu/gdpr"].cohorts) == (("US-CA-100",), ("DE-100",))
    # To one person several laws may apply, and none is dropped for another.
    whose = {one.law for one in said.obligations if one.decision == "owed" and "US-CA-100" in one.cohorts}
    assert {"us/california", "us/hipaa", "cn/pipl"} <= whose


# 18. Minors. Guardians without contact data, and their own words: tests/drills/test_miaoke_learners_under_18.py.
@rows(("band", "laws"), [("under_14", ["cn/children-provisions", "cn/minors-regulations", "in/dpdp"]),
                         ("14_to_17", ["cn/minors-regulations", "in/dpdp"]), ("adult", [])])  # fmt: skip
def test_guardians_are_told_beside_the_minor_by_the_age_that_each_law_names(band, laws):
    cohorts = [living(place, age_band=band) for place in ("CN", "IN")]
    said = acme(*cohorts, ties=at_home("CN", "IN"), answers={"serious_consequences_children_cn": "yes"},
                as_of="2027-06-20T12:00:00+00:00")  # fmt: skip
    told = [(one.owed_to, one.law) for one in said.obligations if one.decision == "owed"]
    assert sorted(law for to, law in told if to == "guardians") == laws
    assert set(laws) <= {law for to, law in told if to == "affected_individuals"}
