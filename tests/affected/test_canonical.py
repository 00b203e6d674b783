"""What the portable SQL takes for a key is what the reader of the evidence surely reads, and the rest is left to it."""

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affected.canonical import bare, key_of
from affected.engines.embedded import quick_key_of
from affected.keys import normalise
from affected.sql import iso_date
from affected.statements import rendered
from tests.affected.test_telephone_spellings import TABLE

REGIONS = [None, "CN", "MM", "TH", "DE", "US", "SG", "IT", "GB", "JP", "KR", "BR", "AR", "MX", "RU", "IN", "HK"]
KEYED = {"portable": key_of, "embedded": quick_key_of}
written = st.tuples(
    st.sampled_from(["", "+", "00", "0", "+0", "011", "0086", "86", "+86", "+95", "95", "0066", "+1", "1"]),
    st.sampled_from(["", "0", "(0)", "9", "13", "138", "09", "1"]),
    st.text("0123456789 -()+.", min_size=4, max_size=14),
).map("".join)
addresses = st.from_regex(r"[A-Za-z0-9.'+_\u212a-]{1,12}@[A-Za-z0-9.\u00c9-]{1,12}", fullmatch=True)


def said_by_sql(kind, region, spellings, keyed):
    connection = duckdb.connect()
    connection.register("t", pa.table({"raw": pa.array(sorted(set(spellings)), pa.string())}))
    statement = f"SELECT raw, {keyed(kind, region)} AS key FROM (SELECT raw, {bare('raw')} AS bare FROM t) AS s"
    found = connection.sql(rendered(statement, "duckdb")).fetchall()
    return {raw: key for raw, key in found if key is not None}


def read(kind, region, spellings):
    keys, _ = normalise(kind, pa.array(sorted(spellings), pa.string()), region=region)
    sure: dict[str, set[str]] = {}
    for one in keys.to_pylist():
        if one["sure"]:
            sure.setdefault(one["raw"], set()).add(one["key"])
    return sure


@pytest.mark.parametrize("keyed", KEYED)
@settings(deadline=None, max_examples=60)
@given(st.lists(written, min_size=20, max_size=60), st.sampled_from(REGIONS))
def test_a_telephone_number_that_sql_takes_is_surely_that_and_nothing_else(keyed, spellings, region):
    trimmed = [one.strip(" ") for one in spellings]
    said = said_by_sql("phone", region, [one for one in trimmed if one], KEYED[keyed])
    assert read("phone", region, said) == {raw: {key} for raw, key in said.items()}


@pytest.mark.parametrize("keyed", KEYED)
@settings(deadline=None, max_examples=30)
@given(st.lists(addresses, min_size=20, max_size=60))
def test_an_address_that_sql_takes_is_read_as_that_or_refused(keyed, spellings):
    said = said_by_sql("email", None, spellings, KEYED[keyed])
    understood = read("email", None, said)
    assert understood == {raw: {said[raw]} for raw in understood}


@pytest.mark.parametrize("keyed", KEYED)
def test_the_awkward_spellings_written_by_hand_are_no_exception(keyed):
    taken = 0
    for group in TABLE:
        here = [spelling.strip(" ") for spelling in group["spellings"]]
        said = said_by_sql("phone", group["region"], here, KEYED[keyed])
        assert read("phone", group["region"], said) == {raw: {key} for raw, key in said.items()}
        taken += len(said)
    assert taken > 40


@pytest.mark.parametrize(
    ("raw", "region", "key"),
    [
        ("+86 138-0013-8000", None, "+8613800138000"),
        ("0086 13800138000", "MM", "+8613800138000"),
        ("8613800138000", "MM", "+8613800138000"),
        ("(138) 00138000", "CN", "+8613800138000"),
        ("09 123 456 789", "MM", "+959123456789"),
        ("9123456789", "MM", "+959123456789"),
        ("(201) 555-0123", "US", "+12015550123"),
        ("030 1234567", "DE", "+49301234567"),
        ("+39 06 1234567", "IT", None),  # Italy keeps its 0: left to the library
        ("138.0013.8000", "CN", None),
        ("13800138000.0", "CN", None),
        ("ext 12", "CN", None),
        ("2012-06-01", "TH", None),
    ],
)
def test_usual_spellings_need_no_library(raw, region, key):
    assert said_by_sql("phone", region, [raw], key_of).get(raw) == key


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2012-06-01", "2012-06-01"),
        ("2012-06-01T10:00:00Z", "2012-06-01"),
        ("2012-06-01 10:00", "2012-06-01"),
        ("2012-02-29", "2012-02-29"),
        ("2011-02-29", None),
        ("2012-04-31", None),
        ("2012-13-01", None),
        ("2012-00-10", None),
        ("2012-6-1", None),
        ("2012-06-011", None),
        ("0201-206-01", None),
        ("unknown", None),
        ("", None),
    ],
)
def test_a_day_as_text_is_one_only_where_it_is_a_day(text, day):
    statement = rendered(f"SELECT CAST({iso_date('t')} AS VARCHAR) AS day FROM (SELECT '{text}' AS t) AS s", "duckdb")
    assert duckdb.sql(statement).fetchall() == [(day,)]
