"""Scope an incident: its live evidence against the company's directory becomes the next frozen version."""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import Session

from affected import Directory, Evidence, Limits, Resolution, evidence_from, resolve
from affected.evidence import reviewed
from affected.resolve import Progress, may_expose
from incidents.evidence.collect import EvidenceKind, items, take_out
from incidents.evidence.vault import Vault
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.keys import KeyRing
from incidents.record.actor import Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident
from incidents.snapshots.freeze import Scoped, freeze, salt_key
from incidents.snapshots.review import included_by_name
from incidents.snapshots.tables import Snapshot
from policies.categories import require_categories


@dataclass(frozen=True)
class Named:
    """People whom a review includes by name: they are found whatever the evidence says. `exposed`: see Verdict."""

    review_id: str
    exposed: tuple[str, ...] | None
    person_ids: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Drawn:
    """Evidence taken out of the vault into a private folder, ready to be resolved without a transaction."""

    evidence: tuple[Evidence, ...]
    folder: Path
    as_of: date
    salt: bytes
    salt_key_id: str
    named: tuple[Named, ...] = ()


def scope(
    tx: Session,
    incident: Incident,
    *,
    by: Actor,
    clock: Clock,
    directory: Directory,
    vault: Vault,
    keys: KeyRing,
    home: Path,
    progress: Progress | None = None,
) -> Snapshot:
    """Resolve the live evidence and freeze version n+1, in one transaction.

    Where others wait for the database, do the same in three steps: `draw` in one transaction, `resolve_drawn` in none,
    `freeze_drawn` in another.
    """
    with private_folder(home) as folder:
        drawn = draw(tx, incident, folder, by=by, clock=clock, vault=vault, keys=keys)
        resolution = resolve_drawn(drawn, directory, progress=progress)
        return freeze_drawn(tx, incident, drawn, resolution, directory, by=by, clock=clock, keys=keys, home=home)


@contextmanager
def private_folder(home: Path) -> Iterator[Path]:
    """A folder for plain evidence, open to its owner only and gone with all that is in it at the end."""
    place = home / "work"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    _clear_up(place)
    folder = Path(tempfile.mkdtemp(prefix=f"{_mark()}{os.getpid()}-", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _mark() -> str:
    return f"scope-{platform.node()}-"


def _clear_up(place: Path) -> None:
    """Remove what a killed scoping of this machine left: it is evidence in the clear."""
    for left in place.glob(f"{_mark()}*"):
        pid = left.name.removeprefix(_mark()).split("-")[0]
        if pid.isdigit() and not _runs(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def draw(
    tx: Session, incident: Incident, folder: Path, *, by: Actor, clock: Clock, vault: Vault, keys: KeyRing
) -> Drawn:
    """Take the live evidence that names people out of the vault; a custody entry for each item says what for."""
    must_be_open(incident)
    by.must_be(ActorRole.RESPONDER, ActorRole.COMPLIANCE)
    found = [item for item in items(tx, incident.id) if item.kind != EvidenceKind.DOCUMENT]
    if not found:
        raise Refused("no_evidence", "No evidence here names anybody: collect a list, a log or a predicate.")
    evidence = []
    for item in found:
        path = folder / f"{item.id}{item.suffix}"
        evidence.append(evidence_from(item.id, item.kind, path, item.reading))
        require_categories(may_expose(evidence[-1], ()), f"{item.id}: exposed")
        take_out(tx, item, path, purpose="to find who is affected", by=by, clock=clock, vault=vault, keys=keys)
    key_id = salt_key(tx, incident, keys=keys, clock=clock)
    named = tuple(
        Named(one.id, None if one.exposed is None else tuple(one.exposed), tuple(person_ids))
        for one, person_ids in included_by_name(tx, incident.id, keys=keys)
    )
    return Drawn(tuple(evidence), folder, clock.now().date(), keys.bare(tx, key_id), key_id, named)


def resolve_drawn(
    drawn: Drawn, directory: Directory, *, progress: Progress | None = None, limits: Limits | None = None
) -> Resolution:
    """Find who is affected; touches no database. Raises BadInput naming the item of evidence or the directory."""
    require_categories(directory.mapping.categories, f"the mapping of '{directory.mapping.directory}': categories")
    work = drawn.folder / "resolve"
    work.mkdir(mode=0o700)
    found = resolve(
        directory,
        [*drawn.evidence, *(_as_evidence(drawn, one, directory) for one in drawn.named)],
        as_of=drawn.as_of,
        work_dir=work,
        progress=progress,
        salt=drawn.salt,
        limits=limits,
    )
    return _without_rows_of(found, {one.review_id for one in drawn.named})


def _as_evidence(drawn: Drawn, one: Named, directory: Directory) -> Evidence:
    """A review is evidence of its own: a list of ids that somebody signed. What was exposed of its people is what the
    reviewer said, or else whatever the live evidence exposed of anybody."""
    path = drawn.folder / f"{one.review_id}.txt"
    path.touch(mode=0o600)
    path.write_text("\n".join(one.person_ids), encoding="utf-8")
    exposed = set(one.exposed or ())
    for item in drawn.evidence if one.exposed is None else ():
        exposed |= set(may_expose(item, directory.mapping.categories))
    return evidence_from(one.review_id, reviewed.KIND, path, {"exposed": sorted(exposed)})


def _without_rows_of(found: Resolution, review_ids: set[str]) -> Resolution:
    """A reviewer's list has no rows that anybody could have copied, so they are no records that leaked."""
    if not review_ids:
        return found
    mine = pc.is_in(found.rows["evidence_id"], value_set=pa.array(sorted(review_ids), pa.string()))
    rows = found.rows.filter(pc.invert(mine))
    outcomes = {word: pc.sum(pc.equal(rows["outcome"], word)).as_py() or 0 for word in found.counts["rows"]}
    return replace(found, rows=rows, counts=found.counts | {"rows": outcomes})


def freeze_drawn(
    tx: Session,
    incident: Incident,
    drawn: Drawn,
    resolution: Resolution,
    directory: Directory,
    *,
    by: Actor,
    clock: Clock,
    keys: KeyRing,
    home: Path,
) -> Snapshot:
    """Freeze what was found as the next version of the incident."""
    must_be_open(incident)
    if directory.mapping.directory != incident.company:
        raise BadInput(f"The directory '{directory.mapping.directory}' is not that of {incident.company}.")
    scoped = Scoped(directory.mapping.directory, drawn.as_of, tuple(item.id for item in drawn.evidence))
    return freeze(
        tx,
        incident,
        resolution,
        scoped,
        salt_key_id=drawn.salt_key_id,
        by=by,
        clock=clock,
        keys=keys,
        home=home,
    )
