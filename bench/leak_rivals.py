"""The leak of bench.leak by DuckDB's SQL written by hand, and a mere scan."""

from pathlib import Path

import duckdb

from bench.leak import ACTIONS, ADDRESSES, AS_OF, LIST_TIMES, OUTCOMES, SESSIONS, WINDOW, Leak

_SCAN = """
SELECT MIN("at"), MIN(ip), MIN(sid), MIN(uid), MIN(action), MIN(code) FROM read_parquet('{log}/*.parquet')
WHERE "at" >= TIMESTAMP '{from_at}' AND "at" <= TIMESTAMP '{to_at}';
SELECT MIN(uid), MIN(mobile), MIN(mail), MIN(country), MIN(lang), MIN(born), MIN(state), MIN(has_idcard)
FROM read_parquet('{people}');
SELECT MIN(user_id), MIN(phone), MIN(email) FROM read_csv('{list}', all_varchar = true)
"""


def direct(leak: Leak, out: Path) -> None:
    """bench/leak.sql, whose head says what it leaves out."""
    (out / "answer").mkdir()
    _run((Path(__file__).parent / "leak.sql").read_text(), leak, out)


def scan(leak: Leak, out: Path) -> None:
    """Each column that is needed, of the same days, gone through once."""
    _run(_SCAN, leak, out)


def _run(text: str, leak: Leak, out: Path) -> None:
    names = {"list": leak.list_file, "log": leak.log, "people": leak.people_file, "out": out / "answer", "as_of": AS_OF}
    times = {"list_first": LIST_TIMES["first_at"], "list_last": LIST_TIMES["last_at"], **WINDOW}
    listed = {"addresses": ADDRESSES, "sessions": SESSIONS, "actions": ACTIONS, "outcomes": OUTCOMES}
    said = {name: ", ".join(f"'{one}'" for one in many) for name, many in listed.items()}
    spill = {"temp_directory": str(out / "spill"), "memory_limit": "2GiB", "threads": 2}
    with duckdb.connect(config=spill) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(text.format(**names, **{k: v.removesuffix("Z") for k, v in times.items()}, **said))
