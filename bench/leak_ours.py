"""The leak of bench.leak by Tocsin: one run as `affected resolve` does it, and one with little memory."""

import tempfile
from pathlib import Path

from affected import Limits, resolve
from affected.export import write_out
from affected.without_pandas import without_pandas
from bench.leak import AS_OF, Leak


def found(leak: Leak, out: Path, limits: Limits | None = None) -> None:
    """Evidence read in children, the answer written out as plain Parquet."""
    without_pandas()  # as ./tocsin does
    with tempfile.TemporaryDirectory(dir=leak.folder) as work:
        answer = resolve(leak.directory(), leak.evidence(), as_of=AS_OF, work_dir=Path(work), limits=limits)
        write_out(answer, out / "answer")


def with_little_memory(leak: Leak, out: Path) -> None:
    """The same with 512 MiB for the engine."""
    found(leak, out, Limits(memory="512MiB"))
