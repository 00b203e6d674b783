"""The rows of the overview of law for China and Myanmar, each at its edge, against the shipped packs."""

from datetime import date, timedelta

import pytest

from policies.docket import Docket
from policies.judge import judge
from policies.load import load
from policies.vocabulary import Audience, LawState
from tests.policies.build import ORDINARY, a_case, around, binds, obligations_under, table_row

YES, NO = "yes", "no"


def of(country, zone, **more):
    return {"zone": zone, "residence": country, "established_in": {country: YES}, **more}


CHINA = of("CN", "Asia/Shanghai")
LAWS = {
    "cn/pipl": CHINA,
    "cn/network-data-regulations": CHINA,
    "cn/cac-incident-reporting": {**CHINA, **ORDINARY, "people": 1_000_000, "crime_clues_found": NO},
    "cn/minors-regulations": CHINA,
    "cn/computer-system-security-regulations": CHINA,
    "mm/cybersecurity-law": of("MM", "Asia/Yangon", licensed_security_provider=YES),
    "mm/electronic-transactions-law": of("MM", "Asia/Yangon"),
}

AT_ONCE = {"tell-authority": "immediately from discovered_at", "tell-people": "immediately from discovered_at"}
MINORS = dict.fromkeys(("report-authority", "tell-minors", "tell-guardians"), "soon from discovered_at")

ROWS = {
    "CN PIPL 57: a leak of one person": ("cn/pipl", {"people": 1}, AT_ONCE),
    "CN PIPL 57: a possible leak": ("cn/pipl", {"certainty": "possible"}, AT_ONCE),
    "CN PIPL 57: aware, with nothing else recorded": (
        "cn/pipl", {"clock": {"discovered_at": None}}, {"tell-authority": "immediately from became_aware_at"},
    ),
    "CN PIPL 57: tampering": ("cn/pipl", {"kinds": ["integrity"]}, AT_ONCE),
    "CN PIPL 57: loss": ("cn/pipl", {"kinds": ["availability"]}, AT_ONCE),
    "CN PIPL 57: harm avoided releases from telling people only": (
        "cn/pipl", {"harm_effectively_avoided": YES}, {**AT_ONCE, "tell-people": "not_owed"},
    ),
    "CN Network Data Regs 11: harm to persons": (
        "cn/network-data-regulations", {"harm_to_lawful_rights": YES},
        {"report-authority": "per rules from discovered_at", "tell-interested": "soon from discovered_at"},
    ),
    "CN Network Data Regs 11: no harm": (
        "cn/network-data-regulations", {"harm_to_lawful_rights": NO},
        {"report-authority": "per rules from discovered_at", "tell-interested": "not_owed"},
    ),
    "CN Network Data Regs 11: harm not known": (
        "cn/network-data-regulations", {}, {"tell-interested": "unknown"},
    ),
    "CN CAC: another operator": (
        "cn/cac-incident-reporting", {},
        {"initial-report": "4 hours from discovered_at", "final-report": "30 days from handling_ended_at"},
    ),
    "CN CAC: critical infrastructure": (
        "cn/cac-incident-reporting", {"operator_is_cii": YES}, {"initial-report": "1 hours from discovered_at"},
    ),
    "CN CAC: a central organ": (
        "cn/cac-incident-reporting", {"operator_is_central_organ": YES},
        {"initial-report": "2 hours from discovered_at"},
    ),
    "CN CAC: the final report waits for the end of handling": (
        "cn/cac-incident-reporting", {"clock": {"handling_ended_at": None}},
        {"final-report": "no time yet from handling_ended_at"},
    ),
    "CN Minors 35: a child": ("cn/minors-regulations", {"age_band": "under_14", "people": 1}, MINORS),
    "CN Minors 35: a youth": ("cn/minors-regulations", {"age_band": "14_to_17", "kinds": ["integrity"]}, MINORS),
    "CN Minors 35: possible": ("cn/minors-regulations", {"age_band": "14_to_17", "certainty": "possible"}, MINORS),
    "CN Minors 35: an adult": (
        "cn/minors-regulations", {"age_band": "adult"}, dict.fromkeys(MINORS, "not_owed"),
    ),
    "CN 1994 Regs 14: a crime": (
        "cn/computer-system-security-regulations", {"crime_clues_found": YES},
        {"tell-police": "24 hours from discovered_at"},
    ),
    "CN 1994 Regs 14: no crime": (
        "cn/computer-system-security-regulations", {"crime_clues_found": NO}, {"tell-police": "not_owed"},
    ),
    "MM Cybersecurity Law: a licensed provider": (
        "mm/cybersecurity-law", {},
        {
            "licensed-provider-tells-department": "immediately from discovered_at",
            "licensed-provider-tells-customers": "immediately from discovered_at",
        },
    ),
    "MM Cybersecurity Law: an ordinary operator": (
        "mm/cybersecurity-law", {"licensed_security_provider": NO},
        {"licensed-provider-tells-department": "not_owed", "licensed-provider-tells-customers": "not_owed"},
    ),
}  # fmt: skip

GRADES = {
    "graded_relatively_major": {
        "people": 10**6,
        "direct_loss_cny": 5_000_000,
        "people_daily_life_affected": 10**5,
        "government_or_news_site_outage_hours": 2,
    },
    "graded_major": {"people": 10**7, "direct_loss_cny": 20_000_000, "people_daily_life_affected": 10**6},
    "graded_particularly_major": {"people": 10**8, "direct_loss_cny": 10**8, "people_daily_life_affected": 10**7},
}
OUTAGES = {
    "graded_relatively_major": {"cii_whole_outage_minutes": 10, "cii_main_function_outage_minutes": 30},
    "graded_major": {"cii_whole_outage_minutes": 60, "cii_main_function_outage_minutes": 180},
    "graded_particularly_major": {"cii_whole_outage_minutes": 360, "cii_main_function_outage_minutes": 1440},
}

FIRST_DAYS = [
    ("cn/pipl", "2021-11-01"),
    ("cn/network-data-regulations", "2025-01-01"),
    ("cn/cac-incident-reporting", "2025-11-01"),
    ("cn/minors-regulations", "2024-01-01"),
    ("mm/cybersecurity-law", "2025-07-30"),
    ("mm/electronic-transactions-law", "2021-02-15"),
]


@pytest.mark.parametrize(("law", "facts", "duties"), ROWS.values(), ids=ROWS)
def test_the_row_comes_out_as_the_table_says(law, facts, duties):
    found, wanted = table_row(law, LAWS[law] | facts, duties)
    assert found == wanted


def test_the_millionth_person_makes_it_relatively_major():
    law = "cn/cac-incident-reporting"
    assert around(law, LAWS[law], "initial-report", 1_000_000) == ["not_owed", "possible", "owed"]


@pytest.mark.parametrize(
    ("grade", "measure", "floor"),
    [(grade, *one) for table in (GRADES, OUTAGES) for grade, measures in table.items() for one in measures.items()],
)
def test_each_grade_of_the_annex_includes_its_own_number(grade, measure, floor):
    law = load().laws["cn/cac-incident-reporting"]
    base = {**ORDINARY, "people": 0, "operator_is_cii": YES, **dict.fromkeys(OUTAGES["graded_major"], 0)}
    for n, truth in ((floor - 1, NO), (floor, YES)):
        said, _ = a_case(**CHINA, **{**base, measure: n})
        scope = Docket(load(), said).scope(said.parties[0], law, said.cohorts)
        assert judge(law.defines[grade].if_, scope).truth == truth


@pytest.mark.parametrize(("law", "first"), FIRST_DAYS)
def test_the_law_binds_from_its_first_day_and_not_before(law, first):
    before = date.fromisoformat(first) - timedelta(days=1)
    assert (binds(law, LAWS[law], before), binds(law, LAWS[law], first)) == (False, True)


def test_whether_the_cybersecurity_law_of_myanmar_binds_is_to_be_confirmed():
    law = "mm/cybersecurity-law"
    assert {one.state for one in obligations_under(law, LAWS[law])} == {LawState.TO_CONFIRM}


def test_the_electronic_transactions_law_of_myanmar_has_nobody_told():
    law = "mm/electronic-transactions-law"
    assert {one.owed_to for one in obligations_under(law, LAWS[law])} == {Audience.OWN_ORGANISATION}


def test_the_24_hours_for_a_defect_are_no_hours_for_a_leak():
    law = "cn/network-data-regulations"
    owed = obligations_under(law, {**LAWS[law], "harm_to_lawful_rights": YES, "crime_clues_found": YES})
    assert {(one.decision, one.deadline.due_at) for one in owed} == {("owed", None)}
