"""A text file as blocks of whole lines in UTF-8, so that many are read at a time and none is lost or renumbered."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from affected.evidence.compressed import open_bytes
from affected.evidence.encodings import LINE_LIMIT, open_text
from packs import BadInput

BLOCK = 4 << 20
_LONE = re.compile(rb"\r(?!\n)")


def blocks(path: Path, encoding: str) -> Iterator[bytes]:
    """Whole lines, each ending with LF; bytes that do not decode are U+FFFD. Raises BadInput at a line of more than
    a million characters, having read little more of it."""
    rest, first = b"", 1
    for chunk in _chunks(path, encoding):
        # A file of an old Mac ends its lines with CR alone.
        cut = (chunk.rfind(b"\n") if b"\n" in chunk else chunk.rfind(b"\r", 0, -1)) + 1
        if not cut:
            rest += chunk
            _bound(rest, path, first)
            continue
        block, rest = _whole(rest + chunk[:cut]), chunk[cut:]
        _bound(block, path, first)
        yield block
        first += block.count(b"\n")
    if rest:
        _bound(rest, path, first)
        yield _whole(rest + b"\n")


def line_array(block: bytes) -> pa.Array:
    """The lines of a block without their ends."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == 10).astype(np.int32) + 1
    offsets = np.concatenate([np.zeros(1, np.int32), ends])
    lines = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(block))
    return pc.utf8_rtrim(lines, "\r\n")


def _chunks(path: Path, encoding: str) -> Iterator[bytes]:
    if encoding == "utf-8":
        with open_bytes(path) as file:
            while chunk := file.read(BLOCK):
                yield chunk
        return
    with open_text(path, encoding) as stream:
        while text := stream.read(BLOCK // 2):
            yield text.encode("utf-8", "replace")


def _whole(block: bytes) -> bytes:
    """The block in valid UTF-8, its lines ending with LF or CR LF."""
    try:
        block.decode()
    except UnicodeDecodeError:
        block = block.decode("utf-8", "replace").encode()
    return _LONE.sub(b"\n", block) if b"\r" in block and block.count(b"\r") != block.count(b"\r\n") else block


def _bound(block: bytes, path: Path, first: int) -> None:
    if len(block) <= LINE_LIMIT:
        return
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == 10)
    starts = np.concatenate([[0], ends + 1])
    sizes = np.concatenate([ends + 1, [len(block)]]) - starts
    for number in np.flatnonzero(sizes > LINE_LIMIT):
        line = block[starts[number] : starts[number] + sizes[number]]
        if len(line) > LINE_LIMIT * 4 or len(line.decode("utf-8", "ignore")) > LINE_LIMIT:
            raise BadInput(f"{path.name}:{first + number}: this line is longer than {LINE_LIMIT:,} characters.")
