"""The rows of the overview of law for the EU, Britain, Switzerland and Türkiye, against the shipped packs."""

from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from tests.policies.build import binds, table_row

YES, NO = "yes", "no"
GERMANY = {"zone": "Europe/Berlin", "residence": "DE", "established_in": {"DE": YES}}
BRITAIN = {"zone": "Europe/London", "residence": "GB", "established_in": {"GB": YES}}
TELECOM_GB = {"telecom_provider": YES, "breach_of_public_communications_service_gb": YES}

LAWS: dict[str, dict[str, Any]] = {
    "eu/gdpr": {**GERMANY, "people": 1},
    "eu/nis2": {**GERMANY, "nis2_entity": YES, "significant_incident_nis2": YES, "financial_entity_dora": NO},
    "eu/dora": {**GERMANY, "financial_entity_dora": YES, "major_incident_dora": YES, "no_weekend_relief_dora": YES},
    "eu/eprivacy-611": {**GERMANY, "telecom_provider": YES, "people": 1},
    "eu/cra": {**GERMANY, "manufacturer_cra": YES, "exploited_vulnerability_cra": NO, "severe_incident_cra": NO},
    "gb/uk-gdpr": {**BRITAIN, "people": 1, "telecom_provider": NO},
    "gb/pecr": {**BRITAIN, "people": 1, **TELECOM_GB},
    "ch/fadp": {"zone": "Europe/Zurich", "residence": "CH", "established_in": {"CH": YES}},
    "tr/kvkk": {"zone": "Europe/Istanbul", "residence": "TR", "established_in": {"TR": YES}, "people": 1},
}

IN_72_HOURS, SOON = "72 hours from became_aware_at", "soon from became_aware_at"
FILED = {
    "eu/nis2/early-warning": {"initial_filed_at": "2027-01-28T10:00:00Z"},
    "eu/nis2/notification": {"intermediate_filed_at": "2027-01-31T12:00:00Z"},
}
GRADED = "classified_at"
# the facts with which a threshold is just not reached, and just reached
DORA_THRESHOLDS = {
    "clients_affected_dora": (100_000, 100_001),
    "loss_eur_dora": (100_000, 100_001),
    **dict.fromkeys(("reputation_dora", "duration_dora", "several_states_dora", "data_losses_dora"), (NO, YES)),
}
UNGRADED = {
    "major_incident_dora": "unknown",
    "malicious_access_dora": NO,
    "critical_services_dora": YES,
    "tenth_of_clients_dora": NO,
    **{name: short for name, (short, _) in DORA_THRESHOLDS.items()},
}

ROWS = {
    "EU GDPR: a high risk": (
        "eu/gdpr", {"risk_unlikely": NO, "high_risk": YES}, {"tell-authority": IN_72_HOURS, "tell-people": SOON},
    ),
    "EU GDPR: a risk that is not high": (
        "eu/gdpr", {"risk_unlikely": NO, "high_risk": NO}, {"tell-authority": IN_72_HOURS, "tell-people": "not_owed"},
    ),
    "EU GDPR: no risk": (
        "eu/gdpr", {"risk_unlikely": YES, "high_risk": NO}, {"tell-authority": "not_owed", "tell-people": "not_owed"},
    ),
    "EU GDPR: a risk not known yet releases nobody": (
        "eu/gdpr", {}, {"tell-authority": IN_72_HOURS, "tell-people": "unknown"},
    ),
    "EU NIS2: from awareness": (
        "eu/nis2", {"service_recipients_hit_nis2": YES, "trust_service_provider_eu": NO},
        {"early-warning": "24 hours from became_aware_at", "notification": IN_72_HOURS, "tell-recipients": SOON},
    ),
    "EU NIS2: a provider of trust services": (
        "eu/nis2", {"trust_service_provider_eu": YES, "trust_services_hit_eu": YES},
        {"notification": "24 hours from became_aware_at"},
    ),
    "EU NIS2: a calendar month after the 72-hour report": (
        "eu/nis2", {"done": FILED, "ongoing_at_final_report_nis2": NO},
        {"final-report": "by 2027-02-28 from intermediate_filed_at"},
    ),
    "EU NIS2: still going on when the month ends": (
        "eu/nis2", {"done": FILED, "ongoing_at_final_report_nis2": YES},
        {"progress-report": "by 2027-02-28 from intermediate_filed_at",
         "final-report": "by 2027-01-01 from handling_ended_at"},
    ),
    "EU NIS2: not significant": (
        "eu/nis2", {"significant_incident_nis2": NO, "service_recipients_hit_nis2": YES},
        {"early-warning": "not_owed", "notification": "not_owed", "final-report": "not_owed",
         "tell-recipients": "not_owed"},
    ),
    "EU DORA: four hours from the grading": (
        "eu/dora", {"clock": {GRADED: "2026-11-17T20:30:00Z"}}, {"initial-notification": f"4 hours from {GRADED}"},
    ),
    "EU DORA: 24 hours from awareness, where that is sooner": (
        "eu/dora", {"clock": {GRADED: "2026-11-18T12:30:00Z"}},
        {"initial-notification": "24 hours from became_aware_at"},
    ),
    "EU DORA: graded after the 24 hours": (
        "eu/dora", {"clock": {GRADED: "2026-11-18T16:30:00Z"}}, {"initial-notification": f"4 hours from {GRADED}"},
    ),
    "EU DORA: the later reports": (
        "eu/dora", {"client_interests_hit_dora": YES},
        {"intermediate-report": "72 hours from initial_filed_at",
         "final-report": "by 2026-12-24 from intermediate_filed_at", "tell-clients": SOON},
    ),
    "EU DORA: the month ends on a Sunday": (
        "eu/dora", {"clock": {"intermediate_filed_at": "2026-11-20T09:00:00Z"}},
        {"final-report": "by 2026-12-21 noon from intermediate_filed_at"},
    ),
    "EU DORA: hours that end on a Saturday, a bank": (
        "eu/dora", {"clock": {GRADED: "2026-11-21T08:00:00Z", "became_aware_at": "2026-11-21T07:00:00Z"}},
        {"initial-notification": f"4 hours from {GRADED}"},
    ),
    "EU DORA: hours that end on a Saturday, an insurer": (
        "eu/dora",
        {"clock": {GRADED: "2026-11-21T08:00:00Z", "became_aware_at": "2026-11-21T07:00:00Z"},
         "no_weekend_relief_dora": NO},
        {"initial-notification": f"by 2026-11-23 noon from {GRADED}"},
    ),
    "EU DORA: an insurer on a working day": (
        "eu/dora", {"no_weekend_relief_dora": NO, "clock": {GRADED: "2026-11-17T20:30:00Z",
                                                            "initial_filed_at": "2026-11-17T21:00:00Z"}},
        {"initial-notification": f"4 hours from {GRADED}", "intermediate-report": "72 hours from initial_filed_at"},
    ),
    "EU DORA: an insurer that graded nothing yet": (
        "eu/dora", {"no_weekend_relief_dora": NO}, {"initial-notification": "24 hours from became_aware_at"},
    ),
    "EU DORA: clients without a loss": ("eu/dora", {"client_interests_hit_dora": NO}, {"tell-clients": "not_owed"}),
    "EU DORA: critical services and malicious access": (
        "eu/dora", {**UNGRADED, "malicious_access_dora": YES},
        {"initial-notification": "24 hours from became_aware_at"},
    ),
    "EU ePrivacy: any breach of a provider": (
        "eu/eprivacy-611", {"adverse_effect_likely_eprivacy_eu": NO},
        {"tell-authority": "24 hours from became_aware_at", "second-notification": "3 days from initial_filed_at",
         "tell-people": "not_owed"},
    ),
    "EU ePrivacy: an adverse effect": (
        "eu/eprivacy-611", {"adverse_effect_likely_eprivacy_eu": YES}, {"tell-people": SOON},
    ),
    "EU ePrivacy: no telecoms provider": (
        "eu/eprivacy-611", {"telecom_provider": NO}, {"tell-authority": "not_owed", "tell-people": "not_owed"},
    ),
    "EU CRA: an exploited vulnerability": (
        "eu/cra", {"exploited_vulnerability_cra": YES},
        {"vulnerability-warning": "24 hours from became_aware_at", "vulnerability-notification": IN_72_HOURS,
         "vulnerability-final": "14 days from fix_available_at", "tell-users": SOON, "incident-warning": "not_owed"},
    ),
    "EU CRA: a severe incident": (
        "eu/cra", {"severe_incident_cra": YES, "clock": {"initial_filed_at": None}},
        {"incident-warning": "24 hours from became_aware_at", "incident-notification": IN_72_HOURS,
         "incident-final": "by 2026-12-24 from intermediate_filed_at", "tell-users": SOON},
    ),
    "EU CRA: no manufacturer": (
        "eu/cra", {"manufacturer_cra": NO, "exploited_vulnerability_cra": YES}, {"vulnerability-warning": "not_owed"},
    ),
    "UK GDPR: a high risk": (
        "gb/uk-gdpr", {"risk_unlikely_gb": NO, "high_risk_gb": YES},
        {"tell-commissioner": IN_72_HOURS, "tell-people": SOON},
    ),
    "UK GDPR: no risk": (
        "gb/uk-gdpr", {"risk_unlikely_gb": YES, "high_risk_gb": NO},
        {"tell-commissioner": "not_owed", "tell-people": "not_owed"},
    ),
    "UK PECR: since 2025-08-20": (
        "gb/pecr", {"learned": "2025-08-20", "adverse_effect_likely_gb": YES},
        {"tell-commissioner": IN_72_HOURS, "tell-people": SOON},
    ),
    "UK PECR: the day before": (
        "gb/pecr", {"learned": "2025-08-19", "adverse_effect_likely_gb": NO},
        {"tell-commissioner": "24 hours from became_aware_at", "tell-people": "not_owed"},
    ),
    "UK PECR: no provider": ("gb/pecr", {"telecom_provider": NO}, {"tell-commissioner": "not_owed"}),
    "TR KVKK: obtained unlawfully": (
        "tr/kvkk", {"obtained_unlawfully_tr": YES}, {"tell-board": IN_72_HOURS, "tell-people": SOON},
    ),
    "TR KVKK: nobody obtained it": (
        "tr/kvkk", {"obtained_unlawfully_tr": NO}, {"tell-board": "not_owed", "tell-people": "not_owed"},
    ),
    "CH FADP 24: a high risk": (
        "ch/fadp", {"high_risk_ch": YES, "needed_for_protection_ch": NO, "fdpic_asks_to_tell_people_ch": NO},
        {"tell-commissioner": SOON, "tell-people": "not_owed"},
    ),
    "CH FADP 24: no high risk, but people must protect themselves": (
        "ch/fadp", {"high_risk_ch": NO, "needed_for_protection_ch": YES},
        {"tell-commissioner": "not_owed", "tell-people": SOON},
    ),
    "CH FADP 24: the Commissioner asks": (
        "ch/fadp", {"needed_for_protection_ch": NO, "fdpic_asks_to_tell_people_ch": YES}, {"tell-people": SOON},
    ),
}  # fmt: skip

FIRST_DAYS = [("eu/gdpr", "2018-05-25"), ("eu/dora", "2025-01-17"), ("eu/cra", "2026-09-11"), ("ch/fadp", "2023-09-01")]


@pytest.mark.parametrize(("law", "facts", "duties"), ROWS.values(), ids=ROWS)
def test_the_row_comes_out_as_the_table_says(law, facts, duties):
    found, wanted = table_row(law, LAWS[law] | facts, duties)
    assert found == wanted


@pytest.mark.parametrize("pair", list(combinations(DORA_THRESHOLDS, 2)))
def test_an_incident_of_critical_services_is_major_at_two_thresholds_and_not_at_one(pair):
    duty, (one, other) = "initial-notification", ({name: DORA_THRESHOLDS[name][1]} for name in pair)
    nothing_critical = {**one, **other, "critical_services_dora": NO}
    said = [
        table_row("eu/dora", {**LAWS["eu/dora"], **UNGRADED, **facts}, {duty: ""})[0][duty][0]
        for facts in ({**one, **other}, one, other, nothing_critical)
    ]
    assert said == ["owed", "not_owed", "not_owed", "not_owed"]


@pytest.mark.parametrize(("law", "first"), FIRST_DAYS)
def test_the_law_binds_from_its_first_day_and_not_before(law, first):
    before = date.fromisoformat(first) - timedelta(days=1)
    assert (binds(law, LAWS[law], before), binds(law, LAWS[law], first)) == (False, True)
