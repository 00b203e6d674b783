"""Lines of a log, the same each time, in any shape, and which of them a plain reading keeps."""

import csv
import gzip
import io
import ipaddress
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from affected import evidence_from
from affected.evidence.sandbox import clean_here

NAMES = ["at", "ip", "sid", "uid", "code"]
START = datetime(2026, 3, 1, tzinfo=UTC)
WHERE = {
    "addresses": ["203.0.113.0/24", "2001:db8::/32", "198.51.100.7"],
    "sessions": ["s3"],
    "outcomes": ["200"],
    "from_at": "2026-03-02T00:00:00Z",
    "to_at": "2026-03-06T00:00:00Z",
}
ADDRESSES = [
    *("203.0.113.9", " 203.0.113.80 ", "203.0.112.255", "::ffff:203.0.113.9", "::FFFF:cb00:7109", "[2001:db8::1]:443"),
    *(
        "2001:DB8::5",
        "2001:db9::5",
        "198.51.100.7",
        "198.51.100.70",
        "198.51.100.7:51000",
        "proxy.example",
        "",
        "10.0.0.1",
    ),
]


def lines(n: int = 400) -> list[list[str]]:
    dice = random.Random(11)
    times = [(START + timedelta(minutes=n * 25 + dice.randrange(20))).isoformat() for n in range(n)]
    times[7], times[30] = "yesterday", ""
    ids = ["", "u1", "0042", "u 7", *(f"u{number}" for number in range(20))]
    return [
        [at, dice.choice(ADDRESSES), f"s{dice.randrange(6)}", dice.choice(ids), dice.choice(["200", "403"])]
        for at in times
    ]


def plainly_kept(rows: list[list[str]]) -> dict[int, tuple[str | None, str | None, str]]:
    """Row by row: the index of each kept line with its time, reason and record."""
    networks = [ipaddress.ip_network(one) for one in WHERE["addresses"]]
    first, last = (datetime.fromisoformat(str(WHERE[name])) for name in ("from_at", "to_at"))
    kept: dict[int, tuple[str | None, str | None, str]] = {}
    for index, (at, address, session, record, code) in enumerate(rows):
        try:
            bare = address.strip().strip("[").split("]")[0]
            bare = bare.split(":")[0] if bare.count(":") == 1 else bare
            known: Any = ipaddress.ip_address(bare)
            inside = any((getattr(known, "ipv4_mapped", None) or known) in network for network in networks)
        except ValueError:
            inside = False
        try:
            moment: datetime | None = datetime.fromisoformat(at)
        except ValueError:
            moment = None
        if (inside or session == "s3") and code == "200" and (moment is None or first <= moment <= last):
            reason = "bad_time" if moment is None else None if record.strip() else "no_record_id"
            kept[index] = (moment.replace(tzinfo=None).isoformat() if moment else None, reason, record.strip())
    return kept


def as_csv(rows, *, header=True, quoting=csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting, lineterminator="\n")
    writer.writerows([NAMES, *rows] if header else rows)
    return out.getvalue().encode()


def as_json(rows) -> bytes:
    return "".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in rows).encode()


def as_parquet(rows, *, moments: pa.DataType | None = None) -> bytes:
    columns: dict[str, Any] = {name: pa.array([row[n] for row in rows]) for n, name in enumerate(NAMES)}
    if moments is not None:
        times = [datetime.fromisoformat(row[0]) if row[0][:2] == "20" else None for row in rows]
        columns["at"] = pa.array([t and (t if moments.tz else t.replace(tzinfo=None)) for t in times], moments)
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, row_group_size=50)
    return out.getvalue()


def as_sheet(rows) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in [NAMES, *rows]:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def zstandard(content: bytes) -> bytes:
    return bytes(pa.compress(content, codec="zstd", asbytes=True))


# What the file holds, and the number that its first line has.
SHAPES = {
    "plain.csv": (as_csv, 2),
    "quoted.csv": (lambda rows: as_csv(rows, quoting=csv.QUOTE_ALL), 2),
    "log.jsonl": (as_json, 1),
    "log.json": (lambda rows: b"[" + as_json(rows).replace(b"\n", b",\n")[:-2] + b"]", 1),
    "log.csv.gz": (lambda rows: gzip.compress(as_csv(rows)), 2),
    "log.jsonl.zst": (lambda rows: zstandard(as_json(rows)), 1),
    "text.parquet": (as_parquet, 1),
    "moments.parquet": (lambda rows: as_parquet(rows, moments=pa.timestamp("us")), 1),
    "zoned.parquet": (lambda rows: as_parquet(rows, moments=pa.timestamp("ms", tz="Asia/Shanghai")), 1),
    "log.xlsx": (as_sheet, 2),
}


def read(path: Path, folder: Path, **reading: Any) -> tuple[dict[int, Any], dict[str, Any]]:
    said = {
        "exposed": [],
        "columns": {"time": "at", "address": "ip", "session": "sid", "record": "uid", "outcome": "code"},
    }
    work = folder / f"work-{len(list(folder.glob('work-*')))}"
    work.mkdir()
    item = evidence_from("evd", "access_log", path, said | {"where": WHERE} | reading)
    cleaned = clean_here(item, work, region=None)
    keys = {key["row_no"]: key["key"] for key in pq.read_table(work / "keys.parquet").to_pylist() if key["rank"] == 0}
    rows = pq.read_table(work / "rows.parquet").to_pylist()
    found = {
        row["row_no"]: (row["seen_at"] and row["seen_at"].isoformat(), row["reason"], keys.get(row["row_no"], ""))
        for row in rows
    }
    return found, cleaned.report
