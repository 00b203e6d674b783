"""Declaring, amending, anchoring, holding: what goes on record and stays there."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from incidents.foundation.errors import BadInput, Refused
from incidents.record import anchors, facts, holds, inbound, timeline
from incidents.record.assign import Part, assign, assignments
from incidents.record.declare import Declaration, amend, declare, move_to, reclassify
from incidents.record.incident import Phase, find
from incidents.record.tables import TimelineEntry
from policies.vocabulary import AnchorName, Certainty

AWARE = datetime(2026, 3, 6, 13, 40, tzinfo=UTC)


@pytest.fixture
def incident(tx, responder, clock, keys):
    said = Declaration(title="A partner's export was read by a stranger", company="acme", became_aware_at=AWARE)
    return declare(tx, said, by=responder, clock=clock, keys=keys)


def test_a_declared_incident_has_its_first_anchor_and_lines(tx, incident):
    assert anchors.anchors(tx, incident.id) == {"acme": {"became_aware_at": AWARE}}
    assert [entry.kind for entry in timeline.read(tx, incident.id)] == ["incident.declared", "anchor.set"]
    assert find(tx, incident.reference.lower()) is incident


@pytest.mark.parametrize("aware", [None, AWARE + timedelta(hours=1)])
def test_an_incident_without_a_true_anchor_is_refused_by_field(tx, responder, clock, keys, aware):
    with pytest.raises(BadInput, match="became_aware_at"):
        declare(tx, Declaration("x", "acme", aware), by=responder, clock=clock, keys=keys)


def test_someone_without_the_role_declares_nothing(tx, writer, clock, keys):
    with pytest.raises(Refused, match="Wai does not hold it"):
        declare(tx, Declaration("x", "acme", AWARE), by=writer, clock=clock, keys=keys)


def test_a_corrected_anchor_supersedes_and_the_earlier_stays(tx, incident, compliance, clock):
    earlier = AWARE - timedelta(hours=2)
    anchors.set_anchor(
        tx, incident, AnchorName.BECAME_AWARE_AT, earlier, by=compliance, clock=clock, source="the pager's record"
    )
    assert anchors.anchors(tx, incident.id)["acme"]["became_aware_at"] == earlier
    line = timeline.read(tx, incident.id)[-1]
    assert line.detail["corrects"].startswith("2026-03-06T13:40")
    assert line.happened_at == earlier
    assert line.recorded_at == clock.now()


def test_awareness_is_kept_per_party(tx, incident, responder, clock):
    clock.tick(timedelta(hours=5))
    anchors.set_anchor(
        tx,
        incident,
        AnchorName.TOLD_BY_PROCESSOR_AT,
        clock.now(),
        by=responder,
        clock=clock,
        source="a call",
        party="acme:shop-7",
    )
    assert set(anchors.anchors(tx, incident.id)) == {"acme", "acme:shop-7"}


def test_reclassifying_says_what_changed_and_needs_a_reason(tx, incident, responder, clock):
    with pytest.raises(BadInput, match="reason"):
        reclassify(tx, incident, because=" ", certainty=Certainty.POSSIBLE, by=responder, clock=clock)
    reclassify(tx, incident, because="no proof of reading", certainty=Certainty.POSSIBLE, by=responder, clock=clock)
    assert timeline.read(tx, incident.id)[-1].detail["changed"] == {"certainty": ["happened", "possible"]}
    with pytest.raises(Refused, match="already"):
        reclassify(tx, incident, because="again", certainty=Certainty.POSSIBLE, by=responder, clock=clock)


def test_the_words_of_a_title_stay_out_of_the_timeline(tx, incident, responder, clock):
    amend(tx, incident, title="Called in by 13812345678", by=responder, clock=clock)
    assert "13812345678" not in str([entry.detail for entry in timeline.read(tx, incident.id)])


def test_nobody_closes_an_incident_by_moving_it(tx, incident, responder, clock):
    with pytest.raises(Refused, match="closing it"):
        move_to(tx, incident, Phase.CLOSED, by=responder, clock=clock)


def test_an_answer_replaces_the_earlier_one_and_keeps_it(tx, incident, compliance, clock):
    for value in ("unknown", "yes"):
        facts.answer(tx, incident, "harm_avoided", value, by=compliance, clock=clock, because="checked the logs")
    assert facts.answers(tx, incident.id) == {"acme": {"harm_avoided": "yes"}}


def test_a_hold_ends_by_itself(tx, incident, compliance, clock):
    holds.hold(
        tx,
        incident,
        stops="sending",
        reason="the hole is open",
        requested_by="the house",
        ends_at=clock.now() + timedelta(hours=2),
        by=compliance,
        clock=clock,
    )
    assert holds.in_force(tx, incident.id, "sending", clock=clock)
    assert holds.in_force(tx, incident.id, "deletion", clock=clock) is None
    clock.tick(timedelta(hours=3))
    assert holds.in_force(tx, incident.id, "sending", clock=clock) is None


def test_a_part_is_given_once_to_a_person(tx, incident, responder, writer, clock):
    assign(tx, incident, Part.SCRIBE, writer, by=responder, clock=clock)
    with pytest.raises(Refused, match="already"):
        assign(tx, incident, Part.SCRIBE, writer, by=responder, clock=clock)
    assert [held.actor_name for held in assignments(tx, incident.id)] == ["Wai"]


def test_an_inbound_report_is_sealed_and_its_words_stay_out_of_the_timeline(tx, incident, keys, clock, responder):
    said = inbound.Report("acme", "My salary is on a forum", "mia@example.org", "email")
    row = inbound.receive(tx, said, clock=clock, keys=keys, answer_within=timedelta(days=15))
    assert b"salary" not in row.sealed_text
    inbound.attach(tx, row, incident, by=responder, clock=clock)
    assert inbound.read(tx, row, keys=keys) == said
    assert "salary" not in str([entry.detail for entry in timeline.read(tx, incident.id)])


def test_every_changed_line_breaks_the_chain_where_it_stands(tx, incident, responder, clock):
    for number in range(4):
        amend(tx, incident, title=f"title {number}", by=responder, clock=clock)
    lines = [(timeline.line(entry), entry.digest) for entry in timeline.read(tx, incident.id)]
    assert timeline.first_break(lines) is None
    for place in range(len(lines)):
        forged = [
            ({**plain, "actor_name": "Nobody"} if at == place else plain, d) for at, (plain, d) in enumerate(lines)
        ]
        assert timeline.first_break(forged) == place + 1
    assert timeline.first_break(lines[:2] + lines[3:]) == 3
    assert timeline.first_break([*lines[:2], lines[3], lines[2], *lines[4:]]) == 3


def test_two_lines_cannot_take_one_place(tx, incident, responder, clock):
    entry = timeline.read(tx, incident.id)[-1]
    copy = {c.name: getattr(entry, c.name) for c in TimelineEntry.__table__.columns} | {"id": "tl_other"}
    tx.add(TimelineEntry(**copy))
    with pytest.raises(IntegrityError):
        tx.flush()
    tx.rollback()
