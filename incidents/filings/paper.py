"""Papers: a layout of ours and plain data become a PDF by Typst, in fonts that come with the packages.

`typeset` serves the reports; `letter` serves any letter in any of the languages, Burmese and Chinese included.
Nothing is fetched and no font of the machine is used, so that one content gives one sequence of bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import typst

from incidents.filings.forms import REPORTS

LAYOUT = REPORTS / "layout"
# Each lies in a package of its own; both carry the SIL Open Font License.
_FONTS = (("manimgx_fonts", ""), ("justmytype_intl_cjk", "fonts/ofl/notosanssc"))
# Both at once: an authority keeps it for years (PDF/A-2a), and a reader of the screen hears it in order (PDF/UA-1).
_STANDARDS: list[Literal["a-2a", "ua-1"]] = ["a-2a", "ua-1"]


@dataclass(frozen=True)
class Letter:
    """What a letter holds. `paragraphs` in order; `reference` is what the reader can check it by."""

    title: str
    paragraphs: tuple[str, ...]
    sender: str
    dated: str
    reference: str
    sender_lines: tuple[str, ...] = ()
    recipient_lines: tuple[str, ...] = ()


def letter(content: Letter, *, language: str, written_at: datetime) -> bytes:
    """A letter as PDF. `language` is one of ours (en, zh-Hans, my); `written_at` goes into the file's own data."""
    data = {
        "language": language,
        "title": content.title,
        "paragraphs": list(content.paragraphs),
        "sender": content.sender,
        "sender_lines": list(content.sender_lines),
        "recipient_lines": list(content.recipient_lines),
        "dated": content.dated,
        "reference": content.reference,
    }
    return typeset("letter.typ", data, written_at=written_at)


def typeset(layout: str, data: Mapping[str, Any], *, written_at: datetime) -> bytes:
    """Run a layout of this folder over `data` (plain JSON, so that no markup in a name is ever obeyed)."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    pdf: bytes = typst.compile(
        str(LAYOUT / layout),
        root=str(LAYOUT),
        font_paths=_fonts(),
        sys_inputs={"data": text},
        pdf_standards=[*_STANDARDS],
        timestamp=int(written_at.astimezone(UTC).timestamp()),
    )
    return pdf


@cache
def _fonts() -> typst.Fonts:
    # Reading 40 MB of fonts takes longer than setting the page; it is done once.
    folders = [Path(str(files(package))) / folder for package, folder in _FONTS]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
