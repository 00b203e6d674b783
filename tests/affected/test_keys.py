"""Identifiers as people write them become one form, by the rule that is told; what cannot is told why."""

import random
import re

import phonenumbers
import pyarrow as pa
import pytest

from affected.keys import email_key, normalise, person_id_keys
from affected.phones import phone_keys, sure_e164
from affected.words import Malformed, Rule


@pytest.mark.parametrize(
    ("spelling", "region", "meant", "rule"),
    [
        ("+8613800138000", None, "+8613800138000", Rule.PHONE_INTERNATIONAL),
        ("0086 138 0013 8000", None, "+8613800138000", Rule.PHONE_INTERNATIONAL),
        ("8613800138000", None, "+8613800138000", Rule.PHONE_NO_PLUS),
        ("138-0013-8000", "CN", "+8613800138000", Rule.PHONE_NATIONAL),
        ("１３８００１３８０００", "CN", "+8613800138000", Rule.PHONE_NATIONAL),
        ("＋８６ １３８ ００１３ ８０００", None, "+8613800138000", Rule.PHONE_INTERNATIONAL),
        ("(010) 8888 9999", "CN", "+861088889999", Rule.PHONE_NATIONAL),
        ("tel:+86-138-0013-8000", None, "+8613800138000", Rule.PHONE_INTERNATIONAL),
        ("13800138000转12", "CN", "+8613800138000", Rule.PHONE_NATIONAL),
        ("09 250 123 456", "MM", "+959250123456", Rule.PHONE_NATIONAL),
        ("+95 (0)9 250 123 456", None, "+959250123456", Rule.PHONE_INTERNATIONAL),
        ("081-234-5678", "TH", "+66812345678", Rule.PHONE_NATIONAL),
        ("(202) 456-1111", "US", "+12024561111", Rule.PHONE_NATIONAL),
        ("06 698 1234", "IT", "+39066981234", Rule.PHONE_NATIONAL),
    ],
)
def test_a_telephone_number_is_found_behind_its_spelling(spelling, region, meant, rule):
    keys, refused = normalise("phone", pa.array([spelling]), region=region)
    assert refused.num_rows == 0
    found = {row["key"]: row for row in keys.to_pylist()}
    assert found[meant]["rule"] == rule
    assert found[meant]["sure"]


@pytest.mark.parametrize(
    ("spelling", "reason"),
    [
        ("no number", Malformed.PHONE_NOT_A_NUMBER),
        ("12", Malformed.PHONE_TOO_SHORT),
        ("+861380013800012345", Malformed.PHONE_TOO_LONG),
        ("+999123456789", Malformed.PHONE_UNKNOWN_COUNTRY),
        ("--", Malformed.EMPTY),
    ],
)
def test_a_malformed_number_is_told_with_its_reason(spelling, reason):
    _, refused = normalise("phone", pa.array([spelling]), region="CN")
    assert refused.column("reason").to_pylist() == [reason]


def test_an_assumed_country_is_never_sure():
    (key,) = [k for k in phone_keys("081 234 5678", "TH", region_is_sure=False) if k.value == "+66812345678"]
    assert (key.rule, key.sure) == (Rule.PHONE_ASSUMED_COUNTRY, False)


def test_what_is_taken_without_the_library_is_what_the_library_says():
    pattern = re.compile(sure_e164())
    dice = random.Random(7)
    codes = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    taken = 0
    for _ in range(4000):
        number = f"+{dice.choice(codes)}" + "".join(dice.choices("0123456789", k=dice.randint(5, 12)))
        if pattern.fullmatch(number):
            taken += 1
            keys = phone_keys(number, None, region_is_sure=True)
            assert not isinstance(keys, Malformed), number
            assert keys[0].value == number
    assert taken > 300


@pytest.mark.parametrize(
    ("spelling", "meant"),
    [
        ("Ma.Li@Example.COM", "ma.li@example.com"),
        (" ma.li@example.com ", "ma.li@example.com"),
        ("Ma Li <ma.li@example.com>", "ma.li@example.com"),
        ("mailto:ma.li@example.com", "ma.li@example.com"),
        ("ｍａ＠example.com", "ma@example.com"),
        ("ma@例子.公司", "ma@xn--fsqu00a.xn--55qx5d"),
        ("ma@XN--FSQU00A.xn--55qx5d", "ma@xn--fsqu00a.xn--55qx5d"),
    ],
)
def test_an_address_is_the_same_in_every_case_and_spelling(spelling, meant):
    keys, refused = normalise("email", pa.array([spelling]))
    assert refused.num_rows == 0
    assert keys.column("key").to_pylist() == [meant]


@pytest.mark.parametrize(
    ("spelling", "reason"),
    [
        ("ma.example.com", Malformed.EMAIL_NO_AT),
        ("@example.com", Malformed.EMAIL_BAD_LOCAL),
        ("ma li@example.com", Malformed.EMAIL_BAD_LOCAL),
        ("ma@", Malformed.EMAIL_BAD_DOMAIN),
        ("ma@example", Malformed.EMAIL_BAD_DOMAIN),
        ("ma@exa mple.com", Malformed.EMAIL_BAD_DOMAIN),
    ],
)
def test_a_malformed_address_is_told_with_its_reason(spelling, reason):
    assert email_key(spelling) == reason


def test_an_id_that_a_spreadsheet_has_changed_is_found_but_not_for_sure():
    keys = person_id_keys(" 000123.0 ")
    assert [(key.value, key.sure) for key in keys] == [("000123.0", True), ("000123", False), ("123", False)]
