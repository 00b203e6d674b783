"""The files of one log: one file, a folder of them, or a ZIP of several, in the order of their names."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from affected.evidence.compressed import members_of, open_bytes, open_member
from affected.evidence.spreadsheet import is_spreadsheet
from packs import BadInput


@dataclass(frozen=True)
class LogFile:
    """One file and what to call it: its name, or its path within the folder or the archive."""

    name: str
    path: Path

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it; a log that was rotated on a quiet day is empty."""
        return not is_spreadsheet(self.path) and not self.head

    @property
    def head(self) -> bytes:
        """Its first bytes, from inside where it is compressed; none of a spreadsheet."""
        if is_spreadsheet(self.path):
            return b""
        with open_bytes(self.path) as file:
            return file.read(1 << 12)


def files_of(path: Path, work_dir: Path) -> Iterator[LogFile]:
    """Each file in turn; one from an archive of several is unpacked into `work_dir` and removed before the next.

    Raises BadInput where there is no file, or one that is no plain file: a link could lead anywhere.
    """
    if path.is_dir():
        yield from _in_folder(path)
    elif path.is_file() and _is_archive(path) and len(members_of(path)) > 1:
        yield from _in_archive(path, work_dir / "unpacked")
    elif path.exists():
        yield LogFile(path.name, path)
    else:
        raise BadInput(f"{path.name}: there is no such file.")


def left_out(path: Path) -> list[str]:
    """The hidden files of a folder, which are no part of a log."""
    if not path.is_dir():
        return []
    return sorted(str(one.relative_to(path)) for one in path.rglob("*") if not one.is_dir() and _is_hidden(one, path))


def _in_folder(folder: Path) -> Iterator[LogFile]:
    found = sorted(
        (one.relative_to(folder).as_posix(), one) for one in folder.rglob("*") if not _is_hidden(one, folder)
    )
    files = [(name, one) for name, one in found if one.is_symlink() or not one.is_dir()]
    if not files:
        raise BadInput(f"{folder.name}: the folder holds no files.")
    for name, one in files:
        if one.is_symlink() or not one.is_file():
            raise BadInput(f"{name}: this is no plain file, and links are not followed.")
        yield LogFile(name, one)


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04" and not is_spreadsheet(path)


def _in_archive(archive: Path, folder: Path) -> Iterator[LogFile]:
    folder.mkdir(mode=0o700)
    for number, member in enumerate(sorted(members_of(archive), key=lambda one: one.filename)):
        # Its own name may be of any kind; only the end of it says how it is read.
        unpacked = folder / f"{number:06d}{Path(member.filename).suffix[:8]}"
        with open_member(archive, member) as source, unpacked.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        yield LogFile(member.filename, unpacked)
        unpacked.unlink()
