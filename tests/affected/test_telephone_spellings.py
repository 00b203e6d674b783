"""Behind each awkward spelling of a telephone number stands the number that was meant; what is no number stays none."""

import re
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from affected.keys import normalise
from affected.phones import phone_keys
from affected.words import Malformed, Rule

TABLE = yaml.safe_load((Path(__file__).parent / "awkward_telephones.yaml").read_text("utf-8"))
SPELLINGS = [
    pytest.param(spelling, group["region"], group["meant"], id=f"{group['region']}-{awkward}")
    for group in TABLE
    for spelling, awkward in group["spellings"].items()
]
BOTH_ARE_NUMBERS = {"49 152 28817386"}  # a German number can begin with 49: the other reading is the sure one
ONE_NUMBER = [each for each in SPELLINGS if not re.search("-the (first|second) of two", str(each.id))]


def test_the_table_is_no_smaller_than_it_was():
    assert len(SPELLINGS) >= 246
    assert {group["region"] for group in TABLE} >= {"CN", "MM", "TH", "US", "DE", "FR", "IT", None}


@pytest.mark.parametrize(("spelling", "region", "meant"), SPELLINGS)
def test_the_number_meant_is_among_the_keys(spelling, region, meant):
    keys, refused = normalise("phone", pa.array([spelling]), region=region)
    assert refused.num_rows == 0
    assert meant in keys.column("key").to_pylist()


@pytest.mark.parametrize(("spelling", "region", "meant"), ONE_NUMBER)
def test_no_other_number_is_surely_read(spelling, region, meant):
    keys, _ = normalise("phone", pa.array([spelling]), region=region)
    sure = {row["key"] for row in keys.to_pylist() if row["sure"]}
    assert sure <= {meant} or spelling in BOTH_ARE_NUMBERS


@pytest.mark.parametrize(
    ("spelling", "region", "reason"),
    [
        ("n/a", "CN", Malformed.PHONE_NOT_A_NUMBER),
        ("+", "CN", Malformed.PHONE_NOT_A_NUMBER),
        ("A1234567", "HK", Malformed.PHONE_NOT_A_NUMBER),
        ("2026-11-26", "CN", Malformed.PHONE_NOT_A_NUMBER),
        ("1999/1/5 08:30", "MM", Malformed.PHONE_NOT_A_NUMBER),
        ("1.38E+10", "CN", Malformed.PHONE_NOT_A_NUMBER),
        ("1381001", "CN", Malformed.PHONE_TOO_SHORT),
        ("+86 1380013800", None, Malformed.PHONE_TOO_SHORT),
        ("138001380001", "CN", Malformed.PHONE_TOO_LONG),
        ("110105194912310021", "CN", Malformed.PHONE_TOO_LONG),
        ("4111 1111 1111 1111", "US", Malformed.PHONE_TOO_LONG),
        ("192.168.100.200", "US", Malformed.PHONE_TOO_LONG),
        ("0", None, Malformed.PHONE_UNKNOWN_COUNTRY),
        ("2345678", None, Malformed.PHONE_UNKNOWN_COUNTRY),
        ("手机：", "CN", Malformed.PHONE_NOT_A_NUMBER),
        (" ' ", "CN", Malformed.EMPTY),
    ],
)
def test_what_is_no_telephone_number_says_why(spelling, region, reason):
    assert phone_keys(spelling, region, region_is_sure=True) == reason


@pytest.mark.parametrize("spelling", ["138O0138OOO", "+86 86 138 0013 8000", "010-88889999-801"])
def test_what_had_to_be_repaired_is_never_sure(spelling):
    keys = phone_keys(spelling, "CN", region_is_sure=True)
    assert not isinstance(keys, Malformed)
    assert {(key.rule, key.sure) for key in keys} == {(Rule.PHONE_REPAIRED, False)}


def test_two_numbers_in_a_cell_are_both_meant():
    keys = phone_keys("手机 13800138000 / 13900139000", "CN", region_is_sure=True)
    assert not isinstance(keys, Malformed)
    assert [(key.value, key.sure) for key in keys] == [("+8613800138000", True), ("+8613900139000", True)]


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", "手机：", "Tel. ", "☎ ", "\u202d", "'", "("]),
    st.sampled_from(["", " (备注)", "转12", " ext. 7", ";", "\u202c", "#"]),
)
def test_what_stands_round_a_number_changes_nothing(number, before, after):
    keys = phone_keys(f"{before}{number}{after}", "CN", region_is_sure=True)
    assert keys == phone_keys(number, "CN", region_is_sure=True)


@given(st.text(alphabet="0123456789+-() ./,;#xO'\"၀၉手机", max_size=24), st.sampled_from(["CN", "MM", "US", None]))
def test_a_key_is_e164_whatever_is_in_the_cell(raw, region):
    keys = phone_keys(raw, region, region_is_sure=True)
    if not isinstance(keys, Malformed):
        assert all(re.fullmatch(r"\+[1-9][0-9]{4,16}", key.value) for key in keys)
        assert len(keys) > 0
