"""What stands on an envelope: the name is put to an address that lacks it, and no name stands there twice."""

import json

import pyarrow as pa
import pytest

from affected import contacts, open_directory
from affected.mapping import Mapping

SAID = {"directory": "acme", "person_id": {"column": "uid"}, "residence": {"country": {"column": "country"}}}
HEADER = "uid,name,given,family,address,no,street,flat,town,zip,country,mother"
ONE_TEXT = {"contact": {"postal": {"column": "address"}}}
COLUMNS = {"street_number": "no", "line_1": "street", "line_2": "flat", "city": "town", "postcode": "zip"}
PARTED = {"address": {part: {"column": column} for part, column in COLUMNS.items()}}
FULL = {"name": {"full": {"column": "name"}}}
TWO = {"name": {"given": {"column": "given"}, "family": {"column": "family", "region": "MM"}}}
MOTHER = {"guardian": {"name": {"column": "mother"}}}


@pytest.fixture
def posted(tmp_path):
    """The address of the one person of a directory, and that of their guardian (None where there is none)."""

    def read(mapping, **row):
        file = tmp_path / "people.csv"
        cells = {"uid": "u1", "country": "MM"} | row
        quoted = ",".join(f'"{cells.get(name, "").replace(chr(34), chr(34) * 2)}"' for name in HEADER.split(","))
        file.write_text(f"{HEADER}\n{quoted}\n", encoding="utf-8")
        directory = open_directory(file, Mapping.model_validate(SAID | mapping))
        rows = contacts(directory, pa.array(["u1"])).to_pylist()
        found = {row["guardian"]: row["address"] for row in rows if row["kind"] == "postal"}
        return found.get(False), found.get(True)

    return read


def test_the_name_of_its_own_column_is_put_to_an_address_of_another(posted):
    own, guardian = posted(ONE_TEXT | FULL, name="张三", address="样例省示例市样例路1号2室")
    assert json.loads(own) == {"name": "张三", "text": "样例省示例市样例路1号2室"}
    assert json.loads(guardian) == {"text": "样例省示例市样例路1号2室", "guardian_of": "张三"}


@pytest.mark.parametrize("text", ["张三 收\n样例路1号", "样例路1号\n张 三", "样例路1号 张三"])
def test_a_name_that_stands_on_the_envelope_is_not_put_there_twice(posted, text):
    assert posted(ONE_TEXT | FULL, name="张三", address=text)[0] == text


def test_a_family_that_gives_a_street_its_name_is_no_name_on_the_envelope(posted):
    own, _ = posted(ONE_TEXT | FULL, name="Smith", address="Smithson Street 12")
    assert json.loads(own)["name"] == "Smith"


@pytest.mark.parametrize(
    ("given", "family", "whole"),
    [("三", "张", "张三"), ("Aye Aye", "", "Aye Aye"), ("Ann", "Example", "Ann Example"), ("지민", "박", "박지민")],
)
def test_a_name_in_two_parts_is_written_in_the_order_of_its_script(posted, given, family, whole):
    own, _ = posted(ONE_TEXT | TWO, given=given, family=family, address="somewhere 1")
    assert json.loads(own)["name"] == whole


def test_in_latin_letters_the_order_is_that_of_the_customs_the_directory_names(posted):
    hungarian = {"name": {"given": {"column": "given"}, "family": {"column": "family", "region": "HU"}}}
    own, _ = posted(ONE_TEXT | hungarian, given="Anna", family="Nagy", address="Fő utca 1")
    assert json.loads(own)["name"] == "Nagy Anna"


def test_an_address_in_columns_becomes_its_parts_with_the_country_of_residence(posted):
    row = {"no": "12", "street": "Sample Street", "flat": "Room 3", "town": "Yangon", "zip": "11181"}
    own, guardian = posted(PARTED | FULL | MOTHER, name="Aye Aye", mother="Daw Mya", **row)
    parts = {"line_1": "12 Sample Street", "line_2": "Room 3", "city": "Yangon", "postcode": "11181", "country": "MM"}
    assert json.loads(own) == {"name": "Aye Aye", **parts}
    assert json.loads(guardian) == {**parts, "name": "Daw Mya", "guardian_of": "Aye Aye"}


def test_without_a_street_there_is_no_address_and_without_any_name_none_for_a_guardian(posted):
    assert posted(PARTED | FULL, name="Aye Aye", town="Yangon") == (None, None)
    assert posted(ONE_TEXT, address="Aye Aye\nSample Street 1") == ("Aye Aye\nSample Street 1", None)


def test_parts_that_the_directory_holds_as_json_keep_the_name_they_have(posted):
    parts = {"name": "Ann", "line_1": "1 Sample Street", "country": "SG"}
    own, guardian = posted(ONE_TEXT | FULL, name="Ann Example", address=json.dumps(parts))
    assert json.loads(own) == parts
    assert json.loads(guardian) == {"line_1": "1 Sample Street", "country": "SG", "guardian_of": "Ann Example"}
