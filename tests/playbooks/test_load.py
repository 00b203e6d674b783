"""A plan that cannot work is refused with file, line and the word that is wrong."""

import pytest

from packs import BadInput
from playbooks.load import LIBRARY, as_yaml, choose, load, load_all, parse, vocabulary
from playbooks.phases import NAMES, Phase
from playbooks.plan import Anchor, as_plain, digest, unpin
from tests.playbooks.cast import SMALL, small

LIBRARY_FILES = sorted(LIBRARY.glob("*.yaml"))


def complaint(old, new):
    with pytest.raises(BadInput) as caught:
        small(old, new)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("needs: [shut]", "needs: [shutt]", "small.yaml:41: step 'tell' needs an unknown step 'shutt'."),
        (
            "action: notice.send",
            "action: notice.sned",
            "small.yaml:40: step 'tell' names an unknown action 'notice.sned'.",
        ),
        ("id: look\n", "id: collect\n", "small.yaml:20: step 'collect' stands here a second time."),
        ("after_step: look", "after_step: lok", "small.yaml:34: step 'shut' is due after an unknown step 'lok'."),
        (
            "{fact: still_open, is: true}",
            "{fact: stil_open, is: true}",
            "step 'shut' asks for an unknown fact 'stil_open'.",
        ),
        ("{fact: still_open, is: true}", "{fact: still_open, is: maybe}", "compares 'still_open' with 'maybe'"),
        ("{fact: still_open, is: true}", "{fact: still_open, at_least: 3}", "does not suit a fact of kind yes_no"),
        ("    decides: [still_open]\n", "", "small.yaml:9: no step decides the fact 'still_open'."),
        ("decides: [still_open]", "decides: [still_open, notice_owed]", "only the incident's record can know"),
        ("  notice_owed: {q", "  mood_of_boss: {q", "the incident's record knows no yes_no fact 'mood_of_boss'"),
        ("phase: learn", "phase: recover", "small.yaml:44: nothing waits for step 'review'"),
        ("title: Collect", "titel: x\n    title: Collect", "small.yaml:13: steps.0.titel: unknown key 'titel'."),
        ("within: PT2H", "within: two hours", "small.yaml:17"),
        ("is: true}\n    must", "is: true, below: 2}\n    must", "exactly one of 'is', 'at_least' and 'below'"),
        ("    how: [Talk.]\n", "    how: []\n", "how"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(old, new, said):
    assert said in complaint(old, new)


def test_a_circle_is_named_step_by_step():
    assert "small.yaml:12: steps wait for one another in a circle: collect -> look -> collect." in complaint(
        "    action: evidence.collect\n", "    action: evidence.collect\n    needs: [look]\n"
    ).replace("small.yaml:17", "small.yaml:12")


def test_a_condition_must_come_after_the_question_it_depends_on():
    said = complaint("    needs: [look]\n", "    needs: [collect]\n")
    assert "step 'shut' depends on 'still_open' but does not come after 'look', which decides it." in said


def test_a_step_that_no_world_can_reach_is_named():
    never = "{all: [{fact: still_open, is: true}, {fact: still_open, is: false}]}"
    assert "step 'shut' can never be reached" in complaint("{fact: still_open, is: true}", never)


def test_unknown_actions_are_judged_by_the_set_that_is_handed_in():
    with pytest.raises(BadInput, match=r"unknown action 'notice\.send'"):
        parse(SMALL, name="small.yaml", actions={"evidence.collect"})


def test_a_file_must_be_called_as_its_playbook(tmp_path):
    (tmp_path / "other.yaml").write_text(SMALL)
    with pytest.raises(BadInput, match="stands in a file called 'other'"):
        load(tmp_path / "other.yaml")


def test_two_playbooks_that_open_for_the_same_incident_are_refused(tmp_path):
    for name in ("one", "two"):
        text = SMALL.replace("playbook: small", f"playbook: {name}\nopens_for: [{{kind: theft, roles: [processor]}}]")
        (tmp_path / f"{name}.yaml").write_text(text)
    with pytest.raises(BadInput, match="both 'one' and 'two' open for theft, processor"):
        load_all(tmp_path)


def test_the_kind_and_the_role_choose_the_playbook():
    library = load_all()
    names = {role: choose(library, kind="data_breach", role=role) for role in ("controller", "processor")}
    assert {role: plan.playbook for role, plan in names.items() if plan} == {
        "controller": "personal-data-breach-controller",
        "processor": "personal-data-breach-processor",
    }
    assert choose(library, kind="ransomware", role="processor") is library["ransomware"]
    assert choose(library, kind="meteorite", role="controller") is None


@pytest.mark.parametrize("path", LIBRARY_FILES, ids=lambda path: path.stem)
def test_every_playbook_of_the_library_holds_what_a_response_cannot_do_without(path):
    plan = load(path)
    actions = {step.action for step in plan.steps if step.action}
    for needed in ("incident.declare", "evidence.collect", "incident.scope", "incident.assess", "notice.draft"):
        assert needed in actions, needed
    for needed in (
        "notice.approve",
        "notice.send",
        "filing.prepare",
        "filing.submit",
        "incident.close",
        "incident.bundle",
    ):
        assert needed in actions, needed
    words = " ".join(line for step in plan.steps for line in (step.title, *step.how)).lower()
    for theme in ("vault", "hold", "minors", "hotline" if "hotline" in words else "answer", "receipt", "lesson"):
        assert theme in words, theme
    assert {step.phase for step in plan.steps} >= {Phase.DETECT, Phase.ASSESS, Phase.CONTAIN, Phase.NOTIFY, Phase.LEARN}
    assert any(step.decides for step in plan.steps)


@pytest.mark.parametrize("path", LIBRARY_FILES, ids=lambda path: path.stem)
def test_a_playbook_written_out_as_yaml_reads_back_equal(path):
    plan = load(path)
    assert parse(as_yaml(plan), name="again") == plan


@pytest.mark.parametrize("path", LIBRARY_FILES, ids=lambda path: path.stem)
def test_a_pinned_playbook_keeps_its_digest_whatever_becomes_of_the_file(path):
    plan = load(path)
    assert digest(unpin(as_plain(plan))) == digest(plan)


def test_one_changed_word_changes_the_digest():
    assert digest(small()) != digest(small("Check again.", "Check twice."))


def test_every_phase_is_mapped_to_the_standards():
    assert set(NAMES) == set(Phase)
    assert {names.iso27035 for names in NAMES.values()} == {
        "plan and prepare",
        "detect and report",
        "assess and decide",
        "respond",
        "learn lessons",
    }


def test_the_vocabulary_of_actions_is_used_and_anchors_end_in_at():
    used = {step.action for plan in load_all().values() for step in plan.steps if step.action}
    assert used <= set(vocabulary().actions)
    assert all(anchor.endswith("_at") for anchor in Anchor)
