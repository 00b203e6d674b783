"""Conditions that evidence comes to: a predicate, or whom a bulk action is presumed to have read."""

import pyarrow as pa
import pyarrow.compute as pc

from affected.directory import Directory
from affected.evidence.cleaning import Cleaned
from affected.evidence.reading import Condition, Evidence, Reading, kinds, naive_utc


def conditions_of(
    directory: Directory, evidence: list[Evidence], cleaned: dict[str, Cleaned], bits: dict[str, int]
) -> dict[str, Condition]:
    """The condition that each item comes to, by its id, where its kind knows one."""
    found = {}
    for item in evidence:
        asked = getattr(kinds()[item.kind], "condition", None)
        condition = asked(item, cleaned.get(item.id), directory.mapping, bits) if asked else None
        if condition is not None:
            found[item.id] = condition
    return found


def apart(item_id: str, condition: Condition) -> str:
    """What the engine calls the people of a condition: their times and certainty are not those of the item's rows."""
    return f"{item_id}\x1f{condition.rule}"


def together(why: pa.Table, conditions: dict[str, Condition]) -> pa.Table:
    """`why` with the items' own ids again, and with the rule of the condition."""
    known = {apart(item_id, found): (item_id, found.rule.value) for item_id, found in conditions.items()}
    coded = why.column("evidence_id").combine_chunks().dictionary_encode()
    renamed = pc.is_in(coded.dictionary, value_set=pa.array(list(known), pa.string())).take(coded.indices)
    told = [known.get(said, (said, None)) for said in coded.dictionary.to_pylist()]
    ids = pa.array([item_id for item_id, _ in told], pa.string()).take(coded.indices)
    rules = pa.array([rule for _, rule in told], pa.string()).take(coded.indices)
    why = why.set_column(why.schema.get_field_index("evidence_id"), "evidence_id", ids)
    return why.set_column(why.schema.get_field_index("rule"), "rule", pc.if_else(renamed, rules, why.column("rule")))


def described(evidence: list[Evidence], conditions: dict[str, Condition], bits: dict[str, int]) -> pa.Table:
    """The table `evidence`: each item, and beside it the people of its condition under a name of their own."""
    said: list[tuple[str, Evidence, Reading | Condition]] = [(item.id, item, item.reading) for item in evidence]
    said += [(apart(item.id, one), item, one) for item in evidence if (one := conditions.get(item.id))]
    rows = [
        {
            "evidence_id": item_id,
            "exposed": sum(1 << bits[name] for name in set(item.exposed or ())),
            "held_only": int(item.exposed is None),
            "presumed": int(source.presumed),
            "first_at": naive_utc(source.first_at),
            "last_at": naive_utc(source.last_at),
        }
        for item_id, item, source in said
    ]
    plain = pa.timestamp("us")
    schema = [
        ("evidence_id", pa.string()),
        ("exposed", pa.int64()),
        ("held_only", pa.int32()),
        ("presumed", pa.int32()),
    ]
    return pa.Table.from_pylist(rows, pa.schema([*schema, ("first_at", plain), ("last_at", plain)]))
