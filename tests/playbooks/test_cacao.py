"""CACAO 2.0 in and out: ours comes back unchanged, others' are carried or it is said what became of them."""

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from packs import BadInput
from playbooks.cacao_in import read
from playbooks.cacao_out import export
from playbooks.cacao_words import EXTENSION, stix
from playbooks.conditions import Condition
from playbooks.load import load_all
from tests.playbooks.cast import condition_of, named, small

CONTRACTS = Path(os.environ.get("TOCSIN_CONTRACTS", Path(__file__).parents[3] / "shared/contracts")) / "cacao"
PUBLISHED = pytest.mark.skipif(not CONTRACTS.is_dir(), reason="the published CACAO schemas are not on this machine")
PLANS = sorted(load_all().items())


@pytest.fixture(scope="module")
def judge():
    """A judge by the published schemas. They say draft-07 and hold under its validator only."""
    folder = CONTRACTS / "schemas/schemas"
    found = [json.loads(file.read_text()) for file in folder.rglob("*.json")]
    registry = Registry().with_resources([(schema["$id"], DRAFT7.create_resource(schema)) for schema in found])
    return Draft7Validator(json.loads((folder / "playbook.json").read_text()), registry=registry)


@pytest.mark.parametrize("plan", [plan for _, plan in PLANS], ids=[name for name, _ in PLANS])
def test_a_playbook_goes_out_and_comes_back_unchanged(plan):
    back = read(json.dumps(export(plan).document), name="out.json")
    assert back.playbook == plan
    assert back.said == ()


@PUBLISHED
@pytest.mark.parametrize("plan", [plan for _, plan in PLANS], ids=[name for name, _ in PLANS])
def test_an_export_is_valid_by_the_published_schemas(plan, judge):
    assert [error.message[:200] for error in judge.iter_errors(export(plan).document)] == []


def test_an_export_is_the_same_every_time():
    assert json.dumps(export(small()).document) == json.dumps(export(small()).document)


def test_an_export_says_what_only_our_extension_can_say():
    said = " ".join(export(small()).said)
    for word in ("collect, shut", "dependencies", "unknown variable for no", "done again"):
        assert word in said


def test_every_branch_ends_at_an_end_of_its_own():
    workflow = export(load_all()[PLANS[0][0]]).document["workflow"]
    ends = [node["on_completion"] for node in workflow.values() if node.get("on_completion") in workflow]
    ends = [end for end in ends if workflow[end]["type"] == "end"]
    assert len(ends) == len(set(ends))


def test_a_title_and_an_instruction_changed_in_another_editor_are_taken_over():
    document = export(small()).document
    node = next(node for node in document["workflow"].values() if node.get("name") == "Shut it")
    node["name"], node["commands"][0]["command"] = "Shut it now", "Pull the plug."
    step = named(read(json.dumps(document), name="x").playbook, "shut")
    assert (step.title, step.how) == ("Shut it now", ("Pull the plug.",))


def test_an_order_changed_in_another_editor_is_taken_over_and_said():
    document = export(small()).document
    nodes = document["workflow"]
    by_step = {
        node["step_extensions"][EXTENSION].get("id"): name for name, node in nodes.items() if node["type"] == "action"
    }
    start = next(node for node in nodes.values() if node["type"] == "start")
    collect, look = by_step["collect"], by_step["look"]
    after_look = nodes[look]["on_completion"]
    start["on_completion"], nodes[look]["on_completion"], nodes[collect]["on_completion"] = look, collect, after_look
    back = read(json.dumps(document), name="x")
    assert named(back.playbook, "look").needs == ()
    assert named(back.playbook, "collect").needs == ("look",)
    assert named(back.playbook, "shut").when is not None
    assert back.said[0].startswith("The workflow was changed outside")


def test_a_condition_becomes_a_stix_comparison_with_the_not_pushed_inside():
    condition = Condition.model_validate(
        {
            "not": {
                "all": [{"fact": "a", "is": True}, {"any": [{"fact": "n", "at_least": 10}, {"fact": "w", "is": "x'y"}]}]
            }
        }
    )
    assert stix(condition) == "[(__a__:value != 'true' OR (__n__:value < 10 AND __w__:value != 'x\\'y'))]"


U = "-1111-4111-8111-111111111111"


def foreign(workflow, **more):
    return json.dumps(
        {
            "type": "playbook",
            "spec_version": "cacao-2.0",
            "id": f"playbook--00000000{U}",
            "name": "Somebody else's",
            "created_by": f"identity--00000000{U}",
            "created": "2025-01-21T14:14:23.263Z",
            "modified": "2025-01-22T14:14:23.263Z",
            "workflow_start": "start",
            "workflow": {"start": {"type": "start", "on_completion": "first"}, "end": {"type": "end"}} | workflow,
            **more,
        }
    )


def act(name, after="end", **more):
    command = {"type": "manual", "command": f"Do {name}."}
    return {"type": "action", "name": name, "commands": [command], "agent": "x", "on_completion": after, **more}


def test_a_step_that_can_fail_asks_whether_it_did():
    branches = {"first": act("try", None, on_success="good", on_failure="bad"), "good": act("good"), "bad": act("bad")}
    plan = read(foreign(branches), name="x").playbook
    assert named(plan, "try").decides == ("try_failed",)
    assert condition_of(plan, "bad") == "the answer to try_failed is yes"
    assert condition_of(plan, "good") == "the answer to try_failed is no"
    assert plan.steps[-1].needs == ("good", "bad")


def test_a_switch_asks_one_question_and_each_case_follows_its_answer():
    fork = {"type": "switch-condition", "name": "Where", "switch": "__p__:value", "cases": {"eu": "a", "default": "b"}}
    plan = read(foreign({"first": fork | {"on_completion": "end"}, "a": act("a"), "b": act("b")}), name="x").playbook
    assert plan.facts["where_is_so"].words == ("eu", "default")
    assert condition_of(plan, "a") == "the answer to where_is_so is eu"


def test_what_follows_a_fork_comes_after_both_branches_and_is_needed_on_either():
    fork = {"type": "if-condition", "name": "Open", "condition": "[__o__:value = '1']", "on_true": "a", "on_false": "b"}
    plan = read(
        foreign({"first": fork | {"on_completion": "last"}, "a": act("a"), "b": act("b"), "last": act("last")}),
        name="x",
    ).playbook
    assert named(plan, "last").when is None
    assert set(named(plan, "last").needs) == {"open", "a", "b"}


def test_a_command_for_a_machine_becomes_a_task_and_is_kept_word_for_word():
    command = {"type": "bash", "command": "iptables -A INPUT -s 192.0.2.7 -j DROP", "version": "5"}
    back = read(foreign({"first": act("block", commands=[command], delay=5000, timeout=10)}), name="x")
    step = named(back.playbook, "block")
    assert step.action is None
    assert step.kept["commands"] == [command]
    assert any("bash command is kept, never run" in said for said in back.said)
    assert any("delay, timeout: kept and not obeyed" in said for said in back.said)
    again = export(back.playbook).document
    node = next(node for node in again["workflow"].values() if node.get("name") == "block")
    assert (node["commands"], node["delay"]) == ([command], 5000)
    assert again["created"] == "2025-01-21T14:14:23.263Z"


def test_what_is_foreign_at_the_top_survives_the_way_in_and_out():
    more = {"labels": ["amber"], "severity": 70, "playbook_variables": {"__ip__": {"type": "string", "value": "x"}}}
    again = export(read(foreign({"first": act("a")}, **more), name="x").playbook).document
    assert (again["labels"], again["severity"]) == (["amber"], 70)
    assert again["playbook_variables"]["__ip__"]["value"] == "x"
    assert again["id"] == f"playbook--00000000{U}"


def test_a_verb_that_is_none_of_ours_becomes_a_task():
    document = export(small()).document
    back = read(json.dumps(document), name="x", actions={"evidence.collect"})
    assert named(back.playbook, "tell").action is None
    assert "there is no verb 'notice.send' here" in back.said[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not readable as JSON"),
        ("[]", "not a CACAO playbook"),
        (foreign({}).replace("cacao-2.0", "cacao-1.1"), "'cacao-1.1' is not cacao-2.0"),
        (foreign({"first": act("a", "nowhere")}), "workflow.first.on_completion: there is no step 'nowhere'"),
        (foreign({"first": act("a", "b"), "b": act("b", "first")}), "in a circle"),
        (foreign({"first": {"type": "decision"}}), "'decision' is no step type"),
        (foreign({"first": {"type": "end"}}), "not one step to do"),
    ],
)
def test_what_is_no_cacao_is_refused_with_one_sentence(text, said):
    with pytest.raises(BadInput, match=r"^strange\.json: ") as caught:
        read(text, name="strange.json")
    assert said in str(caught.value)


@PUBLISHED
def test_published_playbooks_are_carried_or_refused_with_a_sentence(judge):
    carried, refused = 0, []
    for file in sorted((CONTRACTS / "playbooks").glob("*.json")):
        if file.name == "INDEX.json":
            continue
        try:
            plan = read(file.read_text(), name=file.name).playbook
        except BadInput as error:
            refused.append((file.name, str(error)))
            continue
        carried += 1
        document = export(plan).document
        assert read(json.dumps(document), name="again").playbook == plan
        before = list(judge.iter_errors(json.loads(file.read_text())))
        assert len(list(judge.iter_errors(document))) <= len(before)
    assert carried >= 8
    assert all(said.startswith(f"{name}: ") for name, said in refused)
