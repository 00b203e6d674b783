"""Records that the directory merged are one person: found by what either record held, told at the one that lives on."""

import pyarrow as pa
import pytest
import sqlalchemy as sa

from affected import contacts, known, open_directory
from affected.merged import ALIASES, surviving
from tests.affected.small import COLUMNS, MAPPING, directory_of, list_of, people, resolved

MERGING = MAPPING + "merged_into: {column: province}\n"  # a column of the small directory that is free
PEOPLE: list[dict[str, object]] = [
    {"uid": "u1", "mobile": "13800000001", "mail": "now@a.example", "country": "CN"},
    {"uid": "u2", "mobile": "13800000002", "mail": "before@a.example", "has_idcard": True, "province": "u1"},
    {"uid": "u3", "mobile": "13800000003", "province": "u2"},  # a chain: u3 became u2, which became u1
    {"uid": "u4", "mobile": "13800000004", "province": "nobody"},
    {"uid": "u5", "mobile": "13800000005", "province": "u6"},
    {"uid": "u6", "mobile": "13800000006", "province": "u5"},
    {"uid": "u7", "mobile": "13800000007", "province": "u7"},
    {"uid": "u8", "mobile": "13800000001"},
]


@pytest.fixture(params=["file", "database"])
def directory(request, tmp_path):
    made = directory_of(tmp_path, PEOPLE, MERGING.replace("region: {column: province}", "region: {value: ''}"))
    if request.param == "file":
        return made
    path = tmp_path / "d.db"
    rows = [{name: person.get(name) for name in COLUMNS} for person in PEOPLE]
    engine = sa.create_engine(f"sqlite:///{path}")
    table = sa.Table("people", sa.MetaData(), *(sa.Column(name, sa.String) for name in COLUMNS))
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(table.insert(), [{k: None if v is None else str(v) for k, v in row.items()} for row in rows])
    return open_directory(f"sqlite:///{path}?table=people", made.mapping)


def test_whoever_is_named_by_an_old_record_is_the_person_who_lives_on(directory, tmp_path):
    found = resolved(directory, tmp_path, list_of(tmp_path / "e.txt", "13800000002\n13800000003\n"))
    assert list(people(found)) == ["u1"]
    assert people(found)["u1"]["certainty"] == "certain"
    assert found.aliases.to_pylist() == [{"person_id": "u1", "was": "u2"}, {"person_id": "u1", "was": "u3"}]


def test_an_old_id_means_the_person_who_lives_on(directory, tmp_path):
    listed = list_of(tmp_path / "e.csv", "user_id\nu3\nu1\n")
    found = resolved(directory, tmp_path, listed)
    assert list(people(found)) == ["u1"]
    assert found.unknown_ids.num_rows == 0
    assert known(directory, ["u1", "u3", "nobody"]) == {"u1", "u3"}


def test_what_was_given_under_the_old_record_was_given_by_the_person(directory, tmp_path):
    listed = list_of(tmp_path / "e.txt", "before@a.example\n", exposed="held")
    assert people(resolved(directory, tmp_path, listed))["u1"]["categories"] == ["identity_document", "phone"]


def test_nobody_is_lost_by_a_pointer_to_nobody_or_in_a_circle(directory, tmp_path):
    listed = list_of(tmp_path / "e.txt", "".join(f"1380000000{n}\n" for n in (4, 5, 6, 7)))
    assert sorted(people(resolved(directory, tmp_path, listed))) == ["u4", "u5", "u6", "u7"]


def test_an_address_that_another_person_has_too_is_still_ambiguous(directory, tmp_path):
    found = people(resolved(directory, tmp_path, list_of(tmp_path / "e.txt", "13800000001\n")))
    assert {name: row["certainty"] for name, row in found.items()} == {"u1": "possible", "u8": "possible"}


def test_nobody_is_written_to_at_the_old_record(directory):
    found = contacts(directory, pa.array(["u1", "u2"], pa.string())).to_pylist()
    assert {one["address"] for one in found} == {"+8613800000001", "now@a.example"}  # u2's own are not there


def test_what_the_old_record_held_counts_where_only_the_person_is_named(directory, tmp_path):
    listed = list_of(tmp_path / "e.txt", "now@a.example\n", exposed="held")
    found = resolved(directory, tmp_path, listed)
    assert people(found)["u1"]["categories"] == ["identity_document", "phone"]
    assert [row["was"] for row in found.aliases.to_pylist()] == ["u2", "u3"]


def test_whoever_was_merged_since_they_were_found_is_written_to_where_they_are(directory):
    found = contacts(directory, pa.array(["u3"], pa.string())).to_pylist()
    assert {(one["person_id"], one["address"]) for one in found} == {("u3", "+8613800000001"), ("u3", "now@a.example")}


def test_where_nobody_was_merged_no_row_is_looked_at():
    answer = pa.table({"person_id": ["u1"]})
    assert surviving(answer, ALIASES.empty_table()) is answer
    assert surviving(answer, None) is answer
