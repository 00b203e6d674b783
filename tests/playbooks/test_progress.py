"""Progress says of every step where it stands and why; unknown is never taken for no."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.conditions import Condition, decide
from playbooks.journal import StepEntry, StepWord, objection, replay
from playbooks.load import load_all
from playbooks.progress import STATES, StepState, progress
from tests.playbooks.cast import T0, entry, small

LIBRARY = [plan for _, plan in sorted(load_all().items())]


def stand(journal, facts=None, anchors=None, minutes=0, plan=None):
    found = progress(
        plan or small(),
        journal,
        facts={"notice_owed": None} if facts is None else facts,
        anchors={"became_aware_at": T0} if anchors is None else anchors,
        now=T0 + timedelta(minutes=minutes),
    )
    return {one.step.id: one for one in found.steps}


def states(journal, **known):
    return {name: str(one.state) for name, one in stand(journal, **known).items()}


def test_at_the_start_only_what_needs_nothing_is_ready():
    assert states([]) == {
        "collect": "ready",
        "look": "waiting",
        "shut": "waiting",
        "tell": "waiting",
        "review": "waiting",
    }


def test_a_waiting_step_names_the_step_it_waits_for():
    assert stand([])["look"].why == ("waits for 'collect' (ready)",)


def test_an_answer_of_no_makes_the_guarded_step_not_needed_and_lets_the_next_one_go_on():
    journal = [entry("collect", "done"), entry("look", "done", still_open=False)]
    found = states(journal, facts={"notice_owed": True})
    assert found["shut"] == "not_needed"
    assert found["tell"] == "ready"


def test_an_answer_of_yes_makes_the_guarded_step_ready_and_holds_the_next_one():
    journal = [entry("collect", "done"), entry("look", "done", still_open=True)]
    found = stand(journal, facts={"notice_owed": True})
    assert found["shut"].state is StepState.READY
    assert found["tell"].why == ("waits for 'shut' (ready)",)


def test_an_unknown_fact_leaves_a_step_undecided_and_repeats_the_question():
    journal = [entry("collect", "done"), entry("look", "done", still_open=False)]
    tell = stand(journal)["tell"]
    assert tell.state is StepState.UNDECIDED
    assert tell.why == ("notice_owed is unknown: Is a notice owed?",)
    assert not tell.finished
    assert states(journal)["review"] == "waiting"


def test_reopening_a_decision_makes_its_answer_unknown_again():
    journal = [
        entry("collect", "done"),
        entry("look", "done", still_open=False),
        entry("look", "reopened", 5, reason="x"),
    ]
    assert replay(journal).answers == {}
    assert states(journal)["shut"] == "waiting"


def test_a_record_cannot_smuggle_in_an_answer_that_a_step_has_to_give():
    found = stand([entry("collect", "done")], facts={"still_open": False, "notice_owed": True})
    assert found["shut"].state is StepState.WAITING


def test_a_step_is_overdue_when_its_time_has_passed_even_if_it_cannot_be_done_yet():
    assert not stand([], minutes=119)["collect"].overdue
    late = stand([], minutes=120)["collect"]
    assert late.overdue
    assert late.why[-1] == "was due 2026-03-06 15:40Z"


def test_a_done_step_is_never_overdue():
    assert not stand([entry("collect", "done", 500)], minutes=900)["collect"].overdue


def test_without_its_anchor_a_due_time_is_unknown_and_says_so():
    collect = stand([], anchors={"became_aware_at": None}, minutes=9000)["collect"]
    assert collect.due_at is None
    assert not collect.overdue
    assert collect.why[-1] == "its time starts when became_aware_at is known"


def test_a_due_time_can_run_from_the_hour_in_which_another_step_was_done():
    journal = [entry("collect", "done"), entry("look", "done", 30, still_open=True)]
    assert stand(journal, minutes=40)["shut"].due_at == T0 + timedelta(minutes=90)
    assert stand(journal, minutes=90)["shut"].overdue


def test_overdue_work_comes_first_among_what_is_next():
    plan = small("    due: {after_step: look, within: PT1H}\n", "")
    journal = [entry("collect", "done"), entry("collect", "reopened", 10, reason="round two")]
    found = progress(plan, journal, facts={}, anchors={"became_aware_at": T0}, now=T0 + timedelta(hours=9))
    assert [one.step.id for one in found.next] == ["collect"]
    assert [one.step.id for one in found.overdue] == ["collect"]


def test_a_failed_step_says_why_and_is_not_finished():
    failed = stand([entry("collect", "failed", reason="the export was empty")])["collect"]
    assert failed.state is StepState.FAILED
    assert "the export was empty" in failed.why[0]


def test_everything_done_skipped_or_not_needed_is_finished():
    journal = [
        entry("collect", "done"),
        entry("look", "done", still_open=False),
        entry("review", "skipped", reason="tiny"),
    ]
    found = progress(small(), journal, facts={"notice_owed": False}, anchors={}, now=T0)
    assert found.finished


def test_every_state_has_its_sentence():
    assert set(STATES) == set(StepState)


def refusal(journal, *args, **kwargs):
    found = objection(small(), journal, entry(*args, **kwargs))
    return found.code if found else None


def test_the_journal_takes_nothing_it_could_not_replay():
    done = [entry("collect", "done")]
    assert refusal([], "no-such", "done") == "no_such_step"
    assert refusal(done, "collect", "done") == "already_closed"
    assert refusal(done, "collect", "started") == "already_closed"
    assert refusal([], "collect", "reopened", reason="x") == "not_closed"
    assert refusal(done, "collect", "reopened", reason="x") is None


def test_skipping_wants_a_reason_and_what_must_be_done_cannot_be_skipped():
    assert refusal([], "collect", "skipped") == "reason_missing"
    assert refusal([], "collect", "skipped", reason="  ") == "reason_missing"
    assert refusal([], "collect", "skipped", reason="no log exists") is None
    assert refusal([], "shut", "skipped", reason="too late at night") == "must_be_done"


def test_a_decision_is_done_only_with_its_answer_and_cannot_be_skipped():
    assert refusal([], "look", "done") == "answer_missing"
    assert refusal([], "look", "skipped", reason="nobody knows") == "must_be_decided"
    assert refusal([], "collect", "done", still_open=True) == "answer_not_asked"
    unfit = StepEntry("look", StepWord.DONE, T0, "act_wen", None, {"still_open": "perhaps"})
    found = objection(small(), [], unfit)
    assert found is not None
    assert found.code == "answer_unfit"


CONDITIONS = st.recursive(
    st.sampled_from(["a", "b", "c"]).map(lambda name: Condition.model_validate({"fact": name, "is": True})),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Condition.model_validate({"all": parts})),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Condition.model_validate({"any": parts})),
        inner.map(lambda part: Condition.model_validate({"not": part})),
    ),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None)
@given(CONDITIONS, st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in "abc"}))
def test_a_verdict_never_changes_when_an_unknown_fact_becomes_known(condition, facts):
    verdict = decide(condition, facts)
    for name in [name for name, value in facts.items() if value is None]:
        for learned in (True, False):
            later = decide(condition, {**facts, name: learned}).holds
            assert verdict.holds is None or later == verdict.holds
    assert (verdict.holds is None) == bool(verdict.missing)


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_walk_through_any_playbook_of_the_library_replays_and_comes_to_an_end(data):
    plan = data.draw(st.sampled_from(LIBRARY))
    facts = {
        name: data.draw(st.integers(0, 3) if fact.kind == "number" else st.booleans())
        for name, fact in plan.facts.items()
        if fact.source == "incident"
    }
    journal: list[StepEntry] = []
    for _ in range(3 * len(plan.steps)):
        found = progress(plan, journal, facts=facts, anchors={}, now=T0)
        if found.finished:
            break
        one = data.draw(st.sampled_from(found.within(StepState.READY)))
        answers = {name: data.draw(st.booleans()) for name in one.step.decides}
        line = StepEntry(one.step.id, StepWord.DONE, T0, "act_wen", None, answers)
        assert objection(plan, journal, line) is None
        journal.append(line)
    assert found.finished
    assert progress(plan, list(journal), facts=facts, anchors={}, now=T0) == found
