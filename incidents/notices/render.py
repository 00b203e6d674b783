"""Makes the pieces of a message from the blocks of a notice: plain text first, and HTML from that text alone."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import lru_cache
from html import escape
from typing import Any

import mjml
import nh3
from markdown_it import MarkdownIt

from incidents.notices.files import SHORT_FORMATS, WITH_HTML, Format
from incidents.notices.library import Blocks, NoticeWording
from incidents.notices.sandbox import fill_block

# Paragraphs, lists and line breaks and nothing else: no links, no images, no raw HTML, whoever wrote the words.
_MARKDOWN = MarkdownIt("zero", {"html": False, "breaks": True}).enable(["list", "newline"])
_ALLOWED = {"h1", "h2", "p", "ul", "ol", "li", "br"}

# What ends a sentence where it is not the full stop.
_STOP = {"zh": "。", "ja": "。", "my": "။", "hi": "।"}

Pieces = Mapping[str, str]
Sections = list[tuple[str, str]]


def render(
    wording: NoticeWording,
    blocks: Blocks,
    form: Format,
    values: Mapping[str, Any],
    *,
    shell: str,
    without: Collection[str] = (),
) -> Pieces:
    """The pieces of `form` by name (notifiers' names). `without` are blocks that a law keeps out.

    Raises BadInput where a placeholder has no value at all; an empty value gives an empty block, which the check finds.
    """
    pieces: dict[str, str] = {}
    if form == Format.SPOKEN:
        values = dict(values) | {name: aloud(str(values[name])) for name in ("reference", "wrong_reference")}
    for piece, names in wording.formats[form].pieces.items():
        sections = sections_of(blocks, [name for name in names if name not in without], values)
        pieces[piece] = _line(sections) if _is_line(form, piece) else _plain(sections)
        if form == Format.SPOKEN:
            pieces[piece] = with_pauses(pieces[piece], blocks.language)
        if piece == "plain" and form in WITH_HTML:
            page = _html(sections, heading=pieces["subject"])
            pieces["html"] = _in_shell(shell, page, blocks.language) if form == Format.EMAIL else page
    return pieces


def sections_of(blocks: Blocks, names: Collection[str], values: Mapping[str, Any]) -> Sections:
    """Heading (or "") and text of each block that says anything."""
    filled = ((name, fill_block(blocks.texts[name], values, name=f"{blocks.language}/{name}")) for name in names)
    return [(blocks.headings.get(name, ""), _tidied(text)) for name, text in filled if text]


def _tidied(text: str) -> str:
    # A name such as "Co., Ltd." at the end of a sentence brings its own full stop; an ellipsis stays.
    return re.sub(r"(?<!\.)\.\.(?!\.)", ".", re.sub(r"\n{3,}", "\n\n", text))


def aloud(reference: str) -> str:
    """A reference spelled for the ear: its characters one by one, with a pause for each hyphen."""
    return ", ".join(" ".join(part) for part in reference.split("-"))


def _is_line(form: Format, piece: str) -> bool:
    return form in SHORT_FORMATS or piece == "subject"


def _line(sections: Sections) -> str:
    return " ".join(" ".join(text for _, text in sections).split())


def _plain(sections: Sections) -> str:
    return "\n\n".join(f"{heading}\n{text}" if heading else text for heading, text in sections)


def with_pauses(text: str, language: str) -> str:
    """`text` for the ear: no marks of a list, and a stop behind each line that has none, for a voice reads on over the
    end of a heading."""
    lines = [line.removeprefix("- ") for line in text.split("\n")]
    return "\n".join(line + _STOP.get(language[:2], ".") if _ends_in_a_letter(line) else line for line in lines)


def _ends_in_a_letter(line: str) -> bool:
    # A sign above or below a letter is part of it, in Burmese and Thai.
    return unicodedata.category(line[-1])[0] in "LMN" if line else False


def _html(sections: Sections, *, heading: str) -> str:
    parts = [f"<h1>{escape(heading)}</h1>"]
    for title, text in sections:
        parts += [f"<h2>{escape(title)}</h2>"] if title else []
        parts.append(_MARKDOWN.render(text))
    clean: str = nh3.clean("\n".join(parts), tags=_ALLOWED, attributes={})
    return clean


def _in_shell(shell: str, page: str, language: str) -> str:
    return _compiled(shell).replace("{{ body }}", page).replace('lang="und"', f'lang="{language}"')


@lru_cache(maxsize=8)
def _compiled(shell: str) -> str:
    return str(mjml.mjml2html(shell))
