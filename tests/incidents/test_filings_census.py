"""The dossier's counts come from the newest snapshot, for one party, with what is uncertain kept as a range."""

from datetime import UTC, date, datetime, timedelta

import pytest

from affected.words import Membership
from incidents.deliveries.state import State
from incidents.deliveries.tables import Delivery, DeliveryNow, FanOut
from incidents.evidence.collect import EvidenceKind
from incidents.filings.dossier import Count, Dated, Owed, UnitPart, value_at
from incidents.filings.gather import gather
from incidents.notices.audience import Kind as Readers
from incidents.record.anchors import set_anchor
from incidents.record.declare import Declaration, declare, move_to
from incidents.record.facts import answer
from incidents.record.incident import Phase
from incidents.snapshots.tables import CohortDecision, Snapshot, SnapshotCohort
from policies.vocabulary import AnchorName, Audience

FOUND = datetime(2026, 3, 6, 13, 40, tzinfo=UTC)
ROWS = {"matched": 9, "unmatched": 2, "ambiguous": 1, "malformed": 4, "duplicate": 3}


@pytest.fixture
def incident(tx, responder, clock, keys):
    return declare(tx, Declaration("A leak", "onami", FOUND), by=responder, clock=clock, keys=keys)


def freeze(tx, incident, clock, version, cohorts):
    snapshot = Snapshot(
        id=f"snap_{version}",
        incident_id=incident.id,
        version=version,
        directory="onami",
        as_of_on=date(2026, 3, 6),
        evidence_ids=[],
        key_id="key",
        salt_key_id="salt",
        digest="0" * 64,
        counts={"rows": ROWS},
        changes={},
        reports={},
        frozen_at=clock.now(),
        frozen_by="x",
        frozen_by_name="X",
    )
    tx.add(snapshot)
    tx.flush()
    for number, (membership, controller, residence, age, standing, categories, people) in enumerate(cohorts):
        tx.add(
            SnapshotCohort(
                id=f"snc_{version}_{number}",
                snapshot_id=snapshot.id,
                cohort_id=f"c{number}",
                membership=membership,
                controller=controller,
                residence=residence,
                role="customer",
                language="my",
                age_band=age,
                standing=standing,
                categories=categories,
                people=people,
                certain=people,
                possible=0,
                presumed=0,
                with_guardian=0,
                unreachable=0,
                by_address={},
            )
        )
    tx.flush()
    return snapshot


COHORTS = [
    ("affected", "onami:shop-1", "MM", "adult", "active", ["phone", "name"], 100),
    ("affected", "onami:shop-2", "TH", "under_14", "active", ["phone"], 20),
    ("undecided", "onami:shop-2", "TH", "unknown", "active", ["phone"], 7),
    ("stranger", "onami", "unknown", "unknown", "stranger", ["phone"], 5),
]


@pytest.fixture
def read(tx, incident, clock):
    def read_for(party):
        owed = Owed(("obl_1",), party, "an authority", Audience.SUPERVISORY_AUTHORITY, due_at=FOUND)
        return gather(tx, incident, owed, unit=UnitPart(party), clock=clock)

    return read_for


def test_before_a_snapshot_nobody_is_counted_and_that_is_not_zero(read):
    dossier = read("onami")
    assert dossier.people is None
    assert value_at(dossier, "people.total") is None
    assert value_at(dossier, "records.total") is None


def test_a_company_counts_all_whose_data_it_holds_and_a_shop_its_own_people(tx, incident, clock, read):
    freeze(tx, incident, clock, 1, COHORTS)
    assert read("onami").people.total == Count(120, 132)
    shop = read("onami:shop-2").people
    assert shop.total == Count(20, 27)
    assert shop.under_14 == Count(20, 20)
    assert [(row.word, row.count) for row in shop.by_residence] == [("TH", Count(20, 27))]
    assert read("onami:shop-20").people.total == Count(0, 0)


def test_people_are_counted_by_every_kind_of_data_largest_first(tx, incident, clock, read):
    freeze(tx, incident, clock, 1, COHORTS)
    people = read("onami").people
    assert [(row.word, row.count) for row in people.by_category] == [
        ("phone", Count(120, 132)),
        ("name", Count(100, 100)),
    ]
    assert people.strangers == Count(0, 5)


def test_whom_compliance_includes_or_excludes_narrows_the_range(tx, incident, clock, read):
    snapshot = freeze(tx, incident, clock, 1, COHORTS)
    for cohort, membership, word in (("c2", Membership.UNDECIDED, "include"), ("c3", Membership.STRANGER, "exclude")):
        tx.add(
            CohortDecision(
                id=f"dec_{cohort}",
                incident_id=incident.id,
                snapshot_id=snapshot.id,
                cohort_id=cohort,
                membership=membership,
                decision=word,
                because="looked",
                decided_at=clock.now(),
                decided_by="x",
                decided_by_name="X",
            )
        )
    tx.flush()
    assert read("onami").people.total == Count(127, 127)


def test_the_newest_version_counts(tx, incident, clock, read):
    freeze(tx, incident, clock, 1, COHORTS)
    freeze(tx, incident, clock, 2, [*COHORTS, ("affected", "onami:shop-3", "MM", "adult", "active", ["email"], 1000)])
    people = read("onami").people
    assert (people.snapshot_version, people.total.min) == (2, 1120)


def test_records_are_rows_and_an_unreadable_one_may_be_a_record(tx, incident, clock, read):
    freeze(tx, incident, clock, 1, COHORTS)
    records = read("onami").records
    assert records.total == Count(12, 16)
    assert {row.word for row in records.by_outcome} == set(ROWS)


def test_measures_are_the_lines_of_the_timeline_that_say_what_was_done(tx, incident, responder, clock, read):
    clock.tick(timedelta(hours=1))
    move_to(tx, incident, Phase.CONTAINMENT, by=responder, clock=clock)
    for minutes in (10, 5):
        at = FOUND + timedelta(minutes=minutes)
        set_anchor(tx, incident, AnchorName.CONTAINED_AT, at, by=responder, clock=clock, source="the firewall")
    taken = read("onami").measures.taken
    assert taken[0].word == "incident.declared"
    assert Dated("measure", "anchor.contained_at", FOUND + timedelta(minutes=5)) in taken  # the corrected moment
    assert taken[-1].word == "phase.containment"
    assert list(taken) == sorted(taken, key=lambda row: row.at)


def test_anchors_and_facts_are_those_of_the_party(tx, incident, compliance, clock, read):
    at = FOUND - timedelta(hours=1)
    shop = "onami:shop-1"
    set_anchor(tx, incident, AnchorName.OCCURRED_AT, at, by=compliance, clock=clock, source="x", party=shop)
    answer(tx, incident, "ransom_amount", 7, by=compliance, clock=clock, because="a note", party=shop)
    assert value_at(read(shop), "anchors.occurred_at") == at
    assert value_at(read(shop), "facts.ransom_amount") == 7
    assert value_at(read("onami"), "anchors.occurred_at") is None
    assert value_at(read("onami"), "facts.ransom_amount") is None


def test_a_limit_that_has_passed_is_seen(read, clock):
    assert read("onami").deadline.passed is False
    clock.tick(timedelta(seconds=1))
    assert read("onami").deadline.passed is True


def test_evidence_is_counted_by_kind(read):
    evidence = read("onami").evidence
    assert evidence.items == 0
    assert {row.word for row in evidence.by_kind} <= set(EvidenceKind)


def send(tx, incident, clock, deliveries, proof="accepted", audience=Readers.COHORTS, number=1):
    fan_out = FanOut(
        id=f"fan_{number}",
        incident_id=incident.id,
        notice_id=f"not_{number}",
        company="onami",
        party="onami",
        audience=audience,
        language="my",
        sender_name="Onami",
        content_digest="0",
        audience_digest="0",
        texts={},
        ladders=[],
        for_guardians=False,
        unknown_residence="hold",
        proof=proof,
        wait_hours=4,
        tells_again=False,
        phase="sending",
        planned_at=clock.now(),
        planned_by="x",
        planned_by_name="X",
    )
    tx.add(fan_out)
    tx.flush()
    for place, (person, channel, state) in enumerate(deliveries):
        one = f"dlv_{number}_{place}"
        tx.add(
            Delivery(
                id=one,
                fan_out_id=fan_out.id,
                notice_id=fan_out.notice_id,
                person=person,
                channel=channel,
                position=0,
                planned_at=clock.now(),
            )
        )
        tx.flush()
        now = {"not_taken": 0, "doubts": 0, "climbed": False, "changed_at": clock.now()}
        tx.add(DeliveryNow(delivery_id=one, fan_out_id=fan_out.id, state=state, **now))
    tx.flush()


SENT = [
    ("a", "push", State.ACCEPTED),
    ("b", "push", State.REFUSED),
    ("b", "sms", State.DELIVERED),
    ("c", "push", State.IN_DOUBT),
    ("d", "push", State.REFUSED),
    ("d", "announcement", State.SUBSTITUTED),
    ("e", "push", State.QUEUED),
    (f"{Audience.PUBLIC}:my:adult", "announcement", State.ACCEPTED),
]


@pytest.mark.parametrize(
    ("proof", "told", "not_reached"), [("accepted", Count(2, 4), Count(1, 3)), ("delivered", Count(1, 4), Count(1, 4))]
)
def test_people_are_told_by_the_proof_their_notice_asks_for(tx, incident, clock, read, proof, told, not_reached):
    send(tx, incident, clock, SENT, proof)
    notices = read("onami").notices
    assert (notices.told, notices.not_reached) == (told, not_reached)
    assert notices.first_told_at == clock.now()


def test_a_person_of_two_notices_counts_once_and_guardians_are_no_affected_individuals(tx, incident, clock, read):
    send(tx, incident, clock, [("a", "push", State.DELIVERED)])
    send(tx, incident, clock, [("a", "push", State.DELIVERED)], number=2)
    send(tx, incident, clock, [("g", "sms", State.DELIVERED)], audience=Readers.GUARDIANS, number=3)
    assert read("onami").notices.told == Count(1, 1)


def test_before_any_notice_nobody_can_say_how_many_were_told(read):
    assert read("onami").notices.told is None
