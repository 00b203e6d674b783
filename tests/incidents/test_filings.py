"""Reports to authorities: prepared from the records, filled, approved by a second person, handed in, acknowledged."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from incidents.evidence.vault import FolderVault
from incidents.filings.answers import gaps, live
from incidents.filings.approve import approve
from incidents.filings.break_glass import break_glass, find_broken, mark_overdue, review, unreviewed
from incidents.filings.dossier import Count, Owed, PeoplePart, Tally, UnitPart
from incidents.filings.filing import content_of, digest, filings, find, is_released
from incidents.filings.fill import fill, leave_unknown, refresh
from incidents.filings.forms import Stage, read_forms
from incidents.filings.gather import gather
from incidents.filings.owed import limit_of, owed_by, owed_of, stage_of, unit_of
from incidents.filings.prepare import prepare, withdraw
from incidents.filings.sheet import sheet
from incidents.filings.submit import Answered, HandedIn, acknowledge, acknowledgements, find_submission, submit
from incidents.filings.supplements import wanted
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.foundation.jobs import jobs
from incidents.foundation.keys import KeyRing
from incidents.obligations.assess import assess
from incidents.record import timeline
from incidents.record.actor import Actor
from incidents.record.anchors import anchors, anchors_of_duties, set_anchor
from incidents.record.declare import Declaration, declare
from incidents.record.facts import answer
from incidents.record.incident import Kind
from incidents.record.tables import Incident
from incidents.snapshots.tables import Snapshot
from policies.load import load
from policies.vocabulary import AnchorName, Audience
from tests.clock import FrozenClock

FORMS = read_forms()
CAC, PIPL = FORMS["cn-cac-incident"], FORMS["cn-pipl-57"]
FOUND = datetime(2026, 3, 6, 13, 40, tzinfo=UTC)
UNIT = UnitPart("moqi", {"zh-Hans": "某公司", "en": "Acme"}, {}, {"zh-Hans": "安全部 021-0000"}, {})
INITIAL, PIPL_57 = "cn/cac-incident-reporting/initial-report", "cn/pipl/tell-authority"
GBT, PROMISE = "cn/gbt-35273/report-authority", "house/moqi/report-authority"


def counted(people: int, *, version: int = 1) -> PeoplePart:
    total = Count(people, people)
    rows = (Tally("data_category", "phone", total), Tally("data_category", "name", Count(people - 10, people)))
    return PeoplePart(version, total, Count(0, 3), Count(1, 1), Count(9, 9), Count(2, 2), rows, (), (), (), ())


@pytest.fixture
def incident(tx, responder, clock, keys):
    said = Declaration("An export was read by a stranger", "moqi", FOUND)
    incident = declare(tx, said, by=responder, clock=clock, keys=keys)
    set_anchor(tx, incident, AnchorName.DISCOVERED_AT, FOUND, by=responder, clock=clock, source="the pager")
    clock.tick(timedelta(minutes=30))
    return incident


@pytest.fixture
def ledger(tx, incident, compliance, clock):
    """duty -> the row that lives now."""
    for fact, value in (("graded_relatively_major", "yes"), ("people_count", 1_200_000), ("people_residence", "CN")):
        answer(tx, incident, fact, value, by=compliance, clock=clock, because="counted at the partner")
    return lambda: {
        row.duty: row
        for row in assess(tx, incident, by=compliance, clock=clock, packs=load()).entries
        if row.party == "moqi"
    }


@pytest.fixture
def owed(tx, ledger):
    return owed_of(tx, ledger()[INITIAL], stage=Stage.INITIAL, form=CAC, packs=load())


@dataclass
class Desk:
    """What the people at the desk do, with the collaborators filled in."""

    tx: Session
    incident: Incident
    owed: Owed
    clock: FrozenClock
    vault: FolderVault
    keys: KeyRing
    writer: Actor
    approver: Actor

    def read(self, people=None, owed=None):
        owed = owed or self.owed
        now = replace(owed, due_at=limit_of(self.tx, owed.obligation_ids))
        dossier = gather(self.tx, self.incident, now, unit=UNIT, clock=self.clock)
        return replace(dossier, people=people)

    def prepare(self, form=CAC, stage=Stage.INITIAL, people=None, owed=None, **more):
        owed = owed or self.owed
        more |= {"dossier": self.read(people, owed), "by": self.writer, "clock": self.clock}
        return prepare(self.tx, self.incident, owed, form=form, stage=stage, **more)

    def fill_gaps(self, filing, form=CAC):
        said = {"form": form, "by": self.writer, "clock": self.clock}
        for gap in gaps(self.tx, filing, form):
            question = form.question(gap.question)
            if question.free:
                fill(self.tx, filing, gap.question, next(iter(question.choices), "已处理。"), **said)
            else:
                leave_unknown(self.tx, filing, gap.question, because="仍在统计", **said)

    def approve(self, filing, form=CAC, by=None, people=None, seen=None):
        seen = seen or digest(self.tx, filing, form)
        by = by or self.approver
        return approve(self.tx, filing, seen, dossier=self.read(people), form=form, by=by, clock=self.clock)

    def submit(self, filing, form=CAC, paper=b"the paper", channel="email", reasons=None, at=None):
        return submit(
            self.tx,
            filing,
            HandedIn(channel, at or self.clock.now(), BytesIO(paper) if paper else None, reasons),
            form=form,
            by=self.writer,
            clock=self.clock,
            vault=self.vault,
            keys=self.keys,
        )

    def whole(self, people=None, form=CAC, stage=Stage.INITIAL):
        filing = self.prepare(form, stage, people)
        self.fill_gaps(filing, form)
        return filing

    def handed_in(self, people=None, form=CAC, stage=Stage.INITIAL):
        filing = self.whole(people, form, stage)
        self.approve(filing, form, people=people)
        self.submit(filing, form)
        return filing


@pytest.fixture
def desk(tx, incident, owed, clock, home, keys, compliance, approver):
    return Desk(tx, incident, owed, clock, FolderVault(home / "vault"), keys, compliance, approver)


def test_the_first_report_names_the_gaps_of_items_one_and_two_and_lets_the_rest_follow(tx, desk):
    filing = desk.prepare()
    named = {gap.question for gap in gaps(tx, filing, CAC)}
    assert {"system", "place", "incident_type", "grade", "people"} <= named
    assert "found_at" not in named  # the record knows
    assert "unit_name" not in named  # the house knows
    assert not named & {"trend", "cause", "tracing", "next_measures", "scene_protection", "other"}
    states = {name: row.state for name, row in live(tx, filing).items()}
    assert {states[name] for name in ("trend", "cause", "tracing", "next_measures", "scene_protection")} == {
        "to_follow"
    }
    assert "final_cause" not in states


def test_the_first_report_goes_out_with_the_rest_to_follow(tx, desk):
    filing = desk.handed_in(counted(1000))
    content = content_of(tx, filing, CAC)
    assert {row["question"] for row in content["answers"] if row["state"] == "to_follow"} >= {"trend", "cause"}


def test_a_gap_stands_in_the_way_of_approval_and_is_named(tx, desk, compliance, clock):
    filing = desk.whole(counted(1000))
    filing_2 = filings(tx, filing.incident_id)[0]
    assert filing_2 is filing
    withdraw(tx, filing, because="begun anew", by=compliance, clock=clock)
    bare = desk.prepare(people=counted(1000))
    with pytest.raises(Refused, match="still open: system, place") as refusal:
        desk.approve(bare, people=counted(1000))
    assert refusal.value.code == "gaps"
    assert any(line.startswith("grade: nobody has answered it") for line in refusal.value.because)


def test_what_is_not_known_yet_is_said_with_its_reason_and_is_no_gap(tx, desk, compliance, clock):
    filing = desk.prepare()
    with pytest.raises(BadInput, match="say why"):
        leave_unknown(tx, filing, "people", because=" ", form=CAC, by=compliance, clock=clock)
    leave_unknown(tx, filing, "people", because="仍在统计", form=CAC, by=compliance, clock=clock)
    row = live(tx, filing)["people"]
    assert (row.state, row.because, row.value["is"]) == ("unknown", "仍在统计", None)
    assert "people" not in {gap.question for gap in gaps(tx, filing, CAC)}
    with pytest.raises(Refused, match="answered by the records"):
        leave_unknown(tx, filing, "found_at", because="x", form=CAC, by=compliance, clock=clock)


def test_numbers_come_from_the_records_and_cannot_be_typed_over(tx, desk, compliance, clock):
    filing = desk.prepare(people=counted(1000))
    assert live(tx, filing)["people"].value["is"] == {"min": 1000, "max": 1000}
    with pytest.raises(Refused, match=r"comes from the records \(people.total\)"):
        fill(tx, filing, "people", "12", form=CAC, by=compliance, clock=clock)
    moved = refresh(tx, filing, dossier=desk.read(counted(1200, version=2)), form=CAC, by=compliance, clock=clock)
    assert set(moved) == {"people", "people_by_category"}
    assert live(tx, filing)["people"].value["is"] == {"min": 1200, "max": 1200}
    assert filing.snapshot_version == 2
    assert not refresh(tx, filing, dossier=desk.read(counted(1200, version=2)), form=CAC, by=compliance, clock=clock)


def test_what_was_unknown_is_filled_by_the_records_once_they_know(tx, desk, compliance, clock):
    filing = desk.whole()
    assert live(tx, filing)["people"].state == "unknown"
    refresh(tx, filing, dossier=desk.read(counted(50)), form=CAC, by=compliance, clock=clock)
    assert live(tx, filing)["people"].state == "answered"


def test_a_second_person_approves_what_they_read(tx, desk, compliance, approver):
    filing = desk.whole(counted(1000))
    both = replace(approver, id=compliance.id, name=compliance.name)
    with pytest.raises(Refused, match="another person must approve"):
        desk.approve(filing, by=both, people=counted(1000))
    with pytest.raises(Refused, match="no longer what was read"):
        desk.approve(filing, people=counted(1000), seen="0" * 64)
    with pytest.raises(Refused, match="role approver"):
        desk.approve(filing, by=compliance, people=counted(1000))
    desk.approve(filing, people=counted(1000))
    assert is_released(tx, filing, CAC)


def test_an_approval_is_refused_when_the_records_have_moved_on(tx, desk):
    filing = desk.whole(counted(1000))
    with pytest.raises(Refused, match="refresh") as refusal:
        desk.approve(filing, people=counted(1200, version=2))
    assert "people" in refusal.value.because


@pytest.mark.parametrize("change", ["fill", "refresh", "unknown"])
def test_any_change_voids_the_approval(tx, desk, compliance, clock, change):
    filing = desk.whole(counted(1000))
    desk.approve(filing, people=counted(1000))
    if change == "fill":
        fill(tx, filing, "place", "上海", form=CAC, by=compliance, clock=clock)
    elif change == "refresh":
        refresh(tx, filing, dossier=desk.read(counted(1001)), form=CAC, by=compliance, clock=clock)
    else:
        leave_unknown(tx, filing, "place", because="不清楚", form=CAC, by=compliance, clock=clock)
    assert not is_released(tx, filing, CAC)
    with pytest.raises(Refused, match="approved by nobody"):
        desk.submit(filing)


def test_an_answer_in_another_language_only_is_a_gap(tx, desk, compliance, clock):
    filing = desk.prepare(people=counted(1000))
    fill(tx, filing, "place", "Shanghai", form=CAC, by=compliance, clock=clock, language="en")
    why = {gap.question: gap.why for gap in gaps(tx, filing, CAC)}
    assert why["place"] == "it is answered, but not in zh-Hans"
    fill(tx, filing, "place", "上海", form=CAC, by=compliance, clock=clock)
    assert live(tx, filing)["place"].value["is"] == {"en": "Shanghai", "zh-Hans": "上海"}
    assert "place" not in {gap.question for gap in gaps(tx, filing, CAC)}


@pytest.mark.parametrize(
    ("question", "text", "said"),
    [("place", " ", "empty"), ("grade", "huge", "none of particularly_major"), ("place", "上" * 201, "takes 200")],
)
def test_a_bad_answer_is_named_by_its_question(tx, desk, compliance, clock, question, text, said):
    filing = desk.prepare()
    with pytest.raises(BadInput, match=f"{question}: .*{said}"):
        fill(tx, filing, question, text, form=CAC, by=compliance, clock=clock)


def test_a_question_of_another_stage_is_not_there(tx, desk, compliance, clock):
    filing = desk.prepare()
    with pytest.raises(NotFound, match="initial report 'final_cause'"):
        fill(tx, filing, "final_cause", "x", form=CAC, by=compliance, clock=clock)


def test_ransom_is_asked_of_ransomware_only_and_its_amount_comes_from_a_fact(tx, desk, incident, compliance, clock):
    assert "ransom_amount" not in live(tx, desk.prepare())
    withdraw(tx, filings(tx, incident.id)[0], because="wrong kind", by=compliance, clock=clock)
    incident.kind = Kind.RANSOMWARE
    answer(tx, incident, "ransom_amount", 30_000, by=compliance, clock=clock, because="the note on the screen")
    standing = live(tx, desk.prepare())
    assert standing["ransom_amount"].value["is"] == 30_000
    assert standing["ransom_demand"].state == "gap"


def test_submitting_meets_the_obligation_and_starts_the_clocks_that_hang_on_it(tx, desk, incident, clock, ledger):
    filing = desk.handed_in(counted(1000))
    row = ledger()[INITIAL]
    assert (row.state, row.settled_ref) == ("met", filing.id)
    standing = anchors(tx, incident.id)["moqi"]
    assert standing["initial_filed_at"] == standing["regulator_notified_at"] == clock.now()
    line = next(entry for entry in timeline.read(tx, incident.id) if entry.kind == "filing.submitted")
    assert line.detail["paper_sha256"] == hashlib.sha256(b"the paper").hexdigest()
    assert line.detail["is_late"] is False
    with pytest.raises(Refused, match="handed in"):
        desk.submit(filing)


def test_a_report_to_one_authority_starts_no_clock_of_another(tx, desk, incident, clock, responder, ledger):
    moment = AnchorName.INITIAL_FILED_AT
    set_anchor(tx, incident, moment, clock.now(), by=responder, clock=clock, source="x", subject="cn/pipl/x")
    desk.handed_in(counted(1000))
    done = anchors_of_duties(tx, incident.id)["moqi"]
    assert set(done) == {"cn/pipl/x", INITIAL}
    assert done[INITIAL]["initial_filed_at"] == clock.now()


def test_nothing_unapproved_is_recorded_as_handed_in(tx, desk, incident, ledger):
    filing = desk.whole(counted(1000))
    with pytest.raises(Refused, match="approved by nobody"):
        desk.submit(filing)
    assert "initial_filed_at" not in anchors(tx, incident.id)["moqi"]
    assert ledger()[INITIAL].state == "owed"


def test_a_paper_must_be_shown_unless_it_was_spoken(tx, desk):
    filing = desk.whole(counted(1000))
    desk.approve(filing, people=counted(1000))
    with pytest.raises(BadInput, match="paper"):
        desk.submit(filing, paper=None)
    with pytest.raises(NotFound, match="pigeon"):
        desk.submit(filing, channel="pigeon")
    submission = desk.submit(filing, paper=None, channel="hotline")
    assert submission.paper is None
    assert submission.content_digest


def test_a_late_report_needs_its_reasons(tx, desk, clock):
    filing = desk.whole(counted(1000))
    desk.approve(filing, people=counted(1000))
    clock.tick(timedelta(hours=4))
    with pytest.raises(BadInput, match="reasons_for_delay"):
        desk.submit(filing)
    submission = desk.submit(filing, reasons="热线一直占线")
    assert submission.is_late
    assert submission.reasons_for_delay == "热线一直占线"


def test_a_report_prepared_after_its_limit_asks_why_on_the_paper(tx, desk, clock):
    clock.tick(timedelta(hours=5))
    filing = desk.prepare(people=counted(1000))
    assert "reasons_for_delay" in {gap.question for gap in gaps(tx, filing, CAC)}
    desk.fill_gaps(filing)
    desk.approve(filing, people=counted(1000))
    assert desk.submit(filing).reasons_for_delay == "已处理。"


def test_after_a_new_round_the_supplement_says_what_changed(tx, desk, clock, compliance):
    first = desk.handed_in(counted(11_700))
    clock.tick(timedelta(days=1))
    second = desk.prepare(stage=Stage.SUPPLEMENTARY, people=counted(14_210, version=2))
    fill(tx, second, "cause", "合作方账号被盗用", form=CAC, by=compliance, clock=clock)
    content = content_of(tx, second, CAC)
    assert content["replaces"]["reference"] == first.reference
    changed = {change["question"]: change for change in content["changes"]}
    assert changed["people"]["was"]["value"] == {"min": 11_700, "max": 11_700}
    assert changed["people"]["is"]["value"] == {"min": 14_210, "max": 14_210}
    assert changed["cause"]["was"]["state"] == "to_follow"
    assert changed["cause"]["is"]["value"] == {"zh-Hans": "合作方账号被盗用"}
    assert "unit_name" not in changed
    assert "place" not in changed  # typed once, carried over
    assert live(tx, second)["place"].value["is"] == {"zh-Hans": "已处理。"}
    assert content_of(tx, first, CAC)["answers"] != content["answers"]


def test_what_was_handed_in_stays_as_it_was(tx, desk, clock):
    first = desk.handed_in(counted(11_700))
    handed = digest(tx, first, CAC)
    for row in live(tx, first).values():
        row.value = {"is": "tampered"}
    assert digest(tx, first, CAC) == handed


def test_reports_come_in_order(tx, desk):
    with pytest.raises(Refused, match="begin with that one"):
        desk.prepare(stage=Stage.SUPPLEMENTARY)
    with pytest.raises(BadInput, match="no intermediate stage"):
        desk.prepare(stage=Stage.INTERMEDIATE)
    desk.handed_in(counted(10))
    with pytest.raises(Refused, match="prepare what comes after"):
        desk.prepare()
    desk.prepare(stage=Stage.SUPPLEMENTARY, people=counted(10))
    with pytest.raises(Refused, match="not handed in yet"):
        desk.prepare(stage=Stage.FINAL, people=counted(10))


def test_a_form_is_filled_only_in_a_language_in_which_it_stands(tx, desk):
    with pytest.raises(BadInput, match=r"language: .* not in de"):
        desk.prepare(language="de")


def test_the_authoritys_answer_is_kept_with_its_number_and_paper(tx, desk, clock, compliance, home, keys):
    filing = desk.handed_in(counted(1000))
    submission = find_submission(tx, filing)
    clock.tick(timedelta(hours=2))
    kept = {"by": compliance, "clock": clock, "vault": FolderVault(home / "vault"), "keys": keys}
    with pytest.raises(BadInput, match="number"):
        acknowledge(tx, submission, Answered(clock.now()), **kept)
    with pytest.raises(BadInput, match="before it was handed in"):
        acknowledge(tx, submission, Answered(FOUND, "SH-1"), **kept)
    acknowledge(tx, submission, Answered(clock.now(), "SH-2026-17", BytesIO(b"receipt")), **kept)
    [row] = acknowledgements(tx, filing)
    assert row.number == "SH-2026-17"
    assert row.paper_sha256 == hashlib.sha256(b"receipt").hexdigest()


@pytest.fixture
def glass(tx, desk, clock, responder):
    def let_out(filing, people=None, form=CAC, by=responder, owed=None):
        dossier = desk.read(people, owed) if owed else desk.read(people)
        seen = digest(tx, filing, form)
        return break_glass(
            tx, filing, seen, reason="nobody answers at 02:00", dossier=dossier, form=form, by=by, clock=clock
        )

    return let_out


def test_one_person_lets_out_the_first_report_loudly(tx, desk, incident, glass, compliance):
    filing = desk.whole(counted(1000))
    broken = glass(filing, counted(1000), by=compliance)  # they wrote it, too
    desk.submit(filing)
    assert [row.id for row in unreviewed(tx, incident.id)] == [broken.id]
    assert "filing.break_glass" in [entry.kind for entry in timeline.read(tx, incident.id)]


def test_break_glass_is_for_the_first_report_to_an_authority_only(tx, desk, glass, owed):
    desk.handed_in(counted(1000))
    later = desk.whole(counted(1000), stage=Stage.SUPPLEMENTARY)
    with pytest.raises(Refused, match="first filing to an authority only"):
        glass(later, counted(1000))
    partner = replace(owed, authority="a partner", audience=Audience.BUSINESS_PARTNER)
    other = desk.prepare(PIPL, people=counted(1000), owed=partner)
    desk.fill_gaps(other, PIPL)
    with pytest.raises(Refused, match="first filing to an authority only"):
        glass(other, counted(1000), form=PIPL, owed=partner)


def test_break_glass_lets_no_gap_through(tx, desk, glass):
    with pytest.raises(Refused, match="not whole"):
        glass(desk.prepare(people=counted(1000)), counted(1000))


def test_what_was_let_out_is_let_out_once_and_can_be_reviewed(tx, desk, incident, glass, compliance, clock):
    filing = desk.whole(counted(1000))
    first = glass(filing, counted(1000))
    with pytest.raises(Refused, match="let out already"):
        glass(filing, counted(1000), by=compliance)
    fill(tx, filing, "place", "上海市", form=CAC, by=compliance, clock=clock)
    second = glass(filing, counted(1000))
    review(tx, find_broken(tx, filing), finding="fine", by=compliance, clock=clock)
    review(tx, find_broken(tx, filing), finding="fine", by=compliance, clock=clock)
    assert not unreviewed(tx, incident.id)
    assert first.reviewed_at == second.reviewed_at == clock.now()


def test_another_person_reviews_within_a_day(tx, desk, incident, glass, compliance, responder, clock):
    broken = glass(desk.whole(counted(1000)), counted(1000), by=compliance)
    with pytest.raises(Refused, match="another person"):
        review(tx, broken, finding="fine", by=compliance, clock=clock)
    clock.tick(timedelta(hours=23))
    other = replace(compliance, id="acc_other")
    review(tx, broken, finding="as it should be", by=other, clock=clock)
    assert not unreviewed(tx, incident.id)
    assert timeline.read(tx, incident.id)[-1].detail["within_limit"] is True


def test_an_unreviewed_break_glass_is_put_on_the_timeline_once_its_day_is_over(begin, desk, tx, incident, glass, clock):
    broken = glass(desk.whole(counted(1000)), counted(1000))
    tx.commit()
    kit = SimpleNamespace(begin=begin, clock=clock)
    job = jobs()[mark_overdue.name]
    assert list(job.due(kit)) == []
    clock.tick(timedelta(hours=24, seconds=1))
    assert list(job.due(kit)) == [broken.id]
    job.run(kit, broken.id)
    job.run(kit, broken.id)
    assert list(job.due(kit)) == []
    with begin(reading=True) as later:
        kinds = [entry.kind for entry in timeline.read(later, incident.id)]
    assert kinds.count("filing.break_glass_overdue") == 1


def test_a_filing_is_found_by_its_reference(tx, desk):
    filing = desk.prepare()
    assert find(tx, filing.reference.lower()) is filing
    with pytest.raises(NotFound, match="filing 'FIL-NONE'"):
        find(tx, "FIL-NONE")


def test_no_answer_reaches_the_timeline(tx, desk, incident, compliance, clock):
    filing = desk.prepare()
    fill(tx, filing, "place", "联系人 13812345678", form=CAC, by=compliance, clock=clock)
    assert "13812345678" not in str([entry.detail for entry in timeline.read(tx, incident.id)])


def test_a_paper_to_an_authority_that_no_law_names_calls_it_in_words_and_by_no_id(tx, desk, ledger):
    row = ledger()[PROMISE]
    assert load().authority(row.subject) is None
    owed = owed_of(tx, row, stage=Stage.INITIAL, form=PIPL, packs=load())
    assert owed.authority_name["zh-Hans"] == "有管辖权的监管部门"
    content = desk.prepare(PIPL, owed=owed).heading
    assert "_" not in "".join(content["authority_name"].values())


def test_one_paper_serves_every_law_that_wants_the_same_one_for_the_same_authority(tx, desk, ledger, clock):
    row = ledger()[PIPL_57]
    owed = owed_of(tx, row, stage=Stage.INITIAL, form=PIPL, packs=load(), also=[ledger()[PROMISE].id])
    assert set(owed.obligation_ids) == {ledger()[duty].id for duty in (PIPL_57, GBT, PROMISE)}
    assert owed.authority_name["zh-Hans"] == "履行个人信息保护职责的部门"
    filing = desk.prepare(PIPL, people=counted(1000), owed=owed)
    desk.fill_gaps(filing, PIPL)
    desk.owed = owed
    desk.approve(filing, PIPL, people=counted(1000))
    desk.submit(filing, PIPL)
    assert {duty: row.state for duty, row in ledger().items() if duty in (PIPL_57, GBT, PROMISE)} == {
        PIPL_57: "met",
        GBT: "met",
        PROMISE: "met",
    }


def test_an_obligation_that_was_assessed_anew_meanwhile_is_met_where_it_lives_now(
    tx, desk, ledger, incident, compliance, clock
):
    filing = desk.whole(counted(1000))
    then = ledger()[INITIAL].id
    answer(tx, incident, "people_count", 2_000_000, by=compliance, clock=clock, because="counted again")
    assert ledger()[INITIAL].id != then
    desk.approve(filing, people=counted(1000))
    desk.submit(filing)
    assert ledger()[INITIAL].state == "met"


def test_the_ledger_says_the_stage_and_whom_a_report_is_for(tx, ledger):
    rows = ledger()
    final = rows["cn/cac-incident-reporting/final-report"]
    assert stage_of(final, CAC, is_first=True) is Stage.FINAL
    assert stage_of(rows[PIPL_57], PIPL, is_first=True) is Stage.INITIAL
    assert stage_of(rows[PIPL_57], PIPL, is_first=False) is Stage.SUPPLEMENTARY
    told = next(row for row in rows.values() if row.owed_to == Audience.AFFECTED_INDIVIDUALS)
    with pytest.raises(Refused, match="tell them by a notice"):
        owed_of(tx, told, stage=Stage.INITIAL, form=PIPL, packs=load())


def test_a_house_names_itself_and_a_shop_of_it_is_another_party():
    assert unit_of("moqi", load()).name["en"].startswith("Shanghai")
    assert unit_of("onami:shop-0042", load()) == UnitPart("onami:shop-0042")


def test_a_limit_that_an_answer_moved_is_read_anew(tx, desk, ledger, incident, compliance, clock):
    filing = desk.whole(counted(1000))
    before = filing.due_at
    answer(tx, incident, "operator_is_cii", "no", by=compliance, clock=clock, because="not on the list")
    answer(tx, incident, "operator_is_central_organ", "no", by=compliance, clock=clock, because="a company")
    ledger()
    assert owed_by(tx, filing).due_at != before
    with pytest.raises(Refused, match="refresh"):
        desk.approve(filing, people=counted(1000))
    refresh(tx, filing, dossier=desk.read(counted(1000)), form=CAC, by=compliance, clock=clock)
    assert filing.due_at == FOUND + timedelta(hours=4)
    desk.approve(filing, people=counted(1000))


def test_a_supplement_is_wanted_while_something_is_to_follow_or_the_count_has_moved(tx, desk, incident, clock):
    assert wanted(tx, incident.id) == []
    first = desk.handed_in(counted(1000))
    [one] = wanted(tx, incident.id)
    assert one.filing is first
    assert {"trend", "cause", "occurred_at"} <= set(one.to_follow)
    assert "still to follow: occurred_at" in one.sentence
    later = desk.handed_in(counted(1000), stage=Stage.SUPPLEMENTARY)
    [one] = wanted(tx, incident.id)
    assert (one.filing, one.to_follow) == (later, ("occurred_at",))  # it was not known then, either
    desk.handed_in(counted(1000), stage=Stage.FINAL)
    assert wanted(tx, incident.id) == []


def test_a_new_count_wants_a_supplement_even_of_a_final_report(tx, desk, incident, clock, compliance):
    for stage in (Stage.INITIAL, Stage.FINAL):
        desk.handed_in(counted(1000), stage=stage)
    frozen = {"directory": "moqi", "as_of_on": FOUND.date(), "evidence_ids": [], "key_id": "k", "salt_key_id": "s"}
    frozen |= {"digest": "0", "counts": {}, "changes": {}, "reports": {}, "frozen_at": clock.now()}
    frozen |= {"frozen_by": "x", "frozen_by_name": "X"}
    tx.add(Snapshot(id="snap_2", incident_id=incident.id, version=2, **frozen))
    tx.flush()
    [one] = wanted(tx, incident.id)
    assert one.versions == (1, 2)
    assert "counted anew" in one.sentence


def test_a_report_that_went_in_before_anybody_released_it_is_recorded_as_such(tx, desk, incident, clock):
    filing = desk.whole(counted(1000))
    went_in_at = clock.now()
    clock.tick(timedelta(minutes=10))
    desk.approve(filing, people=counted(1000))
    submission = desk.submit(filing, at=went_in_at)
    assert submission.before_release
    lines = [entry for entry in timeline.read(tx, incident.id) if entry.kind == "filing.submitted"]
    assert lines[0].detail["before_release"] is True


def test_a_paper_serves_no_obligation_of_another_audience(tx, ledger):
    rows = ledger()
    told = next(row for row in rows.values() if row.owed_to == Audience.AFFECTED_INDIVIDUALS)
    with pytest.raises(Refused, match="not owed to an authority"):
        owed_of(tx, rows[PIPL_57], stage=Stage.INITIAL, form=PIPL, packs=load(), also=[told.id])


GENERIC = FORMS["generic-authority"]


def a_report(desk, *contents):
    owed = replace(desk.owed, contents=contents)
    return desk.prepare(form=GENERIC, owed=owed, language="en")


def missing(tx, filing):
    return {gap.question for gap in gaps(tx, filing, GENERIC)}


def test_what_a_law_wants_and_the_form_requires_nowhere_is_asked_of_its_own_report(tx, desk):
    plain = missing(tx, a_report(desk, "nature", "measures"))
    assert "sample_notice" not in plain
    withdraw(tx, filings(tx, desk.incident.id)[0], because="again", by=desk.writer, clock=desk.clock)
    wanted_too = missing(tx, a_report(desk, "nature", "measures", "sample_notice", "security_before"))
    assert wanted_too == plain | {"sample_notice", "security_before"}


def test_what_the_form_itself_asks_later_may_still_follow_where_a_law_wants_it(tx, desk):
    assert "people" not in missing(tx, a_report(desk, "nature", "categories_and_counts"))


def test_what_nobody_asks_and_nobody_answered_has_no_line_on_the_paper(tx, desk):
    filing = a_report(desk, "nature", "sample_notice")
    paper = sheet(content_of(tx, filing, GENERIC), GENERIC, "en", digest="d", released=False)
    lines = {row["question"] for section in paper["sections"] for row in section["rows"]}
    assert "sample_notice" in lines
    assert "indicators" not in lines


def test_a_paper_that_rests_on_a_rule_nobody_has_read_says_so_until_it_is_released(tx, desk):
    owed = replace(desk.owed, unconfirmed=("A law, article 7",))
    filing = desk.prepare(form=GENERIC, owed=owed, language="en")
    content = content_of(tx, filing, GENERIC)
    drafted, let_out = (sheet(content, GENERIC, "en", digest="d", released=released) for released in (False, True))
    assert any("A law, article 7" in value and "Confirm" in label for label, value in drafted["facts"])
    assert not any("article 7" in value for _, value in let_out["facts"])


def test_what_a_report_rests_on_is_unconfirmed_where_its_row_of_the_ledger_is(tx, ledger):
    row = ledger()[INITIAL]
    found = owed_of(tx, row, stage=Stage.INITIAL, form=CAC, packs=load())
    assert (row.citation in found.unconfirmed) == row.to_confirm
