"""One log in every shape keeps the same lines, which are those that a plain reading finds."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from packs import BadInput
from tests.affected.log_lines import SHAPES, START, as_json, as_parquet, lines, plainly_kept, read


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
