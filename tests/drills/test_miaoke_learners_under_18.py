"""MiaoKe: rosters of learners under 18 lay open; minor and guardian are told; residency follows from the law."""

import pytest

from incidents.obligations.states import State
from incidents.snapshots.opened import Decision
from policies.vocabulary import Audience
from tests.drills import sending
from tests.drills.cast import ORDINARY, Drill
from tests.loopback.fcm import LoopbackFcm
from tests.loopback.sendgrid import LoopbackSendGrid
from tests.loopback.twilio import LoopbackTwilio


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


@pytest.fixture
def real(tmp_path, monkeypatch):
    """No drill: the house has accounts at a push service, a short-message service and a mail service abroad."""
    servers = (LoopbackFcm(tmp_path), LoopbackTwilio(), LoopbackSendGrid())
    for name, value in [pair for server in servers for pair in server.environment().items()]:
        monkeypatch.setenv(name, value)
    (tmp_path / "house").mkdir()
    told = Drill.open(tmp_path / "house", "miaoke", company="miaoke", people=600)
    told.declare("Class rosters of learners under 18 could be read", is_drill=False)
    told.collect(0)
    told.scope()
    told.answer(ORDINARY)
    told.decide_the_rest(Decision.ANNOUNCE_ONLY, "their age is on no file")
    told.assess()
    yield told, servers
    for server in servers:
        server.stop()


def test_the_words_for_the_child_and_for_the_guardian_are_two_notices_in_chinese(drill):
    drill.answer(ORDINARY)
    drill.assess()
    drill.approve_everything()
    (child,), (guardian,) = drill.notices("minor"), drill.notices("guardian")
    assert drill.approved(child.reference) >= {"zh-Hans"}
    assert drill.approved(guardian.reference) >= {"zh-Hans"}
    asked = sending.could_reach(drill, guardian.reference, "zh-Hans")
    assert 0 < asked.people - asked.not_one_by_one < asked.people


def test_no_provider_abroad_gets_a_mainland_learners_address_although_the_policy_promises_nothing(real):
    told, servers = real
    told.approve_everything()
    (child,) = told.notices("minor")
    found = sending.could_reach(told, child.reference, "zh-Hans")
    whys = {(provider, str(why)) for _, provider, why in found.closed if provider}
    assert {provider for provider, why in whys if why == "outside"} >= {"push/fcm", "sms/twilio"}
    assert found.not_one_by_one > 0.8 * found.people
    for server in servers:
        assert not server.requests


def test_child_and_guardian_are_each_told_and_whoever_cannot_be_is_announced_to(drill):
    drill.answer(ORDINARY)
    drill.decide_the_rest(Decision.ANNOUNCE_ONLY, "their age is on no file")
    drill.assess()
    drill.approve_everything()
    sending.send_everything(drill)
    sending.work_for_a_day(drill)
    standing = sending.standing(drill)
    for wording in ("minor", "guardian"):
        said = [one for (word, _), one in standing.items() if word == wording]
        assert sum(one.told for one in said) > 0
        assert all(one.under_way == one.not_reached == 0 for one in said)
    for duty in ("cn/minors-regulations/tell-minors", "cn/minors-regulations/tell-guardians"):
        (row,) = drill.ledger(duty)
        assert row.state in {State.MET, State.LATE}
