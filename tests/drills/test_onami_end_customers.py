"""Onami: orders of three shops could be read; Onami is the processor, so it tells the shops and nobody's customers."""

from collections import Counter

import pytest
from sqlalchemy import select

from incidents.deliveries.approved import dispatch_of
from incidents.notices.tables import NoticeVariant
from incidents.obligations.states import State
from incidents.record.anchors import anchors
from incidents.snapshots.opened import cohort_facts, newest
from policies.vocabulary import Audience, Role
from tests.drills import sending
from tests.drills.cast import Drill

SHOPS = {"onami:shop-0001", "onami:shop-0002", "onami:shop-0004"}


@pytest.fixture(scope="module")
def scoped(tmp_path_factory):
    told = Drill.open(tmp_path_factory.mktemp("onami"), "onami", company="onami", people=2_000)
    told.declare("Orders could be read through another shop's page", role=Role.PROCESSOR)
    told.collect(0)
    told.scope()
    return told


@pytest.fixture
def drill(scoped, tmp_path):
    return scoped.again(tmp_path)


def test_each_shop_is_a_controller_of_its_own_people_and_nobody_elses(drill):
    people = [person for person in drill.people() if person["membership"] == "affected"]
    assert {person["controller"] for person in people} == SHOPS
    assert sorted(person["person_id"] for person in people) == drill.truth.people


def test_the_shops_are_owed_the_telling_and_no_customer_is_unless_the_shop_instructs(drill):
    drill.answer({"controller_has_instructed": "no"})
    drill.assess()
    told = drill.ledger("contract/processing-agreement/tell-controller", party="onami")
    assert {row.subject for row in told if row.state == State.OWED} == SHOPS
    assert all("other_controllers_people" in row.forbidden for row in told)
    to_people = [row for row in drill.ledger(party="onami") if row.owed_to == Audience.AFFECTED_INDIVIDUALS]
    assert not [row.duty for row in to_people if row.state in {State.OWED, State.POSSIBLE}]


def test_whether_a_shop_instructs_is_unknown_until_it_has_said_so(drill):
    drill.assess()
    rows = drill.ledger("contract/processing-agreement/tell-people-on-instruction", party="onami")
    assert rows
    assert {row.state for row in rows} == {State.UNKNOWN}
    drill.answer({"controller_has_instructed": "yes"})
    drill.assess()
    rows = drill.ledger("contract/processing-agreement/tell-people-on-instruction", party="onami")
    assert State.OWED in {row.state for row in rows}


def test_a_shops_own_clock_does_not_run_before_it_was_told(drill):
    drill.assess()
    shop = drill.ledger(party="onami:shop-0001")
    assert all(row.due_at is None for row in shop)


def test_the_platform_whose_data_it_is_may_be_owed_a_word_within_a_day(drill):
    drill.assess()
    rows = drill.ledger("contract/meta-platform-terms/tell-platform", party="onami")
    assert rows
    assert all(row.state in {State.OWED, State.UNKNOWN, State.POSSIBLE} for row in rows)


@pytest.fixture(scope="module")
def told(scoped, tmp_path_factory):
    """The shops' owners are told, a day ago."""
    drill = scoped.again(tmp_path_factory.mktemp("told"))
    drill.answer({"controller_has_instructed": "no", "platform_data_concerned_meta": "no"})
    drill.assess()
    drill.approve_everything()
    sending.send_everything(drill)
    sending.work_for_a_day(drill)
    return drill


def test_each_shops_owner_is_told_with_the_numbers_of_their_own_customers_only(told):
    (notice,) = told.notices("controller")
    counts = Counter(one["controller"] for one in told.people() if one["membership"] == "affected")
    with told.kit.begin() as tx:
        rows = tx.scalars(select(NoticeVariant).where(NoticeVariant.notice_id == notice.id)).all()
        assert {row.subject: row.people["max"] for row in rows} == counts
        dispatched = [dispatch_of(tx, notice, word, kit=told.kit) for word in ("en", "my")]
    owners = [person for one in dispatched for person in one.readers["person_id"].to_pylist()]
    assert set(owners).isdisjoint(told.truth.people)
    assert len(set(owners)) == len(owners) <= len(SHOPS)


def test_telling_a_shop_starts_its_own_clock_with_the_proof(told):
    met = [row for row in told.ledger("contract/processing-agreement/tell-controller") if row.state == State.MET]
    assert met
    with told.kit.begin() as tx:
        clocks = anchors(tx, told.incident_id)
    assert all("told_by_processor_at" in clocks[row.subject] for row in met)


def test_no_customer_got_anything(told):
    assert {wording for wording, _ in sending.standing(told)} == {"controller"}


def test_once_one_shop_instructs_its_customers_alone_are_told_and_in_its_own_name(drill):
    with drill.kit.begin() as tx:
        snapshot = newest(tx, drill.incident_id)
        assert snapshot
        cohorts = [one["id"] for one in cohort_facts(tx, snapshot) if one["controller"] == "onami:shop-0001"]
    drill.answer({"platform_data_concerned_meta": "no"})
    drill.answer({f"controller_has_instructed@{cohort}": "yes" for cohort in cohorts})
    drill.assess()
    drill.draft()
    notices = drill.notices("individuals")
    assert {notice.sender for notice in notices} == {"onami:shop-0001"}
    owners = {person["person_id"]: person["controller"] for person in drill.people()}
    for notice in notices:
        for language in drill.spoken(notice):
            drill.rewrite(notice.reference, language, "sender", "Thiri Shop")
        drill.write(notice.reference)
        drill.release(notice.reference)
        drill.approve(notice.reference)
        with drill.kit.begin() as tx:
            for language in drill.spoken(notice):
                found = dispatch_of(tx, notice, language, kit=drill.kit)
                assert found.sender_name == "Thiri Shop"
                told = {owners[one] for one in found.readers["person_id"].to_pylist()}
                assert told == SHOPS - {"onami:shop-0002", "onami:shop-0004"}
                plain = " ".join(text for by_channel in found.texts.values() for text in by_channel["email"].values())
                assert "Thiri Shop" in plain
                assert "Onami" not in plain
