"""Letters that came back: each refused once, the next route taken, and every line that says nothing named."""

import csv

import pyarrow as pa
import pytest
from sqlalchemy import select

from affected import contacts, open_directory
from affected.mapping import Mapping
from incidents.deliveries import send
from incidents.deliveries.climb import climb, due
from incidents.deliveries.dispatch import readers_from
from incidents.deliveries.outcomes import append, from_sent, rebuilt, states
from incidents.deliveries.returned import Back, Why, read_returned, take_returned
from incidents.deliveries.state import State
from incidents.deliveries.tables import Batch, Delivery, DeliveryNow, DeliveryOutcome
from incidents.foundation.errors import BadInput, Refused
from incidents.record import timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.tables import Incident
from incidents.review.telling import delivery_rows
from notifiers.mark import mark_of
from notifiers.outcome import Outcome, Sent
from notifiers.postal import read_postal
from tests.incidents.fanout import MAPPING, TEXTS, WRITER, make_stage

LETTER = {"letter": {"subject": "Notice", "plain": "Dear reader"}}
LADDER = {"one_by_one": ["letter", "sms"], "last": "announcement"}
PEOPLE = 6


def directory_of(folder):
    """People with a telephone and a postal address: their ids, and the directory that holds them."""
    file = folder / "people.csv"
    rows = [f"u{number},1380000000{number},样例路{number}号" for number in range(PEOPLE)]
    file.write_text("\n".join(["uid,mobile,address", *rows]) + "\n")
    contact = {"phone": {"column": "mobile", "region": "CN"}, "postal": {"column": "address"}}
    said = MAPPING | {"contact": contact, "residence": {"value": "CN"}, "language": {"value": "zh-Hans"}}
    people = {f"u{number}": {"country": "CN"} for number in range(PEOPLE)}
    return people, open_directory(file, Mapping.model_validate(said))


@pytest.fixture
def stage(home, begin, keys, clock, monkeypatch):
    monkeypatch.setattr("incidents.deliveries.claim.require_still_approved", lambda _tx, _fan_out: None)
    made = make_stage(home, begin, keys, clock, script="well")
    made.people, made.kit.directories["moqi"] = directory_of(made.folder)
    return made


@pytest.fixture
def posted(stage):
    """The fan-out whose letters were handed over, and their references."""
    fan_out = stage.plan(stage.dispatch(texts={"v1": TEXTS | LETTER}, ladders=(LADDER,)))
    with stage.kit.begin(reading=True) as tx:
        batches = list(tx.scalars(select(Batch.id)))
    for batch in batches:
        send.send_batch(stage.kit, batch)
    with stage.kit.begin(reading=True) as tx:
        references = list(
            tx.scalars(select(Delivery.id).where(Delivery.channel == "letter").order_by(Delivery.ordinal))
        )
    assert len(references) == PEOPLE
    return fan_out, references


def taken(stage, *backs, by=WRITER):
    with stage.kit.begin() as tx:
        return take_returned(tx, backs, by=by, kit=stage.kit)


def back(reference, why=Why.GONE, place="line 1"):
    return Back(place, reference, why)


def test_a_letter_that_came_back_is_refused_and_its_person_takes_the_next_route(stage, posted):
    fan_out, (first, second, *rest) = posted
    said = taken(stage, back(mark_of(first)), back(mark_of(second).upper(), Why.INVALID_ADDRESS, "line 2"))
    assert said.as_json() == {"letters": 2, "reasons": {"gone": 1, "invalid_address": 1}, "not_taken": []}
    with stage.kit.begin(reading=True) as tx:
        now = states(tx, [first, second, *rest])
        assert {now[first], now[second], rebuilt(tx, first)} == {State.REFUSED}
        assert {now[one] for one in rest} == {State.ACCEPTED}
        outcome = tx.scalars(select(DeliveryOutcome).where(DeliveryOutcome.event_id == f"{first}:returned")).one()
        assert (outcome.outcome, outcome.reason, outcome.permanent) == (Outcome.BOUNCED, "gone", True)
        assert outcome.raw == {"returned": "gone", "on": None, "taken_by": WRITER.id}
        (line,) = [one for one in timeline.read(tx, fan_out.incident_id) if one.kind == "delivery.returned"]
        assert line.detail == {"letters": 2, "reasons": {"gone": 1, "invalid_address": 1}}
        (row,) = delivery_rows(tx, tx.get_one(Incident, fan_out.incident_id))
        assert row["returned"] == line.detail["reasons"], "and so the proof bundle says"
    assert due(stage.kit) == [fan_out.id]
    assert climb(stage.kit, fan_out.id) == 2
    with stage.kit.begin(reading=True) as tx:
        assert tx.query(Delivery).filter(Delivery.channel == "sms").count() == 2


def test_the_bundle_names_the_print_files_with_their_digests(stage, posted):
    fan_out, (first, *_) = posted
    sums = {"sha256": "a" * 64, "manifest_sha256": "b" * 64}
    raw = {"file": "letters-1.pdf", **sums, "first_page": 1, "pages": 1}
    with stage.kit.begin() as tx:
        at = stage.kit.clock.now()
        taken = Sent(first, Outcome.ACCEPTED, provider_reference="letters-1.pdf", raw=raw)
        batch = tx.get_one(Delivery, first).batch_id
        happened = [from_sent(taken, "letter/rehearsal")] * 2
        append(tx, fan_out.id, happened, batch_of={first: batch}, at=at)
    with stage.kit.begin(reading=True) as tx:
        (row,) = delivery_rows(tx, tx.get_one(Incident, fan_out.incident_id))
    assert row["print_files"] == [{"file": "letters-1.pdf", **sums, "letters": 1}]


def test_what_is_unknown_doubled_or_no_letter_is_said_and_keeps_no_other_from_being_taken(stage, posted):
    _, (first, second, *_) = posted
    taken(stage, back(mark_of(second)))
    lines = [mark_of(first), "Ann Example", mark_of("dlv_" + "0" * 26), mark_of(first).upper(), mark_of(second), first]
    said = taken(stage, *(back(one, place=f"line {number}") for number, one in enumerate(lines, 1)))
    assert said.letters == {Why.GONE: 1}
    assert said.not_taken == [
        "line 2: this is no reference of a letter, or it is mistyped: read it again.",
        "line 4: this reference stands already at line 1.",
        "line 6: the two check digits after the slash are missing: scan the code, or type the whole mark.",
        "line 3: no letter of ours has this reference.",
        "line 5: this letter was taken as returned before.",
    ]
    with stage.kit.begin(reading=True) as tx:
        assert rebuilt(tx, first) is State.REFUSED


def test_a_message_that_went_another_way_is_no_letter(stage, posted):
    fan_out, (first, *_) = posted
    taken(stage, back(mark_of(first)))
    climb(stage.kit, fan_out.id)
    with stage.kit.begin(reading=True) as tx:
        sms = tx.scalars(select(Delivery.id).where(Delivery.channel == "sms")).one()
    assert taken(stage, back(mark_of(sms))).not_taken == ["line 1: no letter of ours has this reference."]


@pytest.mark.parametrize("state", [None, *sorted(set(State) - {State.ACCEPTED, State.DELIVERED, State.IN_DOUBT})])
def test_a_letter_that_was_not_handed_over_cannot_come_back(stage, posted, state):
    _, (first, *_) = posted
    with stage.kit.begin() as tx:
        row = tx.get_one(DeliveryNow, first)
        if state:
            row.state = state
        else:
            tx.delete(row)
    said = taken(stage, back(mark_of(first)))
    assert said.not_taken == ["line 1: this letter was not handed over, so it cannot have come back."]
    assert said.letters.total() == 0


@pytest.mark.parametrize("state", [State.DELIVERED, State.IN_DOUBT])
def test_a_letter_that_arrived_or_is_in_doubt_may_come_back(stage, posted, state):
    _, (first, *_) = posted
    with stage.kit.begin() as tx:
        tx.get_one(DeliveryNow, first).state = state
    assert taken(stage, back(mark_of(first))).letters == {Why.GONE: 1}


def test_who_may_not_send_may_not_take_a_letter_back(stage, posted):
    nobody = Actor("acc_x", "X", frozenset({ActorRole.APPROVER}))
    with pytest.raises(Refused):
        taken(stage, back(mark_of(posted[1][0])), by=nobody)


def test_a_file_is_read_line_by_line_and_a_wrong_line_is_named_without_its_words():
    text = "\ufeffReference,reason,returned_on\nr1,gone,2026-03-07\n\nr2,,\n,gone,\nr3,Ann,\nr4,gone,yesterday\n"
    found, wrong = read_returned(text, where="back.csv", why=Why.UNREACHABLE)
    assert [(one.place, one.reference, one.why, str(one.on)) for one in found] == [
        ("back.csv, line 2", "r1", Why.GONE, "2026-03-07"),
        ("back.csv, line 4", "r2", Why.UNREACHABLE, "None"),
    ]
    assert wrong == [
        "back.csv, line 5: the reference is missing.",
        "back.csv, line 6: the reason is not one of gone, invalid_address, unreachable, other.",
        "back.csv, line 7: returned_on is no date such as 2026-03-07.",
    ]


def test_a_scanner_writes_one_reference_a_line():
    found, wrong = read_returned("r1\nr2\n", where="scan", why=Why.GONE)
    assert ([one.reference for one in found], [one.why for one in found], wrong) == (["r1", "r2"], [Why.GONE] * 2, [])
    assert read_returned("", where="scan") == ([], [])


def test_a_column_of_another_name_is_refused():
    with pytest.raises(BadInput, match="line 1: a column is none of"):
        read_returned("reference,name\nr1,Ann\n", where="back.csv")


@pytest.mark.parametrize("text", ["reference,reason\nr1,go\rne\n", "r1\n" + "x" * 200_000], ids=["return", "long"])
def test_what_is_no_csv_is_said_with_its_line_and_not_repeated(text):
    before = csv.field_size_limit(131_072)  # as it is where nothing else was read yet
    try:
        with pytest.raises(BadInput, match=r"back.csv, line \d: this cannot be read as CSV"):
            read_returned(text, where="back.csv")
    finally:
        csv.field_size_limit(before)


def test_a_notice_to_guardians_reaches_them_by_letter_at_the_address_of_the_child(stage):
    file = stage.folder / "children.csv"
    file.write_text("uid,name,address\nu1,张小明,样例路1号\nu2,,样例路2号\n", encoding="utf-8")
    said = {"postal": {"column": "address"}}
    mapping = MAPPING | {"contact": said, "name": {"full": {"column": "name"}}, "residence": {"value": "CN"}}
    directory = open_directory(file, Mapping.model_validate(mapping | {"language": {"value": "zh-Hans"}}))
    ids = pa.array(["u1", "u2"])
    people = pa.table({"person_id": ids, "residence": ["CN", "CN"], "role": ["x", "x"], "variant": ["v1", "v1"]})
    one, nameless = readers_from(people, contacts(directory, ids), guardians=True)["postal"].to_pylist()
    assert read_postal(one, language="zh-Hans").lines == ("张小明的家长或监护人 收", "样例路1号")
    assert nameless is None, "to the guardian of nobody no letter can go"
