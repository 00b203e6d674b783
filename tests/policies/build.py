"""Builders of facts for the tests of laws and promises."""

from typing import Any

from policies.facts import Facts

# What an ordinary operator answers where the national measures ask for more than the number of people.
ORDINARY: dict[str, Any] = {
    "operator_is_cii": "no",
    "operator_is_central_organ": "no",
    "direct_loss_cny": 0,
    "important_data_or_much_personal_data_seriously_threatened": "no",
    "government_or_news_site_outage_hours": 0,
    "people_daily_life_affected": 0,
    "harmful_content_spread_as_listed": "no",
}
NIGHT = "2026-11-20T21:40:00+08:00"


def a_cohort(id_="c1", controller="moqi", people=100, **more):
    return {"id": id_, "controller": controller, "residence": "CN", "age_band": "adult", "people": people, **more}


def a_breach(company="moqi", cohorts=None, **more):
    """Facts of a breach of confidentiality found on a Friday night in Shanghai."""
    said = {
        "as_of": "2026-11-20T22:00:00+08:00",
        "company": company,
        "breach": {"kinds": ["confidentiality"]},
        "parties": [{"id": company, "anchors": {"became_aware_at": NIGHT, "discovered_at": NIGHT}}],
        "cohorts": [a_cohort(controller=company)] if cohorts is None else cohorts,
    }
    return Facts.model_validate({**said, **more})


def of(evaluation, id_, party=None):
    """The obligations with this id, of one party or of all."""
    return [one for one in evaluation.obligations if one.id == id_ and party in (None, one.party)]


def only(evaluation, id_, party=None):
    """The one obligation with this id."""
    (found,) = of(evaluation, id_, party)
    return found
