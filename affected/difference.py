"""The difference between two answers: who came, who went, of whom more was exposed, who moved to another cohort."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from affected.merged import surviving


class Change(StrEnum):
    """What a later version says of a person that the earlier one did not; each person has one word."""

    ADDED = "added"  # was not in the earlier version
    REMOVED = "removed"  # is not in the later one: evidence was withdrawn, or the directory lost them
    GREW = "grew"  # more categories were exposed than was known
    MOVED = "moved"  # another cohort, for any other reason: age, residence, standing, decided after all


@dataclass(frozen=True)
class Difference:
    """`people`: person_id, change, cohort_before, cohort_after, categories_added; sorted. `counts` by change.

    `unchanged`: the ids of everybody else. Ids are the later answer's: whom the directory merged is one person.
    """

    people: pa.Table
    counts: dict[str, int]
    unchanged: pa.Array


def changes_between(before: pa.Table, after: pa.Table, aliases: pa.Table | None = None) -> Difference:
    """Compare two tables of everybody in an answer (see cohorts.everybody); `aliases` (person_id, was) are the later
    one's."""
    before = surviving(before, aliases)
    (earlier, codes_before), (later, codes_after) = _coded(before), _coded(after)
    ids_before, ids_after = before["person_id"].combine_chunks(), after["person_id"].combine_chunks()
    at = pc.index_in(ids_after, value_set=ids_before)
    is_gone = np.ones(len(ids_before), bool)
    is_gone[at.drop_null().to_numpy()] = False
    gone = pa.array(is_gone)
    # Everybody of the later answer and then whom it lacks; nobody is position 0 on a side.
    ids = pa.concat_arrays([ids_after, ids_before.filter(gone)])
    had = pa.concat_arrays([pc.fill_null(codes_before.take(at), 0), codes_before.filter(gone)]).to_numpy()
    has = np.concatenate([codes_after.to_numpy(), np.zeros(len(ids) - len(ids_after), np.int64)])
    pairs, which = np.unique(had * len(later) + has, return_inverse=True)
    said = [(earlier[pair // len(later)], later[pair % len(later)]) for pair in pairs.tolist()]
    words = [_change(one, other) for one, other in said]
    change = pa.array([word for word, _ in words], pa.string()).take(pa.array(which))
    columns = {
        "person_id": ids,
        "change": change,
        "cohort_before": pa.array([one[0] if one else None for one, _ in said], pa.string()).take(pa.array(which)),
        "cohort_after": pa.array([other[0] if other else None for _, other in said], pa.string()).take(pa.array(which)),
        "categories_added": pa.array([added for _, added in words], pa.list_(pa.string())).take(pa.array(which)),
    }
    changed = pa.table(columns, schema=_EMPTY).filter(pc.is_valid(change)).sort_by("person_id")
    stayed = ids.filter(pc.is_null(change)).sort()
    return Difference(changed, _counted(change) | {"unchanged": change.null_count}, stayed)


_SIDE = ("cohort_id", "membership", "categories")
_EMPTY = pa.schema(
    [
        ("person_id", pa.string()),
        ("change", pa.string()),
        ("cohort_before", pa.string()),
        ("cohort_after", pa.string()),
        ("categories_added", pa.list_(pa.string())),
    ]
)


def _coded(people: pa.Table) -> tuple[list[list[str] | None], pa.Array]:
    """What is said of people (cohort, membership, categories with commas), each once after nobody; and for each person
    the position of what is said of them."""
    said = pc.binary_join_element_wise(
        people["cohort_id"], people["membership"], pc.binary_join(people["categories"], ","), "\x1f"
    )
    coded = pa.chunked_array(said).combine_chunks().dictionary_encode()
    positions = pc.add(coded.indices.cast(pa.int64()), 1)
    return [None, *(one.split("\x1f") for one in coded.dictionary.to_pylist())], positions


def _change(before: list[str] | None, after: list[str] | None) -> tuple[str | None, list[str]]:
    had, has = ({c for c in side[2].split(",") if c} if side else set() for side in (before, after))
    if before is None:
        return Change.ADDED, sorted(has)
    if after is None:
        return Change.REMOVED, []
    if has - had:
        return Change.GREW, sorted(has - had)
    return (Change.MOVED if before[:2] != after[:2] else None), []


def _counted(change: pa.Array) -> dict[str, int]:
    found = {str(item["values"]): int(item["counts"]) for item in pc.value_counts(change).to_pylist()}
    return {word.value: found.get(word.value, 0) for word in Change}
