"""Write a resolution to a folder as plain Parquet and JSON, for use of the room by itself."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from affected.cohorts import cohorts
from affected.resolve import Resolution
from packs import BadInput

TABLES = ("people", "why", "rows", "strangers", "undecided", "unknown_ids")


def write_out(resolution: Resolution, folder: Path) -> dict[str, Any]:
    """Write every table and summary.json into a new `folder` that only its owner can read; give back the summary.

    The files hold personal data in the clear. Nothing is left behind when writing fails. Raises BadInput when `folder`
    exists.
    """
    if folder.exists():
        raise BadInput(f"{folder}: this folder exists; name a new one.")
    unfinished = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        for name in TABLES:
            pq.write_table(getattr(resolution, name), unfinished / f"{name}.parquet", compression="zstd")
        said = summary(resolution)
        (unfinished / "summary.json").write_text(json.dumps(said, ensure_ascii=False, indent=2), encoding="utf-8")
        unfinished.rename(folder)
    except OSError as error:
        raise BadInput(f"{folder}: this cannot be written: {error.strerror}.") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return said


def summary(resolution: Resolution) -> dict[str, Any]:
    """Counts, how each item was read, and the cohorts; no personal data but headings and names of files."""
    found = [asdict(cohort) | {"id": cohort.key.id} for cohort in cohorts(resolution.people)]
    return {"counts": resolution.counts, "reports": resolution.reports, "cohorts": found}
