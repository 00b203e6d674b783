"""A file of names and addresses comes out of the child as rows, each with what became of it, and names to compare."""

import pyarrow.parquet as pq
import pytest

from affected import evidence_from
from affected.evidence.sandbox import Sandbox, clean_here
from affected.inspection import look
from affected.mapping import Mapping
from packs import BadInput

TEXT = """Name,Date of birth,Address,Post code,Remark
"Smith, John",07/03/1990,12 High St,3000,vip
王小明,1988-08-08,朝阳区建国路88号,100022,
,,,,only a remark
"Smith, John",7.3.1990,"12 High St.",3000,other remark
"""


def cleaned(folder, text=TEXT, cleaner=clean_here, region=None, name="leak.csv", **reading):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    work = folder / "work"
    work.mkdir()
    found = cleaner(evidence_from("e1", "free_text", path, {"exposed": ["name"]} | reading), work, region=region)
    rows, names = (pq.read_table(work / f"{name}.parquet").to_pylist() for name in ("rows", "names"))
    assert pq.read_table(work / "keys.parquet").num_rows == 0
    return found, rows, names


def test_columns_are_guessed_from_the_headings_and_reported(tmp_path):
    found, rows, names = cleaned(tmp_path)
    columns = {
        "full_name": ["Name"],
        "birth_date": ["Date of birth"],
        "address": ["Address"],
        "postcode": ["Post code"],
    }
    assert found.report["columns"] == columns
    assert [(row["row_no"], row["readable"], row["copy"], row["reason"]) for row in rows] == [
        (2, 1, 0, None),
        (3, 1, 0, None),
        (4, 0, 0, "empty"),
        (5, 1, 1, None),  # written otherwise, it says the same
    ]
    assert names == [
        {"row_no": 2, "given_name": "john", "surname": "smith", "birth_date": "19900307", "postcode": "3000",
         "address": "12 high st"},
        {"row_no": 3, "given_name": "小明", "surname": "王", "birth_date": "19880808", "postcode": "100022",
         "address": "朝阳区建国路88号"},
    ]  # fmt: skip


def test_the_child_reads_it_as_this_process_does(tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    assert cleaned(tmp_path / "a") == cleaned(tmp_path / "b", cleaner=Sandbox())


def test_columns_may_be_named_and_several_joined(tmp_path):
    text = "Ko Min;12;High St;Yangon\nU Thant;14;Low St;Yangon\n"
    columns = {"full_name": 1, "address": [2, 3, 4]}
    _, rows, names = cleaned(tmp_path, text, columns=columns, delimiter=";", header=False, name_region="MM")
    assert [row["row_no"] for row in rows] == [1, 2]
    assert [(row["given_name"], row["address"]) for row in names] == [
        ("ko min", "12 high st yangon"),
        ("thant", "14 low st yangon"),
    ]


def test_names_follow_the_customs_of_the_directorys_country_where_the_evidence_says_none(tmp_path):
    _, _, names = cleaned(tmp_path, "name\nDaw Khin Myo\n", region="MM")
    assert names[0]["given_name"] == "khin myo"


@pytest.mark.parametrize(
    ("text", "reading", "sentence"),
    [
        ("mail,phone\na@example.com,1\n", {}, "leak.csv: none of its columns is known to hold people's names"),
        ("a,b\n1,2\n", {"columns": {"full_name": "c"}}, "leak.csv: columns.full_name: there is no column 'c'"),
        ("name\n", {"threshold": 0.8}, "e1: reading: the whole: review_from lies above threshold"),
        ("name\n", {"review_from": 0.2}, "e1: reading: review_from: "),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path, text, reading, sentence):
    with pytest.raises(BadInput, match=sentence):
        cleaned(tmp_path, text, **reading)


def test_inspecting_a_directory_drafts_where_its_names_and_addresses_are(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("uid,First name,Surname,Street,Zip,postal address\n1,a,b,c,2000,d\n", encoding="utf-8")
    draft = look(path)["mapping"]
    assert draft["name"] == {"given": {"column": "First name"}, "family": {"column": "Surname"}}
    assert draft["address"] == {"line_1": {"column": "Street"}, "postcode": {"column": "Zip"}}
    assert Mapping.model_validate(draft).contact.postal.column == "postal address"
