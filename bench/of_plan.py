"""Planning a fan-out beside the database's own bulk load of the same rows."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from bench.planning import begin, made_readers
from bench.sending import Bench, bench_on, databases
from bench.timing import Figure, once
from incidents.deliveries.plan import write_plan
from notifiers import registry

_COLUMNS = "id, fan_out_id, notice_id, person, channel, position, batch_id, ordinal, planned_at"


def run(*, full: bool) -> list[Figure]:
    """100,000 people, or 10,000,000. The wall's ratio decides: the database works beside us."""
    people = 10_000_000 if full else 100_000
    return [_on(database, people) for database in databases()]


def _on(database: str, people: int) -> Figure:
    with bench_on(database, {"push/rehearsal": registry.open_provider("push/rehearsal", {})}) as bench:
        readers = made_readers(people)
        began = time.perf_counter()
        fan_out, ways = begin(bench, readers, "push")
        chosen = time.perf_counter() - began
        cpu, wall = once(lambda: write_plan(bench.kit, fan_out.id, readers, ways))
        load_cpu, load_wall = once(_load(bench, database, people))
    name = f"plan {people:,} on {database} (ways chosen in {chosen:.1f} s)"
    return Figure(name, cpu, wall, "bulk load, by wall", load_cpu, load_wall, wall / load_wall, "3 x")


def _load(bench: Bench, database: str, people: int) -> Callable[[], Any]:
    """Loads the rows once more, as the database does it best, into a table like the first with its keys and indexes."""
    if database == "sqlite":
        return _load_sqlite(bench)
    connection: Any = bench.engine.raw_connection()
    cursor = connection.cursor()
    with cursor.copy(f"COPY (SELECT {_COLUMNS} FROM delivery) TO STDOUT") as copy:  # noqa: S608 - names of ours
        blocks = list(copy)
    cursor.execute("CREATE TABLE again (LIKE delivery INCLUDING ALL)")
    connection.commit()

    def load() -> None:
        with cursor.copy(f"COPY again ({_COLUMNS}) FROM STDIN") as copy:
            for block in blocks:
                copy.write(bytes(block))
        connection.commit()
        cursor.execute("SELECT count(*) FROM again")
        if cursor.fetchone()[0] != people:
            raise ValueError("the bulk load did not write the same rows")
        connection.commit()

    return load


def _load_sqlite(bench: Bench) -> Callable[[], Any]:
    with bench.engine.begin() as connection:
        made = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'delivery'")).scalar_one()
        connection.execute(text(made.replace("TABLE delivery", "TABLE again", 1)))
        indexes = text(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'delivery' AND type = 'index' AND sql IS NOT NULL"
        )
        for sql in connection.execute(indexes).scalars().all():
            connection.execute(text(sql.replace(" ON delivery", "_again ON again", 1)))
        rows = [tuple(row) for row in connection.execute(text(f"SELECT {_COLUMNS} FROM delivery"))]  # noqa: S608

    def load() -> None:
        marks = ", ".join("?" * len(_COLUMNS.split(",")))
        with bench.engine.begin() as connection:
            cursor: Any = connection.connection.cursor()
            cursor.executemany(f"INSERT INTO again ({_COLUMNS}) VALUES ({marks})", rows)  # noqa: S608

    return load
