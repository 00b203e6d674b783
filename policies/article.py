"""A duty with the law in which it stands, and what follows from the two alone, worked out once."""

from dataclasses import dataclass
from functools import cached_property

from policies.conditions import Condition
from policies.pack import Definition, Duty, Law
from policies.vocabulary import LawState


@dataclass(frozen=True)
class Article:
    """One duty of one law."""

    law_id: str
    law: Law
    duty: Duty

    @cached_property
    def id(self) -> str:
        """`<law>/<duty>`."""
        return f"{self.law_id}/{self.duty.id}"

    @cached_property
    def follows(self) -> str | None:
        """`<law>/<duty>` of the duty whose doing starts this one's clock."""
        wanted = self.duty.follows
        return wanted if wanted is None or "/" in wanted else f"{self.law_id}/{wanted}"

    @cached_property
    def asked(self) -> tuple[Condition, ...]:
        """What must hold for the duty to be owed."""
        return tuple(one for one in (self.law.applies_if, self.duty.owed_if) if one is not None)

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """The law's own definitions on which the duty rests, those behind other definitions too."""
        named = [fact for one in self._conditions for fact in one.facts()]
        found: dict[str, Definition] = {}
        while named:
            fact = named.pop()
            if fact in self.law.defines and fact not in found:
                found[fact] = self.law.defines[fact]
                named.extend(self.law.defines[fact].if_.facts())
        return tuple(found.values())

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The cohort fields that decide the duty; cohorts equal in them are judged once."""
        conditions = (*self._conditions, *(one.if_ for one in self.definitions))
        return tuple(sorted(frozenset().union(*(one.cohort_fields() for one in conditions))))

    @cached_property
    def unconfirmed(self) -> bool:
        """Whether anything that the duty rests on is still to be confirmed."""
        return (
            self.duty.unconfirmed
            or self.law.unconfirmed
            or self.law.state is LawState.TO_CONFIRM
            or any(one.unconfirmed for one in self.definitions)
        )

    @cached_property
    def _conditions(self) -> tuple[Condition, ...]:
        return (*self.asked, *(one.if_ for one in self.duty.exempt_if))
