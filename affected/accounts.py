"""The live accounts of given people, as addresses within the company's own app."""

import tempfile
from datetime import date
from pathlib import Path

import pyarrow as pa

from affected.directory import Directory
from affected.engines.embedded import open_engine

# Whoever was merged into another since they were found has the account of the one who lives on.
_LIVE = """
SELECT p.person_id, p.person_id AS address
FROM person AS p JOIN (SELECT DISTINCT person_id FROM chosen) AS x ON x.person_id = p.person_id
WHERE p.standing = 'active'
UNION ALL
SELECT a.was AS person_id, a.person_id AS address
FROM alias AS a
JOIN (SELECT DISTINCT person_id FROM chosen) AS x ON x.person_id = a.was
JOIN person AS p ON p.person_id = a.person_id
WHERE p.standing = 'active'
"""


def accounts(directory: Directory, person_ids: pa.Array) -> pa.Table:
    """The account of each of these people who has a live one, in the shape of `contacts`: person_id, kind "account",
    address (their id in the directory), guardian False, malformed null. Deleted accounts and strangers have none."""
    day = date(2000, 1, 1)  # ages are not asked for
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-") as folder,
        open_engine(directory, as_of=day, bits={}, work_dir=Path(folder)) as engine,
    ):
        engine.put("chosen", pa.table({"person_id": person_ids.cast(pa.string())}))
        engine.gather([], [])
        found = engine.ask(_LIVE).sort_by("person_id")
    n = found.num_rows
    columns = {"person_id": found["person_id"], "kind": pa.repeat("account", n), "address": found["address"]}
    return pa.table(columns | {"guardian": pa.repeat(False, n), "malformed": pa.nulls(n, pa.string())})
