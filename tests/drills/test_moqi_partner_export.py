"""Moqi: a partner's export job was read by a stranger for nine days; a second file comes a day later."""

import pytest

from incidents.filings.forms import Stage
from incidents.foundation.errors import Refused
from incidents.obligations.states import State
from incidents.record.actor import Actor, ActorRole
from incidents.snapshots.opened import Decision
from tests.drills import reports
from tests.drills.cast import ORDINARY, WRITER, Drill


@pytest.fixture(scope="module")
def scoped(tmp_path_factory):
    told = Drill.open(tmp_path_factory.mktemp("moqi"), "moqi", company="moqi", people=2_000)
    told.declare("A partner's export job was read by a stranger")
    told.collect(0)
    told.collect(1)
    told.scope()
    return told


@pytest.fixture
def drill(scoped, tmp_path):
    return scoped.again(tmp_path)


def _ids(people, membership):
    return sorted(person["person_id"] for person in people if person["membership"] == membership)


def test_the_first_round_finds_exactly_those_whom_the_evidence_means(drill):
    meant = sorted(set(drill.truth.files[0].people) | set(drill.truth.files[1].people))
    people = drill.people()
    assert drill.snapshot().version == 1
    assert _ids(people, "affected") == meant
    assert len(_ids(people, "stranger")) == len(drill.truth.files[0].strangers)
    assert {person["standing"] for person in people} >= {"active", "deleted", "anonymised", "stranger"}
    assert any(person["age_band"] == "under_14" for person in people)


def test_at_this_size_the_cac_report_is_not_owed_and_the_ledger_says_why_while_the_pipl_report_is(drill):
    drill.answer(ORDINARY)
    drill.decide_the_rest(Decision.INCLUDE, "their numbers lie in the list")
    drill.assess()
    (cac,) = drill.ledger("cn/cac-incident-reporting/initial-report")
    (pipl,) = drill.ledger("cn/pipl/tell-authority")
    assert cac.state == State.NOT_OWED
    assert any("1,000,000" in sentence for sentence in cac.because)
    assert pipl.state == State.OWED
    assert pipl.citation
    assert pipl.target_at is not None


def test_a_second_file_makes_version_two_and_only_the_difference_is_new(drill):
    first = drill.snapshot()
    drill.later(hours=24)
    drill.collect(2)
    second = drill.scope()
    truth = drill.truth
    fresh = set(truth.files[2].people) - set(truth.files[0].people) - set(truth.files[1].people)
    assert (first.version, second.version) == (1, 2)
    assert second.parent_id == first.id
    assert second.changes["added"] == len(fresh) + len(set(truth.files[2].strangers) - set(truth.files[0].strangers))
    assert second.changes["removed"] == 0
    assert _ids(drill.people(), "affected") == truth.people


@pytest.fixture(scope="module")
def assessed(scoped, tmp_path_factory):
    told = scoped.again(tmp_path_factory.mktemp("assessed"))
    told.answer(ORDINARY)
    told.decide_the_rest(Decision.INCLUDE, "their numbers lie in the list")
    told.assess()
    return told


@pytest.fixture
def owing(assessed, tmp_path):
    return assessed.again(tmp_path)


def _reference(drill, wording):
    (notice,) = drill.notices(wording)
    return notice.reference


def test_adults_children_guardians_and_strangers_are_each_told_in_their_own_words(owing):
    owing.draft()
    assert {notice.wording for notice in owing.notices()} >= {"individuals", "minor", "guardian", "stranger"}
    assert {notice.wording for notice in owing.notices()} >= {"announcement", "hotline"}


def test_an_approval_is_refused_that_names_what_is_missing_and_in_which_language(owing):
    owing.draft()
    individuals = _reference(owing, "individuals")
    owing.write(individuals, without={"remedies_words"})
    owing.release(individuals)
    with pytest.raises(Refused) as refused:
        owing.approve(individuals)
    assert any("remedies" in reason and "(en)" in reason for reason in refused.value.because)
    owing.write(individuals)
    owing.approve(individuals)


def test_nobody_approves_their_own_words_and_unreviewed_wording_waits_for_a_name(owing):
    owing.draft()
    guardian = _reference(owing, "guardian")
    owing.write(guardian)
    with pytest.raises(Refused, match="review"):
        owing.approve(guardian)
    owing.release(guardian)
    both = Actor(WRITER.id, WRITER.name, frozenset({*WRITER.roles, ActorRole.APPROVER}))
    with pytest.raises(Refused) as refused:
        owing.approve(guardian, by=both)
    assert refused.value.code == "wrote_it"
    owing.approve(guardian)


def test_a_word_changed_after_the_approval_voids_it(owing):
    owing.draft()
    guardian = _reference(owing, "guardian")
    owing.write(guardian)
    owing.release(guardian)
    owing.approve(guardian)
    assert owing.approved(guardian) == {"zh-Hans"}
    owing.rewrite(guardian, "zh-Hans", "cause_words", "原因仍在调查。")
    assert owing.approved(guardian) == set()


def test_the_pipl_report_counts_from_the_snapshot_and_meets_what_is_owed(owing):
    duty = "cn/pipl/tell-authority"
    reference = reports.prepare(owing, duty)
    with pytest.raises(Refused) as refused:
        reports.approve(owing, reference)
    assert refused.value.code == "gaps"
    assert reports.answer_the_gaps(owing, reference) > 0
    reports.approve(owing, reference)
    owing.later(minutes=30)
    assert reports.hand_in(owing, reference, number="SH-2026-0001") is False
    (row,) = owing.ledger(duty)
    assert row.state == State.MET
    assert row.settled_ref
    content = reports.view(owing, reference)["content"]
    counted = len([one for one in owing.people() if one["membership"] in {"affected", "stranger"}])
    assert any(str(counted) in str(answer["value"]) for answer in content["answers"])


def test_a_report_after_the_second_round_is_supplementary_and_says_what_changed(owing):
    duty = "cn/pipl/tell-authority"
    reports.report(owing, duty, number="SH-2026-0001")
    owing.later(hours=24)
    owing.collect(2)
    owing.scope()
    owing.decide_the_rest(Decision.INCLUDE, "their numbers lie in the second list")
    owing.assess()
    more = reports.prepare(owing, duty, stage=Stage.SUPPLEMENTARY)
    content = reports.view(owing, more)["content"]
    assert content["replaces"]["stage"] == "initial"
    assert content["snapshot_version"] == 2
    assert content["changes"]
