"""SMO: a person wrote that a list with their name is for sale; accounts are SMO's own, team members their client's."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from incidents.obligations.states import State
from incidents.record.inbound import Report, attach, mark_answered, receive
from incidents.record.tables import InboundReport
from incidents.record.timeline import read
from policies.vocabulary import Audience
from tests.drills.cast import RESPONDER, Drill

WORDS = "Somebody offers a list with my name and my number in it."


@pytest.fixture(scope="module")
def scoped(tmp_path_factory):
    told = Drill.open(tmp_path_factory.mktemp("smo"), "smo", company="smo", people=2_000)
    _opened(told)
    for number in range(len(told.leak.files)):
        told.collect(number)
    told.scope()
    return told


@pytest.fixture
def drill(scoped, tmp_path):
    return scoped.again(tmp_path)


def _written(drill):
    """A person writes by the public page, before anybody has declared anything."""
    with drill.kit.begin() as tx:
        report = Report("smo", WORDS, "wrote.in@oakland.example.com", "public_page")
        return receive(tx, report, clock=drill.clock, keys=drill.kit.keys, answer_within=timedelta(days=3)).id


def _opened(drill):
    report = _written(drill)
    drill.declare("A member list is offered for sale")
    with drill.kit.begin() as tx:
        attach(tx, tx.get_one(InboundReport, report), drill.incident(tx), by=RESPONDER, clock=drill.clock)


def test_the_report_opens_the_incident_and_its_words_stand_on_no_timeline(drill):
    with drill.kit.begin() as tx:
        lines = read(tx, drill.incident_id)
        assert "report.attached" in {line.kind for line in lines}
        assert not any("wrote.in" in str(line.detail) or "my number" in str(line.detail) for line in lines)


def test_the_person_who_wrote_is_answered_once(drill):
    with drill.kit.begin() as tx:
        row = tx.scalars(select(InboundReport)).one()
        assert row.due_at == drill.clock.now() + timedelta(days=3)
        assert mark_answered(tx, row, by=RESPONDER, clock=drill.clock) == drill.clock.now()


def test_the_offered_list_is_told_apart_by_who_decides_over_the_data(drill):
    people = [person for person in drill.people() if person["membership"] == "affected"]
    assert sorted(person["person_id"] for person in people) == drill.truth.people
    own = {person["role"] for person in people if person["controller"] == "smo"}
    teams = {person["role"] for person in people if person["controller"].startswith("smo:team-")}
    assert own == {"account_holder"}
    assert teams == {"team_member"}


def test_push_and_announcement_are_owed_side_by_side_and_the_teams_are_told_by_themselves(drill):
    drill.answer({"controller_has_instructed": "no"})
    drill.assess()
    (push,) = drill.ledger("house/smo/tell-people", party="smo")
    (announce,) = drill.ledger("house/smo/announce", party="smo")
    assert push.state == announce.state == State.OWED
    assert announce.owed_to == Audience.PUBLIC
    teams = drill.ledger("contract/processing-agreement/tell-controller", party="smo")
    assert teams
    assert all(row.subject.startswith("smo:team-") for row in teams if row.state == State.OWED)
