"""Spreadsheets (XLSX, XLSM, XLSB, XLS, ODS) as rows of text cells: one sheet, its rows by their own numbers."""

import datetime as dt
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from packs import BadInput

_OLE = b"\xd0\xcf\x11\xe0"  # XLS, and every workbook that is locked with a password
_PARTS = {"[Content_Types].xml", "META-INF/manifest.xml"}  # of Office Open XML, of OpenDocument


def is_spreadsheet(path: Path) -> bool:
    """Whether the file is a workbook, by its bytes and not by its name."""
    with path.open("rb") as file:
        head = file.read(4)
    if head == _OLE:
        return True
    if head != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return not _PARTS.isdisjoint(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, UnicodeDecodeError, ValueError):
        return False  # whoever opens it as an archive says what is wrong with it


def sheet_rows(path: Path, *, sheet: str | None) -> Iterator[tuple[int, list[str]]]:
    """(row number from 1, its cells) of the sheet that is named, or of the only one that holds rows.

    Raises BadInput naming the file where it is damaged or locked, the sheet is not there, or several could be meant.
    """
    try:
        meant = _meant(CalamineWorkbook.from_path(path), path, sheet)
        yield from enumerate(([_text(cell) for cell in row] for row in meant.to_python(skip_empty_area=False)), 1)
    except CalamineError:
        raise BadInput(
            f"{path.name}: this spreadsheet is damaged or locked with a password; none of it was read."
        ) from None


def _meant(book: CalamineWorkbook, path: Path, sheet: str | None) -> CalamineSheet:
    if sheet is not None and sheet not in book.sheet_names:
        raise BadInput(f"{path.name}: sheet: there is no sheet '{sheet}'; there are {', '.join(book.sheet_names)}.")
    # A hidden sheet counts: people may be in it.
    filled = [one for one in map(book.get_sheet_by_name, [sheet] if sheet else book.sheet_names) if one.height]
    if not filled:
        raise BadInput(f"{path.name}: the sheet holds no rows.")
    if len(filled) > 1:
        names = ", ".join(one.name for one in filled)
        raise BadInput(f"{path.name}: {len(filled)} sheets hold rows; say in sheet which is meant: {names}.")
    return filled[0]


def _text(cell: Any) -> str:
    """What a person would have typed: a whole number without a decimal, a moment in ISO 8601."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:  # a double holds fifteen digits surely
        return str(int(cell))
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
