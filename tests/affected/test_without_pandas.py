"""Arrow does without pandas where a process asks for it, and knows it when it is needed; in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.affected.small import directory_of

ROOT = Path(__file__).parents[2]
_BEGIN = """
import sys
import numpy as np
import pyarrow as pa
from affected.without_pandas import without_pandas
without_pandas()
print(pa.array(["a"]).to_pylist(), pa.array(np.arange(2)).to_pylist(), "pandas" in sys.modules)
"""
_FRAMES = """
import pandas
frame = pandas.DataFrame({"name": ["a", None]})
print(pa.Table.from_pandas(frame).to_pydict(), pa.array(frame["name"]).null_count, len(pa.table(frame).to_pandas()))
"""


def _says(script):
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return told.stdout.splitlines()


def test_lists_and_arrays_are_taken_without_pandas():
    assert _says(_BEGIN) == ["['a'] [0, 1] False"]


def test_frames_are_tables_for_whoever_loads_pandas():
    assert _says(_BEGIN + _FRAMES)[1:] == ["{'name': ['a', None]} 1 2"]


def test_what_is_loaded_already_stays():
    assert _says(_BEGIN.replace("import sys\n", "import sys, pandas\n")) == ["['a'] [0, 1] True"]


def _loads(*command, said=""):
    """What a command answers, and the names of the modules that it loads, as Python tells them on standard error."""
    environment = os.environ | {"PYTHONPROFILEIMPORTTIME": "1", "PYTHONPATH": str(ROOT)}
    line = [sys.executable, *map(str, command)]
    told = subprocess.run(line, input=said, capture_output=True, text=True, env=environment, check=True)
    return told.stdout, {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}


def test_who_reads_evidence_does_without(tmp_path):
    listed = tmp_path / "list.csv"
    listed.write_text("phone\n13800000001\n")
    spec: dict[str, Any] = {"work": "clean", "id": "e", "kind": "identifier_list", "region": "CN"}
    spec |= {"reading": {"exposed": ["phone"]}}
    spec |= {"path": str(listed), "work_dir": str(tmp_path), "limits": [4096, 8192, 900]}
    child = "from affected.evidence import sandbox; sandbox.child()"
    answer, loaded = _loads("-P", "-c", child, said=json.dumps(spec))
    assert json.loads(answer)["rows"] == 1
    assert "pyarrow" in loaded
    assert not any(name.startswith("pandas.") for name in loaded)


def test_the_command_line_does_without(tmp_path):
    directory_of(tmp_path, [{"uid": "u1", "mobile": "13800000001"}])
    (tmp_path / "list.csv").write_text("phone\n13800000001\n")
    where = ["--directory", tmp_path / "moqi.parquet", "--evidence", tmp_path / "list.csv", "--out", tmp_path / "out"]
    _, loaded = _loads(ROOT / "app.py", "affected", "resolve", *where)
    assert (tmp_path / "out" / "people.parquet").exists()
    assert "pyarrow" in loaded
    assert not any(name.startswith("pandas.") for name in loaded)
