"""What moves the ledger beside facts: the police, a company's standing answers, other laws; severity moves nothing."""

import dataclasses
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.foundation.signing import add_signing_key, read_signer
from incidents.obligations import discharge, reassess
from incidents.obligations.assess import What, assess
from incidents.obligations.facts import facts_of, facts_of_open
from incidents.obligations.ledger import live, newest_assessment
from incidents.obligations.severity import assess_severity, override, read_said, severities, severity
from incidents.obligations.states import State
from incidents.record import facts, holds, timeline
from incidents.record.company import answer_standing, standing_answers, standing_rows
from incidents.record.declare import Declaration, declare
from policies.load import load
from policies.pack import PoliceDelay
from policies.vocabulary import RequestForm
from tests.clock import FrozenClock
from tests.incidents.counted import cohort, counted

AWARE = datetime(2026, 11, 20, 13, 40, tzinfo=UTC)
TELL = "cn/pipl/tell-people"
SAID = {"identification": "significant", "confidentiality": "unknown_recipients", "intent": "malicious"}


@pytest.fixture
def clock():
    return FrozenClock(AWARE + timedelta(minutes=20))


@pytest.fixture
def incident(tx, responder, clock, keys):
    said = Declaration(title="An export was read", company="moqi", became_aware_at=AWARE)
    return declare(tx, said, by=responder, clock=clock, keys=keys)


@pytest.fixture
def signer(home):
    add_signing_key(home / "signing")
    return read_signer(home / "signing")


def the_law_with(**changes):
    """The packs as they are, but for some fields of one law."""
    packs = load()
    law = packs.laws["cn/pipl"].model_copy(update=changes)
    return dataclasses.replace(packs, laws={**packs.laws, "cn/pipl": law}, digest="another state of the law")


def told(tx, incident):
    return next(row for row in live(tx, incident.id) if row.duty == TELL)


def police(tx, incident, clock, responder, **more):
    said = {"stops": "sending", "reason": "An arrest is near.", "requested_by": "the city police"}
    ends = clock.now() + timedelta(days=5)
    return holds.hold(tx, incident, **{**said, "ends_at": ends, "by": responder, "clock": clock, **more})


def test_a_request_of_the_police_moves_the_clocks_of_a_law_that_knows_such_a_delay(tx, incident, clock, responder):
    delaying = the_law_with(police_delay=PoliceDelay(cite="article 1", known="read_in_text"))
    counted(tx, incident, clock, cohort("c1", 40))
    assess(tx, incident, by=responder, clock=clock, packs=delaying)
    aimed = told(tx, incident).target_at
    held = police(tx, incident, clock, responder, police_form=RequestForm.WRITTEN)
    assess(tx, incident, by=responder, clock=clock, packs=delaying)
    assert told(tx, incident).target_at == held.ends_at > aimed
    assert "the city police" in told(tx, incident).deadline_says
    clock.tick(timedelta(days=2))
    holds.release(tx, held, by=responder, clock=clock)
    assess(tx, incident, by=responder, clock=clock, packs=delaying)
    assert told(tx, incident).target_at == clock.now()


def test_a_hold_that_the_police_did_not_ask_for_and_a_law_without_a_delay_move_nothing(tx, incident, clock, responder):
    counted(tx, incident, clock, cohort("c1", 40))
    assess(tx, incident, by=responder, clock=clock, packs=load())
    aimed = told(tx, incident).target_at
    police(tx, incident, clock, responder)
    police(tx, incident, clock, responder, police_form=RequestForm.ORAL, places=["CN"])
    assess(tx, incident, by=responder, clock=clock, packs=load())
    assert told(tx, incident).target_at == aimed
    (request,) = facts_of(tx, incident, now=clock.now()).parties[0].police_requests
    assert (request.form, request.where, request.agency) == ("oral", ("CN",), "the city police")


def test_the_police_ask_about_telling_and_about_places_that_there_are(tx, incident, clock, responder):
    with pytest.raises(BadInput, match="not a deletion"):
        police(tx, incident, clock, responder, stops="deletion", police_form=RequestForm.WRITTEN)
    with pytest.raises(BadInput, match="places: 'Texas'"):
        police(tx, incident, clock, responder, police_form=RequestForm.WRITTEN, places=["Texas"])


def test_a_standing_answer_counts_in_every_incident_and_an_incidents_own_counts_more(
    tx, incident, clock, responder, compliance, keys
):
    hands = {"by": compliance, "clock": clock, "because": "the board confirmed it"}
    answer_standing(tx, "moqi", "operator_is_cii", "no", **hands)
    answer_standing(tx, "moqi", "offers_to:EEA", "no", **hands)
    known = facts_of(tx, incident, now=clock.now()).parties[0]
    assert (known.answers["operator_is_cii"], known.offers_to["EEA"]) == ("no", "no")
    facts.answer(tx, incident, "operator_is_cii", "yes", by=compliance, clock=clock, because="this system is")
    assert facts_of(tx, incident, now=clock.now()).parties[0].answers["operator_is_cii"] == "yes"
    answer_standing(tx, "moqi", "operator_is_cii", "unknown", **hands)
    assert standing_answers(tx, "moqi") == {"operator_is_cii": "unknown", "offers_to:EEA": "no"}
    assert standing_answers(tx, "mmso") == {}
    other = declare(tx, Declaration("Another", "moqi", AWARE), by=responder, clock=clock, keys=keys)
    assert facts_of_open(tx, now=clock.now())[other.reference].parties[0].offers_to["EEA"] == "no"


def test_only_compliance_says_what_a_company_is_and_says_why(tx, clock, responder, compliance):
    with pytest.raises(Refused, match="compliance"):
        answer_standing(tx, "moqi", "listed_company", "no", because="it is not", by=responder, clock=clock)
    with pytest.raises(BadInput, match="needs its reason"):
        answer_standing(tx, "moqi", "listed_company", "no", because=" ", by=compliance, clock=clock)
    assert standing_rows(tx, "moqi") == []


def test_a_change_of_law_assesses_open_incidents_again_and_reopens_a_decision_that_it_made_owed(
    tx, incident, clock, responder, compliance, signer
):
    optional = the_law_with(state="voluntary")
    kit = SimpleNamespace(packs=load(), clock=clock, begin=lambda **_: _Open(tx))
    assert reassess.due(kit) == []
    counted(tx, incident, clock, cohort("c1", 40))
    facts.answer(tx, incident, "harm_effectively_avoided", "yes", by=compliance, clock=clock, because="deleted")
    assess(tx, incident, by=responder, clock=clock, packs=optional)
    hands = {"by": compliance, "clock": clock, "signer": signer}
    discharge.decide_not_to_notify(tx, _of(tx, incident, "cn/pipl/tell-authority"), because="advice only", **hands)
    assert reassess.due(kit) == [incident.id]
    reassess.reassess.run(kit, incident.id)
    assert reassess.due(kit) == []
    assert newest_assessment(tx, incident.id).packs == load().digest


def test_what_was_left_open_and_became_owed_is_decided_again(tx, incident, clock, responder, compliance, signer):
    counted(tx, incident, clock, cohort("c1", 40))
    assess(tx, incident, by=responder, clock=clock, packs=load())
    duty = "cn/network-data-regulations/tell-interested"
    open_row = _of(tx, incident, duty)
    assert open_row.state == State.UNKNOWN
    discharge.decide_not_to_notify(tx, open_row, because="no harm seen", by=compliance, clock=clock, signer=signer)
    facts.answer(tx, incident, "harm_to_lawful_rights", "yes", by=compliance, clock=clock, because="a call came")
    done = assess(tx, incident, by=responder, clock=clock, packs=load())
    assert What.REOPENED in {one.what for one in done.changes if one.duty == duty}
    assert {row.state for row in live(tx, incident.id) if row.duty == duty} == {State.WAIVED, State.OWED}


def test_severity_is_scored_by_cohort_and_the_worst_stands_with_its_reasons(tx, incident, clock, compliance):
    counted(tx, incident, clock, cohort("c1", 40, categories=["name"]), cohort("c2", 9, categories=["health"]))
    row = assess_severity(tx, incident, "enisa-2013", SAID, because="as the logs show", by=compliance, clock=clock)
    assert (row.band, row.score) == ("very_high", "4.00")
    assert {one["cohort"]: one["band"] for one in row.cohorts} == {"c1": "low", "c2": "very_high"}
    assert any("DPC 4" in line for line in row.explained)
    assert [one.kind for one in timeline.read(tx, incident.id)][-1] == "severity.assessed"


def test_severity_decides_no_obligation(tx, incident, clock, compliance, responder):
    counted(tx, incident, clock, cohort("c1", 40, categories=["health"]))
    before = assess(tx, incident, by=responder, clock=clock, packs=load())
    assess_severity(tx, incident, "enisa-2013", SAID, because="as the logs show", by=compliance, clock=clock)
    assert assess(tx, incident, by=responder, clock=clock, packs=load()).assessment is before.assessment


def test_a_compliance_person_may_hold_another_band_to_be_right_and_both_are_kept(
    tx, incident, clock, compliance, responder
):
    counted(tx, incident, clock, cohort("c1", 40, categories=["name"]))
    row = assess_severity(tx, incident, "enisa-2013", SAID, because="as the logs show", by=responder, clock=clock)
    with pytest.raises(Refused, match="compliance"):
        override(tx, row, "high", because="they are children", by=responder, clock=clock)
    with pytest.raises(BadInput, match="needs its reason"):
        override(tx, row, "high", because="", by=compliance, clock=clock)
    with pytest.raises(BadInput, match="'grave' is none of low"):
        override(tx, row, "grave", because="they are children", by=compliance, clock=clock)
    override(tx, row, "high", because="they are children", by=compliance, clock=clock)
    assert (row.band, row.overridden_band, row.overridden_by_name) == ("low", "high", "Conny")
    later = assess_severity(tx, incident, "enisa-2013", SAID, because="again", by=compliance, clock=clock)
    assert severities(tx, incident.id) == [later]
    with pytest.raises(Refused, match="later assessment"):
        override(tx, row, "low", because="no", by=compliance, clock=clock)
    with pytest.raises(NotFound):
        severity(tx, incident.id, "richter")


def test_severity_needs_data_and_reasons(tx, incident, clock, compliance):
    with pytest.raises(Refused, match="scope first"):
        assess_severity(tx, incident, "enisa-2013", SAID, because="a guess", by=compliance, clock=clock)
    with pytest.raises(BadInput, match="because"):
        assess_severity(tx, incident, "enisa-2013", SAID, because="", by=compliance, clock=clock)
    with pytest.raises(BadInput, match="'intent' is not of the form"):
        read_said(["identification=limited", "intent"])


def _of(tx, incident, duty):
    return next(row for row in live(tx, incident.id) if row.duty == duty)


class _Open:
    """A transaction that a test has open already, handed out as a kit begins one."""

    def __init__(self, tx):
        self.tx = tx

    def __enter__(self):
        return self.tx

    def __exit__(self, *_):
        self.tx.flush()
