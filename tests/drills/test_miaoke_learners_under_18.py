"""MiaoKe: rosters of learners under 18 lay open; minor and guardian are told; residency follows from the law."""

import pytest

from incidents.obligations.states import State
from incidents.snapshots.opened import Decision
from policies.vocabulary import Audience
from tests.drills.cast import ORDINARY, Drill


@pytest.fixture(scope="module")
def scoped(tmp_path_factory):
    told = Drill.open(tmp_path_factory.mktemp("miaoke"), "miaoke", company="miaoke", people=2_000)
    told.declare("Class rosters of learners under 18 could be read")
    told.collect(0)
    told.collect(1)
    told.scope()
    return told


@pytest.fixture
def drill(scoped, tmp_path):
    return scoped.again(tmp_path)


def test_everybody_found_is_under_18_and_those_of_unknown_age_are_asked_about_not_left_out(drill):
    people = drill.people()
    found = [person for person in people if person["membership"] == "affected"]
    assert {person["age_band"] for person in found} == {"under_14", "14_to_17"}
    assert sorted(person["person_id"] for person in found) == drill.truth.people
    asked = [person for person in people if person["membership"] == "undecided"]
    assert {person["age_band"] for person in asked} == {"unknown"}
    assert len(asked) > len(found)


def test_the_minor_and_the_guardian_are_owed_side_by_side(drill):
    drill.answer(ORDINARY)
    drill.decide_the_rest(Decision.ANNOUNCE_ONLY, "their age is on no file")
    drill.assess()
    (minors,) = drill.ledger("cn/minors-regulations/tell-minors")
    (guardians,) = drill.ledger("cn/minors-regulations/tell-guardians")
    assert minors.state == guardians.state == State.OWED
    assert minors.owed_to == Audience.AFFECTED_INDIVIDUALS
    assert guardians.owed_to == Audience.GUARDIANS
    assert set(minors.cohorts) == set(guardians.cohorts)
    (authority,) = drill.ledger("cn/minors-regulations/report-authority")
    assert authority.state == State.OWED


def test_few_have_a_guardian_on_file_and_the_rest_are_counted_not_forgotten(drill):
    minors = [person for person in drill.people() if person["membership"] == "affected"]
    with_guardian = sum(person["has_guardian"] for person in minors)
    assert 0 < with_guardian < len(minors) / 2
