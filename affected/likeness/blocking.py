"""Which pairs are compared at all: those that share a key which few people share, so never a cross product."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

_FOLDED_BIRTH = (
    "birth_date[1:4] || least(birth_date[5:6], birth_date[7:8]) || greatest(birth_date[5:6], birth_date[7:8])"
)
_SORTED_NAME = "nullif(array_to_string(list_sort(string_split(concat_ws(' ', {names}), ' ')), ' '), '')"
_INITIALS = "least(given_name[1:3], surname[1:3]) || greatest(given_name[1:3], surname[1:3])"
# Each key with the columns that it needs; most telling first.
_KEYS = (
    ("birth", ("birth_date",), _FOLDED_BIRTH),
    ("initials_year", ("given_name", "surname", "birth_date"), f"{_INITIALS} || birth_date[1:4]"),
    ("street", ("street_number", "address_1"), "street_number || ' ' || address_1"),
    ("surname_postcode", ("surname", "postcode"), "surname || ' ' || postcode"),
    ("given_postcode", ("given_name", "postcode"), "given_name || ' ' || postcode"),
    ("surname_suburb", ("surname", "suburb"), "surname || ' ' || suburb"),
    ("given_suburb", ("given_name", "suburb"), "given_name || ' ' || suburb"),
    ("address", ("address",), "array_to_string(list_sort(words), ' ')"),
    ("numbers", ("address",), "nullif(array_to_string(regexp_extract_all(address, '\\d+'), ' '), '')"),
)
# People who may share a key. A name that 500 bear means each with a probability of 0.001, which match still tells.
_CAPS = (500, 200, 100, 50, 20, 10, 5)


def keys(columns: Collection[str]) -> dict[str, str]:
    """The blocking keys that these columns allow, by name, in SQL."""
    names = [name for name in ("given_name", "surname") if name in columns]
    found = {name: said for name, needs, said in _KEYS if set(needs) <= set(columns)}
    if names:
        found["name"] = _SORTED_NAME.format(names=", ".join(names))
    return {f"key_{name}": said for name, said in found.items()}


@dataclass(frozen=True)
class Bound:
    """How many pairs are left to compare at most, by how many people a key may be shared, and the numbers of the rows
    that lost every key that somebody shares."""

    pairs: int
    cap: int
    too_common: pa.Array


def bound(connection: Any, names: Collection[str], *, budget: int) -> Bound:
    """Empty every key that too many people share, in the tables `evidence` and `people`, until at most `budget` pairs
    share one (or only the rarest keys are left), and drop the people who share none."""
    run = connection.execute
    for name in names:
        run(
            f"CREATE TABLE shared_{name} AS SELECT p.k, p.n AS people, e.n AS rows FROM "  # noqa: S608
            f"(SELECT {name} AS k, COUNT(*) AS n FROM people WHERE {name} IS NOT NULL GROUP BY 1) AS p JOIN "
            f"(SELECT {name} AS k, COUNT(*) AS n FROM evidence WHERE {name} IS NOT NULL GROUP BY 1) AS e ON p.k = e.k"
        )
    counted = ((cap, _pairs(connection, names, cap)) for cap in _CAPS)
    cap, pairs = next(((cap, pairs) for cap, pairs in counted if pairs <= budget or cap == _CAPS[-1]))
    shared = _rows_with_keys(connection, names)
    for name in names:
        kept = f"{name} IN (SELECT k FROM shared_{name} WHERE people <= {cap})"  # noqa: S608
        for table in ("evidence", "people"):
            run(f"UPDATE {table} SET {name} = NULL WHERE NOT {kept}")  # noqa: S608
    run(f"DELETE FROM people WHERE {' AND '.join(f'{name} IS NULL' for name in names)}")  # noqa: S608
    return Bound(pairs, cap, pa.array(sorted(shared - _rows_with_keys(connection, names)), pa.int64()))


def _pairs(connection: Any, names: Collection[str], cap: int) -> int:
    sums = (f"SELECT SUM(people * rows) AS n FROM shared_{name} WHERE people <= {cap}" for name in names)  # noqa: S608
    total = connection.execute(f"SELECT SUM(n) FROM ({' UNION ALL '.join(sums)})").fetchall()[0][0]  # noqa: S608
    return int(total or 0)


def _rows_with_keys(connection: Any, names: Collection[str]) -> set[int]:
    """The rows of evidence of which some key is also somebody's in the directory."""
    each = (f"SELECT e.id FROM evidence AS e JOIN shared_{name} AS s ON s.k = e.{name}" for name in names)  # noqa: S608
    found = " UNION ".join(each)
    return {row for (row,) in connection.execute(found).fetchall()}


def plain(fields: Collection[str]) -> list[str]:
    """Rules under which m can be learnt: pairs of one birth date teach names and addresses, pairs of one name teach
    birth dates and addresses."""
    rules = {
        ("birth_date",): "l.key_birth = r.key_birth AND l.birth_date = r.birth_date",
        ("given_name", "surname"): "l.key_name = r.key_name AND l.given_name = r.given_name AND l.surname = r.surname",
    }
    return [rule for needs, rule in rules.items() if set(needs) < set(fields)]
