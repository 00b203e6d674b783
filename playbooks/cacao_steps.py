"""Turns the nodes of a CACAO 2.0 workflow into steps: actions, and one decision for each fork in the road."""

import re
from dataclasses import dataclass, field
from typing import Any

from playbooks.cacao_graph import Graph, exits
from playbooks.cacao_words import EXTENSION, PHASE_BY_TYPE
from playbooks.phases import Phase
from playbooks.plan import Role

Json = dict[str, Any]
_FORKS = {"if-condition", "while-condition", "switch-condition"}
_TELLING = {"compose-content", "deliver-content", "identify-audience", "identify-channel"}
_World = frozenset[tuple[str, bool | str]]  # the answers under which a node is reached


@dataclass
class Drafts:
    """Steps as plain fields, the node each came from, the facts they ask for, and what has to be said."""

    playbook_id: str
    steps: list[Json] = field(default_factory=list)
    nodes: dict[str, Json] = field(default_factory=dict)
    facts: Json = field(default_factory=dict)
    actions: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)


def draft_steps(graph: Graph, document: Json, plan: Json, actions: set[str], *, follow_workflow: bool) -> Drafts | None:
    """The steps of `graph`. Without `follow_workflow` only our extension counts; None where it says too little.

    With it, order and conditions are read from the workflow; what the extension says of a single step still holds.
    """
    maker = _Maker(graph, document, plan, actions)
    return maker.by_workflow() if follow_workflow else maker.by_extension()


class _Maker:
    """Makes the drafts of one document."""

    def __init__(self, graph: Graph, document: Json, plan: Json, actions: set[str]) -> None:
        self._graph, self._document, self._plan, self._actions = graph, document, plan, actions
        self._drafts = Drafts(str(plan.get("playbook") or _slug(str(document.get("name") or "imported"), "-")))
        self._drafts.actions = actions
        self._drafts.facts = dict(plan.get("facts") or {})
        self._ids: dict[str, str] = {}
        self._worlds: dict[str, set[_World]] = {}

    def by_extension(self) -> Drafts | None:
        wanted = list(self._plan.get("steps") or ())
        found = {_ours(self._graph.nodes[node_id]).get("id"): node_id for node_id in self._visible()}
        if not wanted or set(wanted) != set(found) or len(found) != len(self._visible()):
            return None
        for step_id in wanted:
            node_id = found[step_id]
            self._ids[node_id] = step_id
            self._add(step_id, node_id, {})
        return self._drafts

    def by_workflow(self) -> Drafts | None:
        visible = self._visible()
        for node_id in visible:
            self._ids[node_id] = self._step_id(node_id)
        for node_id in visible:
            needs = list(dict.fromkeys(self._needs(node_id)))
            over: Json = {"needs": needs}
            when = self._condition(node_id)
            own = _ours(self._graph.nodes[node_id]).get("when")
            both = [part for part in (when, own) if part]
            over["when"] = {"all": both} if len(both) == 2 else both[0] if both else None
            self._add(self._ids[node_id], node_id, over)
        self._review()
        return self._drafts if self._drafts.steps else None

    def _visible(self) -> list[str]:
        return [node_id for node_id in self._graph.order if self._shows(node_id)]

    def _shows(self, node_id: str) -> bool:
        node = self._graph.nodes[node_id]
        return node["type"] in {"action", "playbook-action"} or (node["type"] in _FORKS and not _guards(node))

    def _step_id(self, node_id: str) -> str:
        node = self._graph.nodes[node_id]
        wish = _ours(node).get("id") or _slug(str(node.get("name") or node.get("condition") or node["type"]), "-")
        step_id, number = wish, 2
        while step_id in self._ids.values():
            step_id, number = f"{wish}-{number}", number + 1
        return step_id

    def _needs(self, node_id: str) -> list[str]:
        found: list[str] = []
        for before in self._graph.before.get(node_id, ()):
            found += [self._ids[before]] if before in self._ids else self._needs(before)
        return found

    def _add(self, step_id: str, node_id: str, over: Json) -> None:
        node = self._graph.nodes[node_id]
        fields = {**self._fields(node), **_ours(node), **over, "id": step_id}
        decided = self._decides(node_id) if over else []
        if decided:
            fields["decides"] = [*fields.get("decides", ()), *decided]
        if fields.get("action") not in {None, *self._actions}:
            self._say(f"'{step_id}': there is no verb '{fields.pop('action')}' here; it became a task for a person.")
        self._drafts.steps.append({name: value for name, value in fields.items() if value is not None})
        self._drafts.nodes[step_id] = node

    def _fields(self, node: Json) -> Json:
        title = str(node.get("name") or node.get("condition") or node.get("switch") or "Unnamed step")
        how = self._how(node, title)
        fields: Json = {"title": title, "how": how}
        if "phase" not in _ours(node):
            fields |= {"phase": self._phase(node), "role": self._role(node)}
        return fields

    def _how(self, node: Json, title: str) -> list[str]:
        if node["type"] in _FORKS:
            self._say(f"'{title}': a {node['type']}; it became a decision by a person, and is written back as one.")
            return [f"Decide this by hand: {_one_line(str(node.get('condition') or node.get('switch')))}"]
        if node["type"] == "playbook-action":
            self._say(f"'{title}': calls another playbook ({node.get('playbook_id')}); it became a task for a person.")
            return [f"Run the playbook {node.get('playbook_id')} and come back."]
        lines: list[str] = []
        for command in node.get("commands") or ():
            text = str(command.get("command") or command.get("command_b64") or command.get("description") or "")
            if command.get("type") == "manual":
                lines += [line for line in text.splitlines() if line.strip()]
            else:
                self._say(f"'{title}': its {command.get('type')} command is kept, never run; it became a task by hand.")
                lines.append(_one_line(f"Carry out by hand ({command.get('type')}): {text}"))
        return lines or [_one_line(str(node.get("description") or title))]

    def _phase(self, node: Json) -> str:
        activities = {str(command.get("playbook_activity")) for command in node.get("commands") or ()}
        if activities & _TELLING:
            return Phase.NOTIFY
        types = [PHASE_BY_TYPE[kind] for kind in self._document.get("playbook_types") or () if kind in PHASE_BY_TYPE]
        phase = types[0] if types else Phase.CONTAIN
        self._say(f"CACAO has no phases; steps without one of ours were put into '{phase}'.")
        return phase

    def _role(self, node: Json) -> str:
        agents = self._document.get("agent_definitions") or {}
        agent = str((agents.get(str(node.get("agent"))) or {}).get("name") or "")
        if agent in set(Role):
            return agent
        self._say("Agents that are none of our roles are kept; their steps are given to a responder.")
        return Role.RESPONDER

    def _decides(self, node_id: str) -> list[str]:
        """The facts that this node has to settle because the way forks behind it."""
        node = self._graph.nodes[node_id]
        answers = [answer for _, _, answer in exits(node) if answer is not None]
        if not answers:
            return []
        name = self._fact_name(node_id)
        if node["type"] == "switch-condition":
            words = list(dict.fromkeys([*answers, "default"]))
            self._drafts.facts[name] = {
                "question": f"Which is it? {node.get('switch')}",
                "kind": "word",
                "words": words,
            }
        elif "failed" in answers:
            self._drafts.facts[name] = {"question": f"Did '{node.get('name') or self._ids[node_id]}' fail?"}
        else:
            self._drafts.facts[name] = {"question": f"Is it so? {node.get('condition')}"}
        if node["type"] == "while-condition":
            self._say(f"'{self._ids[node_id]}': a loop; reopen it and the steps inside for each further round.")
        return [name]

    def _fact_name(self, node_id: str) -> str:
        ending = "failed" if self._graph.nodes[node_id]["type"] == "action" else "is_so"
        return f"{self._ids[node_id].replace('-', '_')}_{ending}"[:80]

    def _condition(self, node_id: str) -> Json | None:
        worlds = self._reached(node_id)
        if frozenset() in worlds or not worlds:
            return None
        ways = [[{"fact": fact, "is": value} for fact, value in sorted(world, key=str)] for world in worlds]
        each = [way[0] if len(way) == 1 else {"all": way} for way in sorted(ways, key=str)]
        return each[0] if len(each) == 1 else {"any": each}

    def _reached(self, node_id: str) -> set[_World]:
        if node_id not in self._worlds:
            found: set[_World] = set()
            for source, answer in self._graph.reached.get(node_id, ()):
                step = self._answer(source, answer)
                found |= {world | step for world in self._reached(source)}
            self._worlds[node_id] = found or {frozenset()}
        return self._worlds[node_id]

    def _answer(self, source: str, answer: str | None) -> _World:
        node = self._graph.nodes[source]
        if answer is None or _guards(node):
            return frozenset()
        if node["type"] == "switch-condition":
            return frozenset({(self._fact_name(source), answer)})
        return frozenset({(self._fact_name(source), answer in {"true", "failed"})})

    def _review(self) -> None:
        steps = self._drafts.steps
        needed = {need for step in steps for need in step.get("needs", ())}
        last = [step["id"] for step in steps if step["id"] not in needed]
        if not steps or all(step["phase"] == Phase.LEARN for step in steps if step["id"] in last):
            return
        step_id = "look-back" if "look-back" not in self._ids.values() else "look-back-at-the-end"
        self._say(f"A review ('{step_id}') was put at the end, because every plan here ends with one.")
        how = ["Look at what went well and what did not, and give each lesson an owner and a day."]
        review = {"id": step_id, "title": "Look back", "phase": Phase.LEARN, "role": Role.RESPONDER, "needs": last}
        steps.append({**review, "how": how})
        self._drafts.nodes[step_id] = {"type": "review"}

    def _say(self, sentence: str) -> None:
        if sentence not in self._drafts.said:
            self._drafts.said.append(sentence)


def _ours(node: Json) -> Json:
    found: Json = (node.get("step_extensions") or {}).get(EXTENSION) or {}
    return found if node.get("type") == "action" else {}


def _guards(node: Json) -> bool:
    return "guards" in ((node.get("step_extensions") or {}).get(EXTENSION) or {})


def _slug(text: str, joint: str) -> str:
    words = re.findall(r"[a-z0-9]+", text.lower())
    slug = joint.join(words)[:60].strip(joint)
    return slug if slug[:1].isalpha() else f"step{joint}{slug}".strip(joint)


def _one_line(text: str) -> str:
    return " ".join(text.split())
