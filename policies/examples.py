"""Plays the worked examples that stand beside each law, and says what came out otherwise."""

from collections.abc import Iterator
from datetime import datetime

from policies.evaluate import evaluate
from policies.load import Packs, everything
from policies.outcome import Obligation
from policies.pack import Example
from policies.vocabulary import Decision


def examples(packs: Packs) -> Iterator[tuple[str, Example]]:
    """Every example, with the id of its law or `house/<company>`."""
    for name, law in everything(packs).items():
        for example in law.examples:
            yield name, example


def play(packs: Packs, law: str, example: Example) -> list[str]:
    """What the evaluation says otherwise than the example; empty when they agree."""
    party = example.party or example.facts.company
    found = {
        one.duty: one for one in evaluate(packs, example.facts).obligations if one.law == law and one.party == party
    }
    return [*_decisions(example, found), *_dues(example, found), *_reasons(example, found)]


def _decisions(example: Example, found: dict[str, Obligation]) -> Iterator[str]:
    for decision in Decision:
        for duty in getattr(example, decision):
            said = found[duty].decision if duty in found else "no duty of this party"
            if said is not decision:
                yield f"{duty}: expected {decision}, found {said}"
    if found and not any(getattr(example, decision) for decision in Decision):
        yield f"expected that the law is set aside, found {', '.join(sorted(found))}"


def _dues(example: Example, found: dict[str, Obligation]) -> Iterator[str]:
    for duty, expected in example.due.items():
        due_at = found[duty].deadline.due_at if duty in found else None
        wanted = datetime.fromisoformat(expected) if isinstance(expected, str) else expected
        if due_at != wanted:
            yield f"{duty}: expected due {wanted}, found {due_at}"


def _reasons(example: Example, found: dict[str, Obligation]) -> Iterator[str]:
    for duty, words in example.because.items():
        said = " ".join(found[duty].because) if duty in found else ""
        if words not in said:
            yield f"{duty}: expected a reason with '{words}', found '{said}'"
