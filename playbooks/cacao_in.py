"""Reads a CACAO 2.0 document into a playbook, and says of everything it cannot carry what became of it."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from packs import BadInput
from playbooks.cacao_graph import read_graph
from playbooks.cacao_out import export
from playbooks.cacao_steps import Drafts, draft_steps
from playbooks.cacao_words import CARRIED_TOP, EXTENSION, SPEC, identifier
from playbooks.check import findings
from playbooks.load import vocabulary
from playbooks.plan import Playbook

Json = dict[str, Any]
_MERGED = ("playbook_variables", "agent_definitions", "extension_definitions", "playbook_extensions")
_REMADE = {"playbook_processing_summary"}


@dataclass(frozen=True)
class Imported:
    """The playbook, and in sentences what changed on the way."""

    playbook: Playbook
    said: tuple[str, ...]


def read(text: str, *, name: str, actions: Collection[str] | None = None) -> Imported:
    """The playbook in the CACAO 2.0 JSON `text`, called `name` in complaints.

    Raises BadInput for what is no CACAO 2.0, for references that lead nowhere and for circles.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise BadInput(f"{name}: not readable as JSON: {error}.") from None
    if not isinstance(document, dict) or document.get("type") != "playbook":
        raise BadInput(f"{name}: type: this is not a CACAO playbook.")
    if document.get("spec_version") != SPEC:
        raise BadInput(f"{name}: spec_version: '{document.get('spec_version')}' is not {SPEC}; no other is read.")
    return _read(document, name, set(vocabulary().actions if actions is None else actions))


def _read(document: Json, name: str, actions: set[str]) -> Imported:
    graph = read_graph(document, name)
    plan = (document.get("playbook_extensions") or {}).get(EXTENSION) or {}
    exact = draft_steps(graph, document, plan, actions, follow_workflow=False)
    if exact is not None:
        playbook = _build(document, plan, exact, name)
        if _shape(export(playbook).document) == _shape(document):
            return Imported(_with_kept(playbook, document, exact), tuple(exact.said))
    drafts = draft_steps(graph, document, plan, actions, follow_workflow=True)
    if drafts is None:
        raise BadInput(f"{name}: workflow: there is not one step to do in it.")
    if exact is not None:
        drafts.said.insert(0, "The workflow was changed outside; the order of steps is taken from the workflow.")
    left = [node_id for node_id in graph.nodes if node_id not in graph.order]
    drafts.said += [f"{node_id} is reached from nowhere and was left out." for node_id in left]
    playbook = _build(document, plan, drafts, name)
    return Imported(_with_kept(playbook, document, drafts), (*drafts.said, *_unused(document), *_not_obeyed(document)))


def _build(document: Json, plan: Json, drafts: Drafts, name: str) -> Playbook:
    title = str(document.get("name") or "Imported playbook")
    written, changed = (str(document.get(field) or "1970-01-01")[:10] for field in ("created", "modified"))
    fields: Json = {
        "playbook": drafts.playbook_id,
        "version": "1",
        "suits": f"Imported from CACAO: {title}",
        **{key: value for key, value in plan.items() if key != "steps"},
        "title": title,
        "summary": str(document.get("description") or title),
        "written_on": written,
        "changed_on": changed,
        "facts": drafts.facts,
        "steps": drafts.steps,
    }
    try:
        playbook = Playbook.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise BadInput(f"{name}: {where}: {first['msg']}.") from None
    kinds = {fact: word.kind for fact, word in vocabulary().facts.items()}
    found = list(findings(playbook, actions=set(vocabulary().actions) | drafts.actions, incident_facts=kinds))
    if found:
        raise BadInput(" ".join(f"{name}: {one.sentence}" for one in found))
    return playbook


def _with_kept(playbook: Playbook, document: Json, drafts: Drafts) -> Playbook:
    """`playbook` with whatever an export of it would not bring back by itself."""
    base = export(playbook).document
    kept = {
        name: value
        for name, value in document.items()
        if name not in CARRIED_TOP and name not in _MERGED and name not in _REMADE and base.get(name) != value
    }
    for name in _MERGED:
        ours = base.get(name) or {}
        foreign = {key: value for key, value in (document.get(name) or {}).items() if key not in ours}
        if foreign:
            kept[name] = foreign
    steps = tuple(
        step.model_copy(update={"kept": _kept_of_step(drafts.nodes[step.id], base, playbook.playbook, step.id)})
        for step in playbook.steps
    )
    return playbook.model_copy(update={"kept": kept, "steps": steps})


def _kept_of_step(node: Json, base: Json, playbook_id: str, step_id: str) -> Json:
    if node.get("type") != "action":
        return {}
    ours = base["workflow"][identifier("action", playbook_id, step_id)]
    carried = {"type", "name", "on_completion", "on_success", "on_failure", "step_extensions"}
    kept = {name: value for name, value in node.items() if name not in carried and ours.get(name) != value}
    foreign = {key: value for key, value in (node.get("step_extensions") or {}).items() if key != EXTENSION}
    return kept | ({"step_extensions": foreign} if foreign else {})


def _shape(document: Json) -> Json:
    """The bare graph: who follows whom, without words."""
    pointers = ("type", "condition", "on_completion", "on_success", "on_failure", "on_true", "on_false", "next_steps")
    return {
        "start": document.get("workflow_start"),
        **{node_id: [node.get(name) for name in pointers] for node_id, node in document["workflow"].items()},
    }


def _unused(document: Json) -> list[str]:
    said = []
    if document.get("workflow_exception"):
        said.append(
            "workflow_exception is kept, but nothing here runs when a step fails; a failed step waits for a person."
        )
    if document.get("signatures"):
        said.append("The signatures are kept unchecked; they no longer fit once anything is changed.")
    if document.get("authentication_info_definitions"):
        said.append("authentication_info_definitions are kept and never used; look whether they hold secrets.")
    return said


def _not_obeyed(document: Json) -> list[str]:
    said = []
    for node_id, node in document["workflow"].items():
        extra = sorted(set(node) & {"delay", "timeout", "owner", "step_variables", "in_args", "out_args", "targets"})
        if extra:
            fate = "kept and not obeyed" if node["type"] == "action" else "left out"
            said.append(f"{node_id}: {', '.join(extra)}: {fate}.")
    return said
