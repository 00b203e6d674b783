"""People alike are one cohort, counted by how sure and by how they can be reached; their addresses are read later."""

import pyarrow as pa
import pytest

from affected import cohorts, contacts, everybody, strangers_as_people, with_cohorts
from tests.affected.small import directory_of, list_of, resolved

PEOPLE = [
    {"uid": "u1", "mobile": "138 0000 0001", "mail": "Ma@Example.com", "g_mobile": "0086 13900000001", "country": "cn"},
    {"uid": "u2", "mobile": "13800000002", "push": "token-2", "country": "CN"},
    {"uid": "u3", "mobile": "not a number", "mail": "x@y.example", "country": "China"},
]
LIST = "phone,email\n13800000001,\n13800000002,\n,x@y.example\n13711112222,\n"


@pytest.fixture
def found(tmp_path):
    directory = directory_of(tmp_path, PEOPLE)
    return resolved(directory, tmp_path, list_of(tmp_path / "e.csv", LIST))


def test_a_cohort_counts_its_people_by_address_and_guardian(found):
    chinese, unknown = cohorts(found.people)
    assert (chinese.key.residence, chinese.people, chinese.certain, chinese.with_guardian) == ("CN", 2, 2, 1)
    assert chinese.by_address == {"phone": 2, "email": 1, "device_token": 1, "messenger_id": 0, "postal": 0}
    assert unknown.key.residence == "unknown"  # "China" is no country code, and is not taken for one


def test_a_cohorts_id_follows_from_its_key_alone(found):
    named = with_cohorts(found.people)
    assert named["cohort_id"].to_pylist()[0] == named["cohort_id"].to_pylist()[1] == cohorts(found.people)[0].key.id
    again = with_cohorts(found.people.slice(1))
    assert again["cohort_id"].to_pylist() == named["cohort_id"].to_pylist()[1:]


def test_strangers_are_a_cohort_of_their_own(found):
    (cohort,) = cohorts(strangers_as_people(found.strangers, controller="moqi"))
    assert (cohort.key.standing, cohort.key.age_band, cohort.people, cohort.possible) == ("stranger", "unknown", 1, 1)
    assert cohort.by_address["phone"] == 1


def test_everybody_stands_in_the_order_of_their_ids(found):
    turned = found.people.take(pa.array([2, 0, 1]))
    together = everybody(turned, found.undecided, found.strangers, controller="moqi")
    ids = together["person_id"].to_pylist()
    assert ids == sorted(ids)
    assert len(ids) == 4


def test_nobody_is_no_cohort(found):
    assert cohorts(found.people.slice(0, 0)) == []


def test_addresses_are_read_for_the_chosen_alone_in_their_normal_form(tmp_path):
    directory = directory_of(tmp_path, PEOPLE)
    rows = contacts(directory, pa.array(["u1", "u2", "u3", "nobody"])).to_pylist()
    assert [(r["person_id"], r["kind"], r["address"], r["guardian"], r["malformed"]) for r in rows] == [
        ("u1", "email", "ma@example.com", False, None),
        ("u1", "phone", "+8613800000001", False, None),
        ("u1", "phone", "+8613900000001", True, None),
        ("u2", "device_token", "token-2", False, None),
        ("u2", "phone", "+8613800000002", False, None),
        ("u3", "email", "x@y.example", False, None),
        ("u3", "phone", "not a number", False, "phone_not_a_number"),
    ]
    assert contacts(directory, pa.array([], pa.string())).num_rows == 0
