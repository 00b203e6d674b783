"""The rows of the overview of law for Oceania, Canada, Brazil, South Africa, the Gulf and contracts, against packs."""

import pytest

from policies.load import load
from policies.vocabulary import LawState
from tests.policies.build import table_row

YES, NO = "yes", "no"


def of(country, zone, **more):
    return {"zone": zone, "residence": country, "established_in": {country: YES}, "people": 1, **more}


JULY = {"clock": {"became_aware_at": "2026-07-02T15:00:00Z", "initial_filed_at": "2026-07-06T15:00:00Z",
                  "individuals_notified_at": "2026-07-03T15:00:00Z"}}  # fmt: skip
LAWS = {
    "au/privacy-act": of("AU", "Australia/Sydney", app_entity_au=YES),
    "nz/privacy-act": of("NZ", "Pacific/Auckland"),
    "ca/pipeda": of("CA", "America/Toronto"),
    "ca/quebec-law-25": {**of("CA-QC", "America/Toronto"), "residence": "CA", "region": "CA-QC"},
    "br/lgpd": of("BR", "America/Sao_Paulo", relevant_risk_or_damage_br=YES, small_processing_agent_br=NO, **JULY),
    "za/popia": of("ZA", "Africa/Johannesburg"),
    "ae/pdpl": of("AE", "Asia/Dubai", prejudices_privacy_ae=YES, party_in_difc=NO, party_in_adgm=NO),
    "sa/pdpl": of("SA", "Asia/Riyadh", may_harm_sa=YES),
    "contract/meta-platform-terms": of("MM", "UTC", holds_platform_data_meta=YES),
}

AWARE, SOON = "became_aware_at", "soon from became_aware_at"
ROWS = {
    "AU NDB: serious harm": (
        "au/privacy-act", {"serious_harm_likely_au": YES}, {"tell-authority": SOON, "tell-people": SOON},
    ),
    "AU NDB: a suspicion is assessed within thirty days": (
        "au/privacy-act", {}, {"assess": "30 days from discovered_at", "tell-authority": "unknown"},
    ),
    "AU NDB: no serious harm": (
        "au/privacy-act", {"serious_harm_likely_au": NO}, {"tell-authority": "not_owed", "tell-people": "not_owed"},
    ),
    "AU NDB: remedied in time": (
        "au/privacy-act", {"serious_harm_likely_au": YES, "remedial_action_removed_harm_au": YES},
        {"tell-authority": "not_owed", "tell-people": "not_owed"},
    ),
    "NZ: serious harm": (
        "nz/privacy-act", {"serious_harm_likely_nz": YES}, {"tell-authority": SOON, "tell-people": SOON},
    ),
    "NZ: no serious harm": (
        "nz/privacy-act", {"serious_harm_likely_nz": NO}, {"tell-authority": "not_owed", "tell-people": "not_owed"},
    ),
    # The pack read the sentence of section 10.1: as soon as feasible after it is determined that the breach occurred.
    "CA PIPEDA: a real risk of significant harm": (
        "ca/pipeda", {"real_risk_of_significant_harm_ca": YES, "others_can_reduce_harm_ca": YES},
        dict.fromkeys(("tell-commissioner", "tell-people", "tell-others"), "soon from determined_at"),
    ),
    "CA PIPEDA: no such risk, and the record all the same": (
        "ca/pipeda", {"real_risk_of_significant_harm_ca": NO},
        {"tell-commissioner": "not_owed", "tell-people": "not_owed", "record": "soon from determined_at"},
    ),
    "CA-QC Law 25: a risk of serious injury": (
        "ca/quebec-law-25", {"risk_of_serious_injury_ca_qc": YES}, {"tell-commission": SOON, "tell-people": SOON},
    ),
    "CA-QC Law 25: no such risk": (
        "ca/quebec-law-25", {"risk_of_serious_injury_ca_qc": NO},
        {"tell-commission": "not_owed", "tell-people": "not_owed"},
    ),
    "BR LGPD: three business days over a weekend": (
        "br/lgpd", {},
        {"tell-authority": f"by 2026-07-07 from {AWARE}", "tell-people": f"by 2026-07-07 from {AWARE}",
         "supplement": "by 2026-08-03 from initial_filed_at",
         "declare-people-told": "by 2026-07-08 from individuals_notified_at"},
    ),
    "BR LGPD: doubled for small agents": (
        "br/lgpd", {"small_processing_agent_br": YES},
        {"tell-authority": f"by 2026-07-10 from {AWARE}", "tell-people": f"by 2026-07-10 from {AWARE}",
         "supplement": "by 2026-08-31 from initial_filed_at",
         "declare-people-told": "by 2026-07-13 from individuals_notified_at"},
    ),
    "BR LGPD: no relevant risk": (
        "br/lgpd", {"relevant_risk_or_damage_br": NO}, {"tell-authority": "not_owed", "tell-people": "not_owed"},
    ),
    "ZA POPIA: acquired": (
        "za/popia", {}, {"tell-authority": "soon from discovered_at", "tell-people": "soon from discovered_at"},
    ),
    "ZA POPIA: no reasonable grounds": (
        "za/popia", {"accessed_or_acquired_za": NO}, {"tell-authority": "not_owed", "tell-people": "not_owed"},
    ),
    "AE PDPL: prejudice to privacy": (
        "ae/pdpl", {}, {"tell-authority": f"immediately from {AWARE}", "tell-people": f"per rules from {AWARE}"},
    ),
    "AE PDPL: no prejudice": (
        "ae/pdpl", {"prejudices_privacy_ae": NO}, {"tell-authority": "not_owed", "tell-people": "not_owed"},
    ),
    "SA PDPL: harm to data or rights": (
        "sa/pdpl", {}, {"tell-authority": f"72 hours from {AWARE}", "tell-people": SOON},
    ),
    "SA PDPL: no harm": ("sa/pdpl", {"may_harm_sa": NO}, {"tell-authority": "not_owed", "tell-people": "not_owed"}),
    # Likely compromise is enough, so that finding the incident starts the hours.
    "CONTRACT Meta 6(e): platform data": (
        "contract/meta-platform-terms", {"platform_data_concerned_meta": YES},
        {"tell-platform": "24 hours from discovered_at"},
    ),
    "CONTRACT Meta 6(e): aware, with nothing else recorded": (
        "contract/meta-platform-terms", {"platform_data_concerned_meta": YES, "clock": {"discovered_at": None}},
        {"tell-platform": f"24 hours from {AWARE}"},
    ),
    "CONTRACT Meta 6(e): no platform data": (
        "contract/meta-platform-terms", {"platform_data_concerned_meta": NO}, {"tell-platform": "not_owed"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("law", "facts", "duties"), ROWS.values(), ids=ROWS)
def test_the_row_comes_out_as_the_table_says(law, facts, duties):
    found, wanted = table_row(law, LAWS[law] | facts, duties)
    assert found == wanted


@pytest.mark.parametrize(
    ("law", "state"),
    [
        ("ae/pdpl", LawState.TO_CONFIRM),
        ("contract/meta-platform-terms", LawState.CONTRACT),
        ("br/lgpd", LawState.IN_FORCE),
    ],
)
def test_what_binds_for_certain_is_told_apart_from_what_does_not(law, state):
    assert load().laws[law].state is state
