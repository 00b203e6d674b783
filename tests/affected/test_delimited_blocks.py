"""Rows read a block at a time are those that the careful reader of rows finds, whatever stands in the text."""

import tempfile
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from affected.evidence import text_blocks
from affected.evidence.delimited import csv_rows, row_trouble
from affected.evidence.delimited_blocks import DelimitedBlocks
from affected.evidence.encodings import open_text
from affected.evidence.text_blocks import blocks, line_array
from packs import BadInput

PIECES = ["a", "b,", ",", '"', '""', "\n", "\r\n", " ", "é", "\ufffd", "x,y,z\n", '"q,""r"",s",t,u\n', "\n\n", ",,\n"]


def in_one_go(path: Path, width: int, span: int, *, header: bool) -> list[tuple[int, str | None, list[str]]]:
    found = []
    with open_text(path, "utf-8") as stream:
        for number, row in csv_rows(stream, ",", path.name, span=span):
            if header and any(cell.strip() for cell in row):
                header = False
                continue
            cells = [row[n] if n < len(row) else "" for n in range(width)]
            found.append((number, row_trouble(row, width), cells))
    return found


def in_blocks(path: Path, width: int, span: int, *, header: bool) -> list[tuple[int, str | None, list[str]]]:
    found = []
    read = DelimitedBlocks(path, "utf-8", ",", width=width, wanted=list(range(width)), span=span)
    for table in read.tables(header=header):
        for row in table.to_pylist():
            found.append((row["row_no"], row["trouble"], [row[f"c{n}"] for n in range(width)]))
    return found


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=40),
    st.sampled_from([7, 40, 4096]),
    st.booleans(),
    st.sampled_from([1, 3, 20]),
)
@example(["x,y,z\n", '"', "\n", "\n", '"', "x,y,z\n", ",", "\n"], 7, False, 20)
@example(['""', '""', "\n", "\n"], 7, True, 1)
@example(['"q,""r"",s",t,u\n', "x,y,z\n"], 7, True, 3)
def test_blocks_hold_the_rows_that_reading_in_one_go_finds(pieces, size, header, span):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        path.write_bytes("".join(pieces).encode())
        with mock.patch.object(text_blocks, "BLOCK", size):
            assert in_blocks(path, 3, span, header=header) == in_one_go(path, 3, span, header=header)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_keep_their_number_in_any_encoding_and_with_any_end(tmp_path, encoding, end):
    path = tmp_path / "log.txt"
    path.write_bytes(end.join(["one", "", "三", "four"]).encode(encoding))
    with mock.patch.object(text_blocks, "BLOCK", 6):
        found = [line for block in blocks(path, encoding) for line in line_array(block).to_pylist()]
    assert found == ["one", "", "三", "four"]


def test_bytes_that_are_no_text_stay_in_their_line(tmp_path):
    path = tmp_path / "log.txt"
    path.write_bytes(b"one\ntw\xff\xfeo\nthree\n")
    found = [line for block in blocks(path, "utf-8") for line in line_array(block).to_pylist()]
    assert found == ["one", "tw\ufffd\ufffdo", "three"]


@pytest.mark.parametrize("text", [b"short\n" + b"x" * (1 << 20) + b"y\n", b"short\n" + b"x" * (5 << 20)])
def test_a_line_of_more_than_a_million_characters_is_refused_by_its_number(tmp_path, text):
    path = tmp_path / "log.txt"
    path.write_bytes(text)
    with pytest.raises(BadInput, match=r"log\.txt:2: this line is longer than 1,048,576 characters"):
        list(blocks(path, "utf-8"))


def test_a_line_of_a_million_characters_of_four_bytes_is_read(tmp_path):
    path = tmp_path / "log.txt"
    path.write_text("short\n" + "\U0001f512" * 1_000_000 + "\n", encoding="utf-8")
    assert sum(block.count(b"\n") for block in blocks(path, "utf-8")) == 2
