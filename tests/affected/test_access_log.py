"""A stranger's lines of an access log become the people read; the rest is counted, and gaps are told."""

from datetime import UTC, datetime
from typing import Any

import pytest

from affected import evidence_from
from packs import BadInput
from tests.affected.small import directory_of, people, resolved

PEOPLE = [{"uid": f"u{n}", "mobile": f"1380000000{n}"} for n in range(5)]
COLUMNS = {"time": "at", "address": "ip", "session": "sid", "record": "uid", "outcome": "code"}
HEAD = "at,ip,sid,uid,code\n"


def log_of(folder, text, **reading):
    path = folder / "access.csv"
    path.write_text(text, encoding="utf-8")
    said = {"exposed": ["phone"], "columns": COLUMNS, "where": {"addresses": ["203.0.113.9"]}} | reading
    return evidence_from("evd_log", "access_log", path, said)


def test_lines_of_the_address_in_the_window_find_the_people_read_with_first_and_last_time(tmp_path):
    text = HEAD + (
        "2026-03-01T10:00:00+08:00,203.0.113.9,s,u1,200\n"
        "2026-03-03T10:00:00Z,203.0.113.9,s,u1,200\n"
        "2026-03-03T10:00:00Z,198.51.100.1,s,u2,200\n"
        "2026-03-09T10:00:00Z,203.0.113.9,s,u3,200\n"
    )
    where = {"addresses": ["203.0.113.0/24"], "from_at": "2026-03-01T00:00:00Z", "to_at": "2026-03-05T00:00:00Z"}
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, log_of(tmp_path, text, where=where))
    (row,) = people(found).values()
    assert row["person_id"] == "u1"
    assert row["first_exposed_at"] == datetime(2026, 3, 1, 2, tzinfo=UTC)
    assert row["last_exposed_at"] == datetime(2026, 3, 3, 10, tzinfo=UTC)
    report = found.reports["evd_log"]
    assert (report["lines"], report["kept"], report["outside"]) == (4, 2, 2)
    assert report["coverage"]["gaps"] == ["2026-03-02", "2026-03-04", "2026-03-05"]


def test_an_unknown_id_a_missing_one_and_an_unreadable_time_are_kept(tmp_path):
    text = HEAD + (
        "2026-03-01T10:00:00Z,203.0.113.9,s,u99,200\n"
        "2026-03-01T10:00:01Z,203.0.113.9,s,,200\n"
        "yesterday,203.0.113.9,s,u2,200\n"
        "\n"
    )
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, log_of(tmp_path, text))
    assert [(row["outcome"], row["reason"]) for row in found.rows.to_pylist()] == [
        ("unmatched", None),
        ("malformed", "no_record_id"),
        ("matched", "bad_time"),
        ("malformed", "empty"),
    ]
    assert found.unknown_ids.column("value").to_pylist() == ["u99"]
    assert list(people(found)) == ["u2"]


def test_an_outcome_or_a_session_narrows_or_widens(tmp_path):
    text = HEAD + "1772359200,203.0.113.9,a,u1,200\n1772359200,203.0.113.9,a,u2,403\n1772359200000,192.0.2.1,b,u3,200\n"
    where = {"addresses": ["203.0.113.9"], "sessions": ["b"], "outcomes": ["200"]}
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, log_of(tmp_path, text, where=where))
    assert sorted(people(found)) == ["u1", "u3"]
    assert people(found)["u1"]["first_exposed_at"] == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_a_web_servers_text_names_the_record_in_its_path(tmp_path):
    path = tmp_path / "access.log"
    path.write_text(
        '203.0.113.9 - - [01/Mar/2026:18:00:00 +0800] "GET /people/u1/profile?x=1 HTTP/1.1" 200 12 "-" "curl"\n'
        '203.0.113.9 - - [01/Mar/2026:18:00:01 +0800] "GET /favicon.ico HTTP/1.1" 404 0\n'
        "this is no line of a log\n",
        encoding="utf-8",
    )
    reading: dict[str, Any] = {"exposed": ["phone"], "format": "web", "record": "/people/{record}/profile"}
    reading |= {"where": {"addresses": ["203.0.113.9"], "actions": ["GET"]}}
    evidence = evidence_from("evd_log", "access_log", path, reading)
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, evidence)
    assert people(found)["u1"]["first_exposed_at"] == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert [row["reason"] for row in found.rows.to_pylist()] == [None, "no_record_id", "not_a_log_line"]


def test_json_lines_name_their_fields_with_dots(tmp_path):
    path = tmp_path / "audit.jsonl"
    path.write_text(
        '{"at": "2026-03-01T10:00:00Z", "who": {"ip": "203.0.113.9"}, "object": {"id": "u4"}}\nnot json\n',
        encoding="utf-8",
    )
    reading = {"exposed": ["phone"], "columns": {"time": "at", "address": "who.ip", "record": "object.id"}}
    evidence = evidence_from("evd_log", "access_log", path, reading | {"where": {"addresses": ["203.0.113.9"]}})
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, evidence)
    assert sorted(people(found)) == ["u4"]
    assert [row["reason"] for row in found.rows.to_pylist()] == [None, "not_json"]


@pytest.mark.parametrize(
    ("reading", "sentence"),
    [
        ({"where": {}}, "say whose lines count"),
        ({"where": {"addresses": ["nowhere"]}}, "'nowhere' is neither an address nor a network"),
        ({"where": {"actors": ["x"]}}, "where.actors needs columns.actor"),
        ({"columns": {"time": "at"}}, "columns must name at least time and record"),
        ({"format": "web", "record": "/people"}, "a web log needs record"),
    ],
)
def test_a_reading_that_could_select_nothing_or_everybody_is_refused(tmp_path, reading, sentence):
    with pytest.raises(BadInput, match=sentence):
        log_of(tmp_path, HEAD, **reading)


def test_a_column_that_the_log_does_not_have_is_named(tmp_path):
    evidence = log_of(tmp_path, "at,ip,uid,sid\n2026-03-01T10:00:00Z,203.0.113.9,u1,s\n")
    with pytest.raises(BadInput, match=r"columns\.outcome: there is no column 'code'"):
        resolved(directory_of(tmp_path, PEOPLE), tmp_path, evidence)
