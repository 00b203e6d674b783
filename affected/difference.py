"""The difference between two answers: who came, who went, of whom more was exposed, who moved to another cohort."""

from dataclasses import dataclass
from enum import StrEnum

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
    joined = _side(before, "before").join(_side(after, "after"), keys="person_id", join_type="full outer")
    joined = joined.sort_by("person_id").combine_chunks()
    pairs = pc.binary_join_element_wise(
        *(pc.fill_null(joined[f"{name}_{side}"], "-") for side in ("before", "after") for name in _SIDE), "\x1f"
    )
    coded = pa.chunked_array(pairs).combine_chunks().dictionary_encode() if joined.num_rows else None
    if coded is None:
        nobody = pa.array([], pa.string())
        return Difference(_EMPTY.empty_table(), _counted(nobody) | {"unchanged": 0}, nobody)
    said = [_change(pair.split("\x1f")) for pair in coded.dictionary.to_pylist()]
    change = pa.array([word for word, _ in said], pa.string()).take(coded.indices)
    grown = pa.array([added for _, added in said], pa.list_(pa.string())).take(coded.indices)
    columns = [joined["person_id"], change, joined["cohort_id_before"], joined["cohort_id_after"], grown]
    people = pa.table(columns, names=_EMPTY.names)
    counts = _counted(change)
    stayed = joined["person_id"].combine_chunks().filter(pc.is_null(change))
    return Difference(people.filter(pc.is_valid(change)), counts | {"unchanged": change.null_count}, stayed)


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


def _side(people: pa.Table, name: str) -> pa.Table:
    columns = {"person_id": people["person_id"]}
    columns |= {f"{column}_{name}": people[column] for column in _SIDE[:2]}
    columns[f"categories_{name}"] = pc.binary_join(people["categories"], ",")
    return pa.table(columns)


def _change(pair: list[str]) -> tuple[str | None, list[str]]:
    cohort_before, membership_before, said_before, cohort_after, membership_after, said_after = pair
    had, has = ({c for c in said.split(",") if c and c != "-"} for said in (said_before, said_after))
    if cohort_before == "-":
        return Change.ADDED, sorted(has)
    if cohort_after == "-":
        return Change.REMOVED, []
    if has - had:
        return Change.GREW, sorted(has - had)
    moved = (cohort_before, membership_before) != (cohort_after, membership_after)
    return (Change.MOVED if moved else None), []


def _counted(change: pa.Array) -> dict[str, int]:
    found = {str(item["values"]): int(item["counts"]) for item in pc.value_counts(change).to_pylist()}
    return {word.value: found.get(word.value, 0) for word in Change}
