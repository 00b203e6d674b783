"""A list that comes as a spreadsheet is read like any other, by the numbers its rows have there."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from affected import evidence_from
from affected.evidence.reading import Evidence
from affected.evidence.sandbox import Sandbox
from affected.inspection import look
from packs import BadInput
from tests.affected.small import directory_of, outcomes, people, resolved

PEOPLE = [{"uid": f"u{n}", "mobile": f"1380000000{n}", "mail": f"p{n}@example.com"} for n in range(6)]
HEADING: list[Any] = ["手机", "姓名", "last seen"]
ROWS: list[list[Any]] = [
    HEADING,
    [13800000001, "马", datetime(2026, 3, 6, 21, 40)],  # noqa: DTZ001 - a sheet has no zone
    [],
    ["nobody", "李", None],
    ["138 0000 0002", "", 1.5],
]


@pytest.fixture
def directory(tmp_path):
    return directory_of(tmp_path, PEOPLE)


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        made = book.create_sheet(name)
        for row in rows:
            made.append(row)
    book.save(path)
    return path


def listed(path: Path, **reading: Any) -> Evidence:
    return evidence_from("evd_1", "identifier_list", path, {"exposed": ["phone"], **reading})


def test_numbers_moments_and_gaps_are_read_as_a_person_sees_them(directory, tmp_path):
    path = workbook(tmp_path / "export.xlsx", Export=ROWS, Notes=[])
    found = resolved(directory, tmp_path, listed(path), cleaner=Sandbox())
    assert list(people(found)) == ["u1", "u2"]
    assert outcomes(found) == {2: "matched", 3: "malformed", 4: "malformed", 5: "matched"}
    assert found.reports["evd_1"]["shape"] == "spreadsheet"
    assert found.reports["evd_1"]["columns"] == {"phone": ["手机"]}


def test_where_several_sheets_hold_rows_the_one_that_is_meant_is_named(directory, tmp_path):
    path = workbook(tmp_path / "export.xlsx", March=ROWS, April=[HEADING, [13800000005, "", None]])
    with pytest.raises(BadInput, match=r"export.xlsx: 2 sheets hold rows; say in sheet which is meant: March, April"):
        resolved(directory, tmp_path, listed(path))
    assert list(people(resolved(directory, tmp_path, listed(path, sheet="April")))) == ["u5"]
    with pytest.raises(BadInput, match=r"export.xlsx: sheet: there is no sheet 'May'; there are March, April"):
        resolved(directory, tmp_path, listed(path, sheet="May"))


def test_a_row_has_its_own_number_where_the_sheet_begins_with_empty_rows(directory, tmp_path):
    path = workbook(tmp_path / "export.xlsx", Export=[[], [], HEADING, [13800000001, "", None]])
    assert outcomes(resolved(directory, tmp_path, listed(path))) == {1: "malformed", 2: "malformed", 4: "matched"}


def test_a_sheet_without_rows_is_said_to_be_empty(directory, tmp_path):
    with pytest.raises(BadInput, match=r"export.xlsx: the sheet holds no rows"):
        resolved(directory, tmp_path, listed(workbook(tmp_path / "export.xlsx", Export=[])))


def test_a_log_may_be_a_spreadsheet_too(directory, tmp_path):
    rows: list[list[Any]] = [["at", "who"], [datetime(2026, 3, 6, 21, 40), "u3"], [datetime(2026, 4, 1), "u4"]]  # noqa: DTZ001
    reading = {"exposed": ["name"], "columns": {"time": "at", "record": "who"}}
    reading["where"] = {"from_at": "2026-03-01T00:00:00Z", "to_at": "2026-03-31T00:00:00Z"}
    log = evidence_from("evd_1", "access_log", workbook(tmp_path / "log.xlsx", Log=rows), reading)
    assert list(people(resolved(directory, tmp_path, log))) == ["u3"]


def test_a_spreadsheet_is_inspected_like_any_list(tmp_path):
    seen = look(workbook(tmp_path / "export.xlsx", Export=ROWS))
    assert (seen["shape"], seen["header"]) == ("spreadsheet", True)
    assert seen["evidence"]["columns"] == {"phone": ["手机"]}
