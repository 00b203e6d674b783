"""The roll of a directory: how many people are alike in role, residence, language and the addresses held of them."""

import tempfile
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa

from affected.directory import Directory
from affected.engines.embedded import open_engine
from affected.keys import normalise
from affected.mapping import KINDS
from affected.sql import literal
from affected.words import UNKNOWN

_READ = ("phone", "email")  # an address of these kinds may be none
_ODD = """
SELECT DISTINCT kind, raw FROM contact WHERE key IS NULL AND guardian = 0 AND former = 0 AND kind IN ('phone', 'email')
"""
_ROLL = """
SELECT {names}, COUNT(*) AS people
FROM (
  SELECT COALESCE(p.role, '') AS role, COALESCE(p.country, '{unknown}') AS residence,
    COALESCE(p.language, '') AS language, {held}, {domain} AS domain
  FROM person AS p
  LEFT JOIN spelling AS s_phone ON s_phone.kind = 'phone' AND s_phone.raw = p.phone
  LEFT JOIN spelling AS s_email ON s_email.kind = 'email' AND s_email.raw = p.email
) AS everybody
GROUP BY {names}
ORDER BY {names}
"""


def roll(directory: Directory, *, marks: Mapping[str, Collection[str]], domains_in: Collection[str] = ()) -> pa.Table:
    """(role, residence, language, a column for each kind of address, domain, people) of everybody, each person once.

    A kind's column is null where no usable address is held, else the word of `marks` that stands before the address
    with a colon, or "". `domain` is that of the mailbox of people who live in `domains_in`, else "". Raises BadInput
    when the directory cannot be read.
    """
    day = date(2000, 1, 1)  # ages are not asked for
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-") as folder,
        open_engine(directory, as_of=day, bits={}, work_dir=Path(folder)) as engine,
    ):
        engine.gather([], ["1 = 1"])
        engine.put("spelling", _unreadable(directory, engine.ask(_ODD)))
        found = engine.ask(_statement(marks, domains_in))
        engine.finish()
        return found


def _unreadable(directory: Directory, odd: pa.Table) -> pa.Table:
    """The spellings that are no address, in the shape of the table `spelling`."""
    rows = []
    for kind in _READ:
        raw = pa.array([row["raw"] for row in odd.to_pylist() if row["kind"] == kind], pa.string())
        column = getattr(directory.mapping.contact, kind)
        _, refused = normalise(kind, raw, region=column.region if column else None)
        rows += [{"kind": kind, "guardian": 0, "raw": one, "key": None} for one in refused["raw"].to_pylist()]
    columns = [("kind", pa.string()), ("guardian", pa.int32()), ("raw", pa.string()), ("key", pa.string())]
    return pa.Table.from_pylist(rows, pa.schema(columns))


def _statement(marks: Mapping[str, Collection[str]], domains_in: Collection[str]) -> str:
    names = ", ".join(("role", "residence", "language", *KINDS, "domain"))
    held = ", ".join(f"{_held(kind, sorted(marks.get(kind, ())))} AS {kind}" for kind in KINDS)
    there = ", ".join(literal(one) for one in sorted(domains_in)) or "NULL"
    asked = f"COALESCE(p.country, '{UNKNOWN}') IN ({there}) AND NOT p.email IS NULL AND s_email.raw IS NULL"
    domain = f"CASE WHEN {asked} THEN LOWER(SPLIT_PART(p.email, '@', 2)) ELSE '' END"
    return _ROLL.format(names=names, held=held, domain=domain, unknown=UNKNOWN)


def _held(kind: str, marks: list[str]) -> str:
    column = f"p.{kind}"
    readable = f" OR NOT s_{kind}.raw IS NULL" if kind in _READ else ""
    # Whoever has no id of their own cannot be looked up when a notice is planned, and so has no address.
    cases = f"WHEN p.person_id IS NULL OR {column} IS NULL{readable} THEN NULL "
    cases += " ".join(f"WHEN {column} LIKE {literal(mark + ':%')} THEN {literal(mark)}" for mark in marks)
    return f"CASE {cases} ELSE '' END"
