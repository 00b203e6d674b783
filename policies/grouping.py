"""Splits cohorts into those that a duty cannot tell apart, and duties into the subjects to whom they are owed."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator

from policies.conditions import Condition
from policies.facts import CohortFacts, Truth
from policies.judge import judge
from policies.pack import Definition, Duty, Law
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


def subjects(law: Law, duty: Duty, scope: Scope) -> dict[str, tuple[CohortFacts, ...]]:
    """To whom one duty is owed one by one: each controller its own slice, each authority its own people."""
    if duty.owed_to is Audience.CONTROLLER:
        return _by(scope.cohorts, lambda cohort: cohort.controller) or {scope.party.id: ()}
    single = _subject(law, duty, scope)
    unless = duty.one_per_residence_unless
    if unless is None or judge(unless, scope).truth is Truth.YES:
        return {single: scope.cohorts}
    members = scope.areas.get(law.area or "", frozenset())
    here = tuple(cohort for cohort in scope.cohorts if cohort.residence in members)
    return _by(here, lambda cohort: f"{single}-{cohort.residence.lower()}") or {single: scope.cohorts}


def alike(cohorts: tuple[CohortFacts, ...], law: Law, duty: Duty) -> Iterator[tuple[CohortFacts, ...]]:
    """Groups of cohorts equal in all that the duty's conditions read; one empty group where nobody is counted."""
    fields = fields_read(law, duty)
    groups: dict[Hashable, list[CohortFacts]] = defaultdict(list)
    for cohort in cohorts:
        # A cohort with answers of its own may differ from its like in any fact.
        key = (*(getattr(cohort, field) for field in fields), cohort.id if cohort.answers else None)
        groups[key].append(cohort)
    yield from (tuple(group) for group in groups.values())
    if not groups:
        yield ()


def fields_read(law: Law, duty: Duty) -> tuple[str, ...]:
    """The cohort fields that decide the duty, through the law's own definitions too."""
    conditions = [*_conditions(law, duty), *(one.if_ for one in definitions(law, duty))]
    return tuple(sorted(frozenset().union(*(one.cohort_fields() for one in conditions))))


def definitions(law: Law, duty: Duty) -> list[Definition]:
    """The law's own definitions on which the duty rests, those behind other definitions too."""
    named = [fact for one in _conditions(law, duty) for fact in one.facts()]
    found: dict[str, Definition] = {}
    while named:
        fact = named.pop()
        if fact in law.defines and fact not in found:
            found[fact] = law.defines[fact]
            named.extend(law.defines[fact].if_.facts())
    return list(found.values())


def _conditions(law: Law, duty: Duty) -> list[Condition]:
    return [one for one in (law.applies_if, duty.owed_if, *(each.if_ for each in duty.exempt_if)) if one]


def _subject(law: Law, duty: Duty, scope: Scope) -> str:
    if duty.owed_to in WITHIN:
        return scope.party.id
    if duty.owed_to is Audience.SUPERVISORY_AUTHORITY and law.authority:
        return law.authority.id
    return duty.to or str(duty.owed_to)


def _by(cohorts: tuple[CohortFacts, ...], key: Callable[[CohortFacts], str]) -> dict[str, tuple[CohortFacts, ...]]:
    groups: dict[str, list[CohortFacts]] = defaultdict(list)
    for cohort in cohorts:
        groups[key(cohort)].append(cohort)
    return {subject: tuple(members) for subject, members in groups.items()}
