"""Writes a playbook as a CACAO 2.0 document that any tool can read and that comes back unchanged."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from playbooks.cacao_words import (
    AUTHOR,
    EXTENSION,
    SPEC,
    TYPES_BY_PHASE,
    extension_definition,
    identifier,
    stix,
    variable,
)
from playbooks.plan import Playbook, Step, as_plain
from playbooks.progress import in_order

Json = dict[str, Any]


@dataclass(frozen=True)
class Exported:
    """The document, and in sentences what it can say only in our extension."""

    document: Json
    said: tuple[str, ...]


def export(playbook: Playbook) -> Exported:
    """The playbook in CACAO 2.0.

    The steps stand in layers, each layer in parallel after the one before: CACAO has no free dependencies, so a tool
    that knows only CACAO waits a little longer than we would. The exact dependencies are in the extension.
    """
    workflow, first = _workflow(playbook)
    document: Json = {
        **_kept_top(playbook),
        "type": "playbook",
        "spec_version": SPEC,
        "name": playbook.title,
        "description": playbook.summary,
        "workflow_start": first,
        "workflow": workflow,
        "playbook_extensions": {**playbook.kept.get("playbook_extensions", {}), EXTENSION: _plan(playbook)},
    }
    return Exported(document, _said(playbook))


def _kept_top(playbook: Playbook) -> Json:
    kept = playbook.kept
    return {
        "id": identifier("playbook", playbook.playbook),
        "created_by": AUTHOR,
        "playbook_types": sorted({TYPES_BY_PHASE[step.phase] for step in playbook.steps}),
        **{name: value for name, value in kept.items() if name not in {"created", "modified"}},
        "created": _moment(playbook.written_on, kept.get("created")),
        "modified": _moment(playbook.changed_on, kept.get("modified")),
        "playbook_processing_summary": {
            "manual_playbook": True,
            "parallel_processing": True,
            "if_logic": any(step.when for step in playbook.steps),
            "extensions": True,
        },
        "playbook_variables": {**_variables(playbook), **kept.get("playbook_variables", {})},
        "agent_definitions": {**_agents(playbook), **kept.get("agent_definitions", {})},
        "extension_definitions": {**kept.get("extension_definitions", {}), EXTENSION: extension_definition()},
    }


def _moment(day: date, kept: str | None) -> str:
    return kept if kept and kept[:10] == day.isoformat() else f"{day.isoformat()}T00:00:00.000Z"


def _variables(playbook: Playbook) -> Json:
    types = {"yes_no": "bool", "number": "integer", "word": "string"}
    return {
        variable(name): {
            "type": types[fact.kind],
            "description": fact.question,
            "value": None,  # CACAO: null means unknown, which is not the same as empty
            "external": fact.source == "incident",
        }
        for name, fact in playbook.facts.items()
    }


def _agents(playbook: Playbook) -> Json:
    roles = sorted({step.role.value for step in playbook.steps})
    return {identifier("group", role): {"type": "group", "name": role} for role in roles}


def _plan(playbook: Playbook) -> Json:
    inside = {"title", "summary", "steps", "kept"}
    plain = {name: value for name, value in as_plain(playbook).items() if name not in inside}
    return plain | {"steps": [step.id for step in playbook.steps]}


def _workflow(playbook: Playbook) -> tuple[Json, str]:
    """All nodes, and the id of the start."""
    nodes: Json = {}
    end = _end(nodes, playbook, "playbook")
    after = end
    for number, layer in reversed(list(enumerate(_layers(playbook)))):
        if len(layer) == 1:
            after = _branch(nodes, playbook, layer[0], after)
            continue
        entries = [_branch(nodes, playbook, step, _end(nodes, playbook, step.id, "branch")) for step in layer]
        together = identifier("parallel", playbook.playbook, str(number))
        nodes[together] = {"type": "parallel", "name": f"Layer {number + 1}", "next_steps": entries}
        nodes[together]["on_completion"] = after
        after = together
    start = identifier("start", playbook.playbook)
    nodes[start] = {"type": "start", "on_completion": after}
    return nodes, start


def _layers(playbook: Playbook) -> list[list[Step]]:
    depth: dict[str, int] = {}
    for step in in_order(playbook):
        depth[step.id] = 1 + max((depth[need] for need in step.needs), default=-1)
    return [[step for step in playbook.steps if depth[step.id] == number] for number in range(max(depth.values()) + 1)]


def _branch(nodes: Json, playbook: Playbook, step: Step, after: str) -> str:
    action = identifier("action", playbook.playbook, step.id)
    if step.when is None:
        nodes[action] = _action(step) | {"on_completion": after}
        return action
    guard = identifier("if-condition", playbook.playbook, step.id)
    nodes[action] = _action(step) | {"on_completion": _end(nodes, playbook, step.id, "guarded")}
    nodes[guard] = {
        "type": "if-condition",
        "name": f"Only if {step.when.as_text()}",
        "condition": stix(step.when),
        "on_true": action,
        "on_completion": after,
        "step_extensions": {EXTENSION: {"guards": step.id}},
    }
    return guard


def _action(step: Step) -> Json:
    ours = {name: value for name, value in _plain_step(step).items() if name not in {"title", "how", "kept"}}
    kept = {name: value for name, value in step.kept.items() if name != "step_extensions"}
    carried: Json = {
        "type": "action",
        "name": step.title,
        "description": _description(step),
        "commands": [{"type": "manual", "command": "\n".join(step.how)}],
        "agent": identifier("group", step.role.value),
    }
    if "commands" in kept:
        ours["how"] = list(step.how)  # otherwise the manual command holds it
    extensions = {**step.kept.get("step_extensions", {}), EXTENSION: ours}
    return carried | kept | {"step_extensions": extensions}


def _plain_step(step: Step) -> Json:
    plain: Json = step.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return plain


def _description(step: Step) -> str:
    said = [f"Phase: {step.phase}. Done by: {step.role}."]
    if step.action:
        said.append(f"In Tocsin this is the verb {step.action}.")
    if step.due:
        said.append(f"Due {_duration(step)} after {step.due.after or step.due.after_step}.")
    if step.decides:
        said.append(f"Decides: {', '.join(step.decides)}.")
    return " ".join(said)


def _duration(step: Step) -> str:
    hours = step.due.within.total_seconds() / 3600 if step.due else 0.0
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} hours"


def _end(nodes: Json, playbook: Playbook, *name: str) -> str:
    end = identifier("end", playbook.playbook, *name)
    nodes[end] = {"type": "end"}
    return end


def _said(playbook: Playbook) -> tuple[str, ...]:
    in_extension = "CACAO 2.0 has no word for it, so it is in our extension and, for people, in the description"
    said = [f"Exact dependencies between steps: {in_extension}; the workflow itself is in layers, which is stricter."]
    if timed := [step.id for step in playbook.steps if step.due]:
        said.append(f"Due times from an anchor ({', '.join(timed)}): {in_extension}.")
    if asked := [step.id for step in playbook.steps if step.when]:
        said.append(
            f"Conditions ({', '.join(asked)}): a STIX comparison takes an unknown variable for no; "
            "we wait and ask. Whoever runs this elsewhere must set the variables first."
        )
    if again := [step.id for step in playbook.steps if step.again_on]:
        said.append(f"Steps that are done again when something changes ({', '.join(again)}): {in_extension}.")
    if verbs := [step.id for step in playbook.steps if step.action]:
        said.append(f"Verbs ({', '.join(verbs)}): written as manual commands; only Tocsin carries them out itself.")
    return tuple(said)
