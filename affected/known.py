"""Which ids a directory knows, read in place; nothing of the people is kept here."""

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from affected.directory import Directory
from affected.engines.embedded import open_engine


def known(directory: Directory, person_ids: Sequence[str]) -> frozenset[str]:
    """Those of `person_ids` that are in the directory. Raises BadInput when it cannot be read."""
    day = date(2000, 1, 1)  # ages are not asked for
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-") as folder,
        open_engine(directory, as_of=day, bits={}, work_dir=Path(folder)) as engine,
    ):
        engine.put("chosen", pa.table({"person_id": pa.array(person_ids, pa.string())}))
        engine.gather([], [])
        found = engine.ask(
            "SELECT p.person_id FROM person AS p "
            "JOIN (SELECT DISTINCT person_id FROM chosen) AS x ON x.person_id = p.person_id "
            "UNION ALL SELECT a.was AS person_id FROM alias AS a "
            "JOIN (SELECT DISTINCT person_id FROM chosen) AS x ON x.person_id = a.was"
        )
    return frozenset(found["person_id"].to_pylist())
