"""Conditions that evidence comes to: a predicate, systems that were reached, whom a bulk action is presumed to show."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from affected.directory import Directory
from affected.engines.engine import TABLES
from affected.evidence.cleaning import Cleaned
from affected.evidence.reading import Condition, Evidence, Reading, kinds, naive_utc
from affected.statements import ORDER, RULES

_WHY = ("person_id", "evidence_no", "rule_no")


@dataclass(frozen=True)
class Stated:
    """A condition with its item. The engine knows its people by a number of their own, `evidence_no`: their times,
    certainty and categories are not those of the item's rows."""

    item: Evidence
    condition: Condition
    evidence_no: int

    @property
    def exposed(self) -> tuple[str, ...] | None:
        return self.item.exposed if self.condition.exposed is None else self.condition.exposed


def stated(
    directory: Directory, evidence: list[Evidence], cleaned: dict[str, Cleaned], bits: dict[str, int]
) -> list[Stated]:
    """The conditions that the items come to, where their kind knows any."""
    found: list[tuple[Evidence, Condition]] = []
    for item in evidence:
        asked = getattr(kinds()[item.kind], "conditions", None)
        known = asked(item, cleaned.get(item.id), directory.mapping, bits) if asked else []
        found += [(item, condition) for condition in known]
    return [Stated(item, condition, number) for number, (item, condition) in enumerate(found, len(evidence))]


def together(why: pa.Table, evidence: list[Evidence], said: list[Stated]) -> pa.Table:
    """`why` with the items' own numbers again, with the rule of the condition, and one row a person, item and rule, in
    their order."""
    if not said:
        return why
    number, rule = why["evidence_no"].combine_chunks(), why["rule_no"].combine_chunks()
    owners = pa.array([*range(len(evidence)), *(evidence.index(one.item) for one in said)], pa.int32())
    rules = pa.array([*(None for _ in evidence), *(RULES.index(one.condition.rule) for one in said)], pa.int32())
    columns = {"evidence_no": owners.take(number), "rule_no": pc.coalesce(rules.take(number), rule)}
    for name, column in columns.items():
        why = why.set_column(why.schema.get_field_index(name), name, column)
    one_each = _one_each(why) if any(one.condition.part for one in said) else why
    return one_each.sort_by([(name, "ascending") for name in ORDER["why"]])


def described(evidence: list[Evidence], said: list[Stated], bits: dict[str, int]) -> pa.Table:
    """The table `evidence`: each item, and after them the people of their conditions under numbers of their own."""
    all_: list[tuple[tuple[str, ...] | None, Reading | Condition]]
    all_ = [(item.exposed, item.reading) for item in evidence]
    all_ += [(one.exposed, one.condition) for one in said]
    rows = [
        {
            "evidence_no": number,
            "exposed": sum(1 << bits[category] for category in set(exposed or ())),
            "held_only": int(exposed is None),
            "presumed": int(source.presumed),
            "first_at": naive_utc(source.first_at),
            "last_at": naive_utc(source.last_at),
        }
        for number, (exposed, source) in enumerate(all_)
    ]
    return pa.Table.from_pylist(rows, TABLES["evidence"])


def _one_each(why: pa.Table) -> pa.Table:
    joined = {"evidence_rows": "sum", "first_at": "min", "last_at": "max", "weight": "max"}
    found = why.group_by(list(_WHY)).aggregate(list(joined.items()))
    return found.rename_columns([*_WHY, *joined]).select(why.column_names)
