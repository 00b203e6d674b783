"""Every format of access logs, found by walking, reads its own example as it says."""

import pyarrow.parquet as pq
import pytest

from affected import evidence_from
from affected.evidence.log_formats import HERE, formats
from affected.evidence.sandbox import clean_here

EXAMPLES = [(name, n) for name, one in formats().items() for n in range(len(one.examples))]


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_a_formats_example_is_read_as_it_says(tmp_path, name, number):
    example = formats()[name].examples[number]
    path = tmp_path / example.file
    path.write_text(example.text, encoding="utf-8")
    item = evidence_from("evd", "access_log", path, {"exposed": [], "format": name} | example.reading)
    cleaned = clean_here(item, tmp_path, region=None)
    rows = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    keys = pq.read_table(tmp_path / "keys.parquet").to_pylist()
    found = []
    for row in rows:
        records = sorted(key["key"] for key in keys if key["row_no"] == row["row_no"] and key["rank"] == 0)
        said = {"row_no": row["row_no"], "at": row["seen_at"], "records": records, "reason": row["reason"]}
        found.append({name: value for name, value in said.items() if value not in (None, [])})
    for row in found:
        if "at" in row:
            row["at"] = row["at"].isoformat(sep=" ", timespec="microseconds").rstrip("0").rstrip(".")
    assert found == example.expect
    assert cleaned.report["lines"] == example.lines


def test_every_format_has_an_example_and_says_where_its_names_come_from():
    assert {path.stem for path in HERE.iterdir()} == set(formats())
    for name, one in formats().items():
        assert one.examples, name
        assert one.source, name
