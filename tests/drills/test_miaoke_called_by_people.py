"""MiaoKe names the telephone first and has no machine that calls: its own people call, and nobody is lost."""

import pytest
from sqlalchemy import select

from incidents.deliveries import closings, start
from incidents.deliveries.call_counts import standing
from incidents.deliveries.call_ends import give_up
from incidents.deliveries.call_results import write_down
from incidents.deliveries.call_tables import Call
from incidents.deliveries.calls import contact_of, next_call, number_of
from incidents.deliveries.closed import Why
from incidents.deliveries.dispositions import Disposition
from incidents.deliveries.regions import attest
from incidents.deliveries.script import script_of
from incidents.deliveries.tables import FanOut
from incidents.foundation.errors import Refused
from incidents.record.actor import Actor, ActorRole
from incidents.snapshots.opened import Decision
from tests.drills import sending
from tests.drills.cast import COMPLIANCE, ORDINARY, Drill

CALLERS = [Actor(f"acc_{name}", name, frozenset({ActorRole.COMMUNICATIONS})) for name in ("Mei", "Bo")]
LIST = "calls/call_list"
D = Disposition


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    """No drill: the house has a call list, and its callers sit in Shanghai."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOCSIN_CALL_LIST_TRIES", "3")
        told = Drill.open(tmp_path_factory.mktemp("called"), "miaoke", company="miaoke", people=400)
    told.declare("Class rosters of learners under 18 could be read", is_drill=False)
    told.collect(0)
    told.scope()
    told.answer(ORDINARY)
    told.decide_the_rest(Decision.ANNOUNCE_ONLY, "their age is on no file")
    told.assess()
    with told.kit.begin() as tx:
        attest(tx, LIST, region="CN", because="the callers sit in Shanghai", by=COMPLIANCE, clock=told.clock)
    told.approve_everything()
    sending.send_everything(told)
    sending.work(told)
    return told


def lists(drill):
    with drill.kit.begin(reading=True) as tx:
        return standing(tx, drill.incident(tx), kit=drill.kit)


def take(drill, by) -> Call | None:
    try:
        with drill.kit.begin() as tx:
            return next_call(tx, drill.incident(tx), by=by, kit=drill.kit)
    except Refused as refused:
        if refused.code != "nobody_to_call":
            raise
        return None


def written(drill, one, by, word) -> None:
    with drill.kit.begin() as tx:
        write_down(tx, tx.get_one(Call, one.id), word, by=by, kit=drill.kit)


def test_the_script_says_the_approved_words_and_how_to_make_sure(drill):
    taken = take(drill, CALLERS[0])
    with drill.kit.begin(reading=True) as tx:
        call = tx.get_one(Call, taken.id)
        fan_out = tx.get_one(FanOut, call.fan_out_id)
        approved = {by_channel["calls"]["spoken"] for by_channel in fan_out.texts.values()}
        said = script_of(tx, call, kit=drill.kit)
        number = number_of(tx, call, by=CALLERS[0], kit=drill.kit)
        assert number == contact_of(tx, call, kit=drill.kit).address
    assert said.words in approved
    assert fan_out.language == said.language == said.frame.language == "zh-Hans"
    assert said.reference in {each.reference for each in drill.notices()}
    assert ("监护人" in said.ask) == fan_out.for_guardians
    assert any("400-990-9669" in line for line in said.verify)
    assert number not in said.words


def test_two_callers_work_through_the_list_and_every_person_ends_in_one_word(drill):
    before = lists(drill)
    assert sum(one.people for one in before) > 20
    assert all(one.to_tell == one.people for one in before)
    ends = [D.TOLD_AND_CONFIRMED, D.NO_ANSWER, D.TOLD, D.WRONG_NUMBER, D.MACHINE, D.REFUSES_TO_LISTEN, D.BUSY]
    made = 0
    while any(one.to_tell for one in lists(drill)):
        held = [(by, one) for by in CALLERS if (one := take(drill, by)) is not None]
        assert len({one.delivery_id for _, one in held}) == len(held)
        for by, one in held:
            written(drill, one, by, ends[made % len(ends)])
            made += 1
        if not held:
            drill.later(hours=5)
    sending.work_for_a_day(drill)
    after = lists(drill)
    assert [one.people for one in after] == [one.people for one in before]
    assert all(sum(one.people_by_word.values()) == one.people for one in after)
    words = {word for one in after for word in one.people_by_word}
    assert words == {"told_and_confirmed", "told", "next_route"}
    for stands in sending.standing(drill).values():
        assert stands.people == stands.told + stands.announced + stands.not_reached
        assert stands.under_way == 0
    with drill.kit.begin(reading=True) as tx:
        assert all(one.ended_at for one in tx.scalars(select(FanOut)))


def test_a_list_that_is_given_up_is_chosen_for_nobody_until_it_is_reopened(drill):
    with drill.kit.begin() as tx:
        fan_out = tx.get_one(FanOut, lists(drill)[0].fan_out_id)
        notice_id, language = fan_out.notice_id, fan_out.language
        give_up(tx, fan_out, because="the callers are needed elsewhere", by=CALLERS[0], kit=drill.kit)
    shut = start.reach(drill.kit, notice_id, language)
    assert shut.closed["calls", "", Why.LIST_GIVEN_UP] > 0
    assert ("calls", LIST) not in shut.by_route
    with drill.kit.begin() as tx:
        one = tx.get_one(FanOut, fan_out.id)
        closings.reopen(tx, one, because="they are back", by=CALLERS[1], kit=drill.kit)
    assert start.reach(drill.kit, notice_id, language).by_route["calls", LIST] > 0
