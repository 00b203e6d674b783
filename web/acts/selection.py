"""Reads whom a review means: people named, or one group; exactly one of them must be said."""

from collections.abc import Sequence

from incidents.foundation.errors import BadInput
from incidents.snapshots.select import Selection


def one_selection(
    *,
    people: Sequence[str] = (),
    evidence: str | None = None,
    rule: str | None = None,
    cohort: str | None = None,
    found_anew: str | None = None,
) -> Selection:
    """The selection that was said. Raises BadInput where none was, or several, or half of one."""
    if bool(evidence) != bool(rule):
        raise BadInput("evidence: a group by evidence needs both the item and the rule.")
    said = [
        *([Selection.people(people)] if people else []),
        *([Selection.found_only_by(evidence, rule)] if evidence and rule else []),
        *([Selection.possible_of(cohort)] if cohort else []),
        *([Selection.found_anew(found_anew)] if found_anew else []),
    ]
    if len(said) != 1:
        raise BadInput("people: name people, or an item with a rule, or a cohort, or a review: one of them.")
    return said[0]
