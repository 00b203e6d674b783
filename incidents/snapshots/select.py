"""Whom a review means: people by name, or a group that can be looked for again in the next version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from affected.words import Certainty, Membership


class Kind(StrEnum):
    """How the people of a review are chosen."""

    PEOPLE = "people"  # one by one, or by a list
    FOUND_ONLY_BY = "found_only_by"  # whom one rule of one item of evidence found, and nothing else
    POSSIBLE_OF = "possible_of"  # who is possible in one cohort
    FOUND_ANEW = "found_anew"  # whom a review excluded, and evidence found since


@dataclass(frozen=True)
class Selection:
    """`said` holds opaque ids and words only: {evidence, rule}, {cohort} or {review}; `person_ids` those named."""

    kind: Kind
    said: Mapping[str, str] = field(default_factory=dict)
    person_ids: Sequence[str] = field(default=(), repr=False)

    @classmethod
    def people(cls, person_ids: Sequence[str]) -> "Selection":
        """People by their ids in the directory, each once."""
        return cls(Kind.PEOPLE, {}, tuple(dict.fromkeys(one.strip() for one in person_ids if one.strip())))

    @classmethod
    def found_only_by(cls, evidence: str, rule: str) -> "Selection":
        """Whom this rule of this item found, and no other rule or item."""
        return cls(Kind.FOUND_ONLY_BY, {"evidence": evidence, "rule": rule})

    @classmethod
    def possible_of(cls, cohort: str) -> "Selection":
        """Who was found in this cohort and is possible, which is neither certain nor probable."""
        return cls(Kind.POSSIBLE_OF, {"cohort": cohort})

    @classmethod
    def found_anew(cls, review: str) -> "Selection":
        """Whom this review excluded and evidence found since."""
        return cls(Kind.FOUND_ANEW, {"review": review})

    def as_json(self) -> dict[str, str]:
        """What is kept of it in the open."""
        return {"kind": self.kind.value, **self.said}


def matching(said: Mapping[str, str], people: pa.Table, why: pa.Table, *, covered: Sequence[str]) -> pa.Array:
    """The ids of those among the affected whom a group means; `covered` is the evidence that it may speak of."""
    found = people.filter(pc.equal(people["membership"], Membership.AFFECTED.value))
    if said["kind"] == Kind.POSSIBLE_OF:
        here = pc.equal(found["cohort_id"], said["cohort"])
        found = found.filter(pc.and_(here, pc.equal(found["certainty"], Certainty.POSSIBLE.value)))
        foreign = pc.invert(pc.is_in(why["evidence_id"], value_set=pa.array(covered, pa.string())))
    else:
        this = pc.equal(why["evidence_id"], said["evidence"])
        foreign = pc.invert(pc.and_(this, pc.equal(why["rule"], said["rule"])))
        found = found.filter(pc.is_in(found["person_id"], value_set=_ids(why.filter(pc.invert(foreign)))))
    left = pc.invert(pc.is_in(found["person_id"], value_set=_ids(why.filter(foreign))))
    return _ids(found.filter(left))


def evidence_by_person(why: pa.Table, person_ids: pa.Array) -> dict[str, list[str]]:
    """Which items of evidence found each of these people, sorted."""
    mine = why.filter(pc.is_in(why["person_id"], value_set=person_ids))
    found: dict[str, set[str]] = {}
    for person_id, item in zip(mine["person_id"].to_pylist(), mine["evidence_id"].to_pylist(), strict=True):
        found.setdefault(person_id, set()).add(item)
    return {person_id: sorted(items) for person_id, items in found.items()}


def certain_ids(people: pa.Table) -> set[str]:
    """Who is affected for certain."""
    return set(people.filter(pc.equal(people["certainty"], Certainty.CERTAIN.value))["person_id"].to_pylist())


def _ids(table: pa.Table) -> Any:
    return table["person_id"].combine_chunks()
