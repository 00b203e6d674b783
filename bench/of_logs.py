"""A rotated access log filtered here, by the same filter in DuckDB SQL, and merely scanned: how much the care costs."""

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from affected.evidence import Evidence, evidence_from
from affected.evidence.sandbox import Sandbox, clean_here
from bench.timing import Figure, against, alone, with_children

STRANGER = "203.0.113.9"
_KEPT = 0.013
_PEOPLE = 10_000_000


def run(*, full: bool) -> list[Figure]:
    """2,000,000 lines in two files, or 100,000,000 in ninety; one address's lines, 1.3 % of them, are kept."""
    files, lines = (90, 1_111_112) if full else (2, 1_000_000)
    rounds = 3 if full else 5
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        log.mkdir()
        for day in range(files):
            pq.write_table(a_day(day, lines), log / f"day-{day:03d}.parquet", row_group_size=122_880)
        item, where = _item(log), f"{files * lines:,} lines in Parquet"
        sql, scan = _direct(log), _scan(log)
        child = against(
            f"log, {where}, child", _read(item, Sandbox()), "direct SQL", sql, rounds=rounds, bar="1.3 x, 512 MiB"
        )
        figures = [with_children(child)]
        figures += [against(f"log, {where}, no child", _read(item, clean_here), "direct SQL", sql, rounds=rounds)]
        figures += [against(f"log, {where}, no child", _read(item, clean_here), "raw scan", scan, rounds=rounds)]
        (Path(folder) / "few.csv").write_text("at,ip,uid\n2026-01-01T00:00:00Z,203.0.113.9,1\n")
        few = _item(Path(folder) / "few.csv")
        return [*figures, alone("log, 1 line: what a child costs", _read(few, Sandbox()), rounds=rounds)]


def a_day(day: int, lines: int) -> pa.Table:
    """One day's lines in the order of their times: 50,000 addresses, ten million people, seven columns."""
    dice = np.random.default_rng(day)
    start = np.datetime64(datetime(2026, 1, 1), "us") + np.timedelta64(day, "D")  # noqa: DTZ001 - as logs write it
    octets = np.random.default_rng(1).integers(1, 255, (50_000, 3))
    addresses = pa.array([*(f"10.{a}.{b}.{c}" for a, b, c in octets), STRANGER])
    whose = dice.integers(0, 50_000, lines)
    whose[dice.random(lines) < _KEPT] = 50_000
    return pa.table(
        {
            "at": pa.array(start + np.sort(dice.integers(0, 86_400 * 10**6, lines)).astype("timedelta64[us]")),
            "ip": addresses.take(pa.array(whose)),
            "sid": pa.array([f"s{n:x}" for n in range(200_000)]).take(pa.array(dice.integers(0, 200_000, lines))),
            "uid": pa.array(dice.integers(0, _PEOPLE, lines)).cast(pa.string()),
            "action": pa.array(["read", "list", "update"]).take(pa.array(dice.integers(0, 3, lines))),
            "code": pa.array(["200", "403"]).take(pa.array(dice.integers(0, 2, lines))),
            "path": pa.array([f"/x/{n}" for n in range(1000)]).take(pa.array(dice.integers(0, 1000, lines))),
        }
    )


def _item(path: Path) -> Evidence:
    window = {"from_at": "2026-01-01T00:00:00Z", "to_at": "2026-12-31T00:00:00Z"}
    reading = {"exposed": ["phone"], "columns": {"time": "at", "address": "ip", "record": "uid"}}
    return evidence_from("log", "access_log", path, reading | {"where": {"addresses": [STRANGER], **window}})


def _read(item: Evidence, cleaner: Callable[..., Any]) -> Callable[[], None]:
    def read() -> None:
        with tempfile.TemporaryDirectory() as work:
            cleaner(item, Path(work), region=None)

    return read


def _direct(log: Path) -> Callable[[], None]:
    """The filter as somebody would write it by hand: no line numbers, no days, no spelling of an address but one."""

    def direct() -> None:
        with tempfile.TemporaryDirectory() as work, duckdb.connect(config={"threads": 2}) as connection:
            connection.execute(
                f"""COPY (SELECT "at", uid FROM read_parquet('{log}/*.parquet') WHERE ip = '{STRANGER}'
                AND "at" >= TIMESTAMP '2026-01-01' AND "at" <= TIMESTAMP '2026-12-31') TO '{work}/rows.parquet'"""  # noqa: S608 - a folder of our own
            )

    return direct


def _scan(log: Path) -> Callable[[], None]:
    def scan() -> None:
        with duckdb.connect(config={"threads": 2}) as connection:
            source = f"read_parquet('{log}/*.parquet')"
            connection.execute(f'SELECT MIN("at"), MIN(ip), MIN(uid) FROM {source}').fetchall()  # noqa: S608

    return scan
