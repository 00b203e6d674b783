"""A sheet as an office document (DOCX): an authority that wants one gets text it can edit and copy."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

_LATIN, _CHINESE, _BURMESE = "Noto Sans", "Noto Sans SC", "Noto Sans Myanmar"
_TAGS = {"zh-Hans": "zh-CN", "my": "my-MM"}
_MUTED, _LOUD = RGBColor(0x55, 0x55, 0x55), RGBColor(0x8A, 0x1F, 0x11)


def docx(sheet: Mapping[str, Any], *, written_at: datetime) -> bytes:
    """The sheet (see sheet.py) as DOCX, byte for byte the same for the same sheet."""
    document = Document()
    _prepare(document, sheet, written_at)
    for line in sheet["banners"]:
        _colour(document.add_paragraph(style="Intense Quote").add_run(line), _LOUD)
    document.add_heading(sheet["title"], level=0)
    document.add_paragraph(sheet["subtitle"], style="Subtitle")
    _grid(document, sheet["facts"])
    if sheet["confidence"] and sheet["is_draft"]:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{sheet['labels']['to_confirm']} ").bold = True
        paragraph.add_run(sheet["confidence"])
    _add_changes(document, sheet["changed"])
    for section in sheet["sections"]:
        document.add_heading("  ".join(filter(None, (section["item"], section["title"]))), level=2)
        _grid(document, [[_asked(row, sheet), _answered(row)] for row in section["rows"]])
    for line in _last_lines(sheet):
        _colour(document.add_paragraph().add_run(line), _MUTED)
    return _still(document, written_at)


def _prepare(document: Any, sheet: Mapping[str, Any], written_at: datetime) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    for style in document.styles:
        if style.element.rPr is not None or style.name == "Normal":
            _fonts(style, _TAGS.get(sheet["language"], "en-GB"))
    document.styles["Normal"].font.size = Pt(10)
    about = document.core_properties
    about.title, about.author, about.subject = sheet["title"], sheet["author"], sheet["reference"]
    about.created = about.modified = written_at.astimezone(UTC).replace(tzinfo=None)
    about.last_modified_by, about.comments = sheet["author"], ""
    section.footer.paragraphs[0].text = sheet["reference"]


def _fonts(style: Any, tag: str) -> None:
    # Without eastAsia and cs, office programs guess the font of Chinese and Burmese, and a heading guesses apart.
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)
    for name, font in (("ascii", _LATIN), ("hAnsi", _LATIN), ("eastAsia", _CHINESE), ("cs", _BURMESE)):
        fonts.set(qn(f"w:{name}"), font)
    for language in properties.findall(qn("w:lang")):
        properties.remove(language)
    language = properties.makeelement(qn("w:lang"), {})
    language.set(qn("w:eastAsia" if tag == "zh-CN" else "w:bidi" if tag == "my-MM" else "w:val"), tag)
    properties.append(language)


def _grid(document: Any, rows: list[list[str]], *, head: list[str] | None = None) -> None:
    lines = [head, *rows] if head else rows
    grid = document.add_table(rows=len(lines), cols=len(lines[0]), style="Table Grid")
    for cells, line in zip(grid.rows, lines, strict=True):
        for cell, text in zip(cells.cells, line, strict=True):
            cell.text = text
            if line is head:
                cell.paragraphs[0].runs[0].bold = True
    if len(lines[0]) == 2:
        for cells in grid.rows:
            cells.cells[0].width, cells.cells[1].width = Mm(56), Mm(110)


def _add_changes(document: Any, changed: Mapping[str, Any] | None) -> None:
    if changed is None:
        return
    document.add_heading(changed["title"], level=2)
    document.add_paragraph(changed["intro"])
    if changed["rows"]:
        _grid(document, changed["rows"], head=changed["head"])
    else:
        document.add_paragraph(changed["none_changed"])


def _asked(row: Mapping[str, Any], sheet: Mapping[str, Any]) -> str:
    return f"{row['ask']} †" if row["weaker"] and sheet["is_draft"] else str(row["ask"])


def _answered(row: Mapping[str, Any]) -> str:
    lines = [": ".join(cells) for cells in row["rows"]] or [row["text"]]
    return "\n".join(filter(None, (*lines, row["note"])))


def _last_lines(sheet: Mapping[str, Any]) -> Iterator[str]:
    if sheet["confidence"] and not sheet["is_draft"]:
        yield sheet["labels"]["about_form"]
    if sheet["has_weaker"]:
        yield f"† {sheet['labels']['marked_weaker']}"
    yield f"{sheet['labels']['digest']}: {sheet['digest']}"


def _colour(run: Any, colour: RGBColor) -> None:
    run.font.color.rgb = colour


def _still(document: Any, written_at: datetime) -> bytes:
    # An archive remembers when each member was written; ours must say the same every time.
    loose, still = BytesIO(), BytesIO()
    document.save(loose)
    moment = written_at.astimezone(UTC).timetuple()[:6]
    with ZipFile(loose) as source, ZipFile(still, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(ZipInfo(name, moment), source.read(name), compress_type=ZIP_DEFLATED)
    return still.getvalue()
