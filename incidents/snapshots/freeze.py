"""Freeze a resolution: sealed files renamed into place, rows that never change, counts by cohort."""

import hashlib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from affected import Cohort, Resolution, cohorts, everybody
from affected.difference import changes_between
from affected.disk import is_full
from affected.words import Membership
from incidents.foundation.clock import Clock
from incidents.foundation.errors import Refused
from incidents.foundation.ids import new_id
from incidents.foundation.keys import DataKey, KeyRing, KeyUse
from incidents.record import timeline
from incidents.record.actor import Actor
from incidents.record.tables import Incident
from incidents.snapshots import sealed
from incidents.snapshots.carry import Round, carry
from incidents.snapshots.opened import folder_of, newest, open_file
from incidents.snapshots.tables import Snapshot, SnapshotCohort, SnapshotFile

_AT_ONCE = 2  # files that are sealed at the same time
# What is kept of how an item was read; headings are left out, because a first row taken for one holds people.
_REPORTED = (
    *("kind", "exposed", "shape", "encoding", "delimiter", "header", "rows", "lines", "kept", "outside", "coverage"),
    "likeness",
    *("format", "bulk", "nameless", "warnings"),
)


@dataclass(frozen=True)
class Scoped:
    """What a scoping was of: the directory's id, the day that ages are of, the items of evidence."""

    directory: str
    as_of: date
    evidence_ids: tuple[str, ...]


def freeze(
    tx: Session,
    incident: Incident,
    resolution: Resolution,
    scoped: Scoped,
    *,
    salt_key_id: str,
    by: Actor,
    clock: Clock,
    keys: KeyRing,
    home: Path,
) -> Snapshot:
    """Write the next version. Nothing is left behind where opening the version before, comparing or writing fails."""
    parent = newest(tx, incident.id)
    before = open_file(tx, parent, "people", keys=keys, home=home) if parent and _alive(tx, parent) else None
    snapshot_id = new_id("snap")
    key_id = keys.make(tx, KeyUse.PARQUET, purpose="snapshot", subject_id=snapshot_id, clock=clock)
    tables = files_of(resolution, scoped.directory)
    files, changes = _write(folder_of(home, snapshot_id), tables, keys.bare(tx, key_id), snapshot_id, before)
    snapshot = Snapshot(
        id=snapshot_id,
        incident_id=incident.id,
        version=parent.version + 1 if parent else 1,
        parent_id=parent.id if parent else None,
        directory=scoped.directory,
        as_of_on=scoped.as_of,
        evidence_ids=list(scoped.evidence_ids),
        key_id=key_id,
        salt_key_id=salt_key_id,
        digest=snapshot_digest({file.name: (file.rows, file.digest) for file in files}, scoped),
        counts=resolution.counts,
        changes=changes,
        reports={item: _reported(report) for item, report in resolution.reports.items()},
        frozen_at=clock.now(),
        frozen_by=by.id,
        frozen_by_name=by.name,
    )
    tx.add(snapshot)
    tx.flush()
    tx.add_all([*files, *_cohort_rows(snapshot_id, tables["people"])])
    tx.flush()
    reviewed = carry(Round(tx, snapshot, tables["people"], tables["why"], tables["aliases"], keys, clock))
    detail = {"snapshot": snapshot.id, "version": snapshot.version, "digest": snapshot.digest}
    detail |= {"counts": snapshot.counts, "changes": snapshot.changes, "evidence": snapshot.evidence_ids}
    detail |= {"reviewed": reviewed} if reviewed else {}
    timeline.append(tx, incident.id, "snapshot.frozen", detail, by=by, clock=clock)
    return snapshot


def files_of(resolution: Resolution, directory: str) -> dict[str, pa.Table]:
    """The tables of a snapshot by name. `people` holds the affected, the undecided and the strangers, by `membership`,
    each with their cohort; a stranger's address lies in `strangers` alone. `likenesses` is there where a row of free
    text is like somebody."""
    people = everybody(resolution.people, resolution.undecided, resolution.strangers, controller=directory)
    return {
        "people": people,
        "strangers": resolution.strangers,
        "why": resolution.why,
        "rows": resolution.rows,
        "unknown_ids": resolution.unknown_ids,
        "hits": resolution.hits,
        "aliases": resolution.aliases,
        **({"likenesses": resolution.likenesses} if resolution.likenesses.num_rows else {}),
    }


def changes_of(tables: dict[str, pa.Table], before: pa.Table | None) -> dict[str, int]:
    """How many people of a snapshot with these files changed, by how, since the people `before`; nothing without."""
    return changes_between(before, tables["people"], tables["aliases"]).counts if before is not None else {}


def snapshot_digest(files: dict[str, tuple[int, str]], scoped: Scoped) -> str:
    """The digest of a snapshot: of its files' digests, with what it was of."""
    said = {"files": {name: list(found) for name, found in files.items()}, "directory": scoped.directory}
    said |= {"as_of": scoped.as_of.isoformat(), "evidence": sorted(scoped.evidence_ids)}
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def salt_key(tx: Session, incident: Incident, *, keys: KeyRing, clock: Clock) -> str:
    """The key of the strangers' tokens: the one that earlier versions used, so that a stranger keeps their token."""
    used = select(Snapshot.salt_key_id).where(Snapshot.incident_id == incident.id).order_by(Snapshot.version.desc())
    for key_id in tx.scalars(used):
        key = tx.get(DataKey, key_id)
        if key is not None and key.wrapped is not None:
            return key_id
    return keys.make(tx, KeyUse.PARQUET, purpose="strangers' tokens", subject_id=incident.id, clock=clock)


def _alive(tx: Session, snapshot: Snapshot) -> bool:
    key = tx.get(DataKey, snapshot.key_id)
    return key is not None and key.wrapped is not None


def _write(
    folder: Path, tables: dict[str, pa.Table], key: bytes, snapshot_id: str, before: pa.Table | None
) -> tuple[list[SnapshotFile], dict[str, int]]:
    """The files as they were written, and how many people changed since `before`."""
    unfinished = folder.with_name(f".{folder.name}.part")
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        with ThreadPoolExecutor(1) as hand:  # who compares takes what time the files leave
            compared = hand.submit(changes_of, tables, before)
            files = [
                SnapshotFile(
                    id=new_id("snf"), snapshot_id=snapshot_id, name=name, rows=tables[name].num_rows, **written
                )
                for name, written in seal(unfinished, tables, key).items()
            ]
            changes = compared.result()
        _settle(unfinished)
        unfinished.rename(folder)
    except BaseException as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if isinstance(error, OSError) and is_full(error):
            raise Refused("disk_full", "The disk is full: nothing was frozen, and the version before stands.") from None
        raise
    return files, changes


def seal(folder: Path, tables: dict[str, pa.Table], key: bytes) -> dict[str, dict[str, Any]]:
    """Write each table into `folder` under `key`, two at a time; of each by name its size in bytes, the digest of its
    rows and that of its bytes (sealed_sha256)."""

    def one(name: str) -> dict[str, Any]:
        size, sha256 = sealed.write(folder / f"{name}.parquet", tables[name], key)
        return {"size": size, "digest": sealed.digest_of(tables[name]), "sealed_sha256": sha256}

    with ThreadPoolExecutor(_AT_ONCE) as hands:
        return dict(zip(tables, hands.map(one, tables), strict=True))


def _settle(folder: Path) -> None:
    for path in [*folder.iterdir(), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def _reported(report: dict[str, Any]) -> dict[str, Any]:
    kept = {name: report[name] for name in _REPORTED if name in report}
    kept |= {"read_by": sorted(report["columns"])} if "columns" in report else {}
    # A file's name may hold personal data; its place in the order of names does not.
    files = [{"first_row": one["first_row"], "lines": one["lines"]} for one in report.get("files", [])]
    return kept | ({"files": files} if files else {})


def _cohort_rows(snapshot_id: str, people: pa.Table) -> list[SnapshotCohort]:
    found = []
    for word in Membership:
        part = people.filter(pa.compute.equal(people["membership"], word.value))
        found += [_cohort_row(snapshot_id, word, cohort) for cohort in cohorts(part)]
    return found


def _cohort_row(snapshot_id: str, membership: Membership, cohort: Cohort) -> SnapshotCohort:
    counted = {name: value for name, value in asdict(cohort).items() if name != "key"}
    key = asdict(cohort.key) | {"categories": list(cohort.key.categories)}
    ids = {"id": new_id("snc"), "snapshot_id": snapshot_id, "cohort_id": cohort.key.id}
    return SnapshotCohort(**ids, membership=membership, **key, **counted)
