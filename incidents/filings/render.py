"""A filing on paper: PDF by Typst, DOCX, or JSON; the same content gives the same bytes."""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from incidents.filings.forms import Form
from incidents.filings.office import docx
from incidents.filings.sheet import sheet
from incidents.record.timeline import digest_of
from notifiers.papers import Paper


class Format(StrEnum):
    """What a filing can be rendered as."""

    PDF = "pdf"
    DOCX = "docx"
    JSON = "json"


def render(content: Mapping[str, Any], form: Form, to: Format, *, language: str, released: bool) -> bytes:
    """`content` as a file in `language`. `released`: approved, or let out by break-glass; else it is marked a draft."""
    digest = digest_of(content)
    laid_out = sheet(content, form, language, digest=digest, released=released)
    written_at = datetime.fromisoformat(content["read_at"])
    if to is Format.JSON:
        return _json({"content": content, "sheet": laid_out, "sha256": digest})
    if to is Format.DOCX:
        return docx(laid_out, written_at=written_at)
    return Paper("reports/layout/report.typ", laid_out).pdf(written_at=written_at)


def _json(data: Mapping[str, Any]) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
