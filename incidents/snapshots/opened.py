"""Read a snapshot: found by version, opened with its key after its digests were checked, counted by cohort."""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select
from sqlalchemy.orm import Session

from affected import Directory, contacts
from affected.merged import ALIASES
from affected.words import Membership
from incidents.foundation.errors import NotFound, Refused
from incidents.foundation.keys import KeyRing
from incidents.snapshots import recount, sealed, standing
from incidents.snapshots.in_force import decisions
from incidents.snapshots.standing import NOT_TOLD, Word
from incidents.snapshots.tables import Snapshot, SnapshotCohort, SnapshotFile


class Decision(StrEnum):
    """What compliance decides about undecided people or strangers."""

    INCLUDE = "include"  # they count and are told one by one
    EXCLUDE = "exclude"  # they do not count
    ANNOUNCE_ONLY = "announce_only"  # they count, and are told by the announcement


def newest(tx: Session, incident_id: str) -> Snapshot | None:
    """The latest version, or None before the first."""
    query = select(Snapshot).where(Snapshot.incident_id == incident_id).order_by(Snapshot.version.desc()).limit(1)
    return tx.scalars(query).first()


def versions(tx: Session, incident_id: str) -> list[Snapshot]:
    """All versions in order."""
    return list(tx.scalars(select(Snapshot).where(Snapshot.incident_id == incident_id).order_by(Snapshot.version)))


def version(tx: Session, incident_id: str, number: int) -> Snapshot:
    """One version. Raises NotFound."""
    query = select(Snapshot).where(Snapshot.incident_id == incident_id, Snapshot.version == number)
    found = tx.scalars(query).first()
    if found is None:
        raise NotFound("snapshot version", str(number))
    return found


def files(tx: Session, snapshot: Snapshot) -> list[SnapshotFile]:
    """The files of a snapshot by name, with their digests."""
    query = select(SnapshotFile).where(SnapshotFile.snapshot_id == snapshot.id).order_by(SnapshotFile.name)
    return list(tx.scalars(query))


def cohort_rows(tx: Session, snapshot: Snapshot) -> list[SnapshotCohort]:
    """The counts by cohort and membership, largest first."""
    query = select(SnapshotCohort).where(SnapshotCohort.snapshot_id == snapshot.id)
    return list(tx.scalars(query.order_by(SnapshotCohort.people.desc(), SnapshotCohort.cohort_id)))


def cohort_facts(tx: Session, snapshot: Snapshot) -> list[dict[str, Any]]:
    """The cohorts as the law engine asks for them: the key's fields, id, and people {min, max}.

    Undecided people, strangers on whom nobody has decided, and people excluded but found anew widen `max` only.
    Excluded ones count nowhere.
    """
    facts: dict[str, dict[str, Any]] = {}
    for row, low, high in counted(tx, snapshot):
        fact = facts.setdefault(row.cohort_id, _key_of(row) | {"people": {"min": 0, "max": 0}})
        fact["people"]["max"] += high
        fact["people"]["min"] += low
    return [facts[cohort_id] for cohort_id in sorted(facts)]


def counted(tx: Session, snapshot: Snapshot) -> Iterator[tuple[SnapshotCohort, int, int]]:
    """(row, people who count for sure, people who may) of every cohort that is not excluded to the last."""
    decided = decisions(tx, snapshot.incident_id)
    reviewed = standing.by_cohort(tx, snapshot)
    for row in cohort_rows(tx, snapshot):
        decision = decided.get((row.cohort_id, row.membership))
        words: Mapping[str, int] = reviewed.get((row.cohort_id, row.membership), {})
        # What was decided of a person goes before what was decided of their cohort.
        rest = row.people - sum(words.values())
        if decision is not None and decision.decision == Decision.EXCLUDE:
            rest = 0
        sure = row.membership == Membership.AFFECTED or decision is not None
        low = words.get(Word.INCLUDE, 0) + (rest if sure else 0)
        high = words.get(Word.INCLUDE, 0) + words.get(Word.AGAIN, 0) + rest
        if high:
            yield row, low, high


def open_file(tx: Session, snapshot: Snapshot, name: str, *, keys: KeyRing, home: Path) -> pa.Table:
    """The rows of one file of a snapshot. Raises Refused when its bytes or rows are not those that were frozen, or its
    key was shredded."""
    query = select(SnapshotFile).where(SnapshotFile.snapshot_id == snapshot.id, SnapshotFile.name == name)
    row = tx.scalars(query).first()
    if row is None:
        raise NotFound("snapshot file", name)
    key = keys.bare(tx, snapshot.key_id)
    path = folder_of(home, snapshot.id) / f"{name}.parquet"
    _check_bytes(path, row, snapshot)
    table = sealed.read(path, key)
    if sealed.digest_of(table) != row.digest:
        raise Refused("snapshot_changed", f"The rows of {name} in version {snapshot.version} are not those frozen.")
    return table


def open_people(tx: Session, snapshot: Snapshot, *, keys: KeyRing, home: Path) -> pa.Table:
    """Everybody in a snapshot: the columns of affected.Resolution.people, with membership and cohort_id."""
    return open_file(tx, snapshot, "people", keys=keys, home=home)


def people_of(tx: Session, snapshot: Snapshot, cohort_ids: Collection[str], *, keys: KeyRing, home: Path) -> pa.Table:
    """Those of some cohorts who are to be told one by one: the affected, and whom compliance decided to include.

    Whom a reviewer excluded is not among them, nor is who was excluded and found anew, until somebody confirms.
    """
    people = open_people(tx, snapshot, keys=keys, home=home)
    people = people.filter(pc.is_in(people["cohort_id"], value_set=pa.array(sorted(cohort_ids), pa.string())))
    told = pc.equal(people["membership"], Membership.AFFECTED.value)
    for (cohort_id, membership), decision in decisions(tx, snapshot.incident_id).items():
        if decision.decision == Decision.INCLUDE:
            here = pc.and_(pc.equal(people["cohort_id"], cohort_id), pc.equal(people["membership"], membership))
            told = pc.or_(told, here)
    words = recount.words_for(tx, snapshot.incident_id, people["person_id"], keys=keys)
    kept_out = pc.is_in(words, value_set=pa.array(NOT_TOLD, pa.string()))
    by_name = pc.fill_null(pc.equal(words, Word.INCLUDE.value), False)
    return people.filter(pc.or_(pc.and_not(told, kept_out), by_name))


def aliases_of(tx: Session, snapshot: Snapshot, *, keys: KeyRing, home: Path) -> pa.Table:
    """Ids that the directory merged into another (person_id, was); none of versions that were frozen without them."""
    if "aliases" not in {file.name for file in files(tx, snapshot)}:
        return ALIASES.empty_table()
    return open_file(tx, snapshot, "aliases", keys=keys, home=home)


def contacts_of(
    tx: Session, snapshot: Snapshot, person_ids: pa.Array, *, directory: Directory, keys: KeyRing, home: Path
) -> pa.Table:
    """affected.contacts of these people, and of the strangers among them, whose one address is in the snapshot."""
    ids = pa.array(person_ids, pa.string()) if isinstance(person_ids, list) else person_ids
    strangers = open_file(tx, snapshot, "strangers", keys=keys, home=home)
    strangers = strangers.filter(pc.is_in(strangers["token"], value_set=_whole(ids)))
    n = strangers.num_rows
    columns = {"person_id": strangers["token"], "kind": strangers["kind"], "address": strangers["value"]}
    columns |= {"guardian": pa.repeat(False, n), "malformed": pa.nulls(n, pa.string())}
    known = ids.filter(pc.invert(pc.is_in(ids, value_set=strangers["token"].combine_chunks())))
    return pa.concat_tables([contacts(directory, known), pa.table(columns)])


def check_sealed(tx: Session, snapshot: Snapshot, *, home: Path) -> None:
    """Check every file's bytes against their digest, without any key. Raises Refused naming the file."""
    for row in files(tx, snapshot):
        _check_bytes(folder_of(home, snapshot.id) / f"{row.name}.parquet", row, snapshot)


def folder_of(home: Path, snapshot_id: str) -> Path:
    """Where the files of a snapshot lie."""
    return home / "snapshots" / snapshot_id


def _check_bytes(path: Path, row: SnapshotFile, snapshot: Snapshot) -> None:
    if not path.exists():
        raise Refused("snapshot_missing", f"The file {row.name} of version {snapshot.version} is not there.")
    if sealed.sealed_digest(path) != row.sealed_sha256:
        raise Refused(
            "snapshot_changed", f"The bytes of {row.name} in version {snapshot.version} are not those frozen."
        )


def _key_of(row: SnapshotCohort) -> dict[str, Any]:
    names = ("controller", "residence", "region", "role", "language", "age_band", "standing", "categories")
    return {"id": row.cohort_id} | {name: getattr(row, name) for name in names}


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
