"""An inventory says what lived where: whoever had data in a system that was reached is presumed affected by that."""

import pytest

from affected import evidence_from
from packs import BadInput
from tests.affected.small import directory_of, list_of, people, resolved

PEOPLE = [
    {"uid": "u1", "mobile": "13800000001", "country": "CN", "kind": "student", "has_idcard": True},
    {"uid": "u2", "mobile": "13800000002", "country": "TH", "kind": "student", "has_idcard": True},
    {"uid": "u3", "mobile": "13800000003", "kind": "teacher"},
]
FILE = """
systems:
  crm: {categories: [phone, name], people: everybody}
  school: {categories: [identity_document], people: {field: role, op: eq, value: student}}
  asia: {categories: [order], people: "country = 'TH'"}
"""


@pytest.fixture
def inventory(tmp_path):
    def collected(text=FILE, **reading):
        (tmp_path / "systems.yaml").write_text(text, encoding="utf-8")
        return evidence_from("evd_1", "inventory", tmp_path / "systems.yaml", reading)

    return collected


def test_each_person_has_what_the_reached_systems_held_of_them(tmp_path, inventory):
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, inventory(reached=["crm", "school"]))
    assert {name: row["categories"] for name, row in people(found).items()} == {
        "u1": ["identity_document", "name", "phone"],
        "u2": ["identity_document", "name", "phone"],
        "u3": ["name", "phone"],
    }
    assert {(row["certainty"], row["presumed"]) for row in people(found).values()} == {("possible", True)}
    assert {row["rule"] for row in found.why.to_pylist()} == {"inventory"}
    assert found.why.num_rows == 3  # one reason a person, though two systems held data of some


def test_a_system_that_was_not_reached_affects_nobody(tmp_path, inventory):
    found = people(resolved(directory_of(tmp_path, PEOPLE), tmp_path, inventory(reached=["school"])))
    assert sorted(found) == ["u1", "u2"]


def test_whom_nobody_can_place_is_undecided(tmp_path, inventory):
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, inventory(reached=["asia"]))
    assert sorted(people(found)) == ["u2"]
    assert found.undecided["person_id"].to_pylist() == ["u3"]  # no country is known of them


def test_a_system_taken_whole_makes_its_people_certain(tmp_path, inventory):
    found = people(resolved(directory_of(tmp_path, PEOPLE), tmp_path, inventory(reached=["crm"], presumed=False)))
    assert {(row["certainty"], row["presumed"]) for row in found.values()} == {("certain", False)}


def test_an_inventory_stands_beside_a_list_and_each_says_its_own(tmp_path, inventory):
    listed = list_of(tmp_path / "e.txt", "13800000003\n", "evd_2", exposed=["communication_content"])
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, inventory(reached=["crm"]), listed)
    assert people(found)["u3"]["categories"] == ["communication_content", "name", "phone"]
    assert people(found)["u3"]["certainty"] == "certain"
    assert people(found)["u1"]["categories"] == ["name", "phone"]


@pytest.mark.parametrize(
    ("text", "reading", "sentence"),
    [
        (FILE, {"reached": ["hr"]}, "reached: there is no system 'hr' in systems.yaml; it has asia, crm, school"),
        ("systems: {}\n", {"reached": ["a"]}, "systems.yaml"),
        ("systems: {a: {people: everybody}}\n", {"reached": ["a"]}, "categories"),
        (
            "systems: {a: {categories: [phone], people: 'height > 3'}}\n",
            {"reached": ["a"]},
            "systems.yaml: systems.a.people: there is no field 'height'",
        ),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, inventory, text, reading, sentence):
    with pytest.raises(BadInput) as told:
        resolved(directory_of(tmp_path, PEOPLE), tmp_path, inventory(text, **reading))
    assert sentence in str(told.value)


def test_an_inventory_without_a_system_that_was_reached_says_nothing(inventory):
    with pytest.raises(BadInput, match="evd_1: reading: reached"):
        inventory(reached=[])
