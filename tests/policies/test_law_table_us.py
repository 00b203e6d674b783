"""The rows of the overview of law for the United States, federal and state, against the shipped packs."""

import pytest

from policies.load import load
from policies.vocabulary import LawState
from tests.policies.build import around, binds, set_aside, table_row

YES, NO = "yes", "no"
FEDERAL = {"zone": "America/New_York", "residence": "US", "offers_to": {"US": YES}, "established_in": {"US": YES}}
HEALTH = {**FEDERAL, "categories": ["name", "health"]}


def state(region, zone, **more):
    identity = ["name", "national_id_number"]
    return {**FEDERAL, "zone": zone, "region": f"US-{region}", "categories": identity, "people": 1, **more}


LAWS = {
    "us/hipaa": {**HEALTH, "hipaa_covered_entity": YES, "protected_health_information": YES},
    "us/ftc-health-breach-rule": {**HEALTH, "phr_vendor_us": YES, "health_record_information_us": YES},
    "us/glba-safeguards": {**FEDERAL, "ftc_financial_institution": YES, "customer_information_us_glba": YES},
    "us/sec-8-k": {**FEDERAL, "listed_company": YES, "files_form_8k": YES},
    "us/fcc-breach-rule": {**FEDERAL, "fcc_provider": YES, "covered_data_us_fcc": YES},
    "us/circia": FEDERAL,
    "us/california": state("CA", "America/Los_Angeles"),
    "us/new-york": state("NY", "America/New_York"),
    "us/texas": state("TX", "America/Chicago"),
    "us/florida": state("FL", "America/New_York"),
    "us/massachusetts": state("MA", "America/New_York"),
    "us/illinois": state("IL", "America/Chicago"),
    "us/washington": state("WA", "America/Los_Angeles"),
    "us/colorado": state("CO", "America/Denver"),
    "us/maine": state("ME", "America/New_York"),
    "us/virginia": state("VA", "America/New_York"),
}

FOUND, DECIDED, SOON = "discovered_at", "determined_at", "soon from discovered_at"
IN_30_DAYS, IN_60_DAYS = f"30 days from {FOUND}", f"60 days from {FOUND}"
ENCRYPTED = {"data_unintelligible": YES, "key_safe": YES}
KEY_TAKEN = {"data_unintelligible": YES, "key_safe": NO}
PEOPLE_ONLY = {"tell-people": "not_owed"}

FEDERAL_ROWS = {
    "HIPAA: 500 people": (
        "us/hipaa", {"people": 500}, {"tell-people": IN_60_DAYS, "tell-secretary": IN_60_DAYS},
    ),
    "HIPAA: 499 people, sixty days after the year": (
        "us/hipaa", {"people": 499},
        {"tell-people": IN_60_DAYS, "tell-secretary": f"by 2027-03-01 from {FOUND}"},
    ),
    "HIPAA: perhaps 500 people": (
        "us/hipaa", {"people": {"min": 1, "max": 500}}, {"tell-secretary": IN_60_DAYS},
    ),
    "HIPAA: the year of the discovery is followed by a leap year": (
        "us/hipaa", {"people": 1, "learned": "2027-06-01"}, {"tell-secretary": f"by 2028-02-29 from {FOUND}"},
    ),
    "HIPAA: the media of a state with 501": (
        "us/hipaa", {"people": 501, "most_residents_of_one_us_state": 501}, {"tell-media": IN_60_DAYS},
    ),
    "HIPAA: the media of a state with 500": (
        "us/hipaa", {"people": 900, "most_residents_of_one_us_state": 500}, {"tell-media": "not_owed"},
    ),
    "HIPAA: low probability of compromise": (
        "us/hipaa", {"people": 900, "low_probability_of_compromise": YES},
        {"tell-people": "not_owed", "tell-secretary": "not_owed"},
    ),
    "HIPAA: secured": (
        "us/hipaa", {"people": 900, **ENCRYPTED}, {"tell-people": "not_owed", "tell-secretary": "not_owed"},
    ),
    "FTC HBNR: 500 people": (
        "us/ftc-health-breach-rule", {"people": 500}, {"tell-people": IN_60_DAYS, "tell-ftc": IN_60_DAYS},
    ),
    "FTC HBNR: 499 people": (
        "us/ftc-health-breach-rule", {"people": 499},
        {"tell-people": IN_60_DAYS, "tell-ftc": f"by 2027-03-01 from {FOUND}"},
    ),
    "FTC HBNR: the media of a state with 500": (
        "us/ftc-health-breach-rule", {"people": 500, "most_residents_of_one_us_state": 500}, {"tell-media": IN_60_DAYS},
    ),
    "FTC HBNR: the media of a state with 499": (
        "us/ftc-health-breach-rule", {"people": 900, "most_residents_of_one_us_state": 499}, {"tell-media": "not_owed"},
    ),
    "FTC HBNR: no vendor of health records": (
        "us/ftc-health-breach-rule", {"people": 900, "phr_vendor_us": NO},
        {"tell-people": "not_owed", "tell-ftc": "not_owed"},
    ),
    "GLBA: 500 consumers": ("us/glba-safeguards", {"people": 500}, {"tell-ftc": IN_30_DAYS}),
    "GLBA: encrypted": ("us/glba-safeguards", {"people": 500, **ENCRYPTED}, {"tell-ftc": "not_owed"}),
    "GLBA: encrypted, key taken": ("us/glba-safeguards", {"people": 500, **KEY_TAKEN}, {"tell-ftc": IN_30_DAYS}),
    "SEC 8-K: four business days around Thanksgiving": (
        "us/sec-8-k", {"incident_material_to_investors": YES}, {"file-8-k": "by 2026-11-27 from material_at"},
    ),
    "SEC 8-K: nothing is due before materiality": (
        "us/sec-8-k", {"incident_material_to_investors": YES, "clock": {"material_at": None}},
        {"file-8-k": "no time yet from material_at"},
    ),
    "SEC 8-K: not material": ("us/sec-8-k", {"incident_material_to_investors": NO}, {"file-8-k": "not_owed"}),
    "SEC 8-K: not listed": (
        "us/sec-8-k", {"listed_company": NO, "incident_material_to_investors": YES}, {"file-8-k": "not_owed"},
    ),
    "FCC: seven business days around Thanksgiving": (
        "us/fcc-breach-rule", {"people": 500, "harm_unlikely": YES},
        {"tell-commission": f"by 2026-11-30 from {DECIDED}", "tell-customers": "not_owed"},
    ),
    "FCC: harm to one customer": (
        "us/fcc-breach-rule", {"people": 1, "harm_unlikely": NO},
        {"tell-commission": f"by 2026-11-30 from {DECIDED}", "tell-customers": f"30 days from {DECIDED}"},
    ),
    "FCC: 499 and no harm": (
        "us/fcc-breach-rule", {"people": 499, "harm_unlikely": YES},
        {"tell-commission": f"by 2027-02-01 from {DECIDED}", "tell-customers": "not_owed"},
    ),
}  # fmt: skip

STATE_ROWS = {
    "CA: people": ("us/california", {}, {"tell-people": IN_30_DAYS}),
    "CA: the sample fifteen days after the people": (
        "us/california", {"people": 501}, {"tell-attorney-general": "15 days from individuals_notified_at"},
    ),
    "CA: the sample waits for the people": (
        "us/california", {"people": 501, "clock": {"individuals_notified_at": None}},
        {"tell-attorney-general": "no time yet from individuals_notified_at"},
    ),
    "CA: encrypted": ("us/california", ENCRYPTED, {"tell-people": "not_owed"}),
    "CA: encrypted, key taken": ("us/california", KEY_TAKEN, {"tell-people": IN_30_DAYS}),
    "NY: no covered entity": (
        "us/new-york", {"covered_by_dfs_us_ny": NO},
        {"tell-people": IN_30_DAYS, "tell-attorney-general": SOON, "tell-department-of-state": SOON,
         "tell-state-police": SOON, "tell-financial-services": "not_owed"},
    ),
    "NY: a covered entity": ("us/new-york", {"covered_by_dfs_us_ny": YES}, {"tell-financial-services": SOON}),
    "NY: inadvertent and harmless": (
        "us/new-york", {"inadvertent_disclosure_us_ny": YES, "misuse_unlikely": YES, "harm_unlikely": YES},
        {"tell-people": "not_owed", "tell-attorney-general": "not_owed"},
    ),
    "NY: medical data": ("us/new-york", {"categories": ["name", "health"]}, {"tell-people": IN_30_DAYS}),
    "TX: from the determination": (
        "us/texas", {"people": 250},
        {"tell-people": f"60 days from {DECIDED}", "tell-attorney-general": f"30 days from {DECIDED}"},
    ),
    "TX: nothing stands in for the determination": (
        "us/texas", {"clock": {DECIDED: None}}, {"tell-people": f"no time yet from {DECIDED}"},
    ),
    "FL: from reason to believe": (
        "us/florida", {"people": 500},
        {"tell-people": "30 days from became_aware_at", "tell-department": "30 days from became_aware_at"},
    ),
    "FL: from the determination": (
        "us/florida", {"people": 500, "clock": {"became_aware_at": None}},
        {"tell-people": f"30 days from {DECIDED}", "tell-department": f"30 days from {DECIDED}"},
    ),
    "FL: no harm, and the police were asked": (
        "us/florida", {"identity_theft_or_fraud_unlikely": YES, "law_enforcement_consulted_us_fl": YES},
        {**PEOPLE_ONLY, "send-no-harm-finding": "30 days from assessed_at"},
    ),
    # The table has the limb of a substantial risk only; the pack read the text, where acquisition or use is another.
    "MA: one resident": (
        "us/massachusetts", {},
        {"tell-people": SOON, "tell-attorney-general": SOON, "tell-consumer-affairs": SOON},
    ),
    "MA: encrypted": (
        "us/massachusetts", ENCRYPTED, {"tell-people": "not_owed", "tell-attorney-general": "not_owed"},
    ),
    "MA: encrypted, key taken": ("us/massachusetts", KEY_TAKEN, {"tell-people": SOON}),
    "IL: people and, no later, the Attorney General": (
        "us/illinois", {"people": 501}, {"tell-people": SOON, "tell-attorney-general": SOON},
    ),
    "IL: a log-in alone": (
        "us/illinois", {"categories": ["email", "password"]}, {"tell-login-holders": SOON, "tell-people": "not_owed"},
    ),
    "WA: people and Attorney General": (
        "us/washington", {"people": 501}, {"tell-people": IN_30_DAYS, "tell-attorney-general": IN_30_DAYS},
    ),
    "WA: harm unlikely": ("us/washington", {"harm_unlikely": YES}, PEOPLE_ONLY),
    "WA: a full date of birth": ("us/washington", {"categories": ["name", "birth_date"]}, {"tell-people": IN_30_DAYS}),
    "CO: from the determination": (
        "us/colorado", {"people": 500},
        {"tell-people": f"30 days from {DECIDED}", "tell-attorney-general": f"30 days from {DECIDED}"},
    ),
    "CO: misuse unlikely": (
        "us/colorado", {"people": 500, "misuse_unlikely": YES}, {**PEOPLE_ONLY, "tell-attorney-general": "not_owed"},
    ),
    "ME: aware, and the scope known": (
        "us/maine", {"regulated_by_pfr_us_me": NO},
        {"tell-people": "30 days from scope_known_at", "tell-attorney-general": SOON, "tell-department": "not_owed"},
    ),
    "ME: the scope was known before": (
        "us/maine", {"clock": {"scope_known_at": "2026-11-15T12:00:00Z"}}, {"tell-people": IN_30_DAYS},
    ),
    "ME: only aware, and the scope was known before": (
        "us/maine", {"clock": {"scope_known_at": "2026-11-15T12:00:00Z", FOUND: None}},
        {"tell-people": "30 days from became_aware_at"},
    ),
    "ME: the scope is not known": (
        "us/maine", {"clock": {"scope_known_at": None}}, {"tell-people": "no time yet from scope_known_at"},
    ),
    "ME: a regulated party": (
        "us/maine", {"regulated_by_pfr_us_me": YES}, {"tell-attorney-general": "not_owed", "tell-department": SOON},
    ),
    "ME: misuse not possible": (
        "us/maine", {"misuse_excluded_us_me": YES, "information_broker_us_me": NO},
        {**PEOPLE_ONLY, "tell-attorney-general": "not_owed"},
    ),
    "VA: one resident": ("us/virginia", {}, {"tell-people": SOON, "tell-attorney-general": SOON}),
    "VA: 1,001 residents": (
        "us/virginia", {"people": 1001}, {"tell-credit-bureaus": SOON, "tell-attorney-general-of-notices": SOON},
    ),
    "VA: identity theft and fraud unlikely": (
        "us/virginia", {"identity_theft_or_fraud_unlikely": YES}, {**PEOPLE_ONLY, "tell-attorney-general": "not_owed"},
    ),
}  # fmt: skip
ROWS = FEDERAL_ROWS | STATE_ROWS

# law, duty, the smallest number of people for which it is owed
EDGES = [
    ("us/glba-safeguards", "tell-ftc", 500),
    ("us/california", "tell-attorney-general", 501),
    ("us/new-york", "tell-credit-bureaus", 5001),
    ("us/texas", "tell-attorney-general", 250),
    ("us/texas", "tell-credit-bureaus", 10_001),
    ("us/florida", "tell-department", 500),
    ("us/florida", "tell-credit-bureaus", 1001),
    ("us/illinois", "tell-attorney-general", 501),
    ("us/washington", "tell-attorney-general", 501),
    ("us/colorado", "tell-attorney-general", 500),
    ("us/colorado", "tell-credit-bureaus", 1001),
    ("us/maine", "tell-credit-bureaus", 1001),
    ("us/virginia", "tell-credit-bureaus", 1001),
    ("us/virginia", "tell-attorney-general-of-notices", 1001),
]
STATES = [law for law, facts in LAWS.items() if "region" in facts]


@pytest.mark.parametrize(("law", "facts", "duties"), ROWS.values(), ids=ROWS)
def test_the_row_comes_out_as_the_table_says(law, facts, duties):
    found, wanted = table_row(law, LAWS[law] | facts, duties)
    assert found == wanted


@pytest.mark.parametrize(("law", "duty", "floor"), EDGES)
def test_the_number_of_people_counts_from_its_edge(law, duty, floor):
    assert around(law, LAWS[law], duty, floor) == ["not_owed", "possible", "owed"]


@pytest.mark.parametrize("law", STATES)
def test_a_state_counts_its_own_residents_only(law):
    elsewhere = {"region": "US-NJ", "people": 50_000}
    duties = {duty: "not_owed" for edge, duty, _ in EDGES if edge == law} | {"tell-people": "not_owed"}
    found, wanted = table_row(law, LAWS[law] | elsewhere | {"established_in": {LAWS[law]["region"]: YES}}, duties)
    assert found == wanted


def test_the_report_for_critical_infrastructure_binds_nobody_yet():
    assert load().laws["us/circia"].state is LawState.PENDING
    assert "does not bind yet" in set_aside("us/circia", LAWS["us/circia"])


def test_whether_the_text_of_the_fcc_of_2024_binds_is_to_be_confirmed():
    assert load().laws["us/fcc-breach-rule"].state is LawState.TO_CONFIRM
    assert binds("us/fcc-breach-rule", LAWS["us/fcc-breach-rule"], "2026-11-16")
