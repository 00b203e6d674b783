"""JSON documents that hold a list of records: each record's own text, in order, none lost to a damaged end."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from affected.evidence.encodings import open_text
from packs import BadInput

_LONGEST = 1 << 28  # characters of one document; larger logs come as lines
_BLANK = re.compile(r"[\s,]*")


def begins_document(head: str, key: str | None) -> bool:
    """Whether text begins with a list of records, or with an object that holds one under `key`."""
    return bool(_opening(key).match(head))


def records_of(path: Path, encoding: str, key: str | None) -> Iterator[str]:
    """The text of each record; where the document is damaged, its rest is one. Raises BadInput at a document of more
    than 256 MiB."""
    with open_text(path, encoding) as stream:
        text = stream.read(_LONGEST + 1)
    if len(text) > _LONGEST:
        raise BadInput(f"{path.name}: this JSON document is longer than {_LONGEST:,} characters; hand it in as lines.")
    opening = _opening(key).match(text)
    at, decoder = opening.end() if opening else 0, json.JSONDecoder()
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        if text.startswith("]", at):
            return
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield text[at : at + 1000]
            return
        yield text[at:end]
        at = end


def _opening(key: str | None) -> re.Pattern[str]:
    within = rf'\{{\s*"{re.escape(key)}"\s*:\s*' if key else ""
    return re.compile(rf"\s*(?:{within})?\[") if not key else re.compile(rf"\s*(?:{within}\[|\[)")
