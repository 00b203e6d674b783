"""The matcher: two tables in, pairs with how probable each is out; Splink over an embedded engine of its own."""

import logging
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker
from splink.internals.exceptions import SplinkException

from affected.likeness import blocking
from affected.likeness.fields import NAMES, alike
from affected.likeness.model import PLACES, Settings, bounded, settings
from packs import BadInput

_PAIRS = pa.schema(
    [
        ("row_no", pa.int64()),
        ("person_id", pa.string()),
        ("probability", pa.float64()),
        ("weight", pa.float64()),
        ("sound", pa.bool_()),
    ]
)
_SAMPLE = 1200  # people compared with one another for u: 720,000 pairs
_IN_DIRECTORY = 0.5  # taken blindly, whether a row's person is in the directory
_PLAIN = 200  # rows whose person is plain to see, from which on m is learnt from the evidence
_STANDING_NAMES = 250  # people that the standing frequency of a name counts for
_BUDGET = 50_000_000  # pairs compared, at most
# What Splink tells while it trains names levels and figures that nobody here asked for.
logging.getLogger("splink").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Likeness:
    """`pairs`: row_no, person_id, probability (four places, cut off, so never 1), weight (bits), sound; sorted.

    A pair is sound when what is one person's own agrees, the given name or the birth date, and something else too: a
    name alone is never sound, nor are the family name and address of a household. `too_common`: rows that can mean so
    many people that they were not compared with any.
    `report`: fields, pairs_at_most, shared_by_at_most, learnt (whether m came from the evidence).
    """

    pairs: pa.Table
    too_common: pa.Array
    report: dict[str, Any] = field(default_factory=dict)


def match(
    evidence: pa.Table,
    people: pa.Table,
    *,
    least: float = 0.001,
    memory: str = "1GiB",
    threads: int = 2,
    budget: int = _BUDGET,
) -> Likeness:
    """Compare the rows of `evidence` (row_no int64) with `people` (person_id text), both as fields.normal gives them,
    and give back the pairs that are at least as probable as `least`, low enough that rivals are among them,
    and whoever shares a name with hundreds.

    The same rows and people give the same answer, whatever their order. At most about `budget` pairs are compared:
    those that share a key which few people share. Raises BadInput where `memory` does not do.
    """
    evidence, people, fields = alike(evidence, people)
    keys = blocking.keys(fields)
    if not keys or not evidence.num_rows or not people.num_rows:
        nothing = {"fields": fields, "pairs_at_most": 0, "shared_by_at_most": 0, "learnt": False}
        return Likeness(_PAIRS.empty_table(), pa.array([], pa.int64()), nothing)
    with _bench(memory, threads) as connection:
        _load(connection, evidence, people, fields, keys)
        seen = blocking.bound(connection, list(keys), budget=budget)
        rules = [f"l.{key} = r.{key}" for key in keys]
        standing = settings(fields, rules, prior=_IN_DIRECTORY / max(people.num_rows, 2))
        model, learnt = _trained(connection, standing, fields, min(people.num_rows, _SAMPLE))
        pairs = _pairs(connection, model, least)
    report = {"fields": fields, "pairs_at_most": seen.pairs, "shared_by_at_most": seen.cap, "learnt": learnt}
    return Likeness(pairs, seen.too_common, report)


@contextmanager
def _bench(memory: str, threads: int) -> Iterator[Any]:
    spill = tempfile.mkdtemp(prefix="tocsin-")
    connection = duckdb.connect(config={"memory_limit": memory, "threads": threads, "temp_directory": spill})
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET python_enable_replacements = false")
        yield connection
    except (duckdb.OutOfMemoryException, SplinkException) as error:
        if isinstance(error, SplinkException) and not isinstance(error.__cause__, duckdb.OutOfMemoryException):
            raise
        raise BadInput(f"Matching names and addresses needs more than {memory} of memory or disk.") from None
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)


def _load(connection: Any, evidence: pa.Table, people: pa.Table, fields: Sequence[str], keys: dict[str, str]) -> None:
    """Tables `people` (id, person_id, fields, words, keys), `evidence` (the same without person_id), `sampled` and,
    for each name, its frequency. People are numbered and sampled by what they are, so the order of the rows says
    nothing."""
    run = connection.execute
    connection.register("evidence_in", evidence.select(["row_no", *fields]))
    connection.register("people_in", people.select(["person_id", *fields]))
    listed = ", ".join(fields)
    if "address" in fields:
        listed += r", list_distinct(regexp_extract_all(address, '\p{Han}|[^\s\p{Han}]+')) AS words"
    keyed = ", ".join(f"{said} AS {key}" for key, said in keys.items())
    numbered = f"row_number() OVER (ORDER BY person_id, {', '.join(fields)}) AS id, person_id"
    for table, source in (
        ("people", f"{numbered}, {listed} FROM people_in"),
        ("evidence", f"row_no AS id, {listed} FROM evidence_in"),
    ):
        run(f"CREATE TABLE {table} AS SELECT *, {keyed} FROM (SELECT {source}) ORDER BY id")  # noqa: S608
    run("CREATE TABLE numbered AS SELECT id, person_id FROM people")
    run("ALTER TABLE people DROP COLUMN person_id")
    run(f"CREATE TABLE sampled AS FROM people ORDER BY md5(CAST(id AS VARCHAR)), id LIMIT {_SAMPLE}")
    for name in (name for name in NAMES if name in fields):
        run(
            f"CREATE TABLE frequency_{name} AS SELECT {name}, (COUNT(*) + 1) / (SUM(COUNT(*)) OVER () + "  # noqa: S608
            f"{_STANDING_NAMES}) AS tf_{name} FROM (SELECT {name} FROM people UNION ALL SELECT {name} FROM evidence) "
            f"WHERE {name} IS NOT NULL GROUP BY {name}"
        )


def _linker(connection: Any, model: Settings) -> Linker:
    """Splink over the tables as they are now, with the frequencies of names in the whole directory."""
    api = DuckDBAPI(connection)
    tables = [api.register(name, dataset_display_name=name) for name in ("evidence", "people")]
    linker = Linker(tables, model, log_level=None)
    for comparison in model["comparisons"]:
        name = comparison["output_column_name"]
        if name in NAMES:
            linker.table_management.register_term_frequency_lookup(api.register(f"frequency_{name}"), name)
    return linker


def _trained(connection: Any, standing: Settings, fields: Sequence[str], sample: int) -> tuple[Settings, bool]:
    """The model with u from the directory, and m from the evidence where enough rows are plain; whether they were."""
    chance = Linker(DuckDBAPI(connection).register("sampled"), standing | {"link_type": "dedupe_only"}, log_level=None)
    if sample > 1:
        chance.training.estimate_u_using_random_sampling(max_pairs=1e9, min_count_per_level=None, num_chunks=1)
    pairs = sample * (sample - 1) // 2
    model = bounded(chance.misc.save_model_to_json(), standing, pairs=pairs) | {"link_type": "link_only"}
    if not _enough(connection, fields):
        return model, False
    learner = _linker(connection, model)
    # A sum of floating numbers depends on their order, and one thread keeps it.
    threads = connection.execute("SELECT current_setting('threads')").fetchall()[0][0]
    connection.execute("SET threads = 1")
    for rule in blocking.plain(fields):
        learner.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True
        )
    connection.execute(f"SET threads = {threads}")
    return bounded(learner.misc.save_model_to_json(), model), True


def _enough(connection: Any, fields: Sequence[str]) -> bool:
    """Whether both names and another field of enough rows are those of one person, letter by letter."""
    others = [name for name in fields if name not in NAMES]
    if not set(NAMES) <= set(fields) or not others:
        return False
    same = " OR ".join(f"e.{name} = p.{name}" for name in others)
    names = " AND ".join(f"e.{name} = p.{name}" for name in ("key_name", *NAMES))
    plain = f"SELECT COUNT(DISTINCT e.id) FROM evidence AS e JOIN people AS p ON {names} WHERE {same}"  # noqa: S608
    return int(connection.execute(plain).fetchall()[0][0]) >= _PLAIN


def _pairs(connection: Any, model: Settings, least: float) -> pa.Table:
    found = _linker(connection, model).inference.predict(threshold_match_probability=least).physical_name
    left = "source_dataset_l = 'evidence'"
    statement = (
        f"SELECT CASE WHEN {left} THEN id_l ELSE id_r END AS row_no, n.person_id, "  # noqa: S608 - our own names
        "floor(match_probability * 10000) / 10000 AS probability, round(match_weight, 4) AS weight, "
        f"{_sound(model)} AS sound "
        f"FROM {found} JOIN numbered AS n ON n.id = CASE WHEN {left} THEN id_r ELSE id_l END "
        "ORDER BY row_no, person_id"
    )
    return connection.sql(statement).to_arrow_table().cast(_PAIRS)


def _sound(model: Settings) -> str:
    """Whether the pair agrees in what a household does not share (Likeness). Levels count up from 0, another, and 1,
    like; a name is near from 2, and a birth date the same, or its day and month exchanged, from 2."""
    there = {comparison["output_column_name"] for comparison in model["comparisons"]}

    def level(field: str, least: int) -> str:
        return f"gamma_{field} >= {least}" if field in there else "FALSE"

    place = " OR ".join(level(field, 1) for field in PLACES)
    return (
        f"(({level('given_name', 2)} AND ({level('birth_date', 1)} OR {place})) "
        f"OR ({level('given_name', 1)} AND {level('birth_date', 1)}) "
        f"OR ({level('birth_date', 2)} AND ({level('surname', 1)} OR {place})))"
    )
