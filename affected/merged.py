"""Persons whom the directory merged: one id lives on, the other stands for the same person from then on."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

ALIASES = pa.schema([("person_id", pa.string()), ("was", pa.string())])


def surviving_ids(ids: pa.Array | pa.ChunkedArray, aliases: pa.Table | None) -> Any:
    """`ids` with the id that lives on in place of one that was merged into it; `aliases`: person_id, was."""
    if aliases is None or not aliases.num_rows:
        return ids
    at = pc.index_in(ids, value_set=aliases["was"].combine_chunks())
    return pc.if_else(pc.is_valid(at), aliases["person_id"].combine_chunks().take(at), ids)


def surviving(people: pa.Table, aliases: pa.Table | None) -> pa.Table:
    """`people` (person_id, cohort_id, membership, categories and more) as one row a person after the merge.

    Where both ids stood, the row of the one that lives on stays, with the categories of both.
    """
    if aliases is None or not aliases.num_rows:
        return people
    ids = surviving_ids(people["person_id"], aliases)
    mine = pc.equal(ids, people["person_id"])
    renamed = people.set_column(people.schema.get_field_index("person_id"), "person_id", ids)
    doubled = pc.is_in(ids, value_set=_twice(ids))
    rest = renamed.filter(pc.invert(doubled))
    both = renamed.filter(doubled).append_column("_mine", mine.filter(doubled))
    return pa.concat_tables([rest, pa.Table.from_pylist(_joined(both.to_pylist()), rest.schema)])


def _twice(ids: Any) -> pa.Array:
    counted = pc.value_counts(ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids)
    return counted.field("values").filter(pc.greater(counted.field("counts"), 1))


def _joined(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: not row.pop("_mine")):
        first = found.setdefault(row["person_id"], row)
        first["categories"] = sorted({*first["categories"], *row["categories"]})
    return list(found.values())
