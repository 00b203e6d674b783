"""What changed between two sets of packs, and which assessed incidents it touches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.evaluate import evaluate
from policies.facts import Facts
from policies.load import Packs, everything
from policies.outcome import Obligation
from policies.pack import Law


@dataclass(frozen=True)
class Difference:
    """One law, duty or promise that came, went or changed; `fields` names what is not as it was."""

    what: str  # added | removed | changed
    where: str  # law, or law/duty
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Touched:
    """An obligation of an incident that comes out otherwise under the new packs."""

    incident: str
    obligation: str
    party: str
    before: str
    after: str


def diff(old: Packs, new: Packs) -> tuple[Difference, ...]:
    """The differences, laws first and then duties, in order of id."""
    before, after = everything(old), everything(new)
    found = [*_sides(before, after)]
    for name in sorted(before.keys() & after.keys()):
        one, other = _duties(name, before[name]), _duties(name, after[name])
        found += _sides(one, other)
        found += [
            _changed(duty, one[duty], other[duty])
            for duty in sorted(one.keys() & other.keys())
            if one[duty] != other[duty]
        ]
        if _bare(before[name]) != _bare(after[name]):
            found.append(_changed(name, _bare(before[name]), _bare(after[name])))
    return tuple(found)


def touched(old: Packs, new: Packs, incidents: Mapping[str, Facts]) -> tuple[Touched, ...]:
    """Which obligations of `incidents` (reference -> facts) the change of packs decides or times otherwise."""
    found: list[Touched] = []
    for reference, facts in incidents.items():
        before, after = _standing(evaluate(old, facts).obligations), _standing(evaluate(new, facts).obligations)
        for key in sorted(before.keys() | after.keys()):
            was, now = before.get(key, "no such duty"), after.get(key, "no such duty")
            if was != now:
                found.append(Touched(reference, key[1], key[0], was, now))
    return tuple(found)


def _standing(found: Iterable[Obligation]) -> dict[tuple[str, str, str], str]:
    def said(one: Obligation) -> str:
        due = one.deadline.due_at or one.deadline.target_at
        return str(one.decision) + (f", by {due:%Y-%m-%d %H:%M}Z" if due and one.decision != "not_owed" else "")

    return {(one.party, one.id, one.subject): said(one) for one in found}


def _sides(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    return [
        *(Difference("removed", name) for name in sorted(before.keys() - after.keys())),
        *(Difference("added", name) for name in sorted(after.keys() - before.keys())),
    ]


def _duties(name: str, law: Law) -> dict[str, dict[str, Any]]:
    return {f"{name}/{duty.id}": duty.model_dump() for duty in law.duties}


def _bare(law: Law) -> dict[str, Any]:
    return law.model_dump(exclude={"duties", "examples"})


def _changed(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    fields = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return Difference("changed", name, tuple(fields))
