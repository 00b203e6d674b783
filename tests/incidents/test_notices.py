"""A notice from the ledger to the gate: drafted, written, checked, released, approved; and what makes it fall."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from affected.words import Membership
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.notices import check
from incidents.notices.approve import Digests, approve, cleared, digests, recheck, release, to_confirm
from incidents.notices.correct import correct
from incidents.notices.draft import draft, withdraw
from incidents.notices.files import Filler, Format, Purpose
from incidents.notices.fill import fill, fill_alike
from incidents.notices.holding import approve_holding, propose_holding, use_holding
from incidents.notices.library import Blocks, load_wording
from incidents.notices.preview import preview, sheet
from incidents.notices.reference import Answer, verify_reference
from incidents.notices.texts import Sources, find_notice, languages, notices_of, sender_name, variants, written
from incidents.notices.voids import require_approved, standing
from incidents.obligations.assess import assess
from incidents.obligations.discharge import meet
from incidents.obligations.ledger import live
from incidents.record import facts, timeline
from incidents.record.actor import Actor, ActorRole
from incidents.record.assign import Part, assign
from incidents.record.declare import Declaration, declare
from incidents.snapshots.decide import decide
from incidents.snapshots.opened import Decision, newest
from notifiers.registry import channels
from policies.load import load
from policies.vocabulary import Role
from tests.clock import FrozenClock
from tests.incidents.counted import cohort, counted
from tests.templates.said import WORDS

AWARE = datetime(2026, 11, 20, 13, 40, tzinfo=UTC)
PEOPLE = (
    cohort("adults", 9000),
    cohort("unknowns", 2000, age_band="unknown", categories=["identity_document", "name", "phone"]),
    cohort("english", 40, language="en", residence="SG"),
    cohort("children", 60, age_band="under_14"),
    cohort("strangers", 30, standing="stranger", membership="stranger", language="unknown", role="person"),
)


@pytest.fixture(scope="module")
def sources():
    return Sources(load(), load_wording())


@pytest.fixture
def clock():
    return FrozenClock(AWARE + timedelta(hours=2))


@pytest.fixture
def lead():
    return Actor("acc_lead", "Lin", frozenset({ActorRole.RESPONDER, ActorRole.COMPLIANCE}))


@pytest.fixture
def incident(tx, lead, clock, keys):
    said = Declaration(title="A partner's export was read by a stranger", company="moqi", became_aware_at=AWARE)
    return declare(tx, said, by=lead, clock=clock, keys=keys)


@pytest.fixture
def scoped(tx, incident, lead, clock):
    counted(tx, incident, clock, *PEOPLE)
    assess(tx, incident, by=lead, clock=clock, packs=load())
    return incident


@pytest.fixture
def drafted(tx, scoped, lead, clock, sources):
    return draft(tx, scoped, by=lead, clock=clock, sources=sources)


@pytest.fixture
def notice(tx, scoped, drafted):
    return of(tx, scoped, "individuals")


@pytest.fixture
def hand(clock, sources):
    return {"clock": clock, "sources": sources}


@pytest.fixture
def filled(tx, notice, writer, hand):
    for language in languages(tx, notice):
        write_all(tx, notice, language, writer, hand)
        release(tx, notice, language, because="I read this language.", by=writer, **hand)
    return notice


@pytest.fixture
def approved(tx, filled, approver, hand):
    return ok(tx, filled, "zh-Hans", approver, hand)


def text_for(approval, key, form):
    return approval.texts[key][form]


def variant_keys(tx, notice):
    return {(reader, one.language): one.key for one in variants(tx, notice) for reader in one.cohorts}


def of(tx, incident, wording):
    return [one for one in notices_of(tx, incident.id) if one.wording == wording][-1]


def write_all(tx, notice, language, writer, hand):
    holes = hand["sources"].wording.notice(notice.wording).placeholders
    for name, hole in holes.items():
        if hole.by is Filler.WRITER:
            fill(tx, notice, language, name, WORDS[language], by=writer, **hand)


def ok(tx, notice, language, approver, hand, *, seen=None, confirmed=None):
    seen = seen or digests(tx, notice, language, sources=hand["sources"])
    confirmed = to_confirm(notice) if confirmed is None else confirmed
    return approve(tx, notice, language, seen, confirmed=confirmed, by=approver, **hand)


def test_the_ledger_gives_each_kind_of_reader_a_notice_with_all_that_its_laws_want(tx, scoped, drafted, sources):
    by_wording = {one.wording: one for one in drafted.made}
    assert {"individuals", "minor", "guardian", "stranger", "announcement", "hotline"} == set(by_wording)
    told = by_wording["individuals"]
    assert len(told.obligations) > 1  # several laws, one message
    assert {"cause", "remedies", "possible_harm", "contact"} <= set(told.contents)
    assert languages(tx, told) == ["en", "zh-Hans"]
    assert by_wording["guardian"].audience == {"kind": "guardians", "to": "guardians"}
    readers = {reader for reader, _ in variant_keys(tx, told)}
    assert readers == {"adults", "unknowns", "english"}
    assert {reader for reader, _ in variant_keys(tx, by_wording["minor"])} == {"children"}


def test_drafting_twice_changes_nothing(tx, scoped, drafted, lead, clock, sources):
    again = draft(tx, scoped, by=lead, clock=clock, sources=sources)
    assert (again.made, again.changed) == ((), ())
    assert len(again.unchanged) == len(drafted.made)


def test_nothing_is_drafted_while_nothing_is_owed(tx, incident, lead, clock, sources):
    with pytest.raises(Refused, match="assess"):
        draft(tx, incident, by=lead, clock=clock, sources=sources)


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_each_required_element_left_empty_stops_approval_by_name_and_language(
    tx, filled, writer, approver, hand, language
):
    bound = {"cause_words": "cause", "measures_taken_words": "measures_taken", "remedies_words": "remedies"}
    bound |= {"what_happened_words": "what_happened", "measures_planned_words": "measures_planned"}
    for placeholder, element in bound.items():
        fill(tx, filled, language, placeholder, "", by=writer, **hand)
        with pytest.raises(Refused) as refused:
            ok(tx, filled, language, approver, hand)
        assert any(element in line and f"({language})" in line for line in refused.value.because)
        fill(tx, filled, language, placeholder, WORDS[language], by=writer, **hand)
    assert ok(tx, filled, language, approver, hand).approved_by == approver.id


def test_nobody_approves_what_they_wrote_or_drafted(tx, filled, writer, lead, hand):
    for person in (writer, lead):
        both = Actor(person.id, person.name, person.roles | {ActorRole.APPROVER})
        with pytest.raises(Refused, match="wrote part"):
            ok(tx, filled, "zh-Hans", both, hand)


def test_whoever_wrote_a_word_that_was_replaced_is_still_a_writer(tx, filled, writer, hand):
    other = Actor("acc_other", "Oo", frozenset({ActorRole.COMMUNICATIONS, ActorRole.APPROVER}))
    fill(tx, filled, "en", "cause_words", "Mine.", by=other, **hand)
    fill(tx, filled, "en", "cause_words", WORDS["en"], by=writer, **hand)
    with pytest.raises(Refused, match="wrote part"):
        ok(tx, filled, "zh-Hans", other, hand)


def test_without_the_role_only_a_deputy_whom_another_named_may_approve(tx, scoped, filled, lead, hand):
    deputy = Actor("acc_deputy", "Dee", frozenset({ActorRole.RESPONDER}))
    with pytest.raises(Refused, match="does not hold it"):
        ok(tx, filled, "zh-Hans", deputy, hand)
    assign(tx, scoped, Part.APPROVER, deputy, by=deputy, clock=hand["clock"])
    with pytest.raises(Refused, match="does not hold it"):  # nobody names themselves
        ok(tx, filled, "zh-Hans", deputy, hand)
    chief = Actor("acc_chief", "Chi", frozenset({ActorRole.COMPLIANCE}))
    deputy = Actor("acc_deputy_2", "Dan", frozenset({ActorRole.RESPONDER}))
    assign(tx, scoped, Part.APPROVER, deputy, by=chief, clock=hand["clock"])
    assert ok(tx, filled, "zh-Hans", deputy, hand).approved_by_name == "Dan"


def test_unreviewed_wording_waits_for_somebody_to_stand_for_it_by_name(tx, notice, writer, approver, hand):
    write_all(tx, notice, "zh-Hans", writer, hand)
    with pytest.raises(Refused) as refused:
        ok(tx, notice, "zh-Hans", approver, hand)
    assert refused.value.code == "wording_unreviewed"
    with pytest.raises(BadInput, match="because"):
        release(tx, notice, "zh-Hans", because=" ", by=writer, **hand)
    release(tx, notice, "zh-Hans", because="I grew up with it.", by=writer, **hand)
    assert ok(tx, notice, "zh-Hans", approver, hand)
    said = [line for line in timeline.read(tx, notice.incident_id) if line.kind == "notice.wording_released"]
    assert said[-1].actor_name == writer.name


def test_a_release_holds_for_the_bytes_that_were_read(tx, filled, approver, hand):
    changed = {**hand, "sources": reworded(hand["sources"], "individuals", "zh-Hans")}
    with pytest.raises(Refused, match="release it"):
        ok(tx, filled, "zh-Hans", approver, changed)


def test_what_a_channel_has_no_room_for_is_said_before_approval(tx, filled, approver, hand, monkeypatch):
    narrow = replace(channels()["push"], limit=20)
    monkeypatch.setattr(check, "channels", lambda: {"push": narrow})
    with pytest.raises(Refused) as refused:
        ok(tx, filled, "zh-Hans", approver, hand)
    assert any("(zh-Hans) Push carries 20 characters; these are" in line for line in refused.value.because)


def test_a_channel_that_stands_on_no_route_of_these_readers_is_not_asked_how_long_a_text_is(
    tx, filled, approver, hand, monkeypatch
):
    assert "messenger" not in {name for one in filled.routes["ladders"] for name in one["one_by_one"]}
    narrow = {"messenger": replace(channels()["push"], label="Messenger", limit=20)}
    monkeypatch.setattr(check, "channels", lambda: narrow)
    ok(tx, filled, "zh-Hans", approver, hand)


def test_a_channel_that_stands_behind_one_of_the_route_is_asked_how_long_a_text_is(
    tx, filled, approver, hand, monkeypatch
):
    monkeypatch.setattr(check, "channels", lambda: {"calls": replace(channels()["push"], limit=20, after="sms")})
    with pytest.raises(Refused) as refused:
        ok(tx, filled, "zh-Hans", approver, hand)
    assert any("Push carries 20 characters" in line for line in refused.value.because)


def test_the_approver_confirms_what_no_rule_can_read(tx, filled, approver, hand):
    with pytest.raises(Refused) as refused:
        ok(tx, filled, "zh-Hans", approver, hand, confirmed=())
    assert {line.split(":")[0] for line in refused.value.because} == {"marketing", "personal_data_rows"}


def test_one_approves_what_one_read(tx, filled, writer, approver, hand):
    seen = digests(tx, filled, "zh-Hans", sources=hand["sources"])
    fill(tx, filled, "zh-Hans", "cause_words", "另有原因。", by=writer, **hand)
    with pytest.raises(Refused, match="no longer what was read"):
        ok(tx, filled, "zh-Hans", approver, hand, seen=seen)


def test_the_gate_opens_for_what_was_approved_and_nothing_else(tx, filled, approved, hand):
    seen = digests(tx, filled, "zh-Hans", sources=hand["sources"])
    gate = {"language": "zh-Hans", "content_digest": seen.content, "audience_digest": seen.audience}
    assert require_approved(tx, filled, **gate) is approved
    for name in ("content_digest", "audience_digest"):
        with pytest.raises(Refused) as refused:
            require_approved(tx, filled, **gate | {name: "0" * 64})
        assert refused.value.code == "approval_void"
    with pytest.raises(Refused, match="not approved"):
        require_approved(tx, filled, **gate | {"language": "en"})


def test_a_word_written_after_approval_voids_it(tx, filled, approved, writer, hand):
    fill(tx, filled, "zh-Hans", "cause_words", "另有原因。", by=writer, **hand)
    with pytest.raises(Refused, match="not approved"):
        cleared(tx, filled, "zh-Hans", sources=hand["sources"])
    assert timeline.read(tx, filled.incident_id)[-2].kind == "notice.approval_void"


def test_a_word_in_another_language_leaves_this_one_alone(tx, filled, approved, writer, hand):
    fill(tx, filled, "en", "cause_words", "Another cause.", by=writer, **hand)
    assert cleared(tx, filled, "zh-Hans", sources=hand["sources"]) is approved


def test_a_template_edited_after_approval_closes_the_gate(tx, filled, approved, lead, hand):
    changed = reworded(hand["sources"], "individuals", "zh-Hans")
    with pytest.raises(Refused, match="content of"):
        cleared(tx, filled, "zh-Hans", sources=changed)
    assert recheck(tx, filled, by=lead, clock=hand["clock"], sources=changed) == ["zh-Hans"]
    assert standing(tx, filled) == []


def test_other_routes_or_another_decision_about_the_readers_close_the_gate(tx, scoped, lead, approver, writer, hand):
    kept = draft(tx, scoped, by=lead, **hand).made
    stranger = next(one for one in kept if one.wording == "stranger")
    write_all(tx, stranger, "zh-Hans", writer, hand)
    release(tx, stranger, "zh-Hans", because="read", by=writer, **hand)
    ok(tx, stranger, "zh-Hans", approver, hand)
    routes, stranger.routes = stranger.routes, {"ladders": []}
    with pytest.raises(Refused, match="content of"):
        cleared(tx, stranger, "zh-Hans", sources=hand["sources"])
    stranger.routes = routes
    snapshot = newest(tx, scoped.id)
    assert snapshot
    word = {"because": "a consignee", "by": lead, "clock": hand["clock"]}
    decide(tx, snapshot, "strangers", Membership.STRANGER, Decision.ANNOUNCE_ONLY, **word)
    with pytest.raises(Refused, match="readers of"):
        cleared(tx, stranger, "zh-Hans", sources=hand["sources"])


def test_a_draft_brought_up_to_date_loses_its_approval(tx, scoped, filled, approved, lead, hand):
    facts.answer(tx, scoped, "harm_avoided", "unknown", by=lead, clock=hand["clock"], because="not known")
    filled.contents = [*filled.contents, "dpo_contact"]  # as if a law had asked for more since
    again = draft(tx, scoped, by=lead, **hand)
    assert filled in again.changed
    assert standing(tx, filled) == []


def test_a_duty_that_was_met_meanwhile_leaves_the_approved_notice_as_it_is(tx, scoped, filled, approved, lead, hand):
    row = next(one for one in live(tx, scoped.id) if one.duty in filled.obligations)
    meet(tx, row, ref=filled.reference, by=lead, clock=hand["clock"])
    assert filled in draft(tx, scoped, by=lead, **hand).unchanged
    for other in live(tx, scoped.id):
        if other.state == "owed" and other.duty in filled.obligations:
            meet(tx, other, ref=filled.reference, by=lead, clock=hand["clock"])
    assert filled in draft(tx, scoped, by=lead, **hand).unneeded
    assert cleared(tx, filled, "zh-Hans", sources=hand["sources"]) is approved


def test_a_second_round_gets_a_notice_of_its_own_that_keeps_the_words(tx, scoped, filled, approved, lead, hand):
    counted(tx, scoped, hand["clock"], *PEOPLE, cohort("more", 500, categories=["bank_account"]))
    assess(tx, scoped, by=lead, clock=hand["clock"], packs=load())
    again = draft(tx, scoped, by=lead, **hand)
    following = next(one for one in again.made if one.wording == "individuals")
    assert following.follows_id == filled.id
    assert not standing(tx, following)
    assert cleared(tx, filled, "zh-Hans", sources=hand["sources"]) is approved  # the first round goes on
    words = {row["placeholder"]: row["words"] for row in sheet(tx, following, "zh-Hans", sources=hand["sources"])}
    assert words["cause_words"] == WORDS["zh-Hans"]
    with pytest.raises(Refused, match="later round"):
        ok(tx, filled, "en", Actor("acc_x", "Xi", frozenset({ActorRole.APPROVER})), hand)


def test_what_is_sent_is_what_was_approved_in_the_channels_form(tx, filled, approved, hand):
    keys = variant_keys(tx, filled)
    assert {channel.form for channel in channels().values()} <= set(Format)
    text = text_for(approved, keys["unknowns", "zh-Hans"], Format.EMAIL)
    assert "身份证件信息" in text["plain"]
    assert "身份证件信息" not in text_for(approved, keys["adults", "zh-Hans"], Format.EMAIL)["plain"]
    assert "未满18周岁" in text["plain"]
    assert filled.reference in text_for(approved, keys["adults", "zh-Hans"], Format.SHORT)["short"]


def test_a_preview_shows_the_text_its_parts_and_what_stands_against_it(tx, notice, writer, hand):
    fill(tx, notice, "en", "cause_words", WORDS["en"], by=writer, **hand)
    seen = preview(tx, notice, "en", Format.SHORT, "english", sources=hand["sources"])
    assert seen["lengths"]["sms"].endswith("parts, gsm-7")
    assert seen["lengths"]["messenger"].endswith("characters of 1,000")
    assert seen["unreviewed"]
    assert {one["flaw"] for one in seen["findings"]} == {"element_missing", "words_missing"}
    assert Digests(**seen["seen"]) == digests(tx, notice, "en", sources=hand["sources"])
    with pytest.raises(BadInput, match="nobody reads it"):
        preview(tx, notice, "en", Format.SHORT, "children", sources=hand["sources"])


def test_words_are_plain_and_go_where_a_writer_writes(tx, notice, writer, approver, hand):
    for words in ("{{ 7*7 }}", "<b>now</b>", "x" * 4001, "half \ud800 a character"):
        with pytest.raises(BadInput, match="cause_words"):
            fill(tx, notice, "en", "cause_words", words, by=writer, **hand)
    with pytest.raises(BadInput, match="no placeholder that a person fills"):
        fill(tx, notice, "en", "categories", "everything", by=writer, **hand)
    with pytest.raises(BadInput, match="house pack"):
        fill(tx, notice, "en", "sender", "Somebody else", by=writer, **hand)
    with pytest.raises(Refused, match="does not hold it"):
        fill(tx, notice, "en", "cause_words", "x", by=approver, **hand)


def test_one_sentence_can_be_written_into_all_notices_for_grown_readers(tx, scoped, notice, writer, hand):
    rows = fill_alike(tx, notice, "zh-Hans", "cause_words", WORDS["zh-Hans"], by=writer, **hand)
    children = of(tx, scoped, "minor")
    assert len(rows) == 5
    assert children.id not in {row.notice_id for row in rows}


def test_the_timeline_holds_no_word_of_a_notice(tx, filled, approved):
    whole = str([line.detail for line in timeline.read(tx, filled.incident_id)])
    assert WORDS["zh-Hans"][:6] not in whole


def test_a_withdrawn_notice_passes_no_gate(tx, filled, approved, writer, hand):
    withdraw(tx, filled, because="the evidence was wrong", by=writer, clock=hand["clock"])
    with pytest.raises(Refused, match="withdrawn"):
        cleared(tx, filled, "zh-Hans", sources=hand["sources"])


@pytest.mark.parametrize("purpose", [Purpose.CORRECTION, Purpose.RECALL])
def test_a_correction_goes_to_those_who_got_the_wrong_text_and_is_approved_itself(
    tx, filled, approved, writer, approver, hand, purpose
):
    made = correct(tx, filled, purpose, because="it named the wrong day", by=writer, **hand)
    assert made.audience == {"kind": "recipients_of", "to": "affected_individuals", "notice_id": filled.id}
    assert standing(tx, filled) == []  # no more of the wrong text goes out
    with pytest.raises(Refused):
        cleared(tx, made, "zh-Hans", sources=hand["sources"])
    write_all(tx, made, "zh-Hans", writer, hand)
    release(tx, made, "zh-Hans", because="read", by=writer, **hand)
    given = ok(tx, made, "zh-Hans", approver, hand)
    (key,) = {key for (reader, _), key in variant_keys(tx, made).items() if reader == "adults"}
    assert filled.reference in text_for(given, key, Format.SHORT)["short"]
    kinds = [line.kind for line in timeline.read(tx, filled.incident_id)]
    assert "notice.reassessment_wanted" in kinds


def test_what_was_never_approved_needs_no_correction(tx, filled, writer, hand):
    with pytest.raises(Refused, match="never approved"):
        correct(tx, filled, Purpose.RECALL, because="wrong", by=writer, **hand)


def test_a_reference_is_known_once_its_notice_was_approved(tx, filled, writer, approver, hand):
    assert verify_reference(tx, filled.reference).answer is Answer.UNKNOWN
    ok(tx, filled, "zh-Hans", approver, hand)
    said = verify_reference(tx, filled.reference.lower().replace("-", " "))
    assert (said.answer, said.company, said.languages, said.public) == (Answer.GENUINE, "moqi", ("zh-Hans",), True)
    last = "3" if filled.reference[-1] != "3" else "4"
    assert verify_reference(tx, filled.reference[:-1] + last).answer is Answer.MISTYPED
    assert verify_reference(tx, "hello").answer is Answer.MISTYPED
    made = correct(tx, filled, Purpose.RECALL, because="wrong", by=writer, **hand)
    write_all(tx, made, "zh-Hans", writer, hand)
    release(tx, made, "zh-Hans", because="read", by=writer, **hand)
    ok(tx, made, "zh-Hans", approver, hand)
    assert verify_reference(tx, filled.reference).followed_by == (made.reference,)


def test_a_holding_text_that_two_people_approved_beforehand_is_let_out_by_one(tx, scoped, lead, writer, approver, hand):
    row = propose_holding(tx, "moqi", "zh-Hans", by=writer, **hand)
    ahead = hand["clock"].now() + timedelta(days=180)
    both = Actor(writer.id, writer.name, writer.roles | {ActorRole.APPROVER})
    with pytest.raises(Refused, match="proposed this"):
        approve_holding(tx, row, valid_until=ahead, by=both, **hand)
    approve_holding(tx, row, valid_until=ahead, by=approver, **hand)
    notice = use_holding(tx, scoped, by=lead, **hand)
    assert cleared(tx, notice, "zh-Hans", sources=hand["sources"]).holding_id == row.id
    with pytest.raises(Refused, match="not approved"):
        cleared(tx, notice, "en", sources=hand["sources"])


def test_a_holding_text_lapses_with_time_and_with_its_wording(tx, scoped, lead, writer, approver, hand):
    row = propose_holding(tx, "moqi", "zh-Hans", by=writer, **hand)
    approve_holding(tx, row, valid_until=hand["clock"].now() + timedelta(days=1), by=approver, **hand)
    changed = reworded(hand["sources"], "holding", "zh-Hans")
    with pytest.raises(Refused, match="approved beforehand"):
        use_holding(tx, scoped, by=lead, clock=hand["clock"], sources=changed)
    hand["clock"].tick(timedelta(days=2))
    with pytest.raises(Refused, match="approved beforehand"):
        use_holding(tx, scoped, by=lead, **hand)


def test_a_shop_owner_reads_of_its_own_customers_only(tx, lead, clock, keys, hand):
    said = Declaration(title="Orders leaked", company="onami", became_aware_at=AWARE, role=Role.PROCESSOR)
    incident = declare(tx, said, by=lead, clock=clock, keys=keys)
    mine = {"role": "end_customer", "residence": "MM", "language": "my"}
    counted(
        tx,
        incident,
        clock,
        cohort("c1", 312, controller="onami:shop-0001", categories=["phone", "order"], **mine),
        cohort("c2", 7, controller="onami:shop-0002", categories=["name"], **mine),
    )
    assess(tx, incident, by=lead, clock=clock, packs=load())
    made = {one.wording: one for one in draft(tx, incident, by=lead, **hand).made}
    assert "individuals" not in made  # nobody instructed that the customers be told
    told = written(tx, made["controller"], "en", sources=hand["sources"])
    texts = {key: forms[Format.EMAIL]["plain"] for key, forms in told.texts.items()}
    one, two = (next(text for key, text in texts.items() if shop in key) for shop in ("shop-0001", "shop-0002"))
    assert "312" in one
    assert "312" not in two
    assert "order history" not in two
    assert "7 are concerned" in two


def test_customers_are_told_in_the_shops_name_once_the_shop_instructs(tx, lead, clock, keys, writer, hand):
    said = Declaration(title="Orders leaked", company="onami", became_aware_at=AWARE, role=Role.PROCESSOR)
    incident = declare(tx, said, by=lead, clock=clock, keys=keys)
    shops = {
        one: cohort(one, 9, controller=f"onami:shop-{one}", role="end_customer", residence="MM", language="my")
        for one in ("0001", "0002")
    }
    counted(tx, incident, clock, *shops.values())
    word = {"by": lead, "clock": clock, "because": "the owner wrote so"}
    facts.answer(tx, incident, "controller_has_instructed@0001", "yes", **word)
    assess(tx, incident, by=lead, clock=clock, packs=load())
    (told,) = (one for one in draft(tx, incident, by=lead, **hand).made if one.wording == "individuals")
    assert told.sender == "onami:shop-0001"
    assert {reader for reader, _ in variant_keys(tx, told)} == {"0001"}
    write_all(tx, told, "my", writer, hand)
    gaps = {one.element for one in written(tx, told, "my", sources=hand["sources"]).findings}
    assert gaps == {"sender"}  # no pack knows the name of a shop
    fill(tx, told, "my", "sender", "Thiri Shop", by=writer, **hand)
    assert written(tx, told, "my", sources=hand["sources"]).findings == ()
    assert sender_name(tx, told, "my", packs=load()) == "Thiri Shop"


def test_an_announcement_is_written_in_every_language_of_the_house(tx, scoped, drafted):
    assert languages(tx, of(tx, scoped, "announcement")) == ["en", "zh-Hans"]


def test_a_wanted_notice_is_found_by_id_or_reference(tx, notice):
    assert find_notice(tx, notice.reference.lower()) is notice
    with pytest.raises(NotFound):
        find_notice(tx, "not_here")


def reworded(sources, notice, language):
    """The same sources after somebody edited one byte of one template."""
    wording = sources.wording.notice(notice)
    blocks: Blocks = wording.languages[language]
    edited = replace(blocks, texts={**blocks.texts, "push_title": blocks.texts["push_title"] + "!"}, digest="0" * 64)
    changed = replace(wording, languages={**wording.languages, language: edited})
    return Sources(sources.packs, replace(sources.wording, notices={**sources.wording.notices, notice: changed}))
