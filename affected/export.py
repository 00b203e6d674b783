"""Write a resolution to a folder as plain Parquet and JSON, and read it back, for use of the room by itself."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from affected.answer import Resolution
from affected.cohorts import cohorts
from packs import BadInput

TABLES = ("people", "why", "rows", "strangers", "undecided", "unknown_ids", "hits", "likenesses", "aliases")
_AT_ONCE = 2  # files that are written at the same time
_NAMES_ONE = frozenset({"person_id", "token", "value", "was"})


def write_out(resolution: Resolution, folder: Path) -> dict[str, Any]:
    """Write every table and summary.json into a new `folder` that only its owner can read; give back the summary.

    The files hold personal data in the clear. Nothing is left behind when writing fails. Raises BadInput when `folder`
    exists.
    """
    check_new(folder)
    unfinished = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        with ThreadPoolExecutor(_AT_ONCE) as hands:
            written = [
                hands.submit(_write, getattr(resolution, name), unfinished / f"{name}.parquet") for name in TABLES
            ]
            said = summary(resolution)
        for one in written:
            one.result()
        (unfinished / "summary.json").write_text(json.dumps(said, ensure_ascii=False, indent=2), encoding="utf-8")
        unfinished.rename(folder)
    except OSError as error:
        raise BadInput(f"{folder}: this cannot be written: {error.strerror}.") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return said


def _write(table: pa.Table, path: Path) -> None:
    # Rows are in the order of the first column: what a group of rows says of any other spares nobody the reading of it.
    first = table.column_names[:1]
    pq.write_table(table, path, compression="zstd", use_dictionary=repeated(table), write_statistics=first)


def check_new(folder: Path) -> None:
    """Raise BadInput where an answer cannot be written to `folder`: asked before the work begins as well as after."""
    if folder.exists():
        raise BadInput(f"{folder}: this folder exists; name a new one.")
    above = next(parent for parent in folder.absolute().parents if parent.exists())
    if not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
        raise BadInput(f"{folder}: nothing can be written into {above}.")


def repeated(table: pa.Table) -> list[str]:
    """The columns of an answer, as Parquet calls them, in which few texts stand again and again: a dictionary of any
    other takes longer to write and more room."""
    texts = [one.name for one in table.schema if pa.types.is_string(one.type) and one.name not in _NAMES_ONE]
    return texts + [f"{one.name}.list.element" for one in table.schema if pa.types.is_list(one.type)]


def read_back(folder: Path) -> Resolution:
    """What `write_out` wrote. Raises BadInput where the folder holds no whole answer."""
    missing = [
        name for name in (*(f"{name}.parquet" for name in TABLES), "summary.json") if not (folder / name).exists()
    ]
    if missing:
        raise BadInput(f"{folder}: this is no answer of `affected resolve`: {missing[0]} is not there.")
    try:
        tables = {name: pq.read_table(folder / f"{name}.parquet") for name in TABLES}
        said = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except (OSError, pa.ArrowInvalid, ValueError):
        raise BadInput(f"{folder}: this answer cannot be read.") from None
    return Resolution(**tables, reports=said["reports"], counts=said["counts"])


def summary(resolution: Resolution) -> dict[str, Any]:
    """Counts, how each item was read, and the cohorts; no personal data but headings and names of files."""
    found = [asdict(cohort) | {"id": cohort.key.id} for cohort in cohorts(resolution.people)]
    return {"counts": resolution.counts, "reports": resolution.reports, "cohorts": found}
