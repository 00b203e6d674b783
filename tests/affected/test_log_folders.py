"""The files of one log, in a folder or an archive: numbered through, each by itself or several by one statement."""

import gzip
import io
import zipfile
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from affected.evidence import access_log
from affected.evidence.log_filter import Selection
from packs import BadInput
from tests.affected.log_lines import NAMES, START, as_csv, as_json, as_parquet, lines, plainly_kept, read


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


def test_folders_that_are_columns_of_a_log_keep_the_numbers_of_its_lines(tmp_path):
    rows = lines()
    table = pq.read_table(io.BytesIO(as_parquet(rows))).drop_columns("code")
    codes = ["100"] * 100 + ["200"] * 200 + ["403"] * 100
    for code in sorted(set(codes)):
        folder = tmp_path / "logs" / f"code={code}"
        folder.mkdir(parents=True)
        pq.write_table(table.filter(pa.array([one == code for one in codes])), folder / "f.parquet")
    named = [[*row[:-1], code] for row, code in zip(rows, codes, strict=True)]
    found, _ = read(tmp_path / "logs", tmp_path)
    assert found == {index + 1: kept for index, kept in plainly_kept(named).items()}
    assert min(found) > 100


def test_a_log_may_have_a_column_called_day(tmp_path):
    rows = lines()
    table = pq.read_table(io.BytesIO(as_parquet(rows)))
    pq.write_table(table.append_column("day", pa.repeat("x", len(rows))), tmp_path / "log.parquet")
    found, report = read(tmp_path / "log.parquet", tmp_path)
    assert found == {index + 1: kept for index, kept in plainly_kept(rows).items()}
    assert sum(report["coverage"]["days"].values()) == len(rows) - 2


def test_a_name_that_is_a_pattern_means_its_own_file_only(tmp_path):
    rows = lines()
    parts = {"a1.parquet": rows[:100], "a?.parquet": rows[100:200], "a[1].parquet": rows[200:]}
    _put_into(tmp_path / "logs", {name: as_parquet(part) for name, part in parts.items()})
    found, report = read(tmp_path / "logs", tmp_path)
    order = rows[:100] + rows[100:200] + rows[200:]
    assert [one["name"] for one in report["files"]] == list(parts)
    assert found == {index + 1: kept for index, kept in plainly_kept(order).items()}


def test_ids_of_another_type_are_read_as_they_stand_in_their_own_file(tmp_path):
    who = ["203.0.113.9"] * 2
    at = pa.array([START + timedelta(days=2)] * 2)
    code = ["200"] * 2
    for name, ids in {"a": pa.array(["10", "20"]), "b": pa.array([30.0, 40.5]), "c": pa.array([50, 60])}.items():
        table = {"at": at, "ip": who, "sid": who, "uid": ids, "code": code}
        (tmp_path / "logs").mkdir(exist_ok=True)
        pq.write_table(pa.table(table), tmp_path / "logs" / f"{name}.parquet")
    found, _ = read(tmp_path / "logs", tmp_path)
    assert [key for *_, key in found.values()] == ["10", "20", "30", "40.5", "50", "60"]


def test_many_files_are_read_by_as_few_statements_as_there_is_room_for(tmp_path, monkeypatch):
    rows, asked = lines(), []
    monkeypatch.setattr(access_log, "_TOGETHER", 3)
    take = Selection.take

    def noted(self, connection, lines):
        asked.append(lines.relation.count(".parquet"))
        take(self, connection, lines)

    monkeypatch.setattr(Selection, "take", noted)
    _put_into(tmp_path / "logs", {f"{n}.parquet": as_parquet(rows[n * 50 : n * 50 + 50]) for n in range(8)})
    found, _ = read(tmp_path / "logs", tmp_path)
    assert found == {index + 1: kept for index, kept in plainly_kept(rows).items()}
    assert asked == [3, 3, 2]


def test_of_parquet_files_read_together_the_damaged_one_is_named(tmp_path):
    # Whole days, so that nothing of the lines is read before they are asked for; then the ids are damaged.
    table = pa.table({"at": pa.array([START + timedelta(days=2)] * 4000), "ip": ["203.0.113.9"] * 4000})
    table = table.append_column("sid", table["ip"]).append_column("uid", pa.array([f"u{n:x}" for n in range(4000)]))
    out = io.BytesIO()
    pq.write_table(
        table.append_column("code", pa.repeat("200", 4000)), out, use_dictionary=["code"], compression="zstd"
    )
    start = pq.ParquetFile(out).metadata.row_group(0).column(3).data_page_offset
    damaged = bytearray(out.getvalue())
    damaged[start + 60 : start + 2000] = b"\xff" * 1940
    files = {"a.parquet": out.getvalue(), "b.parquet": bytes(damaged), "c.parquet": out.getvalue()}
    _put_into(tmp_path / "logs", files)
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
