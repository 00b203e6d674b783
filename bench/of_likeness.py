"""How long rows of names, birth dates and addresses take against a directory, with how many pairs were compared."""

import resource

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from affected.likeness.fields import normal
from affected.likeness.matching import Likeness, match
from bench.timing import Figure, once

_SEED = 20261122
_LETTERS = np.array(list("aeioubcdfghklmnprstvz"))


def run(*, full: bool) -> list[Figure]:
    """10,000 rows with errors, half of them of people in the directory: against a million people with --full."""
    people, rows = (1_000_000, 10_000) if full else (100_000, 5_000)
    directory, evidence = town(people), leak(people, rows)
    answers: list[Likeness] = []

    def work() -> None:
        answers.append(match(normal(evidence), normal(directory)))

    cpu, wall = once(work)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pairs = answers[0].report["pairs_at_most"]
    name = f"likeness {people:,} x {rows:,}, {pairs:,} pairs at most, {peak:,.0f} MB"
    return [Figure(name, cpu, wall)]


def town(people: int) -> pa.Table:
    """A directory of people in households of three, whose names and places are as unequally common as a power law."""
    chance = np.random.default_rng(_SEED)
    homes = np.arange(people) // 3
    count = people // 3 + 1
    home = {
        "surname": _words(chance, 40_000, 7)[_unequal(chance, 40_000, count)],
        "street_number": chance.integers(1, 300, count).astype(str),
        "address_1": _words(chance, 20_000, 9)[chance.integers(0, 20_000, count)],
        "postcode": (10_000 + _unequal(chance, 8_000, count)).astype(str),
    }
    own = {
        "person_id": np.char.add("p", np.arange(people).astype(str)),
        "given_name": _words(chance, 5_000, 5)[_unequal(chance, 5_000, people)],
        "birth_date": (np.datetime64("1940-01-01") + chance.integers(0, 25_000, people)).astype(str),
    }
    return pa.table(own | {name: values[homes] for name, values in home.items()})


def leak(people: int, rows: int) -> pa.Table:
    """Rows of evidence: every other one of the directory's people with a typing error, the others of another town."""
    chance = np.random.default_rng(_SEED + 1)
    chosen = pa.array(np.sort(chance.choice(people, rows // 2, replace=False)))
    known = town(people).take(chosen)
    spoilt = pc.utf8_replace_slice(known["surname"], 2, 3, "x")
    known = known.set_column(known.schema.get_field_index("surname"), "surname", spoilt)
    strange = town(people + 3 * rows).slice(people, rows - len(chosen))
    births = pa.array((np.datetime64("1940-01-01") + chance.integers(0, 25_000, strange.num_rows)).astype(str))
    strange = strange.set_column(strange.schema.get_field_index("birth_date"), "birth_date", births)
    both = pa.concat_tables([known, strange]).drop_columns(["person_id"])
    return both.append_column("row_no", pa.array(range(both.num_rows), pa.int64()))


def _words(chance: np.random.Generator, n: int, letters: int) -> np.ndarray:
    return np.array(["".join(word) for word in chance.choice(_LETTERS, (n, letters))])


def _unequal(chance: np.random.Generator, n: int, size: int) -> np.ndarray:
    return np.minimum((chance.pareto(0.9, size) * 8).astype(np.int64), n - 1)
