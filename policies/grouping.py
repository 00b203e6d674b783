"""Splits cohorts into those that a duty cannot tell apart, and duties into the subjects to whom they are owed."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from operator import attrgetter

from policies.facts import CohortFacts, Truth
from policies.judge import judge
from policies.pack import Authority, Duty, Law
from policies.scope import Scope
from policies.vocabulary import Audience

# These concern the party's own people or itself, so the party is the subject.
WITHIN = (
    Audience.AFFECTED_INDIVIDUALS,
    Audience.GUARDIANS,
    Audience.PUBLIC,
    Audience.OWN_RECORD,
    Audience.OWN_ORGANISATION,
)


def subjects(law: Law, duty: Duty, scope: Scope, seats: Mapping[str, Authority]) -> dict[str, tuple[CohortFacts, ...]]:
    """To whom one duty is owed one by one: each controller its own slice, each authority its own people.

    `seats`: the authority of each place, where the law has one a place.
    """
    if duty.owed_to is Audience.CONTROLLER:
        return _by(scope.cohorts, lambda cohort: cohort.controller) or {scope.party.id: ()}
    single = _subject(law, duty, scope)
    if duty.owed_to is not Audience.SUPERVISORY_AUTHORITY or duty.to is not None:
        return {single: scope.cohorts}
    unless = duty.one_per_residence_unless
    if unless is None or judge(unless, scope).truth is Truth.YES:
        return {_lead(scope, seats) or single: scope.cohorts}
    members = scope.areas.members(law.area)
    here = tuple(cohort for cohort in scope.cohorts if cohort.residence in members)
    return _by(here, lambda cohort: _seated(cohort.residence, seats, single)) or {single: scope.cohorts}


def alike(cohorts: tuple[CohortFacts, ...], fields: tuple[str, ...]) -> Iterator[tuple[CohortFacts, ...]]:
    """Groups of cohorts equal in `fields`, which a duty's conditions read; one empty group where nobody is counted."""
    groups: dict[Hashable, list[CohortFacts]] = defaultdict(list)
    values: Callable[[CohortFacts], Hashable] = attrgetter(*fields) if fields else lambda _: None
    for cohort in cohorts:
        # A cohort with answers of its own may differ from its like in any fact.
        groups[values(cohort), cohort.id if cohort.answers else None].append(cohort)
    yield from (tuple(group) for group in groups.values())
    if not groups:
        yield ()


def _subject(law: Law, duty: Duty, scope: Scope) -> str:
    if duty.owed_to in WITHIN:
        return scope.party.id
    if duty.to is None and duty.owed_to is Audience.SUPERVISORY_AUTHORITY and law.authority:
        return law.authority.id
    return duty.to or str(duty.owed_to)


def _lead(scope: Scope, seats: Mapping[str, Authority]) -> str | None:
    # With several establishments the main one decides, and which that is nobody has said.
    homes = [
        seats[place].id
        for place, truth in scope.places("established_in").items()
        if place in seats and truth is Truth.YES
    ]
    return homes[0] if len(homes) == 1 else None


def _seated(place: str, seats: Mapping[str, Authority], general: str) -> str:
    return seats[place].id if place in seats else f"{general}-{place.lower()}"


def _by(cohorts: tuple[CohortFacts, ...], key: Callable[[CohortFacts], str]) -> dict[str, tuple[CohortFacts, ...]]:
    groups: dict[str, list[CohortFacts]] = defaultdict(list)
    for cohort in cohorts:
        groups[key(cohort)].append(cohort)
    return {subject: tuple(members) for subject, members in groups.items()}
