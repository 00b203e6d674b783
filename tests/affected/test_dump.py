"""A dump shows row by row what was exposed: a filled column exposes its category of that person, an empty one none."""

import pytest

from affected import evidence_from
from packs import BadInput
from tests.affected.small import directory_of, outcomes, people, resolved

PEOPLE = [
    {"uid": "u1", "mobile": "13800000001", "has_idcard": True},
    {"uid": "u2", "mobile": "13800000002", "has_idcard": False, "has_order": 1},
    {"uid": "u3", "mobile": "13800000003"},
]
DUMP = (
    "user_id,mobile,id_no,card,note\n"
    "u1,13800000001,11010519491231002X,,\n"
    "u2,13800000002,110101198001010010,6222020000000000,x\n"
    "u3,13800000003,NULL,\\N,-\n"
    ",13711112222,,6222020000000001,\n"
)
SHOWS = {"identity_document": "id_no", "bank_account": ["card"], "phone": "mobile", "communication_content": "note"}


@pytest.fixture
def dump(tmp_path):
    def collected(text=DUMP, **reading):
        (tmp_path / "dump.csv").write_text(text, encoding="utf-8")
        said = {"shows": SHOWS, "blank": ["-"], **reading}
        return evidence_from("evd_1", "dump", tmp_path / "dump.csv", said)

    return collected


def test_each_person_has_the_categories_of_their_filled_cells(tmp_path, dump):
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, dump())
    assert {name: row["categories"] for name, row in people(found).items()} == {
        "u1": ["identity_document", "phone"],
        "u2": ["bank_account", "communication_content", "identity_document", "phone"],
        "u3": ["phone"],
    }
    report = found.reports["evd_1"]
    assert report["rows_showing"] == {
        "bank_account": 2,
        "communication_content": 1,
        "identity_document": 2,
        "phone": 4,
    }
    assert set(report["exposed"]) == set(SHOWS)


def test_what_a_row_shows_counts_though_the_directory_says_it_was_never_given(tmp_path, dump):
    found = people(resolved(directory_of(tmp_path, PEOPLE), tmp_path, dump()))
    assert (
        "identity_document" in found["u2"]["categories"]
    )  # the mapping's flag says no; the dump has it in black on white


def test_a_stranger_of_a_dump_has_what_their_row_shows(tmp_path, dump):
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, dump())
    stranger = found.strangers.to_pylist()[0]
    assert (stranger["value"], stranger["categories"]) == ("+8613711112222", ["bank_account", "phone"])


def test_what_every_row_exposes_is_said_beside_what_each_shows(tmp_path, dump):
    found = people(resolved(directory_of(tmp_path, PEOPLE), tmp_path, dump(exposed=["order"])))
    assert "order" in found["u2"]["categories"]
    assert "order" not in found["u1"]["categories"]  # the directory knows that this person never ordered


def test_a_row_that_shows_more_of_the_same_person_is_no_copy(tmp_path, dump):
    text = "user_id,id_no,card\nu1,,\nu1,X1,\nu1,,62220\nu1,,\n"
    item = dump(text, shows={"identity_document": "id_no", "bank_account": "card"})
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, item)
    assert people(found)["u1"]["categories"] == ["bank_account", "identity_document"]
    assert outcomes(found) == {2: "matched", 3: "matched", 4: "matched", 5: "duplicate"}


def test_two_dumps_of_one_person_add_up(tmp_path, dump):
    other = tmp_path / "other.csv"
    other.write_text("user_id,salary\nu3,1\n", encoding="utf-8")
    second = evidence_from("evd_2", "dump", other, {"shows": {"salary": "salary"}})
    found = people(resolved(directory_of(tmp_path, PEOPLE), tmp_path, dump(), second))
    assert found["u3"]["categories"] == ["phone", "salary"]


def test_a_column_that_is_not_there_is_named_with_its_category(tmp_path, dump):
    with pytest.raises(BadInput, match=r"columns\.shows\.salary: there is no column 'pay'"):
        resolved(directory_of(tmp_path, PEOPLE), tmp_path, dump(shows={"salary": "pay"}))
    with pytest.raises(BadInput, match="evd_1: reading: shows"):
        dump(shows={})
