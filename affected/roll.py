"""The roll of a directory: how many people are alike in role, residence, language and the addresses held of them."""

import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from affected.directory import Directory
from affected.engines.embedded import open_engine
from affected.keys import normalise
from affected.mapping import KINDS
from affected.places import Place, places
from affected.sql import literal
from affected.words import UNKNOWN, Standing

ACCOUNT = "account"
_HELD = (*KINDS, ACCOUNT)
_READ = ("phone", "email")  # an address of these kinds may be none
_RESIDENCE = f"COALESCE(p.country, '{UNKNOWN}')"
_ODD = """
SELECT DISTINCT kind, raw FROM contact WHERE key IS NULL AND guardian = 0 AND former = 0 AND kind IN ('phone', 'email')
"""
_ROLL = """
SELECT {names}, COUNT(*) AS people
FROM (
  SELECT COALESCE(p.role, '') AS role, {residence} AS residence,
    COALESCE(p.language, '') AS language, {held}, {domain} AS domain
  FROM person AS p
  LEFT JOIN spelling AS s_phone ON s_phone.kind = 'phone' AND s_phone.raw = p.phone
  LEFT JOIN spelling AS s_email ON s_email.kind = 'email' AND s_email.raw = p.email
) AS everybody
GROUP BY {names}
ORDER BY {names}
"""
_RESIDENCES = f"SELECT DISTINCT {_RESIDENCE} AS residence FROM person AS p"  # noqa: S608 - nothing of anybody's
_IDS = "SELECT COUNT(*) AS rows_, COUNT(person_id) AS known, COUNT(DISTINCT person_id) AS people FROM person"


@dataclass(frozen=True)
class Roll:
    """`alike`: (role, residence, language, a column for each kind of address and for accounts, domain, people); the sum
    of `people` is the directory's rows. `nameless` of them have no id, `doubled` one that another row has too."""

    alike: pa.Table
    nameless: int
    doubled: int


def roll(
    directory: Directory,
    *,
    marks: Mapping[str, Collection[str]],
    accounts: bool = False,
    mail_matters: Callable[[str], bool] = lambda _residence: False,
) -> Roll:
    """Everybody, each row of the directory once.

    A kind's column is null where no usable address is held; else it names for each, in the order of the mapping and
    apart by commas, the scheme before it: what the mapping says, or the word of `marks` that stands there with a colon,
    or "". With `accounts` a live one is held as an address is. `domain` is that of the mailbox of people who live where
    `mail_matters`, else "". Raises BadInput when the directory cannot be read.
    """
    day = date(2000, 1, 1)  # ages are not asked for
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-") as folder,
        open_engine(directory, as_of=day, bits={}, work_dir=Path(folder)) as engine,
    ):
        engine.gather([], ["1 = 1"])
        engine.put("spelling", _unreadable(directory, engine.ask(_ODD)))
        there = [one for one in engine.ask(_RESIDENCES)["residence"].to_pylist() if mail_matters(one)]
        held = {kind: _held(directory, kind, marks) for kind in KINDS} | {ACCOUNT: _account() if accounts else "''"}
        found = engine.ask(_statement(held, there))
        ids = engine.ask(_IDS).to_pylist()[0]
        engine.finish()
    return Roll(_with_nulls(found), ids["rows_"] - ids["known"], ids["known"] - ids["people"])


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


def _statement(held: Mapping[str, str], there: Collection[str]) -> str:
    names = ", ".join(("role", "residence", "language", *_HELD, "domain"))
    listed = ", ".join(literal(one) for one in sorted(there)) or "NULL"
    asked = f"{_RESIDENCE} IN ({listed}) AND NOT p.email IS NULL AND s_email.raw IS NULL"
    domain = f"CASE WHEN {asked} THEN LOWER(SPLIT_PART(p.email, '@', 2)) ELSE '' END"
    shown = ", ".join(f"{said} AS {kind}" for kind, said in held.items())
    return _ROLL.format(names=names, held=shown, domain=domain, residence=_RESIDENCE)


def _held(directory: Directory, kind: str, marks: Mapping[str, Collection[str]]) -> str:
    """The schemes of the addresses of a kind, each with a comma behind it; "" where none is held."""
    own = [at for at in places(directory.mapping) if at.kind == kind and not at.guardian]
    return " || ".join(_marked(at, sorted(marks.get(kind, ()))) for at in own) or "''"


def _marked(at: Place, marks: list[str]) -> str:
    column = f"p.{at.column}"
    readable = f" OR NOT s_{at.kind}.raw IS NULL" if at.kind in _READ else ""
    # Whoever has no id of their own cannot be looked up when a notice is planned, and so has no address.
    cases = f"WHEN p.person_id IS NULL OR {column} IS NULL{readable} THEN '' "
    cases += f"WHEN p.{at.scheme} <> '' THEN p.{at.scheme} || ',' " if at.scheme else ""
    for mark in marks:
        cases += f"WHEN SUBSTRING({column}, 1, {len(mark) + 1}) = {literal(mark + ':')} THEN {literal(mark + ',')} "
    return f"CASE {cases}ELSE ',' END"


def _account() -> str:
    return f"CASE WHEN p.person_id IS NULL OR p.standing <> '{Standing.ACTIVE}' THEN '' ELSE ',' END"


def _with_nulls(found: pa.Table) -> pa.Table:
    for kind in _HELD:
        said = found[kind].combine_chunks()
        read = pc.if_else(pc.equal(said, ""), None, pc.utf8_slice_codeunits(said, 0, -1))
        found = found.set_column(found.column_names.index(kind), kind, read)
    return found
