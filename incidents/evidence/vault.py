"""The vault: bytes at rest, sealed as they arrive, written once and never over."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from tink import TinkError

from incidents.foundation.errors import Refused

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Deposit:
    """What the vault says of one thing it took: size and digest of the plain bytes, digest of the sealed ones."""

    size: int
    sha256: str
    sealed_sha256: str


class Vault(Protocol):
    """Keeps sealed bytes under a name; a name is written once."""

    def put(self, name: str, source: BinaryIO, seal: Callable[[BinaryIO], BinaryIO]) -> Deposit: ...

    def sealed(self, name: str) -> BinaryIO: ...


class FolderVault:
    """A vault in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, source: BinaryIO, seal: Callable[[BinaryIO], BinaryIO]) -> Deposit:
        """Seal `source` into `name`; `seal` wraps the file in an encrypting stream.

        A deposit cut short (full disk, lost source) leaves nothing behind. Raises Refused when `name` is taken.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path, unfinished = self._folder / name, self._folder / f".{name}.part"
        if path.exists():
            raise Refused("vault_taken", "The vault is written once: this name is taken.")
        try:
            deposit = _seal_into(unfinished, source, seal)
            os.link(unfinished, path)  # fails where the name was taken meanwhile; a rename would write over it
            path.chmod(0o400)
            return deposit
        except FileExistsError:
            raise Refused("vault_taken", "The vault is written once: this name is taken.") from None
        except TinkError as error:  # the sealing stream's own word for whatever stopped it below
            sentence = "The vault could not take this in; its disk may be full. Nothing of it was kept."
            raise Refused("vault_failed", sentence) from error
        finally:
            unfinished.unlink(missing_ok=True)

    def sealed(self, name: str) -> BinaryIO:
        """The sealed bytes of `name`. Raises Refused when the vault does not hold it."""
        try:
            return (self._folder / name).open("rb")
        except FileNotFoundError:
            raise Refused("vault_missing", f"The vault does not hold {name}.") from None


def _seal_into(path: Path, source: BinaryIO, seal: Callable[[BinaryIO], BinaryIO]) -> Deposit:
    plain, size = hashlib.sha256(), 0
    path.unlink(missing_ok=True)
    with path.open("xb") as file:
        stream = seal(file)
        while chunk := source.read(_CHUNK):
            plain.update(chunk)
            size += len(chunk)
            stream.write(chunk)
        stream.close()
    with path.open("rb") as file:
        sealed = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return Deposit(size, plain.hexdigest(), sealed)
