"""Judges a condition in a scope: one of four truths, the sentence that says why, and the facts that would settle it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from policies.conditions import CohortFilter, Condition, Op, PeopleFilter
from policies.facts import CohortFacts, Span, Truth
from policies.pack import FactWords
from policies.scope import Scope, counted, matches, rank

OPEN = (Truth.UNKNOWN, Truth.POSSIBLE)


@dataclass(frozen=True)
class Finding:
    """The truth of one node, why, what lies under it, and which facts would settle it."""

    truth: Truth
    sentence: str
    children: tuple["Finding", ...] = ()
    asks: frozenset[str] = frozenset()

    def reasons(self) -> Iterator[str]:
        """The sentences that decided, leaves first heard first said."""
        deciding = [child for child in self.children if child.truth is self.truth] or list(self.children)
        if self.sentence:
            yield self.sentence
            # What a law would work a fact out from is asked in the questions; as a reason it is one thing unknown.
            deciding = [] if self.truth in OPEN else deciding
        for child in deciding:
            yield from child.reasons()

    def tree(self) -> dict[str, Any]:
        """The whole trace as JSON."""
        said: dict[str, Any] = {"truth": self.truth.value}
        if self.sentence:
            said["says"] = self.sentence
        if self.children:
            said["because"] = [child.tree() for child in self.children]
        return said


def judge(condition: Condition, scope: Scope) -> Finding:
    """What is known of `condition` in `scope`."""
    if condition.asks not in _OF_ALL:
        return _JUDGES[condition.asks](condition, scope)
    if id(condition) not in scope.found:
        # The condition is kept with what was found, so that no other can have its identity meanwhile.
        scope.found[id(condition)] = (condition, _JUDGES[condition.asks](condition, scope))
    found: Finding = scope.found[id(condition)][1]
    return found


def both(findings: tuple[Finding, ...]) -> Finding:
    """All of `findings`: as true as the least of them."""
    truth = min((one.truth for one in findings), key=rank, default=Truth.YES)
    return Finding(truth, "", findings, _open_asks(truth, findings))


def _all(condition: Condition, scope: Scope) -> Finding:
    return both(tuple(judge(child, scope) for child in condition.all or ()))


def _any(condition: Condition, scope: Scope) -> Finding:
    findings = tuple(judge(child, scope) for child in condition.any or ())
    truth = max((one.truth for one in findings), key=rank)
    return Finding(truth, "", findings, _open_asks(truth, findings))


def _not(condition: Condition, scope: Scope) -> Finding:
    found = judge(condition.children[0], scope)
    flipped = {Truth.YES: Truth.NO, Truth.NO: Truth.YES}.get(found.truth, found.truth)
    return replace(found, truth=flipped)


def _fact(condition: Condition, scope: Scope) -> Finding:
    name = condition.fact or ""
    words = scope.words.get(name) or FactWords(ask=name)
    answer = scope.answer(name)
    if isinstance(answer, Span):
        answer = Truth.YES if answer.min > 0 else Truth.NO if answer.max == 0 else Truth.UNKNOWN
    if answer is Truth.UNKNOWN and name in scope.defines:
        return _defined(name, words, scope)
    if answer is Truth.UNKNOWN:
        return Finding(answer, f"Not known: {words.ask}", asks=frozenset((name,)))
    said = words.yes if answer is Truth.YES else words.no
    return Finding(answer, said or f"{words.ask} {answer}.".capitalize())


def _defined(name: str, words: FactWords, scope: Scope) -> Finding:
    definition = scope.defines[name]
    found = judge(definition.if_, scope)
    said = {Truth.YES: words.yes, Truth.NO: words.no}.get(found.truth) or f"Not settled: {words.ask}"
    asks = found.asks | {name} if found.truth in OPEN else frozenset()
    return Finding(found.truth, f"{said} ({definition.cite})", (found,), asks)


def _number(condition: Condition, scope: Scope) -> Finding:
    name = condition.number or ""
    words = scope.words.get(name) or FactWords(ask=name)
    answer = scope.answer(name)
    if not isinstance(answer, Span):
        return Finding(Truth.UNKNOWN, f"Not known: {words.ask}", asks=frozenset((name,)))
    said = f"{words.yes or words.ask}: {_said(answer)} {words.unit or ''}"
    return _compared(condition, answer, scope, said, frozenset((name,)))


def _people(condition: Condition, scope: Scope) -> Finding:
    meant = condition.people or PeopleFilter()
    kinds = {cohort.traits: cohort for cohort in scope.cohorts}
    found = {traits: _meant(meant, cohort, scope) for traits, cohort in kinds.items()}
    span = counted(lambda cohort: found[cohort.traits].truth, scope.cohorts)
    asks = frozenset().union(*(one.asks for one in found.values() if one.truth in OPEN))
    inexact = any(one.people.min != one.people.max for one in scope.cohorts if found[one.traits].truth is not Truth.NO)
    asks |= {"people_count"} if inexact or not scope.cohorts else frozenset()
    return _compared(condition, span, scope, f"People counted{meant.said}: {_said(span)}", asks)


def _meant(meant: PeopleFilter, cohort: CohortFacts, scope: Scope) -> Finding:
    """Whether these people are counted, and what would settle it."""
    truth = matches(meant.wanted, cohort, scope.areas)
    own = Finding(truth, "", asks=_open_fields(meant.wanted, cohort, scope) if truth in OPEN else frozenset())
    if truth is Truth.NO or meant.if_ is None:
        return own
    return both((own, judge(meant.if_, replace(scope, cohort=cohort))))


def _open_fields(wanted: Mapping[str, tuple[str, ...]], cohort: CohortFacts, scope: Scope) -> frozenset[str]:
    """The fields of a cohort that leave open whether a filter means it; a known country leaves its part open."""
    left = [name for name, values in wanted.items() if matches({name: values}, cohort, scope.areas) in OPEN]
    parted = cohort.residence != "unknown"
    return frozenset("cohort_region" if name == "residence" and parted else f"cohort_{name}" for name in left)


def _compared(condition: Condition, span: Span, scope: Scope, said: str, asks: frozenset[str]) -> Finding:
    limit = condition.value.on(scope.on) if condition.value else None
    if limit is None or condition.op is None:
        return Finding(Truth.NO, f"{said.strip()}; no threshold was in force on {scope.on}.")
    truth = _compare(span, condition.op, limit)
    outcome = {Truth.YES: "reached", Truth.NO: "not reached", Truth.POSSIBLE: "reached if the upper end is true"}
    sentence = f"{said.strip()}; the threshold of {limit:,} {_OPS[condition.op]} is {outcome[truth]}."
    return Finding(truth, sentence, asks=asks if truth is Truth.POSSIBLE else frozenset())


def _compare(span: Span, op: Op, limit: int) -> Truth:
    low = _holds(span.min, op, limit)
    high = _holds(span.max, op, limit) if span.max is not None else op in (Op.GTE, Op.GT)
    if low == high:
        return Truth.YES if low else Truth.NO
    return Truth.POSSIBLE


def _holds(n: int, op: Op, limit: int) -> bool:
    return {Op.GTE: n >= limit, Op.GT: n > limit, Op.LTE: n <= limit, Op.LT: n < limit}[op]


def _cohort(condition: Condition, scope: Scope) -> Finding:
    meant = condition.cohort or CohortFilter()
    if scope.cohort is None:
        sentence = f"Nobody has been counted yet, so it is not known whether anyone{meant.said} is affected."
        return Finding(Truth.UNKNOWN, sentence, asks=frozenset(("who_is_affected",)))
    truth = matches(meant.wanted, scope.cohort, scope.areas)
    said = {Truth.YES: f"These people are{meant.said}.", Truth.NO: f"These people are not{meant.said}."}.get(
        truth, f"It is not known whether they are{meant.said}."
    )
    asks = _open_fields(meant.wanted, scope.cohort, scope) if truth in OPEN else frozenset()
    return Finding(truth, said, asks=asks)


def _breach_kind(condition: Condition, scope: Scope) -> Finding:
    kind = condition.breach_kind
    truth = scope.facts.breach.kinds.get(kind, Truth.UNKNOWN) if kind else Truth.UNKNOWN
    said = {
        Truth.YES: f"The {kind} of the data was lost.",
        Truth.NO: f"The {kind} of the data was not lost.",
    }.get(truth, f"Not known: was the {kind} of the data lost?")
    return Finding(truth, said, asks=frozenset((f"breach_{kind}",)) if truth in OPEN else frozenset())


def _certainty(condition: Condition, scope: Scope) -> Finding:
    found = scope.facts.breach.certainty
    said = "The breach is established." if found == "happened" else "The breach is possible and not established."
    return Finding(Truth.YES if found is condition.certainty else Truth.NO, said)


def _tie(condition: Condition, scope: Scope, *, kind: str) -> Finding:
    """Whether the party is tied to one of the places asked, in the way that `kind` of PartyFacts says."""
    wanted = getattr(condition, condition.asks)
    known, says = scope.places(kind), _TIES[kind]
    tied = {"party": scope.party.id, "where": " or ".join(wanted)}
    if any(truth is Truth.YES and _reaches(kind, place, wanted, scope) for place, truth in known.items()):
        return Finding(Truth.YES, says[Truth.YES].format_map(tied))
    if all(_denied(one, known, scope) for one in wanted):
        return Finding(Truth.NO, says[Truth.NO].format_map(tied))
    ask = f"{kind}:{'+'.join(wanted)}"
    return Finding(Truth.UNKNOWN, says[Truth.UNKNOWN].format_map(tied), asks=frozenset((ask,)))


def _reaches(kind: str, place: str, wanted: tuple[str, ...], scope: Scope) -> bool:
    """Whether a tie to `place` is one to `wanted`: it lies there, or the party offers to the whole country of it."""
    if place in wanted or scope.areas.inside(place, wanted) is Truth.YES:
        return True
    # Who offers to a country offers to its parts, but for a part of which somebody said otherwise.
    said = scope.places(kind)
    return kind == "offers_to" and any(one.startswith(f"{place}-") and one not in said for one in wanted)


def _denied(one: str, known: Mapping[str, Truth], scope: Scope) -> bool:
    """Whether somebody said that there is no tie to `one`, or to a country or group in which it lies."""
    return any(
        truth is Truth.NO and (place == one or scope.areas.inside(one, (place,)) is Truth.YES)
        for place, truth in known.items()
    )


def _said(span: Span) -> str:
    if span.max is None:
        return f"at least {span.min:,}"
    return f"{span.min:,}" if span.min == span.max else f"between {span.min:,} and {span.max:,}"


def _open_asks(truth: Truth, findings: tuple[Finding, ...]) -> frozenset[str]:
    if truth not in OPEN:
        return frozenset()
    return frozenset().union(*(one.asks for one in findings if one.truth in OPEN))


_TIES = {
    "established_in": {
        Truth.YES: "{party} is established in {where}.",
        Truth.NO: "{party} is recorded as not one that is established in {where}.",
        Truth.UNKNOWN: "Not known: whether {party} is established in {where}.",
    },
    "offers_to": {
        Truth.YES: "{party} offers its services to people in {where}.",
        Truth.NO: "{party} is recorded as not one that offers its services to people in {where}.",
        Truth.UNKNOWN: "Not known: whether {party} offers its services to people in {where}.",
    },
    "stores_in": {
        Truth.YES: "{party} handles or stores the data in {where}.",
        Truth.NO: "{party} is recorded as not one that handles or stores the data in {where}.",
        Truth.UNKNOWN: "Not known: whether {party} handles or stores the data in {where}.",
    },
}
_OPS = {Op.GTE: "or more", Op.GT: "exceeded", Op.LTE: "or fewer", Op.LT: "undercut"}
# What is the same for every group of the people that are asked about.
_OF_ALL = frozenset(("people", "breach_kind", "certainty", "established", "offering", "stored"))
_JUDGES: dict[str, Callable[[Condition, Scope], Finding]] = {
    "all": _all,
    "any": _any,
    "not_": _not,
    "fact": _fact,
    "number": _number,
    "people": _people,
    "cohort": _cohort,
    "breach_kind": _breach_kind,
    "certainty": _certainty,
    "established": partial(_tie, kind="established_in"),
    "offering": partial(_tie, kind="offers_to"),
    "stored": partial(_tie, kind="stores_in"),
}
