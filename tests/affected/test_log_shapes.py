"""One log in every shape, whole or rotated, keeps the same lines, which are those that a plain reading finds."""

import csv
import gzip
import io
import ipaddress
import json
import random
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from affected import evidence_from
from affected.evidence.log_filter import Selection
from affected.evidence.sandbox import clean_here
from packs import BadInput

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


@pytest.mark.parametrize("name", SHAPES)
def test_a_log_in_any_shape_keeps_the_lines_that_a_plain_reading_keeps(tmp_path, name):
    make, first = SHAPES[name]
    rows = lines()
    (tmp_path / name).write_bytes(make(rows))
    found, report = read(tmp_path / name, tmp_path)
    expected = {index + first: kept for index, kept in plainly_kept(rows).items()}
    assert len(expected) > 50
    assert found == expected
    assert (report["lines"], report["kept"]) == (len(rows), len(expected))
    assert sum(report["coverage"]["days"].values()) == len(rows) - 2  # two lines have no time


@pytest.mark.parametrize("packed", [False, True])
def test_a_rotated_log_is_numbered_through_in_the_order_of_its_names(tmp_path, packed):
    rows = lines()
    parts = {"b/day-2.csv": as_csv(rows[150:300]), "a/day-1.parquet": as_parquet(rows[:150])}
    parts |= {"b/day-3.jsonl.gz": gzip.compress(as_json(rows[300:])), "b/day-2b.csv": b""}
    folder = tmp_path / ("logs.zip" if packed else "logs")
    _put_into(folder, parts if packed else parts | {".DS_Store": b"x"})
    found, report = read(folder, tmp_path)
    assert report["files"] == [
        {"name": "a/day-1.parquet", "first_row": 1, "lines": 150},
        {"name": "b/day-2.csv", "first_row": 151, "lines": 150},
        {"name": "b/day-2b.csv", "first_row": 302, "lines": 0},
        {"name": "b/day-3.jsonl.gz", "first_row": 302, "lines": 100},
    ]
    # The heading of the second file has a line of its own.
    expected = {index + 1 + (index >= 150): kept for index, kept in plainly_kept(rows).items()}
    assert found == expected
    assert report["lines"] == len(rows)
    assert report["left_out"] == ([] if packed else [".DS_Store"])


@pytest.mark.parametrize("packed", [False, True])
def test_parquet_files_of_a_log_read_together_keep_the_lines_of_each_at_its_place(tmp_path, packed):
    rows = lines()
    apart = [NAMES.index("uid"), *(n for n, name in enumerate(NAMES) if name != "uid")]
    turned = pq.read_table(io.BytesIO(as_parquet(rows[250:300]))).select([NAMES[n] for n in apart])
    other = io.BytesIO()
    pq.write_table(turned, other)
    parts = [as_parquet(rows[:100]), as_parquet(rows[100:250]), other.getvalue(), as_parquet(rows[300:])]
    folder = tmp_path / ("logs.zip" if packed else "logs")
    _put_into(folder, {f"day-{n}.parquet": content for n, content in enumerate(parts)})
    found, report = read(folder, tmp_path)
    assert found == {index + 1: kept for index, kept in plainly_kept(rows).items()}
    assert [(one["first_row"], one["lines"]) for one in report["files"]] == [
        (1, 100),
        (101, 150),
        (251, 50),
        (301, 100),
    ]


def test_a_parquet_column_called_as_the_engine_counts_files_moves_no_line(tmp_path):
    rows = lines()
    table = pq.read_table(io.BytesIO(as_parquet(rows)))
    own = table.append_column("File_Index", pa.repeat(7, len(rows)))
    (tmp_path / "logs").mkdir()
    for n, start in enumerate((0, 200)):
        pq.write_table(own.slice(start, 200), tmp_path / "logs" / f"day-{n}.parquet")
    found, _ = read(tmp_path / "logs", tmp_path)
    assert found == {index + 1: kept for index, kept in plainly_kept(rows).items()}


def test_of_parquet_files_read_together_the_damaged_one_is_named(tmp_path):
    damaged = bytearray(as_parquet(lines()))
    damaged[200:2000] = b"\xff" * 1800
    whole = as_parquet(lines())
    _put_into(tmp_path / "logs", {"a.parquet": whole, "b.parquet": bytes(damaged), "c.parquet": whole})
    with pytest.raises(BadInput, match=r"^b\.parquet: this Parquet file is damaged"):
        read(tmp_path / "logs", tmp_path)


def test_lines_of_files_whose_reading_together_broke_off_count_once(tmp_path, monkeypatch):
    take = Selection.take

    def broken(self, connection, lines):
        take(self, connection, lines)
        if lines.relation.count(".parquet") > 1:
            raise duckdb.OutOfMemoryException("none is left")

    monkeypatch.setattr(Selection, "take", broken)
    rows = lines()
    _put_into(tmp_path / "logs", {"a.parquet": as_parquet(rows[:200]), "b.parquet": as_parquet(rows[200:])})
    found, report = read(tmp_path / "logs", tmp_path)
    assert found == {index + 1: kept for index, kept in plainly_kept(rows).items()}
    assert report["kept"] == len(found)


def _put_into(folder: Path, files: dict[str, bytes]) -> None:
    if folder.suffix == ".zip":
        with zipfile.ZipFile(folder, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def test_a_link_in_a_folder_of_logs_is_refused(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "secret.csv").write_bytes(as_csv(lines()))
    (tmp_path / "logs" / "day.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(BadInput, match=r"day\.csv: this is no plain file, and links are not followed"):
        read(tmp_path / "logs", tmp_path)


def test_a_column_that_is_no_text_is_named_and_one_within_another_is_read(tmp_path):
    who = pa.array([{"ip": "203.0.113.9", "tags": ["a"]}] * 2)
    table = {
        "at": pa.array([START] * 2),
        "who": who,
        "uid": ["u1", "u2"],
        "raw": pa.array([b"\xff", b"u2"]),
        "n": [5.0, 6.5],
    }
    pq.write_table(pa.table(table), tmp_path / "log.parquet")
    where = {"addresses": ["203.0.113.9"]}
    columns = {"time": "at", "address": "who.ip", "record": "uid"}
    found, _ = read(tmp_path / "log.parquet", tmp_path, columns=columns, where=where)
    assert [record for *_, record in found.values()] == ["u1", "u2"]
    found, _ = read(tmp_path / "log.parquet", tmp_path, columns=columns | {"record": "n"}, where=where)
    assert [record for *_, record in found.values()] == ["5", "6.5"]
    with pytest.raises(BadInput, match=r"log\.parquet: column 'who\.tags' holds varchar\[\], which is no text"):
        read(tmp_path / "log.parquet", tmp_path, columns=columns | {"record": "who.tags"}, where=where)
    with pytest.raises(BadInput, match=r"columns\.record: there is no column 'who\.id'"):
        read(tmp_path / "log.parquet", tmp_path, columns=columns | {"record": "who.id"}, where=where)


def test_a_parquet_log_that_is_damaged_inside_is_one_sentence(tmp_path):
    content = bytearray(as_parquet(lines()))
    content[200:2000] = b"\xff" * 1800
    (tmp_path / "log.parquet").write_bytes(content)
    with pytest.raises(BadInput, match=r"log\.parquet: this Parquet file is damaged"):
        read(tmp_path / "log.parquet", tmp_path)


def test_lines_that_are_no_json_objects_are_kept_as_such(tmp_path):
    text = '{"at": "2026-03-03T00:00:00Z", "ip": "203.0.113.9", "uid": "u\\ud800", "code": 200, "sid": ""}\n'
    text += '[1]\nnull\n\n{"at\n'
    (tmp_path / "log.jsonl").write_text(text, encoding="utf-8")
    found, _ = read(tmp_path / "log.jsonl", tmp_path)
    assert [reason for _, reason, _ in found.values()] == [None, "not_json", "not_json", "empty", "not_json"]
    assert found[1][2] == "u?"


def test_a_damaged_json_document_keeps_the_records_before_the_damage(tmp_path):
    whole = b"[" + as_json(lines()).replace(b"\n", b",\n")
    (tmp_path / "log.json").write_bytes(whole[: len(whole) // 2])
    found, report = read(tmp_path / "log.json", tmp_path)
    assert list(found.values())[-1][1] == "not_json"
    assert 150 < report["lines"] < 250
