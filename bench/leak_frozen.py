"""What freezing the answer of bench.leak costs, in a process that finds nobody itself."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa

from affected.answer import Resolution
from affected.export import read_back
from bench.leak import Leak
from incidents.snapshots import sealed
from incidents.snapshots.freeze import changes_of, files_of, seal


def read(leak: Leak, _out: Path) -> Resolution:
    """Reading the answer from its folder, which a scoping within an incident need not: it has it in its hands."""
    return read_back(leak.folder / "out" / "tocsin" / "answer")


def frozen(leak: Leak, out: Path) -> None:
    """What freezing an answer costs beside its rows in the database, and reading it: opening the people of a version
    before and comparing with them (every tenth is missing), sealing and digesting each table meanwhile."""
    key = secrets.token_bytes(32)
    tables = files_of(read(leak, out), "acme")
    before = tables["people"].filter(pa.array(np.arange(tables["people"].num_rows) % 10 != 0))
    with ThreadPoolExecutor(1) as hand:
        changes = hand.submit(changes_of, tables, before)
        seal(out, tables, key)
    sealed.read(out / "people.parquet", key)
    if changes.result()["added"] != -(-tables["people"].num_rows // 10):
        raise ValueError("the difference is wrong")
