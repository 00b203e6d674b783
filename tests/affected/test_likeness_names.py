"""Names, birth dates and addresses as people write them come to the forms in which they can be compared."""

import pyarrow as pa
import pytest

from affected.likeness.fields import alike, birth_digits, folded, normal
from affected.likeness.names import split_name


def only(column, written, region=None):
    """The one row of a table with this one cell, in its normal form."""
    (row,) = normal(pa.table({column: [written]}), region=region).to_pylist()
    return row


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("  José-Luis  ", "jose luis"),
        ("O’Brien", "obrien"),
        ("Ｍüller", "muller"),
        ("ZOË", "zoe"),
        ("Nguyễn", "nguyen"),
        ("ဒေါ်အောင်", "ဒေါ်အောင်"),  # the marks of Burmese are letters, no accents
        ("สมชาย ใจดี", "สมชาย ใจดี"),
        ("김", "김"),
        (" - ", None),
        ("", None),
    ],
)
def test_case_accents_and_punctuation_do_not_count(written, compared):
    assert folded(pa.array([written])).to_pylist() == [compared]


@pytest.mark.parametrize(
    ("written", "region", "given", "family"),
    [
        ("John Smith", None, "john", "smith"),
        ("Smith, John", None, "john", "smith"),
        ("Dr. John A. Smith, Jr.", None, "john a", "smith"),
        ("Ludwig van der Rohe", None, "ludwig", "van der rohe"),
        ("Madonna", None, "madonna", None),
        ("王小明", None, "小明", "王"),
        ("王 小明", None, "小明", "王"),
        ("欧阳修", "CN", "修", "欧阳"),
        ("司馬相如", None, "相如", "司馬"),
        ("欧阳", None, "阳", "欧"),
        ("王，小明", None, "小明", "王"),
        ("김민준", None, "민준", "김"),
        ("남궁민수", None, "민수", "남궁"),
        ("Daw Aung San Suu Kyi", "MM", "aung san suu kyi", None),
        ("U Thant", "MM", "thant", None),
        ("Ko Ko", "MM", "ko ko", None),
        ("Ma Thida Htun", "MM", "thida htun", None),
        ("Ma Long", "CN", "ma", "long"),
        ("ဦးသန့်", None, "သန့်", None),
        ("ဒေါ် အောင် ဆန်း", None, "အောင်ဆန်း", None),
    ],
)
def test_a_full_name_is_split_by_the_custom_of_its_script(written, region, given, family):
    row = only("full_name", written, region)
    assert (row.get("given_name"), row.get("surname")) == (given, family)


def test_a_name_that_is_given_in_parts_is_not_overwritten_by_the_full_one():
    table = normal(pa.table({"given_name": ["Ann", None], "full_name": ["Anna Lee", "Bo Ek"]}))
    assert table.to_pylist() == [{"given_name": "ann", "surname": "lee"}, {"given_name": "bo", "surname": "ek"}]


def test_nothing_is_a_name_where_only_a_suffix_stands_behind_the_comma():
    assert split_name("john smith", "jr", region=None) == ("john", "smith")


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("1990-03-07", "19900307"),
        ("1990-03-07 00:00:00", "19900307"),
        ("19900307", "19900307"),
        ("07031990", "19900307"),
        ("07/03/1990", "19900307"),
        ("3/25/1990", "19900325"),
        ("7.3.1990", "19900307"),
        ("1990年3月7日", "19900307"),
        ("7 March 1990", "19900307"),
        ("Mar 7, 1990", "19900307"),
        ("1990-13-45", "19901345"),  # a typing error, to be compared digit by digit
        ("07/03/90", None),  # which century?
        ("1990", None),
        ("unknown", None),
    ],
)
def test_a_birth_date_is_read_as_it_is_written(written, digits):
    assert birth_digits(written) == digits


def test_an_address_in_one_text_and_one_in_parts_are_compared_as_one_text():
    parts = normal(pa.table({"row_no": [1], "street_number": ["12"], "address_1": ["High St."], "postcode": ["3000"]}))
    whole = normal(pa.table({"person_id": ["p"], "address": ["12 High St, 3000"], "postcode": ["3000"]}))
    evidence, people, fields = alike(parts, whole)
    assert fields == ["address"]
    assert evidence["address"].to_pylist() == ["12 high st 3000"]
    assert people["address"].to_pylist() == ["12 high st 3000 3000"]


def test_a_person_without_an_address_keeps_their_place_among_the_others():
    whole = normal(pa.table({"address": ["12 High St", "", None]}))
    assert alike(whole, whole)[0]["address"].to_pylist() == ["12 high st", None, None]


def test_what_both_sides_have_in_parts_is_compared_in_parts():
    table = pa.table({"address_1": ["High St"], "postcode": ["3000"], "address": ["High St 3000"]})
    assert alike(normal(table), normal(table))[2] == ["address_1", "postcode"]
    one = normal(pa.table({"postcode": ["3000"]}))
    assert alike(one, one)[2] == ["postcode"]


def test_a_column_in_which_nothing_stands_is_not_compared():
    assert normal(pa.table({"surname": ["", " - "], "given_name": ["a", ""]})).column_names == ["given_name"]
