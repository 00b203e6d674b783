"""A disk that fills ends a run with one sentence, and what was answered before stays as it was."""

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from affected.disk import is_full
from affected.evidence.sandbox import _what_ran_out
from tests.affected.small import AS_OF, directory_of

_PEOPLE = 20_000
# Run beside a small disk of its own, mounted over the folder `small`.
_RUN = f"""
import sys
from pathlib import Path
from affected import evidence_from, open_directory, read_mapping, resolve
from affected.export import write_out
from datetime import date
from packs import BadInput
folder, work, out = map(Path, sys.argv[1:])
directory = open_directory(folder / "moqi.parquet", read_mapping(folder / "moqi.yaml"))
item = evidence_from("evd_1", "identifier_list", folder / "e.csv", {{"exposed": ["phone"]}})
try:
    work.mkdir()
    write_out(resolve(directory, [item], as_of=date({AS_OF.year}, {AS_OF.month}, {AS_OF.day}), work_dir=work), out)
except BadInput as error:
    print(error)
    print(*sorted(path.name for path in out.parent.iterdir()))
"""


@pytest.fixture
def folder(tmp_path):
    """A directory, a list of all its people, and a folder for a small disk."""
    numbers = [f"13{100_000_000 + n}" for n in range(_PEOPLE)]
    directory_of(tmp_path, ({"uid": f"u{n}", "mobile": number} for n, number in enumerate(numbers)))
    (tmp_path / "e.csv").write_text("phone\n" + "\n".join(numbers) + "\n")
    (tmp_path / "small").mkdir()
    return tmp_path


def _run(folder: Path, work: str, out: str, *, kib: int) -> list[str]:
    """What the run prints with a disk of so many KiB mounted on `small`."""
    mount = f'mount -t tmpfs -o size={kib}k none "$1/small" && shift && exec "$@"'
    command = [sys.executable, "-c", _RUN, str(folder), str(folder / work), str(folder / out)]
    unshare = shutil.which("unshare")
    said = unshare and subprocess.run(
        [unshare, "-m", "sh", "-c", mount, "sh", str(folder), *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    if not said or "unshare" in said.stderr or "mount" in said.stderr:
        pytest.skip("a small disk cannot be mounted here")
    assert said.returncode == 0, said.stderr
    return said.stdout.splitlines()


def test_a_disk_that_fills_while_evidence_is_read_is_one_sentence(folder):
    (folder / "answers").mkdir()
    sentence, left = _run(folder, "small/work", "answers/out", kib=128)
    assert sentence == "e.csv: the disk is full, so reading it was given up; nothing of it is kept."
    assert left == ""


@pytest.mark.parametrize(("room", "is_disk"), [("1MiB", True), (None, False)])
def test_an_engine_without_room_to_put_aside_is_told_from_one_without_memory(tmp_path, room, is_disk):
    engine = duckdb.connect(
        config={"memory_limit": "10MB", "threads": 1, "temp_directory": str(tmp_path) if room else ""}
    )
    if room:
        engine.execute(f"SET max_temp_directory_size = '{room}'")
    with pytest.raises(duckdb.OutOfMemoryException) as caught:
        engine.execute("CREATE TABLE t AS SELECT hash(i)::VARCHAR AS n FROM range(2_000_000) r(i) ORDER BY n")
    assert is_full(caught.value) == is_disk
    said = "the disk is full" if is_disk else "reading it needs more than 10 MiB of memory"
    assert _what_ran_out(caught.value, 10).startswith(said)


def test_a_disk_that_fills_while_the_answer_is_written_leaves_the_last_one(folder):
    sentence, left = _run(folder, "work", "small/out", kib=128)
    assert sentence.startswith(f"{folder / 'small' / 'out'}: this cannot be written: ")
    assert "No space left on device" in sentence
    assert left == ""
