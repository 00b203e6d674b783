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

import pyarrow as pa

from packs import BadInput

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class _Stream(Protocol):
    """What the openers of the standard library have in common."""

    def read(self, size: int = -1, /) -> bytes: ...

    def close(self) -> None: ...


def _zstandard(path: Path) -> _Stream:
    stream: _Stream = pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")
    return stream


_OPENERS: dict[bytes, Callable[[Path], _Stream]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"\x28\xb5\x2f\xfd": _zstandard,
}
_ZIP = b"PK\x03\x04"
# Text shrinks to a tenth or, where it repeats itself, to a fiftieth; what shrinks more was made to fill a disk.
_GROWTH = 250
_ALWAYS = 1 << 30  # bytes that any file may hold inside
_DAMAGED = (EOFError, OSError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, pa.ArrowInvalid)


def open_bytes(path: Path) -> BinaryIO:
    """The file, or what is inside a gzip, bzip2, xz, Zstandard or one-file ZIP, told by its bytes and not its name.

    Raises BadInput naming the file, now or while it is read: damaged, locked, of several files, or grown past 1 GiB
    and 250 times its size.
    """
    with path.open("rb") as file:
        head = file.read(6)
    opener = next((opener for mark, opener in _OPENERS.items() if head.startswith(mark)), None)
    if opener is None and not head.startswith(_ZIP):
        return path.open("rb")
    if opener is None:
        members = members_of(path)
        if len(members) != 1:
            raise BadInput(f"{path.name}: this archive holds {len(members)} files; hand in the one that is meant.")
        return open_member(path, members[0])
    try:
        return _bounded(opener(path), path)
    except _DAMAGED:
        raise _damaged(path) from None


def members_of(path: Path) -> list[zipfile.ZipInfo]:
    """The files in a ZIP. Raises BadInput where it is damaged or locked."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
    except _DAMAGED:
        raise _damaged(path) from None
    if any(one.flag_bits & 1 for one in members):
        raise BadInput(f"{path.name}: this archive is locked with a password; hand in what is inside.")
    return members


def open_member(path: Path, member: zipfile.ZipInfo) -> BinaryIO:
    """What is inside one file of a ZIP. Raises BadInput as open_bytes does, and where it is packed in a way unknown."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _bounded(archive.open(member), path)  # the member keeps the file open until it is closed itself
    except NotImplementedError:
        raise BadInput(f"{path.name}: this archive is packed by a method that is not read here; unpack it.") from None
    except _DAMAGED:
        raise _damaged(path) from None


def _bounded(inside: _Stream, path: Path) -> BinaryIO:
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


def _damaged(path: Path) -> BadInput:
    return BadInput(f"{path.name}: this compressed file is damaged or cut off; nothing of it was read.")
