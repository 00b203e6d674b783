"""The smallest and most frequent case: a message reached the wrong people; assessed, recorded and closed in one act."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.signing import add_signing_key, read_signer
from incidents.obligations.ledger import live
from incidents.obligations.states import State
from incidents.record.actor import Actor, ActorRole
from incidents.record.company import answer_standing
from incidents.record.declare import Declaration
from incidents.record.incident import Kind, Phase
from incidents.review.small import ASKED, MOST, Small, open_small, settle_small
from policies.load import load
from tests.clock import FrozenClock

AWARE = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
WHY = "Both deleted it."
DPO = Actor("acc_dora", "Dora", frozenset({ActorRole.RESPONDER, ActorRole.COMPLIANCE}))
RESPONDER = Actor("acc_rana", "Rana", frozenset({ActorRole.RESPONDER}))
# The only reader deleted it, is bound to secrecy, and it said little.
HARMLESS = {
    "recipients_known_and_few": "yes",
    "recipient_trusted": "yes",
    "deletion_confirmed": "yes",
    "data_reveals_little": "yes",
    "malicious_actor": "no",
    "data_unintelligible": "no",
    "serious_harm_possible": "no",
    "care_or_livelihood_interrupted": "no",
}
# What this company is, which nobody wants to be asked of two e-mails.
SCHOOL = {
    "nis2_entity": "no",
    "financial_entity_dora": "no",
    "manufacturer_cra": "no",
    "telecom_provider": "no",
    "trust_service_provider_eu": "no",
    "holds_platform_data_meta": "no",
    "licensed_security_provider": "no",
}


@pytest.fixture
def clock():
    return FrozenClock(AWARE + timedelta(hours=1))


@pytest.fixture
def desk(tx, clock, keys, home):
    """`desk(residence, answers, ...)` tells the case as one person at a desk would, and gives back what came of it."""
    add_signing_key(home / "signing")
    signer = read_signer(home / "signing")

    def tell(
        residence, answers=HARMLESS, *, company="mmso", people=2, decide=False, by=DPO, because="Both deleted it."
    ):
        said = Declaration("Marks sent to the wrong family", company, AWARE, kind=Kind.MISDIRECTED_MESSAGE)
        small = Small(people, residence, ("name", "course_record"))
        incident = open_small(tx, said, small, by=by, clock=clock, keys=keys)
        hands = {"by": by, "clock": clock, "packs": load(), "signer": signer}
        return settle_small(tx, incident, answers, because=because, decide=decide, **hands)

    return tell


@pytest.fixture
def known_school(tx, clock):
    """The company told once what it is."""
    for fact, value in {**SCHOOL, "established_in:EEA": "yes"}.items():
        answer_standing(tx, "mmso", fact, value, because="known of ourselves", by=DPO, clock=clock)


def states(tx, done, law):
    return {row.duty.rsplit("/", 1)[1]: row.state for row in live(tx, done.incident.id) if row.law == law}


def test_in_europe_it_is_on_record_and_nobody_need_be_told(tx, desk, known_school):
    done = desk("DE")
    assert (done.closed, done.left) == (True, ())
    assert done.incident.phase == Phase.CLOSED
    found = states(tx, done, "eu/gdpr")
    assert found["record"] == State.MET
    assert {found["tell-authority"], found["tell-people"]} == {State.NOT_OWED}


def test_what_was_not_said_is_unknown_and_keeps_the_case_open_until_somebody_decides(tx, desk, known_school):
    told_little = {"deletion_confirmed": "yes"}
    left = desk("DE", told_little)
    assert not left.closed
    assert any("eu/gdpr/tell-people" in line or "under eu/gdpr" in line for line in left.left)


def test_a_reader_who_means_harm_leaves_the_authority_and_the_people_owed(tx, desk, known_school):
    done = desk("DE", {**HARMLESS, "malicious_actor": "yes", "recipient_trusted": "no", "data_reveals_little": "no"})
    assert not done.closed
    found = states(tx, done, "eu/gdpr")
    assert (found["tell-authority"], found["tell-people"], found["record"]) == (State.OWED, State.OWED, State.MET)
    assert sum("owes eu/gdpr" in line for line in done.left) == 2


def test_a_decision_for_open_facts_is_signed_and_never_made_for_what_is_owed(tx, desk):
    done = desk("MM", decide=True)
    assert done.closed
    decided = [row for row in live(tx, done.incident.id) if row.state == State.WAIVED]
    assert decided
    assert all(row.signature and row.settled_because == WHY for row in decided)
    owed = desk("CN", {**HARMLESS, "harm_effectively_avoided": "no"}, company="moqi", decide=True)
    assert not owed.closed
    assert states(tx, owed, "cn/pipl")["tell-people"] == State.OWED


def test_a_responder_assesses_and_leaves_the_closing_to_compliance(tx, desk, known_school):
    done = desk("DE", by=RESPONDER)
    assert (done.closed, done.left) == (False, ("A compliance person closes the case.",))


def test_only_compliance_signs_for_what_is_left_open(desk):
    with pytest.raises(Refused, match="compliance"):
        desk("MM", decide=True, by=RESPONDER)


def test_many_people_and_nobody_are_no_small_case_and_a_reason_is_always_given(desk):
    with pytest.raises(Refused, match="declare it and scope"):
        desk("DE", people=MOST + 1)
    with pytest.raises(BadInput, match="people"):
        desk("DE", people=0)
    with pytest.raises(BadInput, match="because"):
        desk("DE", because=" ")


def test_what_the_form_asks_is_worded_by_the_laws():
    assert set(ASKED) <= set(load().words)
