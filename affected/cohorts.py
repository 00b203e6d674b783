"""Cohorts: people alike in everything that a law or a notice asks about, with their counts."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from affected.words import UNKNOWN, AgeBand, Certainty, Membership, Standing

KEY = ("controller", "residence", "region", "role", "language", "age_band", "standing", "categories")
REACHED_BY = ("phone", "email", "device_token", "messenger_id", "postal")


@dataclass(frozen=True)
class CohortKey:
    """What everybody in a cohort has in common; `categories` are sorted."""

    controller: str
    residence: str
    region: str | None
    role: str
    language: str
    age_band: str
    standing: str
    categories: tuple[str, ...]

    @property
    def id(self) -> str:
        """The same for the same key in every version of every snapshot."""
        said = json.dumps(list(asdict(self).values()), ensure_ascii=False, separators=(",", ":"))
        return "coh_" + hashlib.blake2b(said.encode(), digest_size=10).hexdigest()


@dataclass(frozen=True)
class Cohort:
    """A cohort's key with how many people are in it: how sure, by which kinds of address, with a known guardian."""

    key: CohortKey
    people: int
    certain: int
    possible: int
    presumed: int
    with_guardian: int
    unreachable: int
    by_address: dict[str, int]


def with_cohorts(people: pa.Table) -> pa.Table:
    """`people` with a column cohort_id."""
    keys, indices = _keys(people)
    ids = pa.array([key.id for key in keys], pa.string())
    return people.append_column("cohort_id", ids.take(indices))


def cohorts(people: pa.Table) -> list[Cohort]:
    """The cohorts of a table shaped like Resolution.people, sorted by key."""
    keys, indices = _keys(people)
    columns = {"n": indices, "one": pa.repeat(1, people.num_rows)}
    flags = {"certain": pc.equal(people.column("certainty"), Certainty.CERTAIN.value), "presumed": people["presumed"]}
    flags |= {f"has_{kind}": people[f"has_{kind}"] for kind in (*REACHED_BY, "guardian")}
    reach = [people[f"has_{kind}"] for kind in (*REACHED_BY, "guardian")]
    flags["unreachable"] = pc.invert(_any(reach)) if people.num_rows else pa.array([], pa.bool_())
    columns |= {name: flag.cast(pa.int64()) for name, flag in flags.items()}
    sums = pa.table(columns).group_by("n").aggregate([(name, "sum") for name in ("one", *flags)]).to_pylist()
    return sorted((_cohort(keys[row["n"]], row) for row in sums), key=lambda cohort: _order(cohort.key))


def strangers_as_people(strangers: pa.Table, *, controller: str) -> pa.Table:
    """Resolution.strangers in the shape of Resolution.people; all that is known of them is one address."""
    n = strangers.num_rows
    columns: dict[str, Any] = {"person_id": strangers["token"], "controller": pa.repeat(controller, n)}
    columns |= {"residence": strangers["residence"], "region": pa.nulls(n, pa.string())}
    columns |= {"role": pa.repeat(UNKNOWN, n), "language": pa.repeat(UNKNOWN, n)}
    columns |= {"age_band": pa.repeat(AgeBand.UNKNOWN.value, n), "standing": pa.repeat(Standing.STRANGER.value, n)}
    columns |= {"categories": strangers["categories"], "certainty": pa.repeat(Certainty.POSSIBLE.value, n)}
    columns["presumed"] = strangers["presumed"]
    for kind in REACHED_BY:
        columns[f"has_{kind}"] = pc.equal(strangers["kind"], kind)
    columns["has_guardian"] = pa.repeat(False, n)
    columns |= {name: strangers[name] for name in ("first_exposed_at", "last_exposed_at")}
    return pa.table(columns)


def everybody(people: pa.Table, undecided: pa.Table, strangers: pa.Table, *, controller: str) -> pa.Table:
    """The affected, the undecided and the strangers in one table, with `membership` and `cohort_id`, sorted; a
    stranger's address is left out."""
    parts = (
        (Membership.AFFECTED, people),
        (Membership.UNDECIDED, undecided),
        (Membership.STRANGER, strangers_as_people(strangers, controller=controller)),
    )
    together = [part.append_column("membership", pa.repeat(word.value, part.num_rows)) for word, part in parts]
    whole = with_cohorts(pa.concat_tables(together)).combine_chunks()  # of which rows are taken in half the time
    return whole.take(pc.sort_indices(whole["person_id"]))


def _keys(people: pa.Table) -> tuple[list[CohortKey], pa.Array]:
    """The distinct keys, and for each person the position of theirs."""
    said = {name: pc.fill_null(people[name], "") for name in KEY[:-1]}
    keys = pa.table(said | {KEY[-1]: pc.binary_join(people[KEY[-1]], ",")})
    codes = np.zeros(people.num_rows, np.int64)
    for column in keys.columns:  # a number for each combination so far, so that texts are compared column by column
        own = _whole(column).dictionary_encode(null_encoding="encode")
        both = pa.array(codes * len(own.dictionary) + own.indices.to_numpy()).dictionary_encode()
        codes = both.indices.to_numpy().astype(np.int64)
    anybody = np.empty(codes.max(initial=-1) + 1, np.int64)  # with each number: their keys are the same
    anybody[codes] = np.arange(len(codes))
    return [_key(row) for row in keys.take(pa.array(anybody)).to_pylist()], pa.array(codes)


def _whole(column: Any) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _key(row: dict[str, Any]) -> CohortKey:
    listed = tuple(sorted(filter(None, row["categories"].split(","))))
    return CohortKey(**row | {"region": row["region"] or None, "categories": listed})


def _any(flags: list[Any]) -> Any:
    found = flags[0]
    for flag in flags[1:]:
        found = pc.or_(found, flag)
    return found


def _cohort(key: CohortKey, row: dict[str, int]) -> Cohort:
    people, certain = row["one_sum"], row["certain_sum"]
    return Cohort(
        key=key,
        people=people,
        certain=certain,
        possible=people - certain,
        presumed=row["presumed_sum"],
        with_guardian=row["has_guardian_sum"],
        unreachable=row["unreachable_sum"],
        by_address={kind: row[f"has_{kind}_sum"] for kind in REACHED_BY},
    )


def _order(key: CohortKey) -> tuple[str, ...]:
    return tuple(str(value) for value in asdict(key).values())
