"""The contacts of one batch: a sealed file with a key of its own, opened when the batch is sent."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from sqlalchemy.orm import Session

from incidents.deliveries.tables import Batch
from incidents.foundation.clock import Clock
from incidents.foundation.errors import Refused
from incidents.foundation.keys import KeyRing, KeyUse

COLUMNS = ("person_id", "residence", "role", "address")


@dataclass(frozen=True)
class Contact:
    """One person of a segment: who, where they live, in which role, at which address. Never shown."""

    person_id: str = field(repr=False)
    residence: str
    role: str
    address: str = field(repr=False)


@dataclass(frozen=True)
class Contacts:
    """The contacts of a batch, a column a field, in the order of their ordinals."""

    table: pa.Table = field(repr=False)

    @property
    def addresses(self) -> list[str]:
        """Where each message goes."""
        found: list[str] = self.table["address"].to_pylist()
        return found

    def at(self, ordinal: int) -> Contact:
        """The person of this ordinal."""
        return Contact(*(self.table[name][ordinal].as_py() for name in COLUMNS))


def write(
    tx: Session, batch_id: str, contacts: pa.Table, *, keys: KeyRing, home: Path, clock: Clock
) -> tuple[str, str]:
    """Seal the contacts of a batch (COLUMNS, in order of their ordinals); gives the key's id and the file's SHA-256."""
    key_id = keys.make(tx, KeyUse.FILES, purpose="batch of contacts", subject_id=batch_id, clock=clock)
    path = path_of(home, batch_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(".part")
    with (
        keys.sealing_stream(tx, key_id, unfinished.open("wb"), about=batch_id) as stream,
        pa.ipc.new_stream(stream, contacts.schema) as writer,
    ):
        writer.write_table(contacts)
    descriptor = os.open(unfinished, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    unfinished.rename(path)
    return key_id, hashlib.sha256(path.read_bytes()).hexdigest()


def read(tx: Session, batch: Batch, *, keys: KeyRing, home: Path) -> Contacts:
    """The contacts of a batch. Raises Refused when the file is gone or changed, or its key shredded."""
    path = path_of(home, batch.id)
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != batch.segment_sha256:
        raise Refused("segment_changed", f"The contacts of batch {batch.id} are not those that were planned.")
    with keys.unsealing_stream(tx, batch.key_id, path.open("rb"), about=batch.id) as stream:
        return Contacts(pa.ipc.open_stream(stream.read()).read_all().select(COLUMNS))


def path_of(home: Path, batch_id: str) -> Path:
    """Where the contacts of a batch lie."""
    return home / "segments" / f"{batch_id}.sealed"
