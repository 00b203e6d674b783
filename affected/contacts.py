"""The addresses of given people, read from their directory when a notice is planned; nothing of them is kept here."""

import tempfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from affected.directory import Directory
from affected.engines.embedded import open_engine
from affected.envelope import Holder, addressed, to_guardian
from affected.keys import normalise

_NORMALISED, _POSTAL = ("phone", "email"), "postal"
# Whoever was merged into another since they were found is written to where that person is.
_ADDRESSES = """
SELECT c.person_id, c.kind, c.raw AS address, c.guardian, c.place, c.person_id AS owner
FROM contact AS c JOIN (SELECT DISTINCT person_id FROM chosen) AS x ON x.person_id = c.person_id
WHERE c.former = 0
UNION ALL
SELECT a.was AS person_id, c.kind, c.raw AS address, c.guardian, c.place, c.person_id AS owner
FROM alias AS a
JOIN (SELECT DISTINCT person_id FROM chosen) AS x ON x.person_id = a.was
JOIN contact AS c ON c.person_id = a.person_id
WHERE c.former = 0
"""
_HOLDERS = """
SELECT p.person_id, p.own_name, p.guardian_name, p.country
FROM person AS p JOIN (
  SELECT person_id FROM chosen UNION SELECT a.person_id FROM alias AS a JOIN chosen AS x ON x.person_id = a.was
) AS y ON y.person_id = p.person_id
"""


def contacts(directory: Directory, person_ids: pa.Array) -> pa.Table:
    """(person_id, kind, address, guardian bool, malformed) of these people, sorted; of several addresses of a kind, in
    the order of the mapping's columns.

    A telephone number is in E.164 and an e-mail address in its normal form; one that cannot be read is given as the
    directory writes it, with the reason in `malformed`, which is null for the rest. A postal address is given with the
    name, and a second time for the guardian of whoever lives there (see envelope.py). A person without any is not
    there.
    """
    asked = pa.array(person_ids, pa.string()) if isinstance(person_ids, list) else person_ids
    found, holders = _raw(directory, asked)
    parts = [_read(directory, found, kind, guardian) for kind in _NORMALISED for guardian in (0, 1)]
    rest = found.filter(pc.invert(pc.is_in(found["kind"], value_set=pa.array((*_NORMALISED, _POSTAL)))))
    parts.append(_shaped(rest, rest["address"], pa.nulls(rest.num_rows, pa.string())))
    parts.append(_posted(directory, found.filter(pc.equal(found["kind"], _POSTAL)), holders))
    order = [(name, "ascending") for name in ("person_id", "guardian", "kind", "place", "address")]
    return pa.concat_tables(parts).sort_by(order).drop_columns("place")


def _raw(directory: Directory, person_ids: pa.Array) -> tuple[pa.Table, dict[str, Holder]]:
    """(person_id, kind, address as the directory writes it, guardian, place among the columns of the kind, owner), and
    what is known of each owner."""
    day = date(2000, 1, 1)  # ages are not asked for
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-") as folder,
        open_engine(directory, as_of=day, bits={}, work_dir=Path(folder)) as engine,
    ):
        engine.put("chosen", pa.table({"person_id": person_ids.cast(pa.string())}))
        engine.gather([], [])
        found, holders = engine.ask(_ADDRESSES), engine.ask(_HOLDERS).to_pylist()
        return found, {
            row["person_id"]: Holder(row["own_name"], row["guardian_name"], row["country"]) for row in holders
        }


def _posted(directory: Directory, rows: pa.Table, holders: dict[str, Holder]) -> pa.Table:
    """Each address for the person and for their guardian."""
    name = directory.mapping.name
    region = next((one.region for one in (name.given, name.family) if one and one.region), None)
    made = [
        {
            "person_id": row["person_id"],
            "kind": _POSTAL,
            "address": address,
            "guardian": guardian,
            "place": row["place"],
        }
        for row in rows.to_pylist()
        for guardian, write in ((0, addressed), (1, to_guardian))
        if (address := write(row["address"], holders[row["owner"]], region=region)) is not None
    ]
    names = [(word, pa.string()) for word in ("person_id", "kind", "address")]
    table = pa.Table.from_pylist(made, pa.schema([*names, ("guardian", pa.int64()), ("place", pa.int64())]))
    return _shaped(table, table["address"], pa.nulls(table.num_rows, pa.string()))


def _read(directory: Directory, found: pa.Table, kind: str, guardian: int) -> pa.Table:
    rows = found.filter(pc.and_(pc.equal(found["kind"], kind), pc.equal(found["guardian"], guardian)))
    place = directory.mapping.guardian if guardian else directory.mapping.contact
    column = getattr(place, kind)
    raw = rows["address"].combine_chunks()
    keys, refused = normalise(kind, raw, region=column.region if column else None)
    normal: dict[str, str] = {}
    for spelling, key in zip(keys["raw"].to_pylist(), keys["key"].to_pylist(), strict=True):
        normal.setdefault(spelling, key)
    reasons = dict(zip(refused["raw"].to_pylist(), refused["reason"].to_pylist(), strict=True))
    written = raw.to_pylist()
    address = pa.array([normal.get(spelling, spelling) for spelling in written], pa.string())
    return _shaped(rows, address, pa.array([reasons.get(spelling) for spelling in written], pa.string()))


def _shaped(rows: pa.Table, address: pa.Array, malformed: pa.Array) -> pa.Table:
    columns = {name: rows[name].cast(pa.string()) for name in ("person_id", "kind")}
    columns |= {"address": address, "guardian": pc.equal(rows["guardian"], 1), "malformed": malformed}
    return pa.table(columns | {"place": rows["place"].cast(pa.int64())})
