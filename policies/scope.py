"""What a condition can see: the breach, one party with its cohorts, and perhaps one of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from policies.areas import Areas
from policies.facts import Answer, Answers, CohortFacts, Facts, PartyFacts, Span, Truth, YesNo
from policies.houses import House
from policies.pack import Definition, FactWords

Ties = Mapping[str, Mapping[str, YesNo]]
TIES = ("established_in", "stores_in", "offers_to")


@dataclass(frozen=True)
class Scope:
    """Where a condition is judged; `cohort` is None where nobody has been counted yet."""

    facts: Facts
    party: PartyFacts
    house: House | None
    cohorts: tuple[CohortFacts, ...]
    on: date
    areas: Areas
    words: Mapping[str, FactWords]
    defines: Mapping[str, Definition] = field(default_factory=dict)
    cohort: CohortFacts | None = None
    lived_in: frozenset[str] = frozenset()  # where the party's people live, as closely as is known
    ties: Ties | None = None  # as `ties_of` gives them, where they were worked out before
    # What was found of all `cohorts` and of the party, by the identity of the condition: every group asks alike.
    found: dict[int, tuple[Any, Any]] = field(default_factory=dict)

    def answer(self, fact: str) -> Answer:
        """What is known of `fact`: the cohort's word before the party's, the breach's and the house's."""
        for answers in self._layers():
            if fact in answers:
                return answers[fact]
        return Truth.UNKNOWN

    def mentions(self, fact: str) -> bool:
        """Whether anybody said something of `fact`, be it that it is unknown."""
        return any(fact in answers for answers in self._layers())

    def places(self, kind: str) -> Mapping[str, YesNo]:
        """`established_in`, `stores_in` or `offers_to` of the party, over what its house says of itself."""
        return (self.ties or ties_of(self.party, self.house))[kind]

    def _layers(self) -> tuple[Answers, ...]:
        house = self.house.answers if self.house and self.party.id == self.party.house else {}
        cohort = self.cohort.answers if self.cohort else {}
        return (cohort, self.party.answers, self.facts.answers, house)


def ties_of(party: PartyFacts, house: House | None) -> Ties:
    """Kind of tie -> place -> what is known, of the party over what its house says of itself."""
    # A shop is not established where its processor is: only the company itself takes the house's word.
    own = house if house and party.id == party.house else None
    return {kind: {**(getattr(own, kind) if own else {}), **getattr(party, kind)} for kind in TIES}


def tied(area: str, scope: Scope) -> bool:
    """Whether anybody said, be it as unknown, that the party itself has to do with `area`."""
    ties = [scope.places(kind) for kind in TIES]
    return any(
        truth is not Truth.NO and (place == area or scope.areas.inside(place, (area,)) is Truth.YES)
        for tie in ties
        for place, truth in tie.items()
    )


def concerned(area: str | None, scope: Scope) -> tuple[CohortFacts, ...]:
    """The cohorts a law of `area` is asked about: all where the party is tied to it, else those who may live there.

    A school abroad with twelve pupils in the area is asked about those twelve, not about all others too.
    """
    if area is None or tied(area, scope):
        return scope.cohorts
    return tuple(one for one in scope.cohorts if scope.areas.inside(one.place, (area,)) is not Truth.NO)


def matches(wanted: Mapping[str, tuple[str, ...]], cohort: CohortFacts, areas: Areas) -> Truth:
    """Whether `cohort` is one of those that a filter (field -> accepted values) means."""
    truth = Truth.YES
    for name, values in wanted.items():
        found = _field_matches(name, values, cohort, areas)
        if found is Truth.NO:
            return found
        truth = found if found is Truth.UNKNOWN else truth
    return truth


def counted(meant: Callable[[CohortFacts], Truth], cohorts: tuple[CohortFacts, ...]) -> Span:
    """How many people are meant: at least those who surely are, at most those who may be."""
    low, high = 0, 0
    open_ended = not cohorts
    for cohort in cohorts:
        truth = meant(cohort)
        low += cohort.people.min if truth is Truth.YES else 0
        if truth is not Truth.NO:
            open_ended |= cohort.people.max is None
            high += cohort.people.max or 0
    return Span(min=low, max=None if open_ended else high)


def _field_matches(name: str, values: tuple[str, ...], cohort: CohortFacts, areas: Areas) -> Truth:
    if name == "residence":
        return areas.inside(cohort.place, values)
    if name == "category":
        return _held(bool(set(values) & set(cohort.categories)), cohort)
    if name == "facet":
        return _held(any(set(values) & one.facets for one in cohort.categories), cohort)
    value = getattr(cohort, name)
    if value == "unknown":
        return Truth.UNKNOWN
    return Truth.YES if value in values else Truth.NO


def _held(found: bool, cohort: CohortFacts) -> Truth:
    # A cohort of which no data kind is known yet has not been shown to lack one.
    if not cohort.categories:
        return Truth.UNKNOWN
    return Truth.YES if found else Truth.NO


_RANK = {Truth.NO: 0, Truth.UNKNOWN: 1, Truth.POSSIBLE: 2, Truth.YES: 3}
rank = _RANK.__getitem__  # the place of a truth in the order no, unknown, possible, yes
