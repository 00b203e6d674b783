"""Keys: a root key from a file wraps one key per subject; to shred is to delete that one.

Sealing is Tink's AEAD and streaming AEAD; Parquet wants bare AES keys, so those are wrapped as bytes.
"""

import secrets
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

import tink
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column
from tink import aead, secret_key_access, streaming_aead

from incidents.foundation.clock import Clock
from incidents.foundation.database import Base
from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.foundation.ids import new_id

aead.register()
streaming_aead.register()

DRILL_MARK = "drill-keys"


class KeyUse(StrEnum):
    """What a key is made for."""

    FIELDS = "fields"  # seals short values
    FILES = "files"  # seals streams of any length
    PARQUET = "parquet"  # 32 bare bytes for Parquet's own encryption


class DataKey(Base):
    """One wrapped key. A shredded one keeps its row: what was lost on purpose must not look like an accident."""

    __tablename__ = "data_key"

    id: Mapped[str] = mapped_column(primary_key=True)
    use: Mapped[str]
    purpose: Mapped[str]
    subject_id: Mapped[str] = mapped_column(index=True)
    root_id: Mapped[str]
    wrapped: Mapped[bytes | None]
    made_at: Mapped[datetime]
    shredded_at: Mapped[datetime | None]


class KeyRing:
    """Makes, opens and shreds data keys; holds the root keys of one folder (`root-<n>.json`, the last one wraps)."""

    def __init__(self, folder: Path, *, drill_allowed: bool = True) -> None:
        files = sorted(folder.glob("root-*.json"))
        if not files:
            raise BadInput(f"{folder}: there is no root key here; make one with `./tocsin keys init`.")
        if not drill_allowed and (folder / DRILL_MARK).exists():
            raise BadInput(f"{folder}: these are drill keys, which production refuses; make others with `keys init`.")
        self._folder = folder
        self._roots = {file.stem: _read_root(file) for file in files}
        self._newest = files[-1].stem

    def make(self, tx: Session, use: KeyUse, *, purpose: str, subject_id: str, clock: Clock) -> str:
        """Make a key for `subject_id` and give back its id."""
        key = DataKey(id=new_id("key"), use=use, purpose=purpose, subject_id=subject_id, made_at=clock.now())
        key.root_id = self._newest
        key.wrapped = self._wrap(key, _new_secret(use))
        tx.add(key)
        tx.flush()
        return key.id

    def seal(self, tx: Session, key_id: str, plain: bytes, *, about: str) -> bytes:
        """Encrypt a short value; `about` must be given again to open it."""
        sealed: bytes = self._fields(tx, key_id).encrypt(plain, about.encode())
        return sealed

    def unseal(self, tx: Session, key_id: str, sealed: bytes, *, about: str) -> bytes:
        """Decrypt what `seal` gave. Raises Refused when the key was shredded."""
        plain: bytes = self._fields(tx, key_id).decrypt(sealed, about.encode())
        return plain

    def sealing_stream(self, tx: Session, key_id: str, to: BinaryIO, *, about: str) -> BinaryIO:
        """A stream that encrypts into `to`, which it closes at its own close."""
        stream: BinaryIO = self._files(tx, key_id).new_encrypting_stream(to, about.encode())
        return stream

    def unsealing_stream(self, tx: Session, key_id: str, source: BinaryIO, *, about: str) -> BinaryIO:
        """A stream that decrypts `source`. Raises Refused when the key was shredded."""
        stream: BinaryIO = self._files(tx, key_id).new_decrypting_stream(source, about.encode())
        return stream

    def bare(self, tx: Session, key_id: str) -> bytes:
        """The 32 bytes of a Parquet key. Raises Refused when it was shredded."""
        return self._unwrap(_live(tx, key_id, KeyUse.PARQUET))

    def shred(self, tx: Session, key_id: str, *, clock: Clock) -> None:
        """Delete the wrapped key; whatever it locked cannot be read again. Doing it twice is harmless.

        Raises NotFound where no key has that id: whoever mistyped it must not believe that something is gone.
        """
        key = tx.get(DataKey, key_id)
        if key is None:
            raise NotFound("key", key_id)
        if key.shredded_at is None:
            key.wrapped = None
            key.shredded_at = clock.now()

    def rewrap(self, tx: Session) -> int:
        """Wrap every live key anew with the newest root; how many were wrapped."""
        old = tx.scalars(select(DataKey).where(DataKey.wrapped.is_not(None), DataKey.root_id != self._newest)).all()
        for key in old:
            secret = self._unwrap(key)
            key.root_id = self._newest
            key.wrapped = self._wrap(key, secret)
        return len(old)

    def _wrap(self, key: DataKey, secret: bytes) -> bytes:
        wrapped: bytes = self._roots[key.root_id].encrypt(secret, key.id.encode())
        return wrapped

    def _unwrap(self, key: DataKey) -> bytes:
        root = self._roots.get(key.root_id)
        if root is None:
            raise Refused("root_key_missing", f"The root key {key.root_id} is not in the key folder.")
        secret: bytes = root.decrypt(key.wrapped, key.id.encode())
        return secret

    def _fields(self, tx: Session, key_id: str) -> Any:
        return _handle(self._unwrap(_live(tx, key_id, KeyUse.FIELDS))).primitive(aead.Aead)

    def _files(self, tx: Session, key_id: str) -> Any:
        return _handle(self._unwrap(_live(tx, key_id, KeyUse.FILES))).primitive(streaming_aead.StreamingAead)


def add_root(folder: Path, *, drill: bool = False) -> Path:
    """Write one more root key into `folder` (readable by its owner only) and give back its path."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"root-{len(list(folder.glob('root-*.json'))) + 1:04d}.json"
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
    if drill:
        (folder / DRILL_MARK).write_text("Made for drills. Production refuses keys of this folder.\n")
    return path


def _read_root(file: Path) -> Any:
    try:
        handle = tink.json_proto_keyset_format.parse(file.read_text(), secret_key_access.TOKEN)
        return handle.primitive(aead.Aead)
    except (tink.TinkError, ValueError):
        raise BadInput(f"{file}: this is not a root key.") from None


def _new_secret(use: KeyUse) -> bytes:
    if use is KeyUse.PARQUET:
        return secrets.token_bytes(32)
    template = {
        KeyUse.FIELDS: aead.aead_key_templates.AES256_GCM,
        KeyUse.FILES: streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB,
    }[use]
    serial: bytes = tink.proto_keyset_format.serialize(tink.new_keyset_handle(template), secret_key_access.TOKEN)
    return serial


def _handle(secret: bytes) -> Any:
    return tink.proto_keyset_format.parse(secret, secret_key_access.TOKEN)


def _live(tx: Session, key_id: str, use: KeyUse) -> DataKey:
    key = tx.get(DataKey, key_id)
    if key is None or key.use != use:
        raise Refused("no_such_key", f"There is no {use} key {key_id}.")
    if key.wrapped is None:
        raise Refused(
            "key_shredded", f"The key of this {key.purpose} was shredded at {key.shredded_at:%Y-%m-%d %H:%M}Z."
        )
    return key
