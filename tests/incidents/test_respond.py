"""A playbook is played: opened with the incident, moved on by what is recorded, never ticked off without the act."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from incidents.deliveries.tables import FanOut
from incidents.evidence.collect import Description, EvidenceKind, collect
from incidents.evidence.vault import FolderVault
from incidents.filings.tables import Filing, Submission
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.foundation.ids import new_id
from incidents.foundation.jobs import SilentBell, jobs
from incidents.foundation.settings import Settings
from incidents.foundation.signing import add_signing_key, read_signer
from incidents.kit import Kit
from incidents.notices.tables import Notice, NoticeApproval, NoticeVariant, NoticeVoid
from incidents.record import journal, timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from incidents.record.incident import Kind
from incidents.record.tables import Incident
from incidents.respond import play, sweep
from incidents.respond.actions import ACTIONS
from incidents.respond.known import facts_of
from incidents.respond.left import unapproved, unsent, unsubmitted
from incidents.review.close import end_handling
from incidents.snapshots.opened import newest
from incidents.snapshots.tables import Snapshot, SnapshotCohort
from playbooks.load import choose, load_all, vocabulary
from playbooks.plan import Anchor, Role, as_plain, digest
from playbooks.progress import StepState
from policies.load import load
from policies.vocabulary import AnchorName
from policies.vocabulary import Role as CompanyRole
from tests.clock import FrozenClock
from tests.incidents.rows import filled

AWARE = datetime(2026, 11, 20, 13, 40, tzinfo=UTC)
LIBRARY = load_all()
PACKS = load()


@pytest.fixture
def clock():
    return FrozenClock(AWARE + timedelta(minutes=5))


@pytest.fixture
def kit(home, begin, clock, keys):
    add_signing_key(home / "keys")
    return Kit(
        settings=Settings(home=home),
        begin=begin,
        clock=clock,
        keys=keys,
        signer=read_signer(home / "keys"),
        vault=FolderVault(home / "vault"),
        bell=SilentBell(),
        home=home,
        packs=PACKS,
        playbooks=LIBRARY,
    )


@pytest.fixture
def lead():
    return Actor("acc_lead", "Lin", frozenset({ActorRole.RESPONDER, ActorRole.COMPLIANCE, ActorRole.COMMUNICATIONS}))


@pytest.fixture
def incident(tx, lead, clock, keys):
    said = Declaration(title="An export was read", company="moqi", became_aware_at=AWARE)
    return declare(tx, said, by=lead, clock=clock, keys=keys)


@pytest.fixture
def opened(tx, incident, kit, lead):
    play.open_playbook(tx, incident, kit=kit, by=lead)
    return incident


def state(tx, incident, step_id, clock):
    found = play.standing(tx, incident, clock=clock)
    return next(str(one.state) for one in found.steps if one.step.id == step_id)


def hand_in(tx, incident, kit, by):
    said = Description("a list", EvidenceKind.IDENTIFIER_LIST, "list.csv", "the partner")
    collect(tx, incident, io.BytesIO(b"x"), said, by=by, clock=kit.clock, vault=kit.vault, keys=kit.keys)


def count(tx, incident, clock, lead, **fields):
    """A snapshot without files, with its line on the timeline."""
    before = newest(tx, incident.id)
    version = before.version + 1 if before else 1
    made = Snapshot(id=new_id("snp"), incident_id=incident.id, version=version, directory="moqi", evidence_ids=[])
    made.as_of_on, made.key_id, made.salt_key_id, made.digest = clock.now().date(), "k", "s", "d"
    made.counts, made.changes, made.reports = {}, {}, {}
    made.frozen_at, made.frozen_by, made.frozen_by_name = clock.now(), lead.id, lead.name
    tx.add(made)
    tx.flush()
    key: dict[str, object] = {
        "controller": "moqi",
        "residence": "CN",
        "region": None,
        "role": "registered_person",
        "language": "zh-Hans",
    }
    key |= {"age_band": "unknown", "standing": "active", "categories": ["phone"], "membership": "affected"}
    numbers = dict.fromkeys(("possible", "presumed", "with_guardian", "unreachable"), 0)
    row = {**key, "people": 40, "certain": 40, "by_address": {}, **numbers, **fields}
    tx.add(SnapshotCohort(id=new_id("snc"), snapshot_id=made.id, cohort_id="c1", **row))
    tx.flush()
    timeline.append(tx, incident.id, "snapshot.frozen", {"snapshot": made.id}, by=lead, clock=clock)


def test_the_words_of_the_playbooks_are_the_words_of_the_hall():
    assert set(vocabulary().actions) == set(ACTIONS)
    assert {name for name, word in vocabulary().actions.items() if word.automatic} == {
        name for name, act in ACTIONS.items() if act.run
    }
    assert {role.value for role in Role} == {role.value for role in ActorRole}
    assert {anchor.value for anchor in Anchor} == {anchor.value for anchor in AnchorName}


def test_every_fact_of_the_vocabulary_is_known_to_the_record_or_known_to_be_unknown(tx, incident, clock):
    assert set(facts_of(tx, incident, clock=clock)) == set(vocabulary().facts)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("role", list(CompanyRole))
def test_there_is_a_playbook_for_every_kind_of_incident_and_role_of_the_company(kind, role):
    assert choose(LIBRARY, kind=kind, role=role) is not None


def test_opening_an_incident_starts_its_playbook_and_the_declaration_counts_as_done(tx, opened, clock):
    assert LIBRARY[opened.playbook] is choose(LIBRARY, kind=opened.kind, role=opened.role)
    assert state(tx, opened, "declare", clock) == "done"
    assert state(tx, opened, "quiet-room", clock) == "ready"
    assert [line.kind for line in timeline.read(tx, opened.id)][-2:] == ["playbook.opened", "step.done"]


def test_a_second_playbook_is_refused_and_an_unknown_one_named(tx, opened, incident, kit, lead):
    with pytest.raises(Refused, match="follows the playbook"):
        play.open_playbook(tx, opened, kit=kit, by=lead)
    with pytest.raises(NotFound, match="no-such"):
        play.open_playbook(tx, incident, kit=kit, by=lead, wanted="no-such")


def test_a_running_incident_keeps_the_plan_it_started_with(tx, opened):
    plan = LIBRARY[opened.playbook]
    assert journal.pinned(tx, opened.id).digest == digest(plan)
    assert journal.plan_of(tx, opened.id) == plan


def test_what_is_done_through_any_door_is_noticed(tx, opened, kit, lead, clock):
    assert state(tx, opened, "keep-volatile-evidence", clock) == "ready"
    hand_in(tx, opened, kit, lead)
    assert play.advance(tx, opened, kit=kit) == ("keep-volatile-evidence",)
    assert state(tx, opened, "scope", clock) == "ready"


def test_a_verb_cannot_be_ticked_off_without_being_done(tx, opened, kit, lead):
    with pytest.raises(Refused, match=r"done by its verb, evidence\.collect"):
        play.finish(tx, opened, "keep-volatile-evidence", kit=kit, by=lead)


def test_one_report_handed_in_is_not_all_reports(tx, opened, kit, lead):
    tx.add_all([filled(Filing, id=f"fil{number}", incident_id=opened.id, reference=f"F{number}") for number in (1, 2)])
    tx.flush()
    assert unsubmitted(tx, opened) == 2
    assert ACTIONS["filing.submit"].left is unsubmitted
    tx.get_one(Filing, "fil1").withdrawn_at = kit.clock.now()
    tx.flush()
    assert unsubmitted(tx, opened) == 1
    tx.add(filled(Submission, filing_id="fil2"))
    tx.flush()
    assert unsubmitted(tx, opened) == 0


def test_one_language_approved_or_sent_is_not_all_languages(tx, opened):
    def left():
        tx.flush()
        return unapproved(tx, opened), unsent(tx, opened)

    tx.add(filled(Notice, id="ntc", incident_id=opened.id, purpose="telling", reference="N1"))
    tx.add(filled(Notice, id="scr", incident_id=opened.id, purpose="script", reference="N2"))
    tx.flush()
    for notice, language in (("ntc", "en"), ("ntc", "my"), ("scr", "en")):
        tx.add(filled(NoticeVariant, id=notice + language, notice_id=notice, key=language, language=language))
    assert left() == (2, 0)
    tx.add(filled(NoticeApproval, id="a1", notice_id="ntc", language="en"))
    assert left() == (1, 1)
    tx.add(filled(FanOut, incident_id=opened.id, notice_id="ntc", language="en"))
    assert left() == (1, 0)
    tx.add(filled(NoticeApproval, id="a2", notice_id="ntc", language="my"))
    assert left() == (0, 1)
    tx.add(filled(NoticeVoid, approval_id="a2"))
    assert left() == (1, 0)


def test_what_was_sent_is_open_again_only_when_more_is_to_be_sent(tx, opened, kit, lead, clock):
    sent = LIBRARY[opened.playbook].step("send")
    assert sent is not None
    alone = sent.model_copy(update={"needs": (), "when": None, "decides": ()})
    journal.pinned(tx, opened.id).plan = as_plain(LIBRARY[opened.playbook].model_copy(update={"steps": (alone,)}))
    tx.add(filled(Notice, id="ntc", incident_id=opened.id, purpose="telling", reference="N1"))
    tx.flush()
    tx.add(filled(NoticeVariant, notice_id="ntc", language="en"))
    tx.add(filled(NoticeApproval, id="a1", notice_id="ntc", language="en"))
    tx.add(filled(FanOut, id="f1", incident_id=opened.id, notice_id="ntc", language="en"))
    tx.flush()
    timeline.append(tx, opened.id, "delivery.planned", {}, by=lead, clock=clock)
    assert play.advance(tx, opened, kit=kit) == ("send",)
    timeline.append(tx, opened.id, "obligations.assessed", {}, by=lead, clock=clock)
    play.advance(tx, opened, kit=kit)
    assert state(tx, opened, "send", clock) == "done"
    tx.add(filled(NoticeVariant, id="v2", notice_id="ntc", key="k2", language="my"))
    tx.add(filled(NoticeApproval, id="a2", notice_id="ntc", language="my"))
    tx.flush()
    play.advance(tx, opened, kit=kit)
    assert state(tx, opened, "send", clock) == "ready"
    tx.add(filled(FanOut, id="f2", incident_id=opened.id, notice_id="ntc", language="my"))
    tx.flush()
    assert play.advance(tx, opened, kit=kit) == ("send",)


def test_a_step_is_for_those_who_hold_its_role(tx, opened, kit, responder):
    with pytest.raises(Refused, match="compliance"):
        play.finish(tx, opened, "hold-deletions", kit=kit, by=responder)


def test_a_decision_opens_the_way_that_was_chosen(tx, opened, kit, lead, clock):
    hand_in(tx, opened, kit, lead)
    play.advance(tx, opened, kit=kit)
    with pytest.raises(Refused, match="Can the stranger"):
        play.finish(tx, opened, "is-it-still-open", kit=kit, by=lead)
    plan = journal.plan_of(tx, opened.id)
    answers = play.read_answers(plan, ["leak_still_open=yes"])
    play.finish(tx, opened, "is-it-still-open", kit=kit, by=lead, answers=answers)
    assert state(tx, opened, "close-the-hole", clock) == "ready"
    play.reopen_step(tx, opened, "is-it-still-open", kit=kit, by=lead, reason="it was shut meanwhile")
    play.finish(tx, opened, "is-it-still-open", kit=kit, by=lead, answers={"leak_still_open": False})
    assert state(tx, opened, "close-the-hole", clock) == "not_needed"


@pytest.mark.parametrize("text", ["leak_still_open=perhaps", "leak_still_open", "no_such=yes", "leak_still_open="])
def test_an_answer_that_is_none_is_refused_with_its_name(text):
    plan = LIBRARY["personal-data-breach-controller"]
    with pytest.raises(BadInput, match=text.split("=", maxsplit=1)[0]):
        play.read_answers(plan, [text])


def test_skipping_needs_a_reason_which_stays_out_of_the_timeline(tx, opened, kit, lead, clock):
    with pytest.raises(Refused, match="only with a reason"):
        play.skip(tx, opened, "quiet-room", kit=kit, by=lead, reason=" ")
    play.skip(tx, opened, "quiet-room", kit=kit, by=lead, reason="call 13812345678 instead")
    assert state(tx, opened, "quiet-room", clock) == "skipped"
    assert "13812345678" not in str([line.detail for line in timeline.read(tx, opened.id)])
    with pytest.raises(Refused, match="cannot be skipped"):
        play.skip(tx, opened, "hold-deletions", kit=kit, by=lead, reason="tired")


def test_the_machine_assesses_by_itself_as_soon_as_the_people_are_counted(tx, opened, kit, lead, clock):
    hand_in(tx, opened, kit, lead)
    count(tx, opened, clock, lead)
    done = play.advance(tx, opened, kit=kit)
    assert done[:3] == ("keep-volatile-evidence", "scope", "assess")
    assert "obligations.assessed" in [line.kind for line in timeline.read(tx, opened.id)]
    assert facts_of(tx, opened, clock=clock)["minors_affected"] is True
    assert state(tx, opened, "minors", clock) == "ready"
    assert play.advance(tx, opened, kit=kit) == ()


def test_new_evidence_makes_the_count_and_the_assessment_be_done_again(tx, opened, kit, lead, clock):
    hand_in(tx, opened, kit, lead)
    count(tx, opened, clock, lead)
    play.advance(tx, opened, kit=kit)
    hand_in(tx, opened, kit, lead)
    play.advance(tx, opened, kit=kit)
    assert state(tx, opened, "scope", clock) == "ready"
    count(tx, opened, clock, lead, people=4000, certain=4000)
    assert play.advance(tx, opened, kit=kit)[:2] == ("scope", "assess")
    words = [row.word for row in journal.rows(tx, opened.id) if row.step == "assess"]
    assert words == ["done", "reopened", "done"]


def test_the_worker_moves_a_playbook_on_and_says_once_what_fell_due(begin, kit, lead, clock, keys):
    with begin() as tx:
        said = Declaration(title="An export was read", company="moqi", became_aware_at=AWARE)
        made = declare(tx, said, by=lead, clock=clock, keys=keys)
        play.open_playbook(tx, made, kit=kit, by=lead)
    assert sweep.due(kit) == []
    clock.tick(timedelta(minutes=26))
    assert sweep.due(kit) == [made.id]
    jobs()["playbook.advance"].run(kit, made.id)
    assert sweep.due(kit) == []
    with begin() as tx:
        late = [line for line in timeline.read(tx, made.id) if line.kind == "step.overdue"]
        assert [line.detail["step"] for line in late] == ["quiet-room"]
        hand_in(tx, tx.get_one(Incident, made.id), kit, lead)
    assert sweep.due(kit) == [made.id]
    jobs()["playbook.advance"].run(kit, made.id)
    jobs()["playbook.advance"].run(kit, made.id)
    with begin() as tx:
        assert state(tx, tx.get_one(Incident, made.id), "keep-volatile-evidence", clock) == "done"
        assert len([line for line in timeline.read(tx, made.id) if line.kind == "step.overdue"]) == 1
    assert sweep.due(kit) == []


def test_an_incident_that_came_without_a_playbook_is_given_its_own(begin, kit, lead, clock, keys):
    with begin() as tx:
        said = Declaration(title="Locked files", company="moqi", became_aware_at=AWARE, kind=Kind.RANSOMWARE)
        made = declare(tx, said, by=lead, clock=clock, keys=keys)
    assert sweep.unopened(kit) == [made.id]
    jobs()["playbook.open"].run(kit, made.id)
    jobs()["playbook.open"].run(kit, made.id)
    assert sweep.unopened(kit) == []
    with begin() as tx:
        assert state(tx, tx.get_one(Incident, made.id), "isolate", clock) == "ready"


def test_what_the_machine_cannot_do_stays_open_with_its_reason_and_is_said_once(
    tx, opened, kit, lead, clock, monkeypatch
):
    def refuse(*_):
        raise Refused("no_packs", "No laws are at hand.")

    act = ACTIONS["incident.assess"]
    monkeypatch.setitem(ACTIONS, "incident.assess", type(act)(act.shown_by, refuse))
    hand_in(tx, opened, kit, lead)
    count(tx, opened, clock, lead)
    play.advance(tx, opened, kit=kit)
    play.advance(tx, opened, kit=kit)
    found = next(one for one in play.standing(tx, opened, clock=clock).steps if one.step.id == "assess")
    assert found.state is StepState.FAILED
    assert "No laws are at hand." in found.why[0]
    assert [row.word for row in journal.rows(tx, opened.id) if row.step == "assess"] == ["failed"]
    monkeypatch.setitem(ACTIONS, "incident.assess", act)
    assert "assess" in play.advance(tx, opened, kit=kit)


def test_the_end_of_handling_makes_the_machine_assess_again(tx, opened, kit, lead, clock):
    hand_in(tx, opened, kit, lead)
    count(tx, opened, clock, lead)
    play.advance(tx, opened, kit=kit)
    end_handling(tx, opened, by=lead, clock=clock)
    assert "assess" in play.advance(tx, opened, kit=kit)
