"""Moqi's incident from the approved notices to the proof: sent, received, filed, a second round, closed, verified."""

import pytest

from incidents.obligations.states import State
from incidents.snapshots.opened import Decision
from tests.drills import sending
from tests.drills.cast import ORDINARY, Drill

PEOPLE = 600  # the path does not depend on how many; each variant of a text is a batch of its own


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """Everything up to a day after the sending."""
    told = Drill.open(tmp_path_factory.mktemp("proof"), "moqi", company="moqi", people=PEOPLE)
    told.declare("A partner's export job was read by a stranger")
    told.collect(0)
    told.collect(1)
    told.scope()
    told.answer(ORDINARY)
    told.decide_the_rest(Decision.INCLUDE, "their numbers lie in the list")
    told.assess()
    told.approve_everything()
    sending.send_everything(told)
    sending.work_for_a_day(told)
    return told


@pytest.fixture
def drill(sent, tmp_path):
    return sent.again(tmp_path)


def _affected(drill):
    return [one for one in drill.people() if one["membership"] in {"affected", "stranger"}]


def _only_announced(drill):
    return sum(one.announced for one in sending.standing(drill).values())


def test_everybody_is_told_or_announced_to_and_nobody_is_left_over(drill):
    told = {key: one for key, one in sending.standing(drill).items() if key[0] not in {"announcement", "guardian"}}
    assert sum(one.people for one in told.values()) == len(_affected(drill))
    assert all(one.under_way == 0 and one.not_reached == 0 for one in told.values())
    assert sum(one.told for one in told.values()) > 0.9 * len(_affected(drill))
    assert any(one.announced for one in told.values())
    refused = {reason for one in told.values() for reason in one.by_reason}
    assert refused  # and whoever was refused on one channel took the next route


def test_telling_the_people_meets_what_is_owed_to_them(drill):
    for duty in ("cn/pipl/tell-people", "house/moqi/tell-people", "cn/cybersecurity-law/tell-people"):
        (row,) = drill.ledger(duty)
        assert row.state in {State.MET, State.LATE}
        assert row.settled_ref


def test_the_second_round_tells_only_those_who_were_not_told_before(drill):
    told = sum(one.people for key, one in sending.standing(drill).items() if key[0] == "individuals")
    drill.collect(2)
    second = drill.scope()
    drill.decide_the_rest(Decision.INCLUDE, "their numbers lie in the second list")
    drill.assess()
    assert drill.ledger("cn/pipl/tell-people")[-1].state == State.OWED
    first = {notice.id for notice in drill.notices()}
    drill.approve_everything()
    later = [notice for notice in drill.notices("individuals") if notice.id not in first]
    assert [notice.follows_id in first for notice in later] == [True]
    reference = later[0].reference
    again = sum(sending.could_reach(drill, reference, language).people for language in drill.spoken(later[0]))
    assert 0 < again < told
    assert again <= second.changes["added"] + second.changes["grew"] + _only_announced(drill)
