"""Which encoding a text file is in, told from its bytes without loading it, and its lines with a bound on each."""

import codecs
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from affected.evidence.compressed import open_bytes
from packs import BadInput

CHUNK = 1 << 20
LINE_LIMIT = 1 << 20  # characters; no row of a list is a million characters long
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# A file that is UTF-8 but for a few broken bytes is still UTF-8: only those rows are set aside.
_BROKEN_SHARE = 0.02


def encoding_of(path: Path, *, said: str | None = None) -> str:
    """The encoding: the one that was said, by its mark, UTF-8, UTF-16 by its zero bytes, or GB 18030.

    Raises BadInput when there is no text in the file or none of these fits, and when a line has no end.
    """
    with open_bytes(path) as file:
        head = file.read(CHUNK)
    if not head.strip(b"\x00\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise BadInput(f"{path.name}: the file is empty.")
    if said is not None:
        return _known(path, said)
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked or b"\x00" in head[:4096]:
        return marked or _utf16(path, head[:4096])
    _bound_bytes(path)
    return _guessed(path)


def _guessed(path: Path) -> str:
    broken, beyond = _count(path, "utf-8")
    if broken <= beyond * _BROKEN_SHARE:
        return "utf-8"
    if not _count(path, "gb18030")[0]:
        return "gb18030"
    if broken < beyond / 2:
        return "utf-8"
    raise BadInput(f"{path.name}: this is neither UTF-8, UTF-16 nor GB 18030 text; say which encoding it is.")


def open_text(path: Path, encoding: str) -> TextIO:
    """The file as text; bytes that do not decode become a sign that `undecodable` knows, so that their row alone is
    marked."""
    return TextIOWrapper(open_bytes(path), encoding=encoding, errors="replace", newline="")


def bounded_lines(stream: TextIO, *, name: str, limit: int = LINE_LIMIT) -> Iterator[str]:
    """The lines of `stream` with their ends. Raises BadInput at one longer than `limit`, having read no more of it."""
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        if len(line) > limit:
            raise BadInput(f"{name}:{number}: this line is longer than {limit:,} characters.")
        yield line


def undecodable(text: str) -> bool:
    """Whether `text` holds bytes that were no text."""
    return not text.isascii() and "\ufffd" in text


def _known(path: Path, said: str) -> str:
    try:
        return codecs.lookup(said).name
    except LookupError:
        raise BadInput(f"{path.name}: encoding: '{said}' is not an encoding.") from None


def _utf16(path: Path, head: bytes) -> str:
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) / 8 or min(even, odd) > len(head) / 16:
        raise BadInput(f"{path.name}: this is not text; it has zero bytes.")
    return "utf-16-be" if even > odd else "utf-16-le"


def _bound_bytes(path: Path) -> None:
    run, limit = 0, LINE_LIMIT * 4  # at most four bytes a character
    with open_bytes(path) as file:
        while chunk := file.read(CHUNK):
            first, last = chunk.find(b"\n"), chunk.rfind(b"\n")
            run = run + len(chunk) if first < 0 else len(chunk) - last - 1
            if run > limit:
                raise BadInput(f"{path.name}: a line is longer than {LINE_LIMIT:,} characters.")


def _count(path: Path, encoding: str) -> tuple[int, int]:
    """How many characters did not decode, and how many are beyond ASCII."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    broken = beyond = 0
    with open_bytes(path) as file:
        while chunk := file.read(CHUNK):
            text = decoder.decode(chunk)
            if not text.isascii():
                broken += text.count("\ufffd")
                beyond += len(text) - len(text.encode("ascii", "ignore"))
    return broken + decoder.decode(b"", final=True).count("\ufffd"), beyond
