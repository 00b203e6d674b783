"""Why a person stands in an answer, row by row; what would have found one who does not; what two answers differ in."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from affected import evidence_from
from affected.difference import changes_between
from affected.explain import SAYS, SHOWN, answered, explain
from affected.export import read_back, repeated, write_out
from affected.words import Rule
from packs import BadInput
from tests.affected.small import directory_of, list_of, resolved

MA = {"uid": "u1", "mobile": "13800000001", "mail": "ma@example.com", "has_idcard": True, "country": "CN"}
LI = {"uid": "u2", "mobile": "13800000002", "country": "TH"}
NOWHERE = {"uid": "u3", "mobile": "13800000003"}
JUNE, JULY = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def answer(tmp_path):
    """A list with a number twice over and an e-mail, a second list, a condition on the country, a named person."""
    first = list_of(
        tmp_path / "a.csv",
        "phone,mail\n13800000001,x@y.example\n+86 13800000001,ma@example.com\n13711112222,\nnonsense,\n",
        "evd_a",
        exposed=["phone", "identity_document"],
        first_at=JUNE,
        last_at=JUNE,
    )
    again = list_of(tmp_path / "b.csv", "phone\n13800000001\n", "evd_b", exposed=["phone"], first_at=JULY, last_at=JULY)
    (tmp_path / "p.yaml").write_text("all: [{field: country, value: TH}]\n", encoding="utf-8")
    thai = evidence_from("evd_p", "predicate", tmp_path / "p.yaml", {"exposed": ["order"]})
    found = resolved(directory_of(tmp_path, [MA, LI, NOWHERE]), tmp_path, first, again, thai)
    write_out(found, tmp_path / "out")
    return answered(read_back(tmp_path / "out"))


def test_a_person_is_explained_by_the_rows_and_rules_that_found_them(answer):
    said = explain(answer, "u1")
    assert (said["found"], said["certainty"], said["residence"]) == ("affected", "certain", "CN")
    because = [(one["evidence"], one["rule"], one["row_numbers"], one["rows"]) for one in said["because"]]
    assert because == [
        ("evd_a", Rule.EMAIL, [3], 1),
        ("evd_a", Rule.PHONE_INTERNATIONAL, [3], 1),
        ("evd_a", Rule.PHONE_NATIONAL, [2], 1),
        ("evd_b", Rule.PHONE_NATIONAL, [2], 1),
    ]


def test_each_category_has_the_first_and_last_time_that_an_item_exposed_it(answer):
    categories = {one["category"]: (one["first_at"], one["last_at"]) for one in explain(answer, "u1")["categories"]}
    assert categories == {"identity_document": (JUNE, JUNE), "phone": (JUNE, JULY)}


def test_an_undecided_person_is_said_to_hang_on_the_condition(answer):
    said = explain(answer, "u3")
    assert (said["found"], said["because"]) == ("undecided", [])
    assert "neither affirmed nor denied" in said["else"][0]
    assert "evd_p" in said["else"][0]


def test_of_somebody_who_is_not_in_the_answer_it_says_item_by_item_what_would_have_found_them(answer):
    said = explain(answer, "nobody")
    assert said["found"] == "not_found"
    assert said["else"] == [
        "evd_a: no row of it holds their email or phone; of its rows 1 unmatched and 1 malformed may mean anybody.",
        "evd_b: no row of it holds their phone.",
        "evd_p: its condition does not hold of them.",
    ]


def test_an_id_that_evidence_names_and_the_directory_does_not_know_is_said_so(tmp_path):
    found = resolved(directory_of(tmp_path, [MA]), tmp_path, list_of(tmp_path / "e.csv", "person_id\nu1\nu9\n"))
    assert explain(answered(found), "u9")["else"][0] == "evd_1: names this id, and the directory does not know it."


def test_each_rule_has_a_sentence():
    assert set(SAYS) == set(Rule)


def test_of_many_rows_the_first_are_named_and_all_are_counted(tmp_path):
    text = "phone,mail\n" + "".join(f"13800000001,x{n}@y.example\n" for n in range(SHOWN + 5))
    found = resolved(directory_of(tmp_path, [MA]), tmp_path, list_of(tmp_path / "e.csv", text))
    (one,) = explain(answered(found), "u1")["because"]
    assert (one["rows"], len(one["row_numbers"]), one["row_numbers"][0]) == (SHOWN + 5, SHOWN, 2)


def test_a_named_person_is_possible_and_only_the_very_id_is_meant(tmp_path):
    seven, padded = {"uid": "7", "has_idcard": True}, {"uid": "007", "has_idcard": True}
    (tmp_path / "named.txt").write_text("007\n\n007\n", encoding="utf-8")
    named = evidence_from("rev_1", "reviewed", tmp_path / "named.txt", {"exposed": ["identity_document"]})
    found = resolved(directory_of(tmp_path, [seven, padded]), tmp_path, named)
    assert [(one["person_id"], one["certainty"], one["presumed"]) for one in found.people.to_pylist()] == [
        ("007", "possible", False)
    ]
    (one,) = explain(answered(found), "007")["because"]
    assert (one["rule"], one["says"]) == (Rule.REVIEWED, "No evidence found this person: a reviewer named them.")


def test_a_person_whom_the_directory_merged_is_one_person_in_the_difference_and_the_explanation(answer):
    aliases = pa.table({"person_id": ["u1"], "was": ["old"]})
    before = answer.people.set_column(0, "person_id", pa.array(["old" if x == "u1" else x for x in _ids(answer)]))
    assert changes_between(before, answer.people).counts["added"] == 1
    merged = changes_between(before, answer.people, aliases)
    assert merged.counts == {"added": 0, "removed": 0, "grew": 0, "moved": 0, "unchanged": answer.people.num_rows}
    both = pa.concat_tables([before, answer.people.filter(pa.compute.equal(answer.people["person_id"], "u1"))])
    assert changes_between(both, answer.people, aliases).counts["unchanged"] == answer.people.num_rows
    said = explain(answered_with(answer, aliases), "old")
    assert (said["person_id"], said["merged"], said["found"]) == ("u1", True, "affected")


def _ids(answer):
    return answer.people["person_id"].to_pylist()


def answered_with(answer, aliases):
    return type(answer)(**(vars(answer) | {"aliases": aliases}))


def test_a_folder_that_holds_no_answer_is_refused_by_name(tmp_path):
    with pytest.raises(BadInput, match="no answer of `affected resolve`: people"):
        read_back(tmp_path)


def test_only_columns_whose_texts_stand_again_and_again_are_written_with_a_dictionary(tmp_path):
    ids = {"person_id": [f"p{n}" for n in range(9)], "categories": [["phone"]] * 9, "has_phone": [True] * 9}
    assert repeated(pa.table(ids | {"rule": ["email"] * 9})) == ["rule", "categories.list.element"]
