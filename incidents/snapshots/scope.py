"""Scope an incident: its live evidence against the company's directory becomes the next frozen version."""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from affected import Directory, Evidence, Limits, Resolution, evidence_from, resolve
from affected.resolve import Progress
from incidents.evidence.collect import EvidenceKind, items, take_out
from incidents.evidence.vault import Vault
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.keys import KeyRing
from incidents.record.actor import Actor, ActorRole
from incidents.record.incident import must_be_open
from incidents.record.tables import Incident
from incidents.snapshots.freeze import Scoped, freeze, salt_key
from incidents.snapshots.tables import Snapshot


@dataclass(frozen=True)
class Drawn:
    """Evidence taken out of the vault into a private folder, ready to be resolved without a transaction."""

    evidence: tuple[Evidence, ...]
    folder: Path
    as_of: date
    salt: bytes
    salt_key_id: str


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
        take_out(tx, item, path, purpose="to find who is affected", by=by, clock=clock, vault=vault, keys=keys)
    key_id = salt_key(tx, incident, keys=keys, clock=clock)
    return Drawn(tuple(evidence), folder, clock.now().date(), keys.bare(tx, key_id), key_id)


def resolve_drawn(
    drawn: Drawn, directory: Directory, *, progress: Progress | None = None, limits: Limits | None = None
) -> Resolution:
    """Find who is affected; touches no database. Raises BadInput naming the item of evidence or the directory."""
    work = drawn.folder / "resolve"
    work.mkdir(mode=0o700)
    return resolve(
        directory,
        drawn.evidence,
        as_of=drawn.as_of,
        work_dir=work,
        progress=progress,
        salt=drawn.salt,
        limits=limits,
    )


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
