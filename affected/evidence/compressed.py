"""The bytes of a file of evidence, from inside where it is compressed, with a bound on how much may come out."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from packs import BadInput

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class _Stream(Protocol):
    """What the openers of the standard library have in common."""

    def read(self, size: int = -1, /) -> bytes: ...

    def close(self) -> None: ...


_OPENERS: dict[bytes, Callable[[Path], _Stream]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
_ZIP = b"PK\x03\x04"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
# Text shrinks to a tenth or, where it repeats itself, to a fiftieth; what shrinks more was made to fill a disk.
_GROWTH = 250
_ALWAYS = 1 << 30  # bytes that any file may hold inside
_DAMAGED = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


def open_bytes(path: Path) -> BinaryIO:
    """The file, or what is inside a gzip, bzip2, xz or one-file ZIP, told by its first bytes and not by its name.

    Raises BadInput naming the file, now or while it is read: damaged, locked, of several files, or grown past 1 GiB
    and 250 times its size.
    """
    with path.open("rb") as file:
        head = file.read(6)
    if head.startswith(_ZSTANDARD):
        raise BadInput(f"{path.name}: this file is compressed with Zstandard; hand in what is inside.")
    opener = next((opener for mark, opener in _OPENERS.items() if head.startswith(mark)), None)
    if opener is None and not head.startswith(_ZIP):
        return path.open("rb")
    try:
        inside = opener(path) if opener else _only_member(path)
    except _DAMAGED:
        raise _damaged(path) from None
    return io.BufferedReader(_Bounded(inside, path), 1 << 16)


class _Bounded(io.RawIOBase):
    """A compressed stream that stops where no honest file would still go on."""

    def __init__(self, inside: _Stream, path: Path) -> None:
        self._inside, self._path = inside, path
        self._left = max(_ALWAYS, path.stat().st_size * _GROWTH)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        room = memoryview(buffer)
        try:
            found = self._inside.read(len(room))
        except _DAMAGED:
            raise _damaged(self._path) from None
        self._left -= len(found)
        if self._left < 0:
            raise BadInput(
                f"{self._path.name}: this file grows to more than {_GROWTH} times its size; it was not read."
            )
        room[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self._inside.close()
        super().close()


def _only_member(path: Path) -> _Stream:
    archive = zipfile.ZipFile(path)
    members = [one for one in archive.infolist() if not one.is_dir()]
    if len(members) != 1:
        raise BadInput(f"{path.name}: this archive holds {len(members)} files; hand in the one that is meant.")
    if members[0].flag_bits & 1:
        raise BadInput(f"{path.name}: this archive is locked with a password; hand in what is inside.")
    return archive.open(members[0])


def _damaged(path: Path) -> BadInput:
    return BadInput(f"{path.name}: this compressed file is damaged or cut off; nothing of it was read.")
