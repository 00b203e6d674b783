"""Reviewed people: ids that a reviewer named, one a line; each means exactly that person, and nobody for certain."""

from pathlib import Path

import pyarrow as pa

from affected.evidence.cleaning import Cleaned, bench, put, write
from affected.evidence.reading import Reading
from affected.words import Rule

KIND = Rule.REVIEWED.value


class ReviewedReading(Reading):
    """What every kind says, and no more: the ids are the directory's own."""


READING = ReviewedReading


def clean(path: Path, reading: ReviewedReading, work_dir: Path, *, region: str | None) -> Cleaned:  # noqa: ARG001
    """Write the ids as rows and keys into `work_dir`. An id is taken as it stands: what a list's reader would repair
    (zeros in front, a spreadsheet's `.0`) could be another person."""
    ids = pa.array([line.strip() for line in path.read_text(encoding="utf-8").splitlines()], pa.string())
    row_no = pa.array(range(1, len(ids) + 1), pa.int64())
    n, some = len(ids), pa.array([bool(one) for one in ids.to_pylist()], pa.bool_())
    with bench(work_dir) as connection:
        put(connection, "line", pa.table({"row_no": row_no, "trouble": pa.nulls(n, pa.string())}))
        keys = {"row_no": row_no, "kind": pa.repeat("person_id", n), "key": ids, "rule": pa.repeat(KIND, n)}
        keys |= {name: _whole(0, n) for name in ("cell", "rank", "sure")}
        put(connection, "keyed", pa.table(keys).filter(some))
        rows = write(connection, work_dir, find_copies=True)
    return Cleaned(rows, {"shape": "lines", "columns": {"person_id": [1]}})


def _whole(value: int, n: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.int32()), n)
