"""Lists of any make are read with every row accounted for, and what cannot be read is one sentence."""

import bz2
import gzip
import io
import json
import lzma
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from affected import evidence_from
from affected.evidence.sandbox import Sandbox
from packs import BadInput
from tests.affected.small import directory_of, list_of, outcomes, people, resolved

PEOPLE = [{"uid": f"u{n}", "mobile": f"1380000000{n}", "mail": f"p{n}@example.com"} for n in range(6)]


def zipped(**members: str) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return into.getvalue()


@pytest.fixture
def directory(tmp_path):
    return directory_of(tmp_path, PEOPLE)


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        ("手机,姓名\n13800000001,马\n", "utf-8", "utf-8"),
        ("手机,姓名\n13800000001,马\n", "utf-8-sig", "utf-8-sig"),
        ("手机,姓名\n13800000001,马\n", "utf-16", "utf-16"),
        ("手机,姓名\r\n13800000001,马\r\n", "utf-16-le", "utf-16-le"),
        ("手机,姓名\n13800000001,马\n", "utf-16-be", "utf-16-be"),
        ("手机,姓名\n13800000001,马\n", "gb18030", "gb18030"),
    ],
)
def test_each_encoding_is_recognised_and_reported(directory, tmp_path, text, encoding, told):
    found = resolved(directory, tmp_path, list_of(tmp_path / "e.csv", text.encode(encoding)))
    assert list(people(found)) == ["u1"]
    assert found.reports["evd_1"]["encoding"] == told


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("name;phone\nMa, Li;13800000001\n", ";"),
        ("name\tphone\nMa\t13800000001\n", "\t"),
        ("name|phone\nMa|13800000001\n", "|"),
        ('name,phone\n"Ma, ""the"" Li",13800000001\n', ","),
        ("Ma,13800000001\nLi,13800000009\n", ","),
        ("13800000001\n13800000009\n", None),
        ("p1@example.com\n13800000009\n", None),
    ],
)
def test_a_lists_delimiter_and_heading_are_seen(directory, tmp_path, text, delimiter):
    found = resolved(directory, tmp_path, list_of(tmp_path / "e.csv", text))
    assert list(people(found)) == ["u1"]
    assert found.reports["evd_1"]["delimiter"] == delimiter


def test_columns_are_named_by_the_evidence_where_they_cannot_be_guessed(directory, tmp_path):
    text = "kontakt,x\n13800000001,u2\n"
    evidence = list_of(tmp_path / "e.csv", text, columns={"phone": "kontakt", "person_id": 2})
    assert list(people(resolved(directory, tmp_path, evidence))) == ["u1", "u2"]
    with pytest.raises(BadInput, match=r"e\.csv: columns\.phone: there is no column 'tel'; the file has kontakt, x"):
        resolved(directory, tmp_path, list_of(tmp_path / "e.csv", text, columns={"phone": "tel"}))
    with pytest.raises(BadInput, match=r"columns\.email: there is no column 3; the file has 2"):
        resolved(directory, tmp_path, list_of(tmp_path / "e.csv", text, columns={"email": 3}))
    with pytest.raises(BadInput, match="none of its 2 columns is known to name a person"):
        resolved(directory, tmp_path, list_of(tmp_path / "e.csv", "colour,size\nred,8\nblue,9\n"))


def test_a_column_that_numbers_the_rows_is_not_taken_for_an_id(tmp_path):
    directory = directory_of(tmp_path, [{"uid": "1"}, {"uid": "7", "mobile": "13800000001"}])
    found = resolved(directory, tmp_path, list_of(tmp_path / "e.csv", "id,phone\n1,13800000001\n"))
    assert list(people(found)) == ["7"]


def test_ragged_rows_and_lines_inside_quotes_keep_their_number(directory, tmp_path):
    text = 'name,phone\nMa\n"Li\nLi",13800000002\nWu,13800000003,more\nX, Y,13800000004\n\n'
    found = resolved(directory, tmp_path, list_of(tmp_path / "e.csv", text))
    rows = {row["row_no"]: (row["outcome"], row["reason"]) for row in found.rows.to_pylist()}
    assert rows == {
        2: ("malformed", "ragged"),
        3: ("matched", None),
        5: ("matched", "ragged"),
        6: ("malformed", "ragged"),
        7: ("malformed", "empty"),
    }


def test_a_stray_quote_swallows_no_rows(directory, tmp_path):
    text = 'name,phone\n"Ma,13800000001\n' + "x,13800000009\n" * 30 + 'a "b" c,13800000002\n"d" e,13800000003\n"f,1'
    found = resolved(directory, tmp_path, list_of(tmp_path / "e.csv", text))
    assert list(people(found)) == ["u1", "u2", "u3"]
    assert sorted(outcomes(found)) == list(range(2, 36))


def test_a_row_that_is_no_text_is_set_aside_alone(directory, tmp_path):
    text = "name,phone\n" + "马,13800000001\n" * 60
    broken = text.encode() + b"\xff\xfe,13800000002\n"
    found = resolved(directory, tmp_path, list_of(tmp_path / "e.csv", broken))
    assert found.rows.to_pylist()[-1] == {
        "evidence_id": "evd_1",
        "row_no": 62,
        "outcome": "matched",
        "reason": "undecodable",
    }


def test_two_hundred_columns_are_read(directory, tmp_path):
    names = [f"c{n}" for n in range(199)]
    text = ",".join([*names, "phone"]) + "\n" + "," * 199 + "13800000001\n"
    assert list(people(resolved(directory, tmp_path, list_of(tmp_path / "e.csv", text)))) == ["u1"]


def test_json_lines_and_parquet_are_read(directory, tmp_path):
    lines = [json.dumps({"person": {"phone": "13800000001"}}), "[1]", json.dumps({"person": {"phone": 13800000002}})]
    found = resolved(directory, tmp_path, list_of(tmp_path / "e.jsonl", "\n".join(lines)))
    assert list(people(found)) == ["u1", "u2"]
    assert outcomes(found) == {1: "matched", 2: "malformed", 3: "matched"}
    table = pa.table({"phone": pa.array([13800000003, None]), "at": pa.array([[1], []])})
    pq.write_table(table, tmp_path / "e.parquet")
    found = resolved(
        directory, tmp_path, evidence_from("e", "identifier_list", tmp_path / "e.parquet", {"exposed": []})
    )
    assert outcomes(found) == {1: "matched", 2: "malformed"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\n \n", "the file is empty"),
        (b"phone\n" + b"1" * 5_000_000, "a line is longer than 1,048,576 characters"),
        (b"phone\n" + b"1" * 2_000_000, "e.csv:2: this line is longer than 1,048,576 characters"),
        (bytes(range(256)) * 10, "this is not text"),
        (b"\x7fELF" + b"\x00\x00\x01" * 100, "this is not text"),
        (b"PAR1 and no more", "cannot be read as Parquet"),
        (gzip.compress(b"phone\n13800000001\n" * 99, mtime=0)[:-9], "this compressed file is damaged or cut off"),
        (b"PK\x03\x04 and no more", "this compressed file is damaged or cut off"),
        (b"\x28\xb5\x2f\xfd\x00\x00", "this compressed file is damaged or cut off"),
        (zipped(a="1", b="2"), "this archive holds 2 files; hand in the one that is meant"),
        (zipped(**{"[Content_Types].xml": "<Types/>"}), "this spreadsheet is damaged or locked with a password"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "this spreadsheet is damaged or locked with a password"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_naming_the_file(directory, tmp_path, content, sentence):
    with pytest.raises(BadInput, match=sentence) as told:
        resolved(directory, tmp_path, list_of(tmp_path / "e.csv", content))
    assert "e.csv" in str(told.value)


@pytest.mark.parametrize(
    "squeeze", [gzip.compress, bz2.compress, lzma.compress, lambda text: zipped(list=text.decode())]
)
def test_a_compressed_list_is_read_from_inside_whatever_it_is_called(directory, tmp_path, squeeze):
    text = "手机,姓名\n13800000001,马\nnobody,\n13800000002,李\n".encode()
    found = resolved(directory, tmp_path, list_of(tmp_path / "e.csv", squeeze(text)), cleaner=Sandbox())
    assert list(people(found)) == ["u1", "u2"]
    assert outcomes(found) == {2: "matched", 3: "malformed", 4: "matched"}


def test_a_file_that_was_made_to_fill_a_disk_is_left_unread(directory, tmp_path, monkeypatch):
    monkeypatch.setattr("affected.evidence.compressed._ALWAYS", 1 << 20)
    bomb = gzip.compress(b"phone\n" + b"1\n" * 8_000_000, mtime=0)
    with pytest.raises(BadInput, match=r"e.csv: this file grows to more than 250 times its size"):
        resolved(directory, tmp_path, list_of(tmp_path / "e.csv", bomb))


def test_a_line_of_two_gigabytes_is_refused_without_loading_it(directory, tmp_path):
    path = tmp_path / "e.csv"
    with path.open("wb") as file:
        file.write(b"phone\n")
        file.truncate(2 << 30)  # sparse: it takes no room on disk, and reads as two gigabytes without a line's end
    evidence = evidence_from("evd_1", "identifier_list", path, {"exposed": []})
    with pytest.raises(BadInput, match=r"not text|longer than"):
        resolved(directory, tmp_path, evidence, cleaner=Sandbox(memory=1024))


def test_a_file_that_takes_too_much_kills_only_its_reader(directory, tmp_path):
    evidence = list_of(tmp_path / "e.csv", "phone\n" + "13800000001\n" * 200_000)
    with pytest.raises(BadInput, match=r"took more than 1 seconds|its reader broke off|of memory"):
        resolved(directory, tmp_path, evidence, cleaner=Sandbox(memory=200, seconds=1))


def test_a_reader_in_the_child_reaches_no_network(tmp_path):
    from affected.evidence import sandbox  # noqa: PLC0415

    with pytest.raises(PermissionError, match=r"socket\.connect"):
        sandbox._refuse("socket.connect", ())
    sandbox._refuse("open", ())
