"""The leak of bench.leak by Tocsin: one run as `affected resolve` does it, one with little memory, and freezing."""

import secrets
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from affected import Limits, resolve
from affected.difference import changes_between
from affected.export import read_back, write_out
from bench.leak import AS_OF, Leak
from incidents.snapshots import sealed
from incidents.snapshots.freeze import files_of


def found(leak: Leak, out: Path, limits: Limits | None = None) -> None:
    """Evidence read in children, the answer written out as plain Parquet."""
    with tempfile.TemporaryDirectory(dir=leak.folder) as work:
        answer = resolve(leak.directory(), leak.evidence(), as_of=AS_OF, work_dir=Path(work), limits=limits)
        write_out(answer, out / "answer")


def with_little_memory(leak: Leak, out: Path) -> None:
    """The same with 512 MiB for the engine."""
    found(leak, out, Limits(memory="512MiB"))


def frozen(leak: Leak, out: Path) -> None:
    """What freezing an answer costs beside its rows in the database: reading the answer, sealing and digesting each
    table, and comparing its people with an earlier version, which lacks every tenth of them."""
    key = secrets.token_bytes(32)
    tables = files_of(read_back(leak.folder / "out" / "tocsin" / "answer"), "acme")
    for name, table in tables.items():
        sealed.write(out / f"{name}.parquet", table, key)
        sealed.digest_of(table)
    before = sealed.read(out / "people.parquet", key)
    before = before.filter(pa.array(np.arange(before.num_rows) % 10 != 0))
    if changes_between(before, tables["people"], tables["aliases"]).counts["added"] != -(
        -tables["people"].num_rows // 10
    ):
        raise ValueError("the difference is wrong")
