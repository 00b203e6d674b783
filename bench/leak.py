"""A made-up leak of any size, the same for the same size: a directory, an access log a day a file, and a dirty list."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from affected import Directory, Evidence, evidence_from, open_directory, read_mapping

_SEED = 20261122
DAYS = 90
AS_OF = date(2026, 3, 20)
WINDOW = {"from_at": "2026-01-16T00:00:00Z", "to_at": "2026-03-16T23:59:59Z"}  # 60 of the 90 days
LIST_TIMES = {"first_at": "2026-02-01T00:00:00Z", "last_at": "2026-02-03T00:00:00Z"}
ADDRESSES = [f"203.0.113.{n}" for n in range(1, 26)]
SESSIONS = [f"s{n:x}" for n in range(500)]
ACTIONS, OUTCOMES = ["read", "list", "export"], ["200"]
_MAPPING = """
directory: acme
person_id: {column: uid}
contact: {phone: {column: mobile, region: CN}, email: {column: mail}}
residence: {country: {column: country}}
language: {column: lang, default: zh-Hans}
birth_date: {column: born}
account_state: {column: state, values: {active: [active], deleted: [closed]}}
categories: {phone: always, email: {column: mail}, identity_document: {column: has_idcard}}
"""
# A tenth of the numbers and a twentieth of the mail addresses are written in another way; some are two people's.
_PEOPLE = """
SELECT CAST(1000 + i * 13 AS VARCHAR) AS uid,
  CASE WHEN i % 20 < 17 THEN '+8613' || n WHEN i % 20 < 18 THEN '13' || n
    WHEN i % 20 < 19 THEN '+86 13' || n END AS mobile,
  CASE WHEN i % 3 < 2 THEN CASE WHEN i % 19 = 0 THEN 'User.' ELSE 'user.' END || m || '@example.org' END AS mail,
  CASE WHEN i % 5 = 0 THEN 'TH' WHEN i % 11 > 0 THEN 'CN' END AS country,
  CASE WHEN i % 7 = 0 THEN 'th' WHEN i % 7 < 6 THEN 'zh-Hans' END AS lang,
  DATE '1950-01-01' + CAST(i % 27000 AS INTEGER) AS born, CASE WHEN i % 23 = 0 THEN 'closed' ELSE 'active' END AS state,
  i % 2 = 0 AS has_idcard
FROM (SELECT i, 100000000 + i - CAST(i % 50 = 1 AS INTEGER) AS n, i - 2 * CAST(i % 60 = 3 AS INTEGER) AS m
  FROM range({people}) AS t(i)) AS s
"""
# Ids as a spreadsheet leaves them, numbers in six spellings, addresses in capitals and with blanks; 6 in 100 rows are
# of nobody, 1 in 100 is no identifier at all, and one in ten says again what an earlier row said.
_ROWS = """
SELECT CASE WHEN which < 40 THEN CASE WHEN form < 7 THEN id WHEN form = 7 THEN ' ' || id || ' '
    WHEN form = 8 THEN id || '.0' ELSE '000' || id END ELSE '' END AS user_id,
  CASE WHEN which BETWEEN 30 AND 79 THEN CASE WHEN form < 3 THEN '+8613' || n WHEN form < 5 THEN '008613' || n
    WHEN form < 6 THEN '8613' || n WHEN form < 8 THEN '+86 13' || SUBSTRING(n, 1, 1) || '-' || SUBSTRING(n, 2, 4) || '-'
    || SUBSTRING(n, 6) WHEN form < 9 THEN '13' || n ELSE '(+86) 13' || n END
    WHEN which = 99 THEN 'n/a' ELSE '' END AS phone,
  CASE WHEN which BETWEEN 70 AND 98 THEN CASE WHEN form < 5 THEN mail WHEN form < 7 THEN UPPER(mail)
    WHEN form < 9 THEN mail || ' ' ELSE 'User' || SUBSTRING(mail, 5) END ELSE '' END AS email
FROM (SELECT which, form, CAST(1000 + j * 13 AS VARCHAR) AS id, CAST(100000000 + j AS VARCHAR) AS n,
  'user.' || j || '@example.org' AS mail FROM drawn) AS s
"""


@dataclass(frozen=True)
class Leak:
    """A leak in a folder: how many people, lines of the log in all, and rows of the list."""

    folder: Path
    people: int
    lines: int
    rows: int

    @property
    def people_file(self) -> Path:
        return self.folder / "people.parquet"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def list_file(self) -> Path:
        return self.folder / "list.csv"

    def directory(self) -> Directory:
        """The people, with their mapping."""
        return open_directory(self.people_file, read_mapping(self.people_file.with_suffix(".yaml")))

    def evidence(self) -> list[Evidence]:
        """The log, of strangers' addresses and stolen sessions, and the list."""
        where = {"addresses": ADDRESSES, "sessions": SESSIONS, "actions": ACTIONS, "outcomes": OUTCOMES, **WINDOW}
        columns = {"time": "at", "address": "ip", "session": "sid", "record": "uid", "action": "action"}
        log = {"exposed": ["phone", "order"], "columns": columns | {"outcome": "code"}, "where": where}
        listed = {"exposed": ["phone", "email", "identity_document"], **LIST_TIMES}
        return [
            evidence_from("log", "access_log", self.log, log),
            evidence_from("list", "identifier_list", self.list_file, listed),
        ]


def make(leak: Leak) -> None:
    """Make what is not yet there; a file that was broken off is made anew."""
    leak.log.mkdir(parents=True, exist_ok=True)
    said = json.dumps([_SEED, leak.people, leak.lines, leak.rows])
    stamp = leak.folder / "size.json"
    if stamp.exists() and stamp.read_text() != said:
        raise ValueError(f"{leak.folder}: another leak lies in this folder")
    stamp.write_text(said)
    leak.people_file.with_suffix(".yaml").write_text(_MAPPING)
    _once(leak.people_file, lambda to: _write_people(leak, to))
    for day in range(DAYS):
        _once(leak.log / f"day-{day:03d}.parquet", lambda to, day=day: pq.write_table(_day(leak, day), to, **_GROUPS))
    _once(leak.list_file, lambda to: _write_list(leak, to))


_GROUPS: dict[str, Any] = {"row_group_size": 122_880, "compression": "zstd"}


def _once(path: Path, write: Any) -> None:
    if path.exists():
        return
    unfinished = path.with_name(f"{path.name}.part")
    write(unfinished)
    unfinished.rename(path)


def _write_people(leak: Leak, to: Path) -> None:
    with duckdb.connect() as connection:  # of its own: the module's may be in the middle of something else
        connection.sql(f"COPY ({_PEOPLE.format(people=leak.people)}) TO '{to}' (FORMAT parquet, COMPRESSION zstd)")


def _day(leak: Leak, day: int) -> pa.Table:
    """A day's lines in the order of their times: 50,000 addresses, 200,000 sessions, three in a hundred ids unknown."""
    dice, lines = np.random.default_rng([_SEED, day]), leak.lines // DAYS + (day < leak.lines % DAYS)
    start = np.datetime64(datetime(2026, 1, 1), "us") + np.timedelta64(day, "D")  # noqa: DTZ001 - as logs write it
    whose = dice.integers(0, 50_000, lines)
    hostile = dice.random(lines) < 0.012
    whose[hostile] = 50_000 + dice.integers(0, len(ADDRESSES), int(hostile.sum()))
    ids = 1000 + 13 * dice.integers(0, leak.people, lines) + (dice.random(lines) < 0.03)
    columns = {
        "at": pa.array(start + np.sort(dice.integers(0, 86_400 * 10**6, lines)).astype("timedelta64[us]")),
        "ip": _addresses().take(pa.array(whose)),
        "sid": _sessions().take(pa.array(dice.integers(0, 200_000, lines))),
        "uid": pa.array(ids).cast(pa.string()),
    }
    columns |= {name: _among(dice, lines, said) for name, said in _FEW.items()}
    return pa.table(columns)


_FEW = {
    "action": ["read", "list", "update", "export", "login"],
    "code": ["200", "200", "200", "403"],
    "path": [f"/x/{n}" for n in range(1000)],
}


@lru_cache(maxsize=1)
def _addresses() -> pa.Array:
    octets = np.random.default_rng(_SEED).integers(1, 255, (50_000, 3))
    return pa.array([*(f"10.{a}.{b}.{c}" for a, b, c in octets), *ADDRESSES])


@lru_cache(maxsize=1)
def _sessions() -> pa.Array:
    return pa.array([f"s{n:x}" for n in range(200_000)])


def _among(dice: Any, lines: int, said: list[str]) -> pa.Array:
    return pa.array(said).take(pa.array(dice.integers(0, len(said), lines)))


def _write_list(leak: Leak, to: Path) -> None:
    dice = np.random.default_rng([_SEED, 1_000])
    whose = np.where(dice.random(leak.rows) < 0.06, leak.people, 0) + dice.integers(0, leak.people, leak.rows)
    which, form = dice.integers(0, 100, leak.rows), dice.integers(0, 10, leak.rows)
    again = np.flatnonzero(dice.random(leak.rows) < 0.1)
    earlier = (dice.random(len(again)) * again).astype(np.int64)
    whose[again], which[again] = whose[earlier], which[earlier]
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("drawn", pa.table({"j": whose, "which": which, "form": form}))
        connection.execute(f"COPY ({_ROWS}) TO '{to}' (FORMAT csv, HEADER)")
