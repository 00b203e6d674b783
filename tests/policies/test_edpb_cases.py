"""The worked cases of EDPB Guidelines 01/2021 come out from their facts: record, authority, people."""

import pytest

from policies.evaluate import evaluate
from policies.load import load
from tests.policies.build import a_breach, a_cohort, of, only

ORDINARY = ["name", "email"]
IDENTITY = ["name", "birth_date", "identity_document"]
NO = "no"
YES = "yes"
READABLE = {"data_unintelligible": NO, "care_or_livelihood_interrupted": NO}

CASES = {
    "01 ransomware with a backup and nothing taken": (
        ["availability"], 40, ORDINARY,
        {"malicious_actor": YES, "data_unintelligible": YES, "key_safe": YES, "exfiltration_excluded": YES,
         "restored_soon_without_effect": YES, "care_or_livelihood_interrupted": NO},
        (True, False, False),
    ),
    "03 ransomware in a hospital, surgeries put off": (
        ["availability"], 5000, ["name", "health"],
        {"malicious_actor": YES, "data_unintelligible": NO, "exfiltration_excluded": YES,
         "restored_soon_without_effect": NO, "care_or_livelihood_interrupted": YES},
        (True, True, True),
    ),
    "05 application forms taken from a website": (
        ["confidentiality"], 213, ["name", "email", "postal_address"],
        {**READABLE, "malicious_actor": YES, "data_reveals_little": NO, "recipient_trusted": NO,
         "recipients_known_and_few": NO},
        (True, True, True),
    ),
    "07 credential stuffing at a bank": (
        ["confidentiality"], 100_000, IDENTITY,
        {**READABLE, "malicious_actor": YES, "data_reveals_little": NO, "recipient_trusted": NO,
         "recipients_known_and_few": NO},
        (True, True, True),
    ),
    "09 a file sent to one trusted agent": (
        ["confidentiality"], 24, ["name", "transaction"],
        {**READABLE, "malicious_actor": NO, "recipient_trusted": YES, "deletion_confirmed": YES,
         "data_reveals_little": YES},
        (True, False, False),
    ),
    "11 a stolen notebook without encryption": (
        ["confidentiality", "availability"], 100_000, ["name", "birth_date", "postal_address"],
        {**READABLE, "malicious_actor": YES, "content_cannot_be_ruled_out": YES, "data_reveals_little": NO,
         "recipient_trusted": NO, "recipients_known_and_few": NO},
        (True, True, True),
    ),
    "13 two parcels swapped": (
        ["confidentiality"], 2, ["name", "postal_address", "order"],
        {**READABLE, "malicious_actor": NO, "recipients_known_and_few": YES, "data_reveals_little": YES},
        (True, False, False),
    ),
    "15 a course list to former participants": (
        ["confidentiality"], 15, ["name", "email", "health"],
        {**READABLE, "malicious_actor": NO, "recipients_known_and_few": YES, "data_reveals_little": YES},
        (True, False, False),
    ),
    "17 an impostor at a call centre": (
        ["confidentiality", "integrity"], 1, ["name", "transaction"],
        {**READABLE, "malicious_actor": YES, "identity_misuse_seen": YES, "data_reveals_little": NO,
         "recipient_trusted": NO, "recipients_known_and_few": NO},
        (True, True, True),
    ),
}  # fmt: skip


def owed(evaluation, duty):
    return {str(one.decision) for one in of(evaluation, f"eu/gdpr/{duty}", "acme")}


@pytest.mark.parametrize("case", CASES)
def test_the_case_comes_out_as_the_guideline_says(case):
    kinds, people, categories, answers, (record, authority, individuals) = CASES[case]
    cohort = a_cohort(controller="acme", residence="DE", people=people, categories=categories)
    said = evaluate(
        load(),
        a_breach(
            "acme",
            [cohort],
            breach={"kinds": kinds},
            answers=answers,
            parties=[{"id": "acme", "established_in": {"DE": "yes"}}],
        ),
    )
    word = {True: {"owed"}, False: {"not_owed"}}
    assert owed(said, "record") == word[record]
    assert owed(said, "tell-authority") == word[authority]
    assert owed(said, "tell-people") == word[individuals]


def test_a_hundred_thousand_are_told_and_not_only_those_whose_accounts_were_opened():
    cohorts = [
        a_cohort("seen", "acme", 98_000, residence="DE", categories=IDENTITY),
        a_cohort("opened", "acme", 2_000, residence="DE", categories=[*IDENTITY, "transaction"]),
        a_cohort("elsewhere", "acme", 10, residence="DE", categories=["name"], answers={"data_reveals_little": "yes"}),
    ]
    answers = {**READABLE, "malicious_actor": "yes", "data_reveals_little": "no", "recipient_trusted": "no"}
    parties = [{"id": "acme", "established_in": {"DE": "yes"}}]
    said = evaluate(load(), a_breach("acme", cohorts, answers=answers, parties=parties))
    told = only(said, "eu/gdpr/tell-people", "acme")
    assert set(told.cohorts) == {"seen", "opened"}
    assert told.people.min == 100_000


def test_a_person_who_decides_on_the_risk_counts_more_than_the_levers():
    answers = {**CASES["13 two parcels swapped"][3], "risk_unlikely": "no", "high_risk": "yes"}
    cohort = a_cohort(controller="acme", residence="DE", categories=["name"])
    parties = [{"id": "acme", "established_in": {"DE": "yes"}}]
    said = evaluate(load(), a_breach("acme", [cohort], answers=answers, parties=parties))
    assert owed(said, "tell-authority") == {"owed"}
    assert owed(said, "tell-people") == {"owed"}


def test_encryption_answers_for_people_and_not_for_the_record_nor_a_stopped_service():
    answers = {"high_risk": "yes", "risk_unlikely": "no", "data_unintelligible": "yes", "key_safe": "yes",
               "care_or_livelihood_interrupted": "no", "identity_misuse_seen": "no"}  # fmt: skip
    cohort = a_cohort(controller="acme", residence="DE", categories=["health"])
    parties = [{"id": "acme", "established_in": {"DE": "yes"}}]
    shut = evaluate(load(), a_breach("acme", [cohort], answers=answers, parties=parties))
    assert owed(shut, "tell-people") == {"not_owed"}
    assert owed(shut, "record") == {"owed"}
    assert owed(shut, "tell-authority") == {"owed"}
    stopped = {**answers, "care_or_livelihood_interrupted": "yes"}
    assert owed(evaluate(load(), a_breach("acme", [cohort], answers=stopped, parties=parties)), "tell-people") == {
        "owed"
    }
    taken = {**answers, "key_safe": "no"}
    assert owed(evaluate(load(), a_breach("acme", [cohort], answers=taken, parties=parties)), "tell-people") == {"owed"}
