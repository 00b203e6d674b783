"""Who is a party and where people live: joint controllers, parts of countries, seats, what stands of a party."""

import pytest

from policies.evaluate import evaluate
from policies.load import load
from policies.outcome import Effect
from policies.vocabulary import Audience, Decision
from tests.policies.build import a_breach, a_cohort, of, only

SEATS = load().authorities["data_protection"]
SSN = ["name", "national_id_number"]
CALIFORNIA = {"residence": "US", "region": "US-CA", "categories": SSN}


def decide(*cohorts, company="acme", **more):
    return evaluate(load(), a_breach(company, list(cohorts), **more))


def acme(**ties):
    return {"parties": [{"id": "acme", **ties}]}


def test_each_of_two_joint_controllers_owes_by_itself_for_the_same_people():
    shared = a_cohort(controller="acme", residence="DE", people=40, joint_controllers=["acme-lab"])
    parties = [{"id": one, "established_in": {"DE": "yes"}} for one in ("acme", "acme-lab")]
    said = decide(shared, parties=parties)
    records = of(said, "eu/gdpr/record")
    assert {(one.party, one.decision, one.people.max) for one in records} == {
        ("acme", Decision.OWED, 40),
        ("acme-lab", Decision.OWED, 40),
    }


def test_people_of_whom_only_the_country_is_known_bring_no_states_law_in_and_are_asked_about():
    nowhere = a_cohort("c1", "acme", 500, residence="US", categories=SSN)
    said = decide(nowhere, **acme(offers_to={"US": "yes"}))
    assert not [one for one in said.obligations if one.law == "us/california"]
    question = next(one for one in said.questions if one.fact == "cohort_region")
    assert ("us/california", Effect.DECIDES) in question.changes
    assert any("not known in which part" in warning and "US" in warning for warning in said.warnings)


def test_a_known_state_brings_its_own_law_in_and_no_other_states():
    said = decide(a_cohort("c1", "acme", 5, **CALIFORNIA), **acme(offers_to={"US": "yes"}))
    assert only(said, "us/california/tell-people").decision is Decision.OWED
    assert not [one for one in said.obligations if one.law in ("us/texas", "us/new-york")]
    assert not any("which part" in warning for warning in said.warnings)


@pytest.mark.parametrize(
    ("offers_to", "decision"),
    [
        ({"US": "yes"}, Decision.OWED),
        ({"US-CA": "yes"}, Decision.OWED),
        ({"US": "yes", "US-CA": "no"}, Decision.NOT_OWED),
        ({"US-TX": "yes"}, Decision.UNKNOWN),
        ({}, Decision.UNKNOWN),
    ],
)
def test_who_offers_to_a_country_offers_to_its_parts_but_for_one_that_is_excepted(offers_to, decision):
    said = decide(a_cohort("c1", "acme", 5, **CALIFORNIA), **acme(offers_to=offers_to, established_in={"US-CA": "no"}))
    assert only(said, "us/california/tell-people").decision is decision


def test_people_are_counted_where_the_condition_holds_of_them():
    few = a_cohort("c1", "acme", 500, **CALIFORNIA)
    many = a_cohort("c2", "acme", 90_000, **{**CALIFORNIA, "categories": ["name", "email"]})
    said = decide(few, many, **acme(offers_to={"US": "yes"}))
    assert only(said, "us/california/tell-attorney-general").decision is Decision.NOT_OWED
    unsure = a_cohort("c3", "acme", 1, **{**CALIFORNIA, "categories": []})
    said = decide(few, unsure, **acme(offers_to={"US": "yes"}))
    assert only(said, "us/california/tell-attorney-general").decision is Decision.POSSIBLE


@pytest.mark.parametrize(
    ("established", "subjects"),
    [
        ({"FR": "yes"}, {SEATS["FR"].id}),
        ({"FR": "yes", "IE": "yes"}, {"eu-sa"}),
        ({"FR": "no"}, {SEATS["DE"].id, SEATS["AT"].id}),
    ],
)
def test_the_authority_is_that_of_the_one_establishment_or_of_each_state_where_people_live(established, subjects):
    cohorts = [a_cohort("d", "acme", 5, residence="DE"), a_cohort("a", "acme", 6, residence="AT")]
    said = decide(*cohorts, **acme(established_in=established, offers_to={"EEA": "yes"}))
    assert {one.subject for one in of(said, "eu/gdpr/tell-authority")} == subjects
    assert {one.subject for one in of(said, "eu/gdpr/record")} == {"acme"}


def test_every_authority_that_a_duty_names_has_a_name_of_its_own():
    packs = load()
    for law_id, law in packs.laws.items():
        for duty in law.duties:
            if duty.owed_to in (Audience.SUPERVISORY_AUTHORITY, Audience.SECTOR_REGULATOR) and duty.to:
                assert packs.authority(duty.to) is not None, f"{law_id}/{duty.id}"
    assert packs.authority(SEATS["FR"].id) is SEATS["FR"]
    assert packs.authority("nobody") is None


def test_a_fact_on_which_it_hangs_whether_a_law_binds_is_one_of_the_party():
    said = decide(a_cohort("c1", "acme", 5, residence="DE"), **acme())
    standing = {one.fact: one.standing for one in said.questions}
    assert standing["financial_entity_dora"]
    assert standing["offers_to:EEA"]
    assert not standing["high_risk"]


def test_a_state_of_the_law_has_a_digest_of_its_own():
    assert len(load().digest) == 64
    assert load().digest == load().digest
