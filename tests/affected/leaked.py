"""The sample's directories and leaks for tests that compare engines and sources: what each finds, and its digest."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import sqlalchemy as sa

import sample
from affected import Directory, Resolution, evidence_from, open_directory, read_mapping, resolve
from affected.evidence.sandbox import clean_here
from incidents.snapshots.freeze import files_of
from incidents.snapshots.sealed import digest_of

AS_OF = date(2026, 3, 6)
Opened = Callable[[str, Path], Any]  # (company, its file of people) -> the address of the same people elsewhere


def resolved(folder: Path, name: str, work_dir: Path, *, address: Any = None, **terms: Any) -> Resolution:
    """What the leak `name` of the sample in `folder` is found to mean, with its directory at `address`."""
    leak = sample.leak(name, folder)
    work_dir.mkdir()
    given = [(f"e{n}", file) for n, file in enumerate(leak.files) if file.kind != "document"]
    evidence = [evidence_from(item, file.kind, file.path, file.reading) for item, file in given]
    opened = directory_at(folder, leak.company, address)
    return resolve(opened, evidence, as_of=AS_OF, work_dir=work_dir, cleaner=clean_here, salt=b"salt", **terms)


def directory_at(folder: Path, company: str, address: Any = None) -> Directory:
    """A company's directory where the sample wrote it, or at `address`."""
    made = sample.read_manifest(folder).directory(company)
    return open_directory(address or made.path, read_mapping(made.mapping))


def digests(found: Resolution) -> dict[str, str]:
    """The digest of every table that a snapshot of this would freeze."""
    return {name: digest_of(table) for name, table in files_of(found, "the directory").items()}


def fill(engine: sa.Engine, table: str, people: Path) -> None:
    """The rows of a Parquet file of people as a table of a database, by the types they have there."""
    frame = pq.read_table(people).to_pandas(types_mapper=None, date_as_object=True)
    frame.to_sql(table, engine, index=False, chunksize=1000)
