"""Keeps Arrow from loading pandas, which is here for Splink alone: Arrow looks for it at the first list it is given."""

import sys
from typing import Any

import pyarrow as pa


class _Unseen:
    """Finds no pandas."""

    def find_spec(self, name: str, *_: Any) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)


def without_pandas() -> None:
    """Let Arrow look for pandas now, and not find it: it never looks again of itself, which spares a process a fifth of
    a second and 30 MiB. For a process of our own, as it begins.

    Others may load pandas all the same, and Arrow turns frames into tables and back. But until it has done that once, a
    Series or a missing value of pandas' own is to it a list or an object like any other (pyarrow's pandas-shim.pxi).
    """
    if "pandas" in sys.modules:
        return
    unseen = _Unseen()
    sys.meta_path.insert(0, unseen)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(unseen)
