"""The contacts of one batch: a sealed file with a key of its own, opened when the batch is sent."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson
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

    columns: Mapping[str, Sequence[str]] = field(repr=False)

    @property
    def addresses(self) -> Sequence[str]:
        """Where each message goes."""
        return self.columns["address"]

    @property
    def residences(self) -> set[str]:
        """Where they live, each place once."""
        return set(self.columns["residence"])

    def at(self, ordinal: int) -> Contact:
        """The person of this ordinal."""
        return Contact(*(self.columns[name][ordinal] for name in COLUMNS))


def write(
    tx: Session, batch_id: str, contacts: Contacts, *, keys: KeyRing, home: Path, clock: Clock
) -> tuple[str, str]:
    """Seal the contacts of a batch; gives the key's id and the file's SHA-256."""
    key_id = keys.make(tx, KeyUse.FILES, purpose="batch of contacts", subject_id=batch_id, clock=clock)
    path = path_of(home, batch_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(".part")
    with keys.sealing_stream(tx, key_id, unfinished.open("wb"), about=batch_id) as stream:
        stream.write(orjson.dumps(contacts.columns))  # and not a table of Arrow's: a worker that sends has no other
    descriptor = os.open(unfinished, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    unfinished.rename(path)
    return key_id, _digest(path)


def read(tx: Session, batch: Batch, *, keys: KeyRing, home: Path) -> Contacts:
    """The contacts of a batch. Raises Refused when the file is gone or changed, or its key shredded."""
    path = path_of(home, batch.id)
    if not path.exists() or _digest(path) != batch.segment_sha256:
        raise Refused("segment_changed", f"The contacts of batch {batch.id} are not those that were planned.")
    with keys.unsealing_stream(tx, batch.key_id, path.open("rb"), about=batch.id) as stream:
        return Contacts(orjson.loads(stream.read()))


def path_of(home: Path, batch_id: str) -> Path:
    """Where the contacts of a batch lie."""
    return home / "segments" / f"{batch_id}.sealed"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
