"""What one evaluation works on: packs, facts, who holds which role over whom, and the questions that came up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from policies.calendars import is_place
from policies.facts import CohortFacts, Facts, PartyFacts, Truth
from policies.grouping import alike
from policies.load import Packs
from policies.outcome import Effect
from policies.pack import Authority, Law
from policies.scope import Scope, Ties, concerned, ties_of
from policies.vocabulary import AnchorName, Role

Groups = tuple[tuple[CohortFacts, ...], ...]
LEARNED = (AnchorName.BECAME_AWARE_AT, AnchorName.DISCOVERED_AT, AnchorName.TOLD_BY_PROCESSOR_AT)


@dataclass
class Docket:
    """The working table of one evaluation."""

    packs: Packs
    facts: Facts
    asks: dict[tuple[str, str], dict[str, Effect]] = field(default_factory=lambda: defaultdict(dict))
    _own: dict[str, list[CohortFacts]] = field(default_factory=lambda: defaultdict(list))
    _held: dict[str, list[CohortFacts]] = field(default_factory=lambda: defaultdict(list))
    _lived_in: dict[str, frozenset[str]] = field(default_factory=dict)
    _ties: dict[str, Ties] = field(default_factory=dict)
    _days: dict[tuple[str, str], date] = field(default_factory=dict)
    _cohorts: dict[tuple[str, frozenset[Role]], tuple[CohortFacts, ...]] = field(default_factory=dict)
    # By the identity of the cohorts, which are kept with what was found of them.
    _alike: dict[tuple[int, tuple[str, ...]], tuple[Any, Groups]] = field(default_factory=dict)
    _concerned: dict[tuple[str, str | None, int], tuple[Any, tuple[CohortFacts, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for cohort in self.facts.cohorts:
            for controller in (cohort.controller, *cohort.joint_controllers):
                self._own[controller].append(cohort)
            holder, _, own_id = cohort.controller.partition(":")
            if own_id:
                self._held[holder].append(cohort)
        for party in self.parties():
            self._lived_in[party.id] = frozenset(cohort.place for cohort in self.cohorts(party, Role))
            self._ties[party.id] = ties_of(party, self.packs.house_of(party.id))

    def parties(self) -> tuple[PartyFacts, ...]:
        """The parties named, the company, and every controller of a cohort, whether it was told or not."""
        named = {party.id: party for party in self.facts.parties}
        for one in (self.facts.company, *self._own):
            named.setdefault(one, PartyFacts(id=one))
        return tuple(named.values())

    def cohorts(self, party: PartyFacts, roles: Iterable[Role]) -> tuple[CohortFacts, ...]:
        """The cohorts over which `party` holds one of `roles`: its own as controller, its clients' as processor."""
        sides = frozenset(role.side for role in roles)
        if (party.id, sides) not in self._cohorts:
            own = self._own.get(party.id, []) if Role.CONTROLLER in sides else []
            held = self._held.get(party.id, []) if Role.PROCESSOR in sides else []
            self._cohorts[party.id, sides] = (*own, *held)
        return self._cohorts[party.id, sides]

    def concerned(self, law: Law, scope: Scope) -> tuple[CohortFacts, ...]:
        """Those of the scope's cohorts about whom `law` is asked, see scope.concerned."""
        key = (scope.party.id, law.area, id(scope.cohorts))
        if key not in self._concerned:
            self._concerned[key] = (scope.cohorts, concerned(law.area, scope))
        return self._concerned[key][1]

    def groups(self, cohorts: tuple[CohortFacts, ...], fields: tuple[str, ...]) -> Groups:
        """`cohorts` in groups that conditions over `fields` cannot tell apart, see grouping.alike."""
        key = (id(cohorts), fields)
        if key not in self._alike:
            self._alike[key] = (cohorts, tuple(alike(cohorts, fields)))
        return self._alike[key][1]

    def may_hold(self, party: PartyFacts, roles: Iterable[Role]) -> bool:
        """Whether `party` could owe something in `roles` while nobody has been counted yet."""
        house = self.packs.house.get(party.id)
        held = set(party.roles or (house.roles.values() if house else ())) or {Role.CONTROLLER}
        return not self.facts.cohorts and bool({role.side for role in held} & {role.side for role in roles})

    def scope(self, party: PartyFacts, law: Law, cohorts: tuple[CohortFacts, ...]) -> Scope:
        """What conditions of `law` see of `party`."""
        return Scope(
            facts=self.facts,
            party=party,
            house=self.packs.house_of(party.id),
            cohorts=cohorts,
            on=self.reference_day(party, law.zone),
            areas=self.packs.areas,
            words=self.packs.words,
            defines=law.defines,
            lived_in=self._lived_in[party.id],
            ties=self._ties[party.id],
        )

    def seats(self, law: Law) -> Mapping[str, Authority]:
        """The authority of each place, where `law` has one a place."""
        return self.packs.authorities.get((law.authority and law.authority.each) or "", {})

    def days_off(self, party: PartyFacts, wanted: str | None) -> str | None:
        """The place whose days off count: the one that is named, or the one where the party is established."""
        if wanted != "seat":
            return wanted
        house = self.packs.house.get(party.id)
        homes = {**(house.established_in if house else {}), **party.established_in}
        # A group of countries, such as EEA, says that there is a seat and not where.
        seats = [place for place, truth in homes.items() if truth is Truth.YES and is_place(place)]
        return seats[0] if len(seats) == 1 else None

    def reference_day(self, party: PartyFacts, zone: str) -> date:
        """The day whose law counts: when the party learned of the breach, or else the day of the assessment."""
        if (party.id, zone) not in self._days:
            learned = [party.anchors[name] for name in LEARNED if name in party.anchors]
            at = min(learned) if learned else self.facts.as_of
            self._days[party.id, zone] = at.astimezone(ZoneInfo(zone)).date()
        return self._days[party.id, zone]

    def note(self, facts: Iterable[str], party: str, obligation: str, effect: Effect) -> None:
        """Remembers that each of `facts`, once known of `party`, would change `obligation`."""
        for fact in facts:
            self.asks[fact, party].setdefault(obligation, effect)
