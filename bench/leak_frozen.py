"""What freezing the answer of bench.leak costs, in a process that finds nobody itself."""

import secrets
from pathlib import Path

import numpy as np
import pyarrow as pa

from affected.answer import Resolution
from affected.difference import changes_between
from affected.export import read_back
from bench.leak import Leak
from incidents.snapshots import sealed
from incidents.snapshots.freeze import files_of, seal


def read(leak: Leak, _out: Path) -> Resolution:
    """Reading the answer from its folder, which a scoping within an incident need not: it has it in its hands."""
    return read_back(leak.folder / "out" / "tocsin" / "answer")


def frozen(leak: Leak, out: Path) -> None:
    """What freezing an answer costs beside its rows in the database, and reading it: sealing and digesting each table,
    and comparing its people with an earlier version, which lacks every tenth of them."""
    key = secrets.token_bytes(32)
    tables = files_of(read(leak, out), "acme")
    seal(out, tables, key)
    before = sealed.read(out / "people.parquet", key)
    before = before.filter(pa.array(np.arange(before.num_rows) % 10 != 0))
    if changes_between(before, tables["people"], tables["aliases"]).counts["added"] != -(
        -tables["people"].num_rows // 10
    ):
        raise ValueError("the difference is wrong")
