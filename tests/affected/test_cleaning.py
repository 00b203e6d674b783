"""Cleaning: each cell's readings in their order, copies told exactly, and an engine that reads nothing else."""

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from affected import Sandbox, evidence_from
from affected.evidence import cleaning
from affected.evidence.cleaning import bench, put, read_batch, read_cells, write


def cleaned(folder, cells, *, region="CN", find_copies=True):
    """(rows, keys) of these (row, cell, kind, raw)."""
    with bench(folder) as connection:
        numbers = sorted({row for row, *_ in cells})
        put(connection, "line", pa.table({"row_no": numbers, "trouble": pa.nulls(len(numbers), pa.string())}))
        names = ["row_no", "cell", "kind", "raw"]
        put(connection, "cell", pa.Table.from_pylist([dict(zip(names, one, strict=True)) for one in cells]))
        read_cells(connection, region=region, region_is_sure=True)
        assert write(connection, folder, find_copies=find_copies) == len(numbers)
    order = [("row_no", "ascending"), ("cell", "ascending"), ("rank", "ascending")]
    return (
        pq.read_table(folder / "rows.parquet").to_pylist(),
        pq.read_table(folder / "keys.parquet").sort_by(order).to_pylist(),
    )


@pytest.mark.parametrize("chunk", [1, 2, 1000])
def test_every_cell_gets_every_reading_of_its_spelling_in_order(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(cleaning, "_CHUNK", chunk)
    cells = [
        (1, 0, "person_id", "007"),
        (1, 1, "phone", "13800000001"),
        (2, 0, "person_id", "u7"),
        (3, 0, "phone", "no"),
    ]
    cells += [(4, 0, "person_id", "007"), (5, 0, "person_id", "12.0"), (6, 0, "person_id", " u7 ")]
    rows, keys = cleaned(tmp_path, cells)
    assert [(key["row_no"], key["cell"], key["rank"], key["key"], key["rule"], key["sure"]) for key in keys] == [
        (1, 0, 0, "007", "person_id", 1),
        (1, 0, 1, "7", "person_id_repaired", 0),
        (1, 1, 0, "+8613800000001", "phone_national", 1),
        (2, 0, 0, "u7", "person_id", 1),
        (4, 0, 0, "007", "person_id", 1),
        (4, 0, 1, "7", "person_id_repaired", 0),
        (5, 0, 0, "12.0", "person_id", 1),
        (5, 0, 1, "12", "person_id_repaired", 0),
    ]
    assert [(row["row_no"], row["readable"], row["copy"], row["reason"]) for row in rows] == [
        *((1, 1, 0, None), (2, 1, 0, None), (3, 0, 0, "phone_not_a_number"), (4, 1, 0, None), (5, 1, 0, None)),
        (6, 1, 1, None),
    ]


@pytest.mark.parametrize("kind", ["person_id", "phone", "email", "contact", "device_token", "messenger_id"])
def test_cells_that_are_here_are_read_as_those_in_the_engine(tmp_path, kind):
    written = ["007", "u7", " u7 ", "12.0", "0", "0x", "1.0.0", "a b", "\u5f20", "13800000001", "no", "Ma@Example.com"]
    written += ["+86 138 0000 0001", "12.05", "7.", "\t9", "jpush:1.0"]
    _, by_engine = cleaned(tmp_path, [(n, n % 2, kind, raw) for n, raw in enumerate(written)], find_copies=False)
    numbers = {"row_no": range(len(written)), "cell": pa.array([n % 2 for n in range(len(written))], pa.int32())}
    with bench(tmp_path) as connection:
        cells = pa.RecordBatch.from_pydict(numbers | {"raw": written})
        read_batch(connection, [(kind, cells)], region="CN", region_is_sure=True)
        here = connection.sql("FROM keyed ORDER BY row_no, cell, rank").to_arrow_table().to_pylist()
    assert here == by_engine
    assert here


def test_rows_are_copies_only_when_all_of_their_keys_are_the_same(tmp_path):
    ids = {1: "abc", 2: "cba", 3: "ab", 4: "aabbc", 5: "ac", 6: "ca", 7: "abc"}
    # The cells of a row, and rows 3 to 5 share ends.
    cells = [(row, n, "person_id", f"u{sign}") for row, signs in ids.items() for n, sign in enumerate(signs)]
    rows, keys = cleaned(tmp_path, cells)
    assert [row["row_no"] for row in rows if row["copy"]] == [2, 4, 6, 7]
    assert {key["row_no"] for key in keys} == {1, 2, 3, 4, 5, 6}  # only row 7 is the same cell by cell


def test_a_copy_gives_its_keys_where_no_earlier_row_was_read_in_the_same_way(tmp_path):
    spelled = ["13800000001", "+86 138 0000 0001", "138-0000-0001", "86 13800000001", "+8613800000001", "13800000OO1"]
    rows, keys = cleaned(tmp_path, [(n, 0, "phone", raw) for n, raw in enumerate(spelled)])
    assert [row["row_no"] for row in rows if row["copy"]] == [1, 2, 3, 4, 5]
    assert {(key["row_no"], key["rule"], key["sure"]) for key in keys} == {
        (0, "phone_national", 1),
        (1, "phone_international", 1),
        (3, "phone_no_plus", 1),
        (5, "phone_repaired", 0),
    }


def test_cells_of_a_copy_that_are_parted_otherwise_are_another_reading(tmp_path):
    cells = [(1, 0, "phone", "13800000001 / 13900000002"), (2, 0, "phone", "13800000001")]
    rows, keys = cleaned(tmp_path, [*cells, (2, 1, "phone", "13900000002")])
    assert [row["copy"] for row in rows] == [0, 1]
    assert [(key["row_no"], key["cell"], key["rank"]) for key in keys] == [(1, 0, 0), (1, 0, 1), (2, 0, 0), (2, 1, 0)]


def test_the_engine_reads_no_file_but_what_it_is_handed(tmp_path):
    (tmp_path / "other.csv").write_text("a\n1\n")
    (tmp_path / "log.csv").write_text("a\n1\n")
    work = tmp_path / "work"
    work.mkdir()
    with bench(work, source=tmp_path / "log.csv") as connection:
        log, other = tmp_path / "log.csv", tmp_path / "other.csv"
        assert connection.execute(f"SELECT * FROM read_csv('{log}')").fetchall() == [(1,)]
        with pytest.raises(duckdb.PermissionException):
            connection.execute(f"SELECT * FROM read_csv('{other}')")


def test_a_rotated_log_is_read_in_a_child(tmp_path):
    (tmp_path / "log").mkdir()
    pq.write_table(pa.table({"at": ["2026-03-01T10:00:00Z"], "uid": ["u1"]}), tmp_path / "log" / "1.parquet")
    (tmp_path / "log" / "2.csv").write_text("at,uid\n2026-03-02T10:00:00Z,u2\n")
    window = {"from_at": "2026-03-01T00:00:00Z", "to_at": "2026-03-03T00:00:00Z"}
    said = {"exposed": [], "columns": {"time": "at", "record": "uid"}, "where": window}
    item = evidence_from("evd", "access_log", tmp_path / "log", said)
    work = tmp_path / "work"
    work.mkdir()
    found = Sandbox()(item, work, region=None)
    assert sorted(pq.read_table(work / "keys.parquet")["key"].to_pylist()) == ["u1", "u2"]
    assert (found.rows, found.report["coverage"]["unknown_days"]) == (2, ["2026-03-03"])
