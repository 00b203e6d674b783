"""A predicate is checked, written anew, and leaves those of whom it is unknown undecided."""

import pytest

from affected import evidence_from
from affected.evidence.predicate import compiled
from affected.mapping import read_mapping
from packs import BadInput
from tests.affected.small import directory_of, people, resolved

PEOPLE = [
    {"uid": "u1", "country": "TH", "kind": "student", "has_order": 1},
    {"uid": "u2", "country": "MM", "kind": "student", "has_order": 0, "mobile": "13800000001"},
    {"uid": "u3", "kind": "teacher", "has_order": None},
]


def found_by(folder, text):
    path = folder / "p.yaml"
    path.write_text(text, encoding="utf-8")
    evidence = evidence_from("evd_p", "predicate", path, {"exposed": "held"})
    return resolved(directory_of(folder, PEOPLE), folder, evidence)


@pytest.mark.parametrize(
    ("text", "affected", "undecided"),
    [
        ("all: [{field: country, value: TH}]", ["u1"], ["u3"]),
        ("none: [{field: country, value: TH}]", ["u2"], ["u3"]),
        ("all: [{field: country, value: TH}, {field: role, value: teacher}]", [], ["u3"]),
        ("any: [{field: country, value: TH}, {field: role, value: teacher}]", ["u1", "u3"], []),
        ("all: [{field: categories, op: has, value: order}]", ["u1"], []),
        ("all: [{field: categories, op: has, value: salary}]", [], ["u1", "u2", "u3"]),
        ("field: has_phone\nvalue: true", ["u2"], []),
        ("{field: country, op: in, value: [TH, MM]}", ["u1", "u2"], ["u3"]),
        ('{"all": [{"field": "country", "op": "is_null"}]}', ["u3"], []),
        ("{field: birth_date, op: lt, value: 2012-06-01}", [], ["u1", "u2", "u3"]),
        ("country = 'TH' OR role = 'teacher'", ["u1", "u3"], []),
        ("NOT country IN ('TH')", ["u2"], ["u3"]),
    ],
)
def test_people_are_affected_or_not_or_undecided(tmp_path, text, affected, undecided):
    found = found_by(tmp_path, text)
    assert list(people(found)) == affected
    assert found.undecided["person_id"].to_pylist() == undecided


def test_an_undecided_person_whom_other_evidence_found_is_affected(tmp_path):
    paths = {name: tmp_path / name for name in ("p.yaml", "q.yaml")}
    paths["p.yaml"].write_text("{field: country, value: TH}")
    paths["q.yaml"].write_text("{field: role, value: teacher}")
    evidence = [evidence_from(n, "predicate", path, {"exposed": ["order"]}) for n, path in paths.items()]
    found = resolved(directory_of(tmp_path, PEOPLE), tmp_path, *evidence)
    assert list(people(found)) == ["u1", "u3"]
    assert found.undecided.num_rows == 0


@pytest.mark.parametrize(
    "text",
    [
        "country = 'TH'; DROP TABLE person",
        "country = 'TH' UNION SELECT 1",
        "person_id IN (SELECT person_id FROM person)",
        "EXISTS (SELECT 1)",
        "read_csv('/etc/passwd') = 1",
        "getenv('HOME') = 'x'",
        "country = 'TH' LIMIT 1",
        "country = 'TH' GROUP BY country",
        "country = 'TH' ORDER BY 1",
        "country = 'TH') OR (1 = 1",
        "country = 'TH' -- and more",
        "country /* */ = 'TH'",
        "phone = '13800000001'",
        'person.country = "TH"',
        "country = $1",
        "country = ?",
        "CAST(country AS BLOB) = 'x'",
        "country ~ 'T.*'",
        "(" * 3000 + "1=1" + ")" * 3000,
        " OR ".join(["country = 'TH'"] * 600),
        "country = '" + "x" * 20_000 + "'",
        "all: [{field: phone, value: x}]",
        "all: [{field: country, op: like, value: x}]",
        "all: []",
        "all: [{field: country, value: TH, sql: x}]",
        "{field: country, op: in, value: TH}",
        "{field: birth_date, op: lt, value: soon}",
        "{field: has_phone, value: perhaps}",
        "",
    ],
)
def test_what_is_no_condition_over_the_fields_is_refused(tmp_path, text):
    with pytest.raises(BadInput, match=r"p\.yaml|birth_date"):
        found_by(tmp_path, text)


def test_a_value_cannot_leave_its_quotes(tmp_path):
    directory_of(tmp_path, PEOPLE)
    mapping = read_mapping(tmp_path / "moqi.yaml")
    said = compiled('{field: country, value: "x\' OR 1=1 --"}', "p.yaml", mapping, {})
    assert said == "country = 'x'' OR 1=1 --'"
