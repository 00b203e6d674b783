"""A directory and evidence give the people affected, each with why, and every row of evidence its outcome."""

from datetime import UTC, date, datetime

import pytest

from affected import evidence_from, strangers_as_people
from affected.words import Rule
from packs import BadInput
from tests.affected.small import directory_of, list_of, outcomes, people, resolved

MA = {"uid": "u1", "mobile": "+8613800000001", "mail": "Ma@Example.com", "has_idcard": True, "country": "CN"}
LI = {"uid": "u2", "mobile": "138 0000 0002", "mail": "li@example.com", "has_idcard": False}
TWIN = {"uid": "u3", "mobile": "138-0000-0002", "mail": None}
CHILD = {"uid": "u4", "g_mobile": "13900000004", "born": date(2015, 5, 1)}
GONE = {"uid": "u5", "state": "anonymised"}


def test_each_person_found_says_by_which_rule_and_what_was_exposed(tmp_path):
    directory = directory_of(tmp_path, [MA, LI, CHILD, GONE])
    found = resolved(
        directory, tmp_path, list_of(tmp_path / "e.csv", "phone,email\n+86 138 0000 0001,\n,LI@example.com\n")
    )
    assert people(found)["u1"]["categories"] == ["identity_document", "phone"]
    assert people(found)["u2"]["categories"] == ["phone"]  # the directory knows that Li gave no document
    why = {row["person_id"]: row["rule"] for row in found.why.to_pylist()}
    assert why == {"u1": Rule.PHONE_INTERNATIONAL, "u2": Rule.EMAIL}
    assert {row["certainty"] for row in found.people.to_pylist()} == {"certain"}


def test_a_category_that_the_mapping_does_not_describe_is_not_ruled_out(tmp_path):
    directory = directory_of(tmp_path, [LI])
    evidence = list_of(tmp_path / "e.csv", "email\nli@example.com\n", exposed=["salary", "order"])
    assert people(resolved(directory, tmp_path, evidence))["u2"]["categories"] == ["salary"]


def test_a_row_that_means_several_people_affects_them_all_and_is_ambiguous(tmp_path):
    directory = directory_of(tmp_path, [MA, LI, TWIN])
    found = resolved(directory, tmp_path, list_of(tmp_path / "e.csv", "phone\n13800000002\n"))
    assert outcomes(found) == {2: "ambiguous"}
    assert {p: row["certainty"] for p, row in people(found).items()} == {"u2": "possible", "u3": "possible"}


def test_every_row_has_one_outcome_and_strangers_are_people(tmp_path):
    directory = directory_of(tmp_path, [MA, LI])
    text = "phone\n13800000001\n1 3 8 0 0 0 0 0 0 0 1\n13711112222\n+86 13711112222\nnonsense\n\n13800000002\n"
    found = resolved(directory, tmp_path, list_of(tmp_path / "e.csv", text))
    assert outcomes(found) == {
        2: "matched",
        3: "duplicate",
        4: "unmatched",
        5: "duplicate",
        6: "malformed",
        7: "malformed",
        8: "matched",
    }
    (stranger,) = found.strangers.to_pylist()
    assert (stranger["value"], stranger["residence"], stranger["beside"]) == ("+8613711112222", "CN", False)
    assert found.counts["rows"]["malformed"] == 2


def test_a_contact_beside_somebody_found_is_a_stranger_marked_so(tmp_path):
    directory = directory_of(tmp_path, [MA])
    evidence = list_of(
        tmp_path / "e.csv", "uid,phone\nu1,13711112222\n", columns={"person_id": "uid", "phone": "phone"}
    )
    found = resolved(directory, tmp_path, evidence)
    assert outcomes(found) == {2: "matched"}
    assert [row["beside"] for row in found.strangers.to_pylist()] == [True]


def test_a_guardians_number_means_the_child_unless_it_is_somebodys_own(tmp_path):
    parent = {"uid": "u9", "mobile": "13900000004"}
    evidence = list_of(tmp_path / "e.csv", "phone\n13900000004\n")
    alone = resolved(directory_of(tmp_path, [CHILD]), tmp_path, evidence)
    assert people(alone)["u4"]["certainty"] == "possible"
    assert alone.why.column("rule").to_pylist() == [Rule.GUARDIAN_PHONE]
    both = resolved(directory_of(tmp_path, [CHILD, parent]), tmp_path, evidence)
    assert {p: row["certainty"] for p, row in people(both).items()} == {"u9": "certain"}


def test_an_anonymised_account_is_found_by_its_id_and_keeps_its_standing(tmp_path):
    directory = directory_of(tmp_path, [GONE])
    evidence = list_of(tmp_path / "e.txt", "u5\nu6\n", columns={"person_id": 1})
    found = resolved(directory, tmp_path, evidence)
    assert people(found)["u5"]["standing"] == "anonymised"
    assert found.unknown_ids.column("value").to_pylist() == ["u6"]
    assert found.strangers.num_rows == 0


def test_a_device_in_no_directory_is_a_stranger_who_can_be_told_there(tmp_path):
    directory = directory_of(tmp_path, [MA | {"push": "token-1"}])
    evidence = list_of(tmp_path / "e.txt", "token-1\ntoken-2\n", columns={"device_token": 1}, exposed="held")
    found = resolved(directory, tmp_path, evidence)
    assert list(people(found)) == ["u1"]
    (stranger,) = found.strangers.to_pylist()
    assert (stranger["kind"], stranger["value"], stranger["categories"]) == ("device_token", "token-2", ["device_id"])
    assert strangers_as_people(found.strangers, controller="moqi")["has_device_token"].to_pylist() == [True]


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2012, 3, 6), "14_to_17"),
        (date(2012, 3, 7), "under_14"),
        (date(2008, 3, 6), "adult"),
        (date(2008, 3, 7), "14_to_17"),
        (date(2026, 3, 7), "unknown"),
        (date(1900, 1, 1), "unknown"),
        (None, "unknown"),
    ],
)
def test_an_age_is_of_the_day_asked_for_and_unknown_when_it_is(tmp_path, born, band):
    directory = directory_of(tmp_path, [MA | {"born": born}])
    found = resolved(directory, tmp_path, list_of(tmp_path / "e.txt", "13800000001\n13800000009\n"))
    assert people(found)["u1"]["age_band"] == band


def test_the_time_of_exposure_comes_from_the_evidence_where_rows_have_none(tmp_path):
    window = {"first_at": "2026-02-25T00:00:00+08:00", "last_at": "2026-03-06T00:00:00+08:00"}
    evidence = list_of(tmp_path / "e.txt", "13800000001\n13800000009\n", **window)
    found = people(resolved(directory_of(tmp_path, [MA]), tmp_path, evidence))["u1"]
    assert found["first_exposed_at"] == datetime(2026, 2, 24, 16, tzinfo=UTC)
    assert found["last_exposed_at"] == datetime(2026, 3, 5, 16, tzinfo=UTC)


def test_presumed_evidence_makes_nobody_certain(tmp_path):
    directory = directory_of(tmp_path, [MA, LI])
    presumed = list_of(tmp_path / "p.txt", "13800000001\n13800000002\n", presumed=True)
    plain = list_of(tmp_path / "e.txt", "13800000002\n13800000009\n", item="evd_2")
    found = people(resolved(directory, tmp_path, presumed, plain))
    assert (found["u1"]["presumed"], found["u1"]["certainty"]) == (True, "possible")
    assert (found["u2"]["presumed"], found["u2"]["certainty"]) == (False, "certain")


def test_an_id_that_is_not_unique_among_the_found_is_refused(tmp_path):
    directory = directory_of(tmp_path, [MA, MA | {"mobile": "13800000007"}])
    with pytest.raises(BadInput, match="several rows for one person id"):
        resolved(directory, tmp_path, list_of(tmp_path / "e.txt", "13800000001\n13800000009\n"))


def test_the_same_salt_gives_the_same_token_and_another_gives_another(tmp_path):
    directory = directory_of(tmp_path, [MA])
    evidence = list_of(tmp_path / "e.txt", "13711112222\n13711113333\n")
    first, again, other = (resolved(directory, tmp_path, evidence, salt=salt) for salt in (b"a", b"a", b"b"))
    assert first.strangers.equals(again.strangers)
    assert not set(first.strangers.column("token").to_pylist()) & set(other.strangers.column("token").to_pylist())


def test_what_nobody_gave_cannot_be_held(tmp_path):
    bare = "directory: moqi\nperson_id: {column: uid}\n"
    with pytest.raises(BadInput, match="evd_1: exposed: 'held' says nothing"):
        resolved(directory_of(tmp_path, [MA], bare), tmp_path, list_of(tmp_path / "e.txt", "u1\nu2\n", exposed="held"))


def test_a_child_reads_the_evidence_and_gives_the_same_answer(tmp_path):
    directory = directory_of(tmp_path, [MA, LI])
    evidence = list_of(tmp_path / "e.csv", "phone\n13800000001\nnonsense\n")
    here = resolved(directory, tmp_path, evidence)
    child = resolved(directory, tmp_path, evidence, cleaner=None)
    assert child.people.equals(here.people)
    assert child.rows.equals(here.rows)
    assert child.reports == here.reports


def test_an_answer_has_the_same_columns_whether_or_not_anybody_could_be_undecided(tmp_path):
    directory, listed = directory_of(tmp_path, [MA, LI]), list_of(tmp_path / "e.csv", "phone\n13800000001\n")
    (tmp_path / "p.txt").write_text("country = 'CN'")
    asked = evidence_from("evd_2", "predicate", tmp_path / "p.txt", {"exposed": ["phone"]})
    sure, unsure = resolved(directory, tmp_path, listed), resolved(directory, tmp_path, listed, asked)
    assert unsure.undecided.num_rows == 1
    assert sure.undecided.num_rows == 0
    assert sure.undecided.schema == unsure.undecided.schema == sure.people.schema


@pytest.mark.parametrize(
    ("kind", "reading", "sentence"),
    [
        ("hearsay", {}, "kind: 'hearsay' is not one of access_log, "),
        ("identifier_list", {}, "reading: exposed: Field required"),
        ("identifier_list", {"exposed": [], "colour": 1}, "reading: colour: is not a field of this kind"),
    ],
)
def test_what_is_said_of_evidence_is_checked(tmp_path, kind, reading, sentence):
    with pytest.raises(BadInput, match=sentence):
        evidence_from("evd_1", kind, tmp_path / "e.csv", reading)
