"""The rows of the overview of law for South and East Asia, each at its edge, against the shipped packs."""

from datetime import date, timedelta

import pytest

from policies.load import load
from policies.vocabulary import LawState
from tests.policies.build import around, binds, obligations_under, set_aside, table_row

YES, NO = "yes", "no"


def of(country, zone, **more):
    return {"zone": zone, "residence": country, "established_in": {country: YES}, **more}


def offered_in(country, zone, **more):
    return {"zone": zone, "residence": country, "established_in": {country: NO}, "offers_to": {country: YES}, **more}


LAWS = {
    "sg/pdpa": offered_in("SG", "Asia/Singapore", other_significant_harm_sg=NO),
    "hk/pdpo": of("HK", "Asia/Hong_Kong", real_risk_of_harm_hk=YES),
    "hk/cap-653": of("HK", "Asia/Hong_Kong", ci_operator_hk=YES, ccs_incident_hk=YES),
    "jp/appi": offered_in("JP", "Asia/Tokyo", malicious_actor=NO, property_damage_possible_jp=NO),
    "kr/pipa": offered_in("KR", "Asia/Seoul", illegal_outside_access_kr=NO),
    "in/dpdp": of("IN", "Asia/Kolkata", learned="2027-06-01", people=1),
    "in/cert-in": of("IN", "Asia/Kolkata", cyber_incident_in=YES),
    "th/pdpa": of("TH", "Asia/Bangkok", high_risk_th=YES, risk_unlikely_th=NO),
    "ph/dpa": of("PH", "Asia/Manila", categories=["name", "health"], real_risk_ph=YES),
    "vn/pdpl": of("VN", "Asia/Ho_Chi_Minh", harm_listed_vn=YES),
    "id/pdp": of("ID", "Asia/Jakarta", people=1),
    "my/pdpa": of("MY", "Asia/Kuala_Lumpur", harm_signs_my=NO),
    "tw/pdpa": of("TW", "Asia/Taipei", violation_caused_breach_tw=YES, major_incident_tw=YES),
    "tw/pdpa-amended": of("TW", "Asia/Taipei"),
}

TELL_AND_REPORT = {"preliminary-report": "soon from discovered_at", "tell-people": "soon from discovered_at"}
IN_72_HOURS = {"tell-regulator": "72 hours from became_aware_at", "tell-people": "72 hours from became_aware_at"}

ROWS = {
    "SG: three days after the day of the assessment, end on a Sunday": (
        "sg/pdpa", {"significant_harm_likely_sg": YES, "people": 1},
        {"tell-commission": "by 2026-11-22 from assessed_at", "tell-people": "soon from assessed_at"},
    ),
    "SG: 500 people alone are not told": (
        "sg/pdpa", {"people": 500}, {"tell-commission": "3 days from assessed_at", "tell-people": "not_owed"},
    ),
    "SG: inside the organisation": (
        "sg/pdpa", {"people": 500, "significant_harm_likely_sg": YES, "only_within_organisation_sg": YES},
        {"tell-commission": "not_owed", "tell-people": "not_owed"},
    ),
    "SG: action or protection releases from telling people only": (
        "sg/pdpa", {"people": 500, "significant_harm_likely_sg": YES, "data_unintelligible": YES, "key_safe": YES},
        {"tell-commission": "3 days from assessed_at", "tell-people": "not_owed"},
    ),
    "HK PDPO: a real risk of harm": (
        "hk/pdpo", {},
        {"tell-commissioner": "soon from became_aware_at", "tell-people": "soon from became_aware_at"},
    ),
    "HK PDPO: no real risk": (
        "hk/pdpo", {"real_risk_of_harm_hk": NO}, {"tell-commissioner": "not_owed", "tell-people": "not_owed"},
    ),
    "HK Cap.653: core function hit": (
        "hk/cap-653", {"core_function_hit_hk": YES}, {"notify": "12 hours from became_aware_at"},
    ),
    "HK Cap.653: core function not hit": (
        "hk/cap-653", {"core_function_hit_hk": NO}, {"notify": "48 hours from became_aware_at"},
    ),
    "HK Cap.653: not designated": ("hk/cap-653", {"ci_operator_hk": NO}, {"notify": "not_owed"}),
    # The day of knowing is the first of the thirty and of the sixty.
    "JP: sensitive data of one person": (
        "jp/appi", {"categories": ["name", "health"], "people": 1},
        {**TELL_AND_REPORT, "final-report": "by 2026-12-15 from discovered_at"},
    ),
    "JP: a wrongful purpose, perhaps": (
        "jp/appi", {"malicious_actor": YES, "certainty": "possible", "people": 1},
        {**TELL_AND_REPORT, "final-report": "by 2027-01-14 from discovered_at"},
    ),
    "JP: property damage possible": ("jp/appi", {"property_damage_possible_jp": YES, "people": 1}, TELL_AND_REPORT),
    "JP: none of the four": (
        "jp/appi", {"people": 1000}, dict.fromkeys([*TELL_AND_REPORT, "final-report"], "not_owed"),
    ),
    "KR: any individual": (
        "kr/pipa", {"people": 1}, {"tell-people": "72 hours from became_aware_at", "tell-regulator": "not_owed"},
    ),
    "KR: sensitive": ("kr/pipa", {"people": 1, "categories": ["name", "health"]}, IN_72_HOURS),
    "KR: a unique identifier": ("kr/pipa", {"people": 1, "categories": ["name", "national_id_number"]}, IN_72_HOURS),
    "KR: unlawful access from outside": ("kr/pipa", {"people": 1, "illegal_outside_access_kr": YES}, IN_72_HOURS),
    "KR: recovered": (
        "kr/pipa", {"people": 1000, "leak_recovered_kr": YES}, {**IN_72_HOURS, "tell-regulator": "not_owed"},
    ),
    "KR: a possible leak": (
        "kr/pipa", {"certainty": "possible", "leak_possible_by_decree_kr": YES},
        {"tell-people-of-possible-leak": "72 hours from discovered_at", "tell-people": "not_owed"},
    ),
    "IN DPDP: loss of access, one person": (
        "in/dpdp", {"kinds": ["availability"]},
        {
            "tell-board": "soon from became_aware_at",
            "detailed-report": "72 hours from became_aware_at",
            "tell-people": "soon from became_aware_at",
        },
    ),
    "IN CERT-In: a listed kind": (
        "in/cert-in", {"listed_incident_in": YES}, {"report-incident": "6 hours from discovered_at"},
    ),
    "IN CERT-In: told by a vendor first": (
        "in/cert-in", {"clock": {"told_by_processor_at": "2026-11-16T11:10:00Z"}},
        {"report-incident": "6 hours from told_by_processor_at"},
    ),
    "IN CERT-In: no listed kind": ("in/cert-in", {"listed_incident_in": NO}, {"report-incident": "not_owed"}),
    "TH: a high risk": (
        "th/pdpa", {},
        {"tell-authority": "72 hours from became_aware_at", "tell-people": "soon from became_aware_at"},
    ),
    "TH: a risk that is not high": (
        "th/pdpa", {"high_risk_th": NO},
        {"tell-authority": "72 hours from became_aware_at", "tell-people": "not_owed"},
    ),
    "TH: no risk": ("th/pdpa", {"risk_unlikely_th": YES, "high_risk_th": NO}, {"tell-authority": "not_owed"}),
    "TH: late": ("th/pdpa", {"reported_late_th": YES}, {"explain-delay": "15 days from became_aware_at"}),
    "PH: sensitive data and a real risk": (
        "ph/dpa", {"people": 1},
        {
            "tell-commission": "72 hours from became_aware_at",
            "full-report": "5 days from became_aware_at",
            "tell-people": "72 hours from became_aware_at",
        },
    ),
    "PH: no real risk": ("ph/dpa", {"real_risk_ph": NO}, {"tell-commission": "not_owed", "tell-people": "not_owed"}),
    "PH: no such data": (
        "ph/dpa", {"data_for_notice_ph": NO}, {"tell-commission": "not_owed", "tell-people": "not_owed"},
    ),
    "VN: harm on the list": ("vn/pdpl", {}, {"tell-agency": "72 hours from discovered_at"}),
    "VN: no harm on the list": ("vn/pdpl", {"harm_listed_vn": NO}, {"tell-agency": "not_owed"}),
    "VN: people are told as the decree says": (
        "vn/pdpl", {"financial_entity": YES, "categories": ["bank_account"]},
        {"tell-people-of-money-data": "per rules from discovered_at"},
    ),
    "ID: any failure of protection": (
        "id/pdp", {"kinds": ["availability"]},
        {"tell-agency": "72 hours from discovered_at", "tell-people": "72 hours from discovered_at"},
    ),
    "MY: significant harm": (
        "my/pdpa", {"harm_signs_my": YES, "people": 1},
        {
            "tell-commissioner": "72 hours from became_aware_at",
            "tell-people": "7 days from regulator_notified_at",
            "further-information": "30 days from initial_filed_at",
        },
    ),
    "MY: people wait for the Commissioner": (
        "my/pdpa", {"harm_signs_my": YES, "clock": {"regulator_notified_at": None}},
        {"tell-people": "no time yet from regulator_notified_at"},
    ),
    "MY: scale without harm": (
        "my/pdpa", {"people": 1001},
        {"tell-commissioner": "72 hours from became_aware_at", "tell-people": "not_owed"},
    ),
    "TW: the person after the inquiry": ("tw/pdpa", {}, {"tell-people": "soon from scope_known_at"}),
    "TW: MODA": (
        "tw/pdpa", {"digital_economy_business_tw": YES, "financial_entity": NO},
        {"tell-digital-ministry": "72 hours from discovered_at", "tell-financial-commission": "not_owed"},
    ),
    "TW: FSC": (
        "tw/pdpa", {"digital_economy_business_tw": NO, "financial_entity": YES},
        {"tell-digital-ministry": "not_owed", "tell-financial-commission": "72 hours from discovered_at"},
    ),
}  # fmt: skip

# law, duty, the smallest number of people for which it is owed
EDGES = [
    ("sg/pdpa", "tell-commission", 500),
    ("jp/appi", "preliminary-report", 1001),
    ("kr/pipa", "tell-regulator", 1000),
    ("my/pdpa", "tell-commissioner", 1001),
    ("my/pdpa", "further-information", 1001),
]
FIRST_DAYS = [
    ("hk/cap-653", "2026-01-01"),
    ("in/dpdp", "2027-05-13"),
    ("my/pdpa", "2025-06-01"),
    ("vn/pdpl", "2026-01-01"),
]


@pytest.mark.parametrize(("law", "facts", "duties"), ROWS.values(), ids=ROWS)
def test_the_row_comes_out_as_the_table_says(law, facts, duties):
    found, wanted = table_row(law, LAWS[law] | facts, duties)
    assert found == wanted


@pytest.mark.parametrize(("law", "duty", "floor"), EDGES)
def test_the_number_of_people_counts_from_its_edge(law, duty, floor):
    assert around(law, LAWS[law], duty, floor) == ["not_owed", "possible", "owed"]


@pytest.mark.parametrize(
    ("law", "duty", "floor"), [edge for edge in EDGES if edge[0] in ("sg/pdpa", "jp/appi", "kr/pipa")]
)
def test_whoever_is_established_counts_the_people_elsewhere_too(law, duty, floor):
    facts = {**LAWS[law], "residence": "US", "established_in": {LAWS[law]["residence"]: YES}}
    assert around(law, facts, duty, floor) == ["not_owed", "possible", "owed"]


@pytest.mark.parametrize(("law", "first"), FIRST_DAYS)
def test_the_law_binds_from_its_first_day_and_not_before(law, first):
    before = date.fromisoformat(first) - timedelta(days=1)
    assert (binds(law, LAWS[law], before), binds(law, LAWS[law], first)) == (False, True)


def test_the_guidance_of_hong_kong_recommends_and_binds_nobody():
    assert {one.state for one in obligations_under("hk/pdpo", LAWS["hk/pdpo"])} == {LawState.VOLUNTARY}


def test_the_amended_act_of_taiwan_is_set_aside_until_its_day_is_fixed():
    assert load().laws["tw/pdpa-amended"].state is LawState.PENDING
    assert "does not bind yet" in set_aside("tw/pdpa-amended", LAWS["tw/pdpa-amended"])
