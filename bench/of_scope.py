"""Who is affected by a dirty list: found here, by the same work written in DuckDB SQL, and by a pandas script."""

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import phonenumbers

from affected import Sandbox, evidence_from, open_directory, read_mapping, resolve
from affected.engines.embedded import quick_key_of
from affected.engines.engine import Limits
from affected.evidence import Evidence
from affected.evidence.sandbox import clean_here
from affected.statements import rendered
from bench.timing import Figure, against, with_children

_MAPPING = """
directory: acme
person_id: {column: uid}
contact: {phone: {column: mobile, region: CN}, email: {column: mail}}
residence: {country: {column: country}}
birth_date: {column: born}
categories: {phone: always, identity_document: {column: has_idcard}}
"""
# A tenth of the numbers and addresses are written in another way, as they are in real directories.
_PEOPLE = """
SELECT 'u' || i AS uid,
  CASE WHEN i % 20 < 17 THEN '+8613' || (100000000 + i) WHEN i % 20 < 18 THEN '13' || (100000000 + i)
       WHEN i % 20 < 19 THEN '+86 13' || (100000000 + i) END AS mobile,
  CASE WHEN i % 3 < 2 THEN CASE WHEN i % 19 = 0 THEN 'User.' ELSE 'user.' END || i || '@example.org' END AS mail,
  CASE WHEN i % 5 = 0 THEN 'TH' WHEN i % 11 > 0 THEN 'CN' END AS country,
  DATE '1950-01-01' + CAST(i % 22000 AS INTEGER) AS born, i % 2 = 0 AS has_idcard
FROM range({people}) AS t(i)
"""
_ROWS = """
SELECT CASE WHEN i % 10 < 4 THEN '' ELSE 'u' || j END AS user_id,
  CASE WHEN i % 10 < 2 THEN '+86 13' || (100000000 + j) WHEN i % 10 < 4 THEN '008613' || (100000000 + j)
       ELSE '' END AS phone,
  CASE WHEN i % 10 IN (2, 3, 7) THEN 'USER.' || j || '@example.org ' ELSE '' END AS email
FROM (SELECT i, (i * 7919) % {reach} AS j FROM range({rows}) AS t(i)) AS s
"""
_DIRECT = r"""
CREATE TEMP TABLE list AS SELECT row_number() OVER () AS n, TRIM(user_id) AS user_id, LOWER(TRIM(email)) AS email,
  regexp_replace(regexp_replace(COALESCE(phone, ''), '[^0-9+]', '', 'g'), '^00', '+') AS phone
FROM read_csv('{list}', all_varchar = true);
CREATE TEMP TABLE directory AS SELECT *, LOWER(TRIM(mail)) AS email,
  CASE WHEN mobile LIKE '+%' THEN regexp_replace(mobile, '[^0-9+]', '', 'g') ELSE '+86' || mobile END AS phone
FROM read_parquet('{people}');
CREATE TEMP TABLE found AS
SELECT l.n, d.uid, 'id' AS rule FROM list l JOIN directory d ON d.uid = l.user_id
UNION ALL SELECT l.n, d.uid, 'email' FROM list l JOIN directory d ON d.email = l.email
UNION ALL SELECT l.n, d.uid, 'phone' FROM list l JOIN directory d ON d.phone = l.phone;
COPY (SELECT uid, country, born, has_idcard, rules FROM directory
  JOIN (SELECT uid, list(DISTINCT rule) AS rules FROM found GROUP BY uid) USING (uid) ORDER BY uid) TO '{out}';
COPY (SELECT l.n, COUNT(DISTINCT f.uid) AS people FROM list l LEFT JOIN found f ON f.n = l.n GROUP BY l.n)
  TO '{out}.rows';
"""


def run(*, full: bool) -> list[Figure]:
    """100,000 people x 10,000 rows, or 10,000,000 x 1,000,000; ours keeps why, every row's fate and the strangers."""
    people, rows = (10_000_000, 1_000_000) if full else (100_000, 10_000)
    rounds = 1 if full else 3
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        sizes = {"people": people, "rows": rows, "reach": people + people // 10}
        duckdb.sql(f"COPY ({_PEOPLE.format(**sizes)}) TO '{folder / 'people.parquet'}' (COMPRESSION zstd)")
        duckdb.sql(f"COPY ({_ROWS.format(**sizes)}) TO '{folder / 'list.csv'}' (HEADER)")
        (folder / "people.yaml").write_text(_MAPPING)
        direct, pandas = _direct(folder), _pandas(folder)
        ours = _ours(folder, Sandbox())
        if not ours() == direct() == pandas():
            raise ValueError("the three do not find the same people, so their times compare nothing")
        name = f"scope, {people:,} people x {rows:,} rows"
        figures = [with_children(against(name, ours, "direct SQL", direct, rounds=rounds, bar="1.5 x"))]
        figures.append(against(f"{name}, no child", _ours(folder, clean_here), "direct SQL", direct, rounds=rounds))
        figures.append(against(name, ours, "pandas script", pandas, rounds=rounds, bar="1/6 x"))
        little = _ours(folder, Sandbox(), memory="512MiB")
        figures.append(against(f"{name}, 512 MiB", little, "with 2 GiB", ours, rounds=rounds, bar="1.2 x"))
        return [*figures, _telephones(folder)]


def _ours(folder: Path, cleaner: Any, *, memory: str = "2GiB") -> Callable[[], set[str]]:
    directory = open_directory(folder / "people.parquet", read_mapping(folder / "people.yaml"))
    item: Evidence = evidence_from("evd_1", "identifier_list", folder / "list.csv", {"exposed": ["phone"]})

    def find() -> set[str]:
        with tempfile.TemporaryDirectory() as work:
            terms = {"as_of": date(2026, 3, 6), "work_dir": Path(work), "limits": Limits(memory=memory)}
            return set(resolve(directory, [item], cleaner=cleaner, **terms).people["person_id"].to_pylist())

    return find


def _direct(folder: Path) -> Callable[[], set[str]]:
    def find() -> set[str]:
        paths = {"people": folder / "people.parquet", "list": folder / "list.csv", "out": folder / "direct.parquet"}
        with duckdb.connect(config={"threads": 2}) as connection:
            connection.execute(_DIRECT.format(**paths))
            found = connection.sql("SELECT uid FROM read_parquet($out)", params={"out": str(paths["out"])}).fetchall()
        return {uid for (uid,) in found}

    return find


def _telephones(folder: Path) -> Figure:
    """The directory's numbers to keys as the embedded engine takes them, and each by libphonenumber."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("CREATE TABLE t AS SELECT mobile AS raw FROM read_parquet($people) LIMIT 100000",
                       {"people": str(folder / "people.parquet")})  # fmt: skip
    spellings = [raw for (raw,) in connection.sql("SELECT raw FROM t WHERE NOT raw IS NULL").fetchall()]
    question = rendered(f"SELECT COUNT({quick_key_of('phone', 'CN')}) AS n FROM t", "duckdb")  # noqa: S608

    def by_sql() -> int:
        found = connection.execute(question).fetchone()
        return int(found[0]) if found else 0

    def by_row() -> int:
        read = [phonenumbers.parse(raw, "CN") for raw in spellings]
        return len([phonenumbers.format_number(one, phonenumbers.PhoneNumberFormat.E164) for one in read])

    if by_sql() != by_row():
        raise ValueError("the two do not read the same numbers, so their times compare nothing")
    name = f"telephones of a directory, {len(spellings):,}"
    return against(name, by_sql, "phonenumbers a row", by_row, bar="1/50 x")


def _pandas(folder: Path) -> Callable[[], set[str]]:
    """As people write it: each number and address put right by a function a row, and three merges."""

    def number(text: Any) -> str | None:
        digits = "".join(c for c in text if c.isdigit() or c == "+") if isinstance(text, str) else ""
        if not digits:
            return None
        digits = "+" + digits[2:] if digits.startswith("00") else digits
        return digits if digits.startswith("+") else "+86" + digits

    def address(text: Any) -> str | None:
        return text.strip().lower() or None if isinstance(text, str) else None

    def find() -> set[str]:
        people = pd.read_parquet(folder / "people.parquet")
        rows = pd.read_csv(folder / "list.csv", dtype=str)
        people["phone"], people["email"] = people["mobile"].apply(number), people["mail"].apply(address)
        rows["phone"], rows["email"] = rows["phone"].apply(number), rows["email"].apply(address)
        found = [
            rows.dropna(subset=[key])[[key]].merge(people[["uid", own]].dropna(), left_on=key, right_on=own)["uid"]
            for key, own in (("phone", "phone"), ("email", "email"))
        ]
        found.append(rows.dropna(subset=["user_id"]).merge(people[["uid"]], left_on="user_id", right_on="uid")["uid"])
        hit = pd.concat(found).drop_duplicates()
        people[people["uid"].isin(hit)].to_parquet(folder / "pandas.parquet")
        return set(hit)

    return find
