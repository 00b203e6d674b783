"""Conditions that evidence comes to: a predicate, systems that were reached, whom a bulk action is presumed to show."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from affected.directory import Directory
from affected.engines.engine import TABLES
from affected.evidence.cleaning import Cleaned
from affected.evidence.reading import Condition, Evidence, Reading, kinds, naive_utc

_WHY = ("person_id", "evidence_id", "rule")


@dataclass(frozen=True)
class Stated:
    """A condition with its item. The engine knows its people by `name`: their times, certainty and categories are not
    those of the item's rows."""

    item: Evidence
    condition: Condition

    @property
    def name(self) -> str:
        return "\x1f".join((self.item.id, self.condition.rule, self.condition.part))

    @property
    def exposed(self) -> tuple[str, ...] | None:
        return self.item.exposed if self.condition.exposed is None else self.condition.exposed


def stated(
    directory: Directory, evidence: list[Evidence], cleaned: dict[str, Cleaned], bits: dict[str, int]
) -> list[Stated]:
    """The conditions that the items come to, where their kind knows any."""
    found = []
    for item in evidence:
        asked = getattr(kinds()[item.kind], "conditions", None)
        known = asked(item, cleaned.get(item.id), directory.mapping, bits) if asked else []
        found += [Stated(item, condition) for condition in known]
    return found


def together(why: pa.Table, said: list[Stated]) -> pa.Table:
    """`why` with the items' own ids again, with the rule of the condition, and one row a person, item and rule."""
    known = {one.name: (one.item.id, one.condition.rule.value) for one in said}
    coded = why.column("evidence_id").combine_chunks().dictionary_encode()
    renamed = pc.is_in(coded.dictionary, value_set=pa.array(list(known), pa.string())).take(coded.indices)
    told = [known.get(name, (name, None)) for name in coded.dictionary.to_pylist()]
    ids = pa.array([item_id for item_id, _ in told], pa.string()).take(coded.indices)
    rules = pa.array([rule for _, rule in told], pa.string()).take(coded.indices)
    why = why.set_column(why.schema.get_field_index("evidence_id"), "evidence_id", ids)
    why = why.set_column(why.schema.get_field_index("rule"), "rule", pc.if_else(renamed, rules, why.column("rule")))
    return _one_each(why) if any(one.condition.part for one in said) else why


def described(evidence: list[Evidence], said: list[Stated], bits: dict[str, int]) -> pa.Table:
    """The table `evidence`: each item, and beside it the people of its conditions under names of their own."""
    all_: list[tuple[str, tuple[str, ...] | None, Reading | Condition]]
    all_ = [(item.id, item.exposed, item.reading) for item in evidence]
    all_ += [(one.name, one.exposed, one.condition) for one in said]
    rows = [
        {
            "evidence_id": name,
            "exposed": sum(1 << bits[category] for category in set(exposed or ())),
            "held_only": int(exposed is None),
            "presumed": int(source.presumed),
            "first_at": naive_utc(source.first_at),
            "last_at": naive_utc(source.last_at),
        }
        for name, exposed, source in all_
    ]
    return pa.Table.from_pylist(rows, TABLES["evidence"])


def _one_each(why: pa.Table) -> pa.Table:
    joined = {"evidence_rows": "sum", "first_at": "min", "last_at": "max", "weight": "max"}
    found = why.group_by(list(_WHY)).aggregate(list(joined.items()))
    return found.rename_columns([*_WHY, *joined]).select(why.column_names)
