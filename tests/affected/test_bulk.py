"""A line that counts and reads many people at once is told; whom it read is presumed only where somebody says so."""

import pytest

from affected import evidence_from
from packs import BadInput
from tests.affected.small import directory_of, people, resolved

PEOPLE: list[dict[str, str | None]] = [
    {"uid": f"u{n}", "country": "TH" if n < 2 else "MM", "mobile": f"1380000000{n}"} for n in range(4)
]
PEOPLE += [{"uid": "u4", "country": None, "mobile": "13800000004"}]
LOG = (
    "at,ip,uid,what\n"
    "2026-03-01T10:00:00Z,203.0.113.9,u0,read\n"
    "2026-03-01T11:00:00Z,203.0.113.9,,export\n"
    "2026-03-02T12:00:00Z,203.0.113.9,,Export\n"
    "2026-03-02T13:00:00Z,203.0.113.9,,login\n"
    "2026-03-03T13:00:00Z,198.51.100.1,,export\n"
)
COLUMNS = {"time": "at", "address": "ip", "record": "uid", "action": "what"}


def log_of(folder, text=LOG, **reading):
    path = folder / "access.csv"
    path.write_text(text, encoding="utf-8")
    said = {"exposed": ["phone"], "columns": COLUMNS, "where": {"addresses": ["203.0.113.9"]}} | reading
    return evidence_from("evd_log", "access_log", path, said)


@pytest.mark.parametrize("whom", ["country = 'TH'", {"field": "country", "value": "TH"}])
def test_whom_an_export_read_is_presumed_and_possible_and_unknown_where_the_field_is(tmp_path, whom):
    bulk = {"actions": ["export"], "people": whom}
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, log_of(tmp_path, bulk=bulk))
    affected = people(found)
    assert {uid: (row["certainty"], row["presumed"]) for uid, row in affected.items()} == {
        "u0": ("certain", False),  # a line of the log names this person, so nothing is presumed
        "u1": ("possible", True),
    }
    assert found.undecided.column("person_id").to_pylist() == ["u4"]
    assert [(r["person_id"], r["evidence_id"], r["rule"], r["rows"]) for r in found.why.to_pylist()] == [
        ("u0", "evd_log", "bulk_action", 0),
        ("u0", "evd_log", "person_id", 1),
        ("u1", "evd_log", "bulk_action", 0),
    ]
    assert affected["u1"]["first_exposed_at"].isoformat() == "2026-03-01T11:00:00+00:00"
    assert affected["u1"]["last_exposed_at"].isoformat() == "2026-03-02T12:00:00+00:00"
    report = found.reports["evd_log"]
    assert report["bulk"] == {
        "lines": 2,
        "first_at": "2026-03-01T11:00:00+00:00",
        "last_at": "2026-03-02T12:00:00+00:00",
        "presumed": True,
    }
    assert report["nameless"]["lines"] == 1
    assert report["warnings"] == []
    assert [row["reason"] for row in found.rows.to_pylist()] == [None, "bulk_action", "bulk_action", "no_record_id"]


def test_without_such_a_line_nobody_is_presumed(tmp_path):
    bulk = {"actions": ["export"], "people": "country = 'TH'"}
    text = LOG.replace("203.0.113.9,,", "192.0.2.1,,")
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, log_of(tmp_path, text, bulk=bulk))
    assert list(people(found)) == ["u0"]
    assert found.undecided.num_rows == 0


def test_where_the_reading_names_no_people_a_reviewer_is_told(tmp_path):
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, log_of(tmp_path))
    assert list(people(found)) == ["u0"]
    (warning,) = found.reports["evd_log"]["warnings"]
    assert warning.startswith(
        "Lines that count and name no record: 3; if some of them read many people, nobody was presumed"
    )


def test_every_line_without_a_record_is_a_bulk_action_where_no_action_is_named(tmp_path):
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, log_of(tmp_path, bulk={"people": "country = 'MM'"}))
    assert found.reports["evd_log"]["bulk"]["lines"] == 3
    assert sorted(people(found)) == ["u0", "u2", "u3"]


def test_a_bulk_line_whose_time_cannot_be_read_counts_where_it_is_known_whose_it_is(tmp_path):
    bulk = {"actions": ["export"], "people": "country = 'TH'"}
    text = "at,ip,uid,what\nlater,203.0.113.9,,export\n"
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, log_of(tmp_path, text, bulk=bulk))
    assert sorted(people(found)) == ["u0", "u1"]
    window = {"from_at": "2026-03-01T00:00:00Z", "to_at": "2026-03-02T00:00:00Z"}
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, log_of(tmp_path, text, bulk=bulk, where=window))
    assert (people(found), [row["reason"] for row in found.rows.to_pylist()]) == ({}, ["bad_time"])


def test_people_that_are_no_predicate_are_refused_naming_the_field(tmp_path):
    item = log_of(tmp_path, bulk={"people": "salary > 3"})
    with pytest.raises(BadInput, match=r"evd_log: bulk\.people: there is no field 'salary'"):
        resolved(directory_of(tmp_path, PEOPLE), tmp_path, item)


@pytest.mark.parametrize(
    ("statement", "reason", "records"),
    [
        ("SELECT * FROM account WHERE id = 7", None, ["7"]),
        ("select a,b from account where\tid='u1' and x = 2", None, ["u1"]),
        ("select * from \"account\" where \"id\" = 'u1' or id = 'u2'", None, ["u1", "u2"]),
        ("SELECT * FROM account WHERE userid = 7", "bulk_action", []),
        ("SELECT * FROM account WHERE id = 70 LIMIT 1", None, ["70"]),
        ("SELECT * FROM account WHERE id IN (1, 2,'3')", None, ["1", "2", "3"]),
        ("SELECT * FROM account", "bulk_action", []),
        ("COPY account TO STDOUT", "bulk_action", []),
        ("SELECT * FROM account WHERE id = ?", "no_record_id", []),
        ("SELECT * FROM account WHERE id = $1", "no_record_id", []),
        ("INSERT INTO account VALUES (1)", "no_record_id", []),
    ],
)
def test_a_statement_names_its_records_or_reads_in_bulk(tmp_path, statement, reason, records):
    reading = {"columns": {"time": "at", "session": "sid", "target": "sql"}, "record_in": "statement"}
    reading |= {"record": ["WHERE id = {record}", "or id = {record}", "id in ({record})"], "where": {"sessions": ["a"]}}
    quoted = statement.replace('"', '""')
    item = log_of(tmp_path, f'at,sid,sql\n2026-03-01T10:00:00Z,a,"{quoted}"\n', **reading)
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, item)
    assert found.rows.to_pylist()[0]["reason"] == reason
    named = {*found.unknown_ids.column("value").to_pylist(), *people(found)}
    assert sorted(named) == records
