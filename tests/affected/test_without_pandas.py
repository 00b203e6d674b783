"""Arrow does without pandas where a process asks for it, and knows it when it is needed; in a process of its own."""

import subprocess
import sys

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
