"""The leak of the bench at a hundredth of its size: here, by SQL written by hand and by pandas the same is found."""

import pyarrow.parquet as pq
import pytest

from bench.of_leak import agree


def test_every_way_to_find_the_leak_finds_the_same(tmp_path):
    agree(tmp_path)
    people = tmp_path / "out" / "tocsin" / "answer" / "people.parquet"
    found = pq.read_table(people)
    assert found.num_rows > 1000
    pq.write_table(found.slice(1), people)  # one person less is noticed
    with pytest.raises(ValueError, match="the answers differ"):
        agree(tmp_path)
