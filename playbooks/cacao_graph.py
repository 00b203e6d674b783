"""Reads the workflow of a CACAO 2.0 document as a graph: what comes before what, and under which condition."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from packs import BadInput
from playbooks.cacao_words import STEP_TYPES

Json = dict[str, Any]
MOST_STEPS = 500


@dataclass
class Graph:
    """Nodes of a workflow; `before` orders them, `reached` says from where and under which answer each is reached."""

    nodes: Mapping[str, Json]
    before: dict[str, list[str]] = field(default_factory=dict)
    reached: dict[str, list[tuple[str, str | None]]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    def join(self, source: str, target: str, answer: str | None = None) -> None:
        """`target` follows `source`, when `answer` was given there."""
        self.before.setdefault(target, []).append(source)
        self.reached.setdefault(target, []).append((source, answer))


def read_graph(document: Json, name: str) -> Graph:
    """The graph of `document`, called `name` in complaints. Raises BadInput for a bad reference, type or circle."""
    nodes = document.get("workflow")
    if not isinstance(nodes, dict) or not all(isinstance(node, dict) for node in nodes.values()):
        raise BadInput(f"{name}: workflow: expected an object of steps.")
    for node_id, node in nodes.items():
        if node.get("type") not in STEP_TYPES:
            raise BadInput(f"{name}: workflow.{node_id}: '{node.get('type')}' is no step type of CACAO 2.0.")
    graph = Graph(nodes)
    if len(nodes) > MOST_STEPS:
        raise BadInput(f"{name}: workflow: {len(nodes)} steps; a plan of more than {MOST_STEPS} cannot be followed.")
    start = document.get("workflow_start")
    if start not in nodes:
        raise BadInput(f"{name}: workflow_start: there is no step '{start}'.")
    _walk(graph, str(start), name)
    return graph


def exits(node: Json) -> Iterator[tuple[str, str, str | None]]:
    """(property, target, answer) of every way into a branch or on from an action."""
    if node.get("on_true"):
        yield "on_true", node["on_true"], "true"
    if node.get("on_false"):
        yield "on_false", node["on_false"], "false"
    for answer, target in (node.get("cases") or {}).items():
        yield f"cases.{answer}", target, answer
    for target in node.get("next_steps") or ():
        yield "next_steps", target, None
    if node.get("on_success"):
        yield "on_success", node["on_success"], "worked" if node.get("on_failure") else None
    if node.get("on_failure"):
        yield "on_failure", node["on_failure"], "failed"


def _walk(graph: Graph, start: str, name: str) -> None:
    open_nodes: list[str] = []

    def visit(node_id: str) -> None:
        if node_id in open_nodes:
            raise BadInput(f"{name}: workflow.{node_id}: the steps run in a circle that no while-condition makes.")
        if node_id in graph.order:
            return
        open_nodes.append(node_id)
        node = graph.nodes[node_id]
        # The order is read backwards at the end: what is looked at last stands first.
        for where, target, _ in reversed(list(_targets(node))):
            if target not in graph.nodes:
                raise BadInput(f"{name}: workflow.{node_id}.{where}: there is no step '{target}'.")
            visit(target)
        open_nodes.pop()
        graph.order.append(node_id)

    visit(start)
    graph.order.reverse()
    for node_id in graph.order:
        _connect(graph, node_id)


def _targets(node: Json) -> Iterator[tuple[str, str, str | None]]:
    yield from exits(node)
    if node.get("on_completion"):
        yield "on_completion", node["on_completion"], None


def _connect(graph: Graph, node_id: str) -> None:
    node = graph.nodes[node_id]
    branches = list(exits(node))
    for _, target, answer in branches:
        graph.join(node_id, target, answer)
    after = node.get("on_completion")
    if not after:
        return
    # What follows a branching step is reached because that step was, not because a branch was taken; but it comes
    # after whatever the branches did.
    graph.reached.setdefault(after, []).append((node_id, None))
    last = [end for _, target, _ in branches for end in _ends(graph, target)] if branches else []
    graph.before.setdefault(after, []).extend([node_id, *last])


def _ends(graph: Graph, node_id: str) -> list[str]:
    """The last nodes of the branch that begins at `node_id`."""
    found: list[str] = []
    waiting, seen = [node_id], set[str]()
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        targets = [target for _, target, _ in _targets(graph.nodes[here])]
        following = [target for target in targets if graph.nodes[target]["type"] != "end"]
        waiting.extend(following)
        # Branches ought to have an end of their own; where they share one, the end says nothing about the branch.
        if graph.nodes[here]["type"] != "end" and (len(following) < len(targets) or not targets):
            found.append(here)
    return found
