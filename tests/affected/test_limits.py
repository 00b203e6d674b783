"""With little memory the work goes to disk and the answer is the same; a directory that changes meanwhile is none."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from affected import Limits, open_directory, read_mapping
from affected.engines.embedded import open_engine
from affected.statements import ANSWERS, ORDER
from packs import BadInput
from tests.affected.leaked import digests
from tests.affected.small import AS_OF, MAPPING, directory_of, list_of, resolved

PEOPLE = 400_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Many people, whose contacts do not fit into a few megabytes, and a list of half of them."""
    made = tmp_path_factory.mktemp("many")
    missing = ", ".join(
        f"NULL AS {name}"
        for name in ("push", "g_mobile", "g_mail", "country", "province", "lang", "born", "kind", "state")
    )
    people = (
        "SELECT 'u' || i AS uid, '+8613' || (100000000 + i) AS mobile, 'user.number.' || i || '@example.org' AS mail, "
        f"{missing}, TRUE AS has_idcard, 0 AS has_order FROM range({PEOPLE}) AS t(i)"
    )
    duckdb.sql(f"COPY ({people}) TO '{made / 'moqi.parquet'}'")
    lines = (f"user.number.{n}@example.org,13{100000000 + n}" for n in range(0, PEOPLE, 2))
    (made / "list.csv").write_text("email,phone\n" + "\n".join(lines) + "\n")
    (made / "moqi.yaml").write_text(MAPPING)
    return made


def _resolved(folder, tmp_path, **terms):
    directory = open_directory(folder / "moqi.parquet", read_mapping(folder / "moqi.yaml"))
    listed = list_of(tmp_path / "e.csv", (folder / "list.csv").read_bytes())
    return resolved(directory, tmp_path, listed, **terms)


def test_the_answer_is_the_same_where_memory_is_short_and_the_disk_helps(folder, tmp_path):
    plenty = _resolved(folder, tmp_path)
    # A tenth of this memory is refused, with a sentence; with this, some of what is made lies on the disk.
    short = _resolved(folder, tmp_path, limits=Limits(memory="100MiB"))
    assert plenty.counts["people"] == PEOPLE / 2
    assert digests(short) == digests(plenty)
    assert list(tmp_path.glob("**/spill")) == []


def test_an_answer_of_many_rows_comes_in_the_order_that_is_asked_for(folder, tmp_path):
    directory = open_directory(folder / "moqi.parquet", read_mapping(folder / "moqi.yaml"))
    shuffled = np.random.default_rng(7).permutation(PEOPLE)
    with open_engine(directory, as_of=AS_OF, bits={}, work_dir=tmp_path / "work") as engine:
        engine.put("chosen", pa.table({"person_id": pa.array(shuffled).cast(pa.string())}))
        found = engine.ask("SELECT person_id FROM chosen", order=["person_id"])
    assert found["person_id"].to_pylist() == sorted(map(str, range(PEOPLE)))


def test_every_answer_has_an_order_but_those_that_get_it_here():
    assert set(ANSWERS) - set(ORDER) == {"people", "undecided", "strangers"}


def test_a_directory_that_is_written_to_meanwhile_is_refused(folder, tmp_path):
    path = folder / "moqi.parquet"

    def write_to_it(step, _done, _total):
        if step == "found":
            path.touch()

    with pytest.raises(BadInput, match=r"moqi\.parquet: this directory was written to while it was read"):
        _resolved(folder, tmp_path, progress=write_to_it)


@pytest.mark.parametrize(
    ("message", "raised"), [("Query interrupted", KeyboardInterrupt), ("something else", RuntimeError)]
)
def test_ctrl_c_is_ctrl_c_as_duckdb_says_it_too_and_leaves_no_spill(tmp_path, message, raised):
    directory, work = directory_of(tmp_path, [{"uid": "u1"}]), tmp_path / "work"
    engine = open_engine(directory, as_of=AS_OF, bits={}, work_dir=work)
    with pytest.raises(raised), engine:
        raise RuntimeError(message)
    assert not (work / "spill").exists()
