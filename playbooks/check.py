"""Finds what makes a plan unworkable: unknown names, circles, dead ends, questions that nobody answers in time."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from playbooks.conditions import Condition, FactValue, decide
from playbooks.phases import Phase
from playbooks.plan import Fact, Playbook, Step


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong; `where` is the path of the field in the file, `sentence` names the step and the word."""

    where: tuple[int | str, ...]
    sentence: str


def findings(
    playbook: Playbook, *, actions: Collection[str], incident_facts: Mapping[str, str] | None = None
) -> Iterator[Finding]:
    """All that is wrong with the plan. `actions` are the known verbs, `incident_facts` the known facts' kinds."""
    names = list(_names(playbook, actions)) + list(_facts(playbook, incident_facts))
    yield from names
    if names:
        return  # what follows would only repeat them
    circle = _circle(playbook)
    if circle:
        where = _place(playbook, circle[0])
        yield Finding((*where, "needs"), f"steps wait for one another in a circle: {' -> '.join(circle)}.")
        return
    for check in (_questions_in_time, _dead_ends, _never):
        yield from check(playbook)


def _names(playbook: Playbook, actions: Collection[str]) -> Iterator[Finding]:
    seen: set[str] = set()
    known = {step.id for step in playbook.steps}
    for number, step in enumerate(playbook.steps):
        at = ("steps", number)
        if step.id in seen:
            yield Finding((*at, "id"), f"step '{step.id}' stands here a second time.")
        seen.add(step.id)
        if step.action is not None and step.action not in actions:
            yield Finding((*at, "action"), f"step '{step.id}' names an unknown action '{step.action}'.")
        for place, need in enumerate(step.needs):
            if need not in known:
                yield Finding((*at, "needs", place), f"step '{step.id}' needs an unknown step '{need}'.")
        if step.due and step.due.after_step and step.due.after_step not in known:
            yield Finding((*at, "due"), f"step '{step.id}' is due after an unknown step '{step.due.after_step}'.")


def _facts(playbook: Playbook, incident_facts: Mapping[str, str] | None) -> Iterator[Finding]:
    decided = {name for step in playbook.steps for name in step.decides}
    for name, fact in playbook.facts.items():
        if fact.source == "answered" and name not in decided:
            yield Finding(("facts", name), f"no step decides the fact '{name}'.")
        if fact.source == "incident" and incident_facts is not None and incident_facts.get(name) != fact.kind:
            yield Finding(("facts", name), f"the incident's record knows no {fact.kind} fact '{name}'.")
    for number, step in enumerate(playbook.steps):
        for sentence in (*_decides(step, playbook.facts), *_tests(step, playbook.facts)):
            yield Finding(("steps", number), f"step '{step.id}' {sentence}")


def _decides(step: Step, facts: Mapping[str, Fact]) -> Iterator[str]:
    for name in step.decides:
        if name not in facts:
            yield f"decides an unknown fact '{name}'."
        elif facts[name].source == "incident":
            yield f"decides '{name}', which only the incident's record can know."


def _tests(step: Step, facts: Mapping[str, Fact]) -> Iterator[str]:
    for test in step.when.tests() if step.when else ():
        fact = facts.get(test.fact or "")
        if fact is None:
            yield f"asks for an unknown fact '{test.fact}'."
        elif (test.is_ is None) != (fact.kind == "number"):
            yield f"tests '{test.fact}' in a way that does not suit a fact of kind {fact.kind}."
        elif test.is_ is not None and not fact.fits(test.is_):
            yield f"compares '{test.fact}' with '{test.is_}', which is no answer to it."


def _circle(playbook: Playbook) -> list[str]:
    needs = {step.id: step.needs for step in playbook.steps}
    safe: set[str] = set()

    def walk(step_id: str, path: list[str]) -> list[str]:
        if step_id in path:
            return [*path[path.index(step_id) :], step_id]
        for need in () if step_id in safe else needs[step_id]:
            if circle := walk(need, [*path, step_id]):
                return circle
        safe.add(step_id)
        return []

    return next((circle for step_id in needs if (circle := walk(step_id, []))), [])


def _questions_in_time(playbook: Playbook) -> Iterator[Finding]:
    """A condition on an answer must come after the step that asks for it, or it would stand undecided for no reason."""
    deciders = {name: step.id for step in playbook.steps for name in step.decides}
    before = _before(playbook)
    for number, step in enumerate(playbook.steps):
        for test in step.when.tests() if step.when else ():
            decider = deciders.get(test.fact or "")
            if decider and decider not in before[step.id]:
                said = (
                    f"step '{step.id}' depends on '{test.fact}' but does not come after '{decider}', which decides it."
                )
                yield Finding(("steps", number, "when"), said)


def _dead_ends(playbook: Playbook) -> Iterator[Finding]:
    """A step that no other waits for must belong to the review, or it could be forgotten and nobody would notice."""
    needed = {need for step in playbook.steps for need in step.needs}
    for number, step in enumerate(playbook.steps):
        if step.id not in needed and step.phase is not Phase.LEARN:
            yield Finding(("steps", number), f"nothing waits for step '{step.id}'; every path must lead to the review.")


def _never(playbook: Playbook) -> Iterator[Finding]:
    for number, step in enumerate(playbook.steps):
        if step.when and not _can_hold(step.when, playbook.facts):
            yield Finding(("steps", number, "when"), f"step '{step.id}' can never be reached: {step.when.as_text()}.")


def _can_hold(condition: Condition, facts: Mapping[str, Fact]) -> bool:
    tests = list(condition.tests())
    names = list(dict.fromkeys(test.fact or "" for test in tests))
    if len(names) > 8:
        return True  # too many worlds to try; such a condition is a person's to read
    worlds = product(*(_values(facts[name], tests, name) for name in names))
    return any(decide(condition, dict(zip(names, world, strict=True))).holds for world in worlds)


def _values(fact: Fact, tests: list[Condition], name: str) -> list[FactValue]:
    if fact.kind == "yes_no":
        return [True, False]
    if fact.kind == "word":
        return list(fact.words)
    edges = [edge for test in tests if test.fact == name for edge in (test.at_least, test.below) if edge is not None]
    return sorted({0, *(max(0, edge + step) for edge in edges for step in (-1, 0))})


def _before(playbook: Playbook) -> dict[str, set[str]]:
    needs: dict[str, tuple[str, ...]] = {step.id: step.needs for step in playbook.steps}
    found: dict[str, set[str]] = {}

    def before(step_id: str) -> set[str]:
        if step_id not in found:
            found[step_id] = {one for need in needs[step_id] for one in (need, *before(need))}
        return found[step_id]

    return {step_id: before(step_id) for step_id in needs}


def _place(playbook: Playbook, step_id: str) -> tuple[int | str, ...]:
    return ("steps", next(number for number, step in enumerate(playbook.steps) if step.id == step_id))
