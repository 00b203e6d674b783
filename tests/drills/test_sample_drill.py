"""The drill that `make run` carries: from the first word to a proof that holds, each step said in one line."""

import re
from collections import defaultdict
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from incidents.deliveries.control import fan_outs
from incidents.deliveries.progress import progress
from incidents.filings.answers import live as read_answers
from incidents.filings.filing import filings
from incidents.notices.texts import notices_of
from incidents.notices.voids import standing
from incidents.record.incident import find
from incidents.review.verify import verify
from policies.evaluate import evaluate
from policies.facts import Facts
from policies.load import load
from policies.vocabulary import Decision
from sample.drill import carry
from sample.recipe import places
from sample.script import script
from tests.drills.cast import house_of


@pytest.fixture(scope="module")
def carried(tmp_path_factory):
    kit, clock = house_of(tmp_path_factory.mktemp("drill"), "moqi", people=300)
    said: list[str] = []
    done = carry(kit, say=said.append, wait=lambda seconds: clock.tick(timedelta(seconds=seconds)))
    return kit, done, said


def test_it_goes_from_declared_to_closed_and_says_each_step_with_counts_and_links(carried):
    _, done, said = carried
    steps = ("Declared", "Collected", "Snapshot 1", "Assessed", "Drafted", "An approval before", "Written", "Told")
    more = ("Initial report", "Snapshot 2", "Supplementary report", "Closing is refused", "Closed", "The proof")
    at = [next(n for n, line in enumerate(said) if line.startswith(step)) for step in (*steps, *more)]
    assert at == sorted(at)
    assert sum(f"/console/incidents/{done.reference}" in line for line in said) > 8
    assert any("1,000,000 or more is not reached" in line for line in said)


def test_the_incident_is_a_drill_and_is_closed(carried):
    kit, done, _ = carried
    with kit.begin() as tx:
        incident = find(tx, done.reference)
        assert incident.is_drill
        assert incident.closed_at is not None


def test_the_script_answers_whatever_a_law_asks_wherever_the_people_live():
    ties: dict[str, dict[str, Any]] = defaultdict(dict)
    answers = script().answers
    for name, value in answers.items():
        kind, _, place = name.partition(":")
        if place:
            ties[kind][place] = value
    cohorts = [
        {"controller": "moqi", "residence": place, "age_band": age, "categories": ["name", "phone"], "people": 100}
        for place, age in product([*places(), "unknown"], ["under_14", "14_to_17", "adult", "unknown"])
    ]
    facts = Facts.model_validate(
        {
            "as_of": "2026-11-20T22:00:00+08:00",
            "company": "moqi",
            "breach": {"kinds": ["confidentiality"]},
            "answers": {name: value for name, value in answers.items() if ":" not in name},
            "parties": [{"id": "moqi", "anchors": {"became_aware_at": "2026-11-20T21:40:00+08:00"}, **ties}],
            "cohorts": [{"id": f"c{n}", **cohort} for n, cohort in enumerate(cohorts)],
        }
    )
    found = evaluate(load(), facts).obligations
    assert {one.id for one in found if one.decision is Decision.UNKNOWN} == set()
    assert any(one.decision is Decision.OWED for one in found)


def test_the_proof_holds_with_nothing_but_the_key_and_one_flipped_byte_is_found(carried):
    kit, done, _ = carried
    proof, key = done.bundle.read_bytes(), kit.signer.public_key.keyid
    assert verify(proof, key).holds
    flipped = bytearray(proof)
    flipped[len(flipped) // 2] ^= 1
    assert not verify(bytes(flipped), key).holds


def test_a_report_answers_what_each_question_asks(carried):
    kit, done, _ = carried
    with kit.begin() as tx:
        found = [read_answers(tx, filing) for filing in filings(tx, find(tx, done.reference).id)]
    written = [{name: row.value for name, row in one.items()} for one in found]
    assert written
    for one in written:
        harm, cause = one.get("possible_harm") or one.get("consequences"), one["what_happened"]
        assert harm
        assert harm != cause


def test_no_line_said_holds_anybodys_address(carried):
    _, _, said = carried
    assert not [line for line in said if "+86" in line or ".example." in line]


def test_each_round_counts_its_own_readers_and_no_published_page(carried):
    kit, done, said = carried
    rounds = [int(re.findall(r"[\d,]+", line)[0].replace(",", "")) for line in said if line.startswith("Told")]
    with kit.begin() as tx:
        found = [one for one in fan_outs(tx, done.incident_id) if one.audience != "public"]
        assert len(rounds) == 2
        assert sum(rounds) == sum(progress(tx, one).told for one in found)
        assert min(rounds) > 0


def test_what_people_read_contradicts_neither_itself_nor_the_record(carried):
    kit, done, _ = carried
    with kit.begin() as tx:
        letters = [
            forms["email"]["plain"]
            for notice in notices_of(tx, done.incident_id)
            for approval in standing(tx, notice)
            for forms in (approval.texts or {}).values()
            if "email" in forms
        ]
    assert letters
    assert not [one for one in letters if "do not yet know when it began" in one or "尚未查明" in one]
    assert not [one for one in letters if "sample company" in one or "နမူနာ" in one or "示例公司" in one]
