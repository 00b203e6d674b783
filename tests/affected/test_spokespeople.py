"""Who speaks for a controller: only its own people, and only living accounts."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from affected import open_directory, spokespeople
from affected.mapping import Mapping
from packs import parse_pack

MAPPING = """
directory: acme
controller: {column: shop, prefix: "acme:", default: acme}
person_id: {column: id}
speaks_for: {column: owns, prefix: "acme:"}
language: {column: lang}
account_state: {column: state, values: {deleted: [gone]}}
"""


@pytest.fixture
def directory(tmp_path):
    rows = {
        "id": ["1", "2", "3", "4"],
        "shop": [None, None, None, "shop-1"],
        "owns": ["shop-1", "shop-2", "shop-2", None],
        "lang": ["my", "en", "en", "my"],
        "state": ["live", "live", "gone", "live"],
    }
    pq.write_table(pa.table(rows), tmp_path / "acme.parquet")
    return open_directory(tmp_path / "acme.parquet", parse_pack(MAPPING, Mapping, name="acme.yaml"))


def test_each_shop_is_spoken_for_by_its_own_living_owner(directory):
    found = spokespeople(directory, ["acme:shop-1", "acme:shop-2", "acme:shop-9"])
    assert list(zip(found["controller"].to_pylist(), found["person_id"].to_pylist(), strict=True)) == [
        ("acme:shop-1", "1"),
        ("acme:shop-2", "2"),
    ]


def test_nobody_is_asked_for_nobody_is_found(directory):
    assert spokespeople(directory, []).num_rows == 0
