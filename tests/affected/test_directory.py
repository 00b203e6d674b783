"""A mapping names a directory's columns and is checked against them; files of each kind give the same view."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from affected import Mapping, open_directory, read_mapping
from affected.engines.embedded import open_engine
from affected.inspection import look
from packs import BadInput
from tests.affected.small import AS_OF, COLUMNS, MAPPING, directory_of, list_of, people, resolved

PEOPLE = [
    {"uid": " u1 ", "mobile": "13800000001", "has_idcard": True, "has_order": 0, "country": "cn", "province": "CN-GD"},
    {"uid": "u2", "mobile": "13800000002", "has_idcard": False, "has_order": 2, "state": "closed", "lang": "en"},
]


def mapping_of(folder: Path, text: str):
    (folder / "m.yaml").write_text(text, encoding="utf-8")
    return read_mapping(folder / "m.yaml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("directory: x\n", "person_id: 'person_id' is missing"),
        ("directory: x\nperson_id: {column: uid}\ncolour: red\n", "m.yaml:3: colour: unknown key 'colour'"),
        ("directory: x\nperson_id: {column: uid}\ncontroller: {}\n", "name either a column or a value"),
        ("directory: x\nperson_id: {column: uid}\ncontact: {fax: {column: f}}\n", "unknown key 'fax'"),
        ("directory: x\nperson_id: {column: uid}\ncontact: {phone: {column: f, region: China}}\n", "region"),
        ("directory: x\nperson_id: {column: uid}\naccount_state: {column: s, values: {asleep: [x]}}\n", "asleep"),
    ],
)
def test_a_mapping_that_cannot_be_read_is_told_with_line_and_field(tmp_path, text, sentence):
    with pytest.raises(BadInput) as told:
        mapping_of(tmp_path, text)
    assert sentence in str(told.value)


def test_a_column_that_the_directory_does_not_have_is_named_with_field_and_file(tmp_path):
    directory_of(tmp_path, PEOPLE)
    mapping = mapping_of(tmp_path, MAPPING.replace("{column: push}", "{column: token}"))
    with pytest.raises(BadInput, match=r"moqi\.parquet: .* column 'token' in contact\.device_token\.column"):
        open_directory(tmp_path / "moqi.parquet", mapping)


@pytest.mark.parametrize(("name", "content"), [("d.parquet", b"no parquet"), ("d.xlsx", b"PK"), ("d.jsonl", b"{")])
def test_a_directory_that_cannot_be_read_is_one_sentence(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=name):
        open_directory(tmp_path / name, mapping_of(tmp_path, MAPPING))
    with pytest.raises(BadInput, match="there is no such directory file"):
        open_directory(tmp_path / "none.parquet", mapping_of(tmp_path, MAPPING))


@pytest.mark.parametrize(("suffix", "form"), [("csv", "csv, header"), ("jsonl", "json")])
def test_csv_and_json_lines_give_the_same_view_as_parquet(tmp_path, suffix, form):
    parquet = directory_of(tmp_path, PEOPLE)
    path = tmp_path / f"d.{suffix}"
    duckdb.sql(f"COPY (SELECT * FROM read_parquet('{tmp_path / 'moqi.parquet'}')) TO '{path}' (FORMAT {form})")
    evidence = list_of(tmp_path / "e.txt", "13800000001\n13800000002\n", exposed=["identity_document", "order"])
    other = open_directory(path, parquet.mapping)
    assert resolved(other, tmp_path, evidence).people.equals(resolved(parquet, tmp_path, evidence).people)


def test_the_view_says_what_the_directory_says_and_unknown_for_the_rest(tmp_path):
    evidence = list_of(tmp_path / "e.txt", "13800000001\n13800000002\n", exposed=["identity_document", "order"])
    found = people(resolved(directory_of(tmp_path, PEOPLE), tmp_path, evidence))
    first, second = found["u1"], found["u2"]
    assert (first["residence"], first["region"], first["language"], first["role"]) == (
        "CN",
        "CN-GD",
        "zh-Hans",
        "registered_person",
    )
    assert (second["residence"], second["region"], second["standing"]) == ("unknown", None, "deleted")
    assert (first["categories"], second["categories"]) == (["identity_document"], ["order"])


def test_each_shops_people_have_the_shop_as_their_controller(tmp_path):
    text = MAPPING + 'controller: {column: kind, prefix: "onami:", default: onami}\n'
    some = [PEOPLE[0] | {"kind": "shop-0042"}, PEOPLE[1]]
    evidence = list_of(tmp_path / "e.txt", "13800000001\n13800000002\n")
    found = people(resolved(directory_of(tmp_path, some, text), tmp_path, evidence))
    assert [row["controller"] for row in found.values()] == ["onami:shop-0042", "onami"]


def test_the_engine_can_read_nothing_but_its_directory(tmp_path):
    directory = directory_of(tmp_path, PEOPLE)
    with open_engine(directory, as_of=AS_OF, bits={}, work_dir=tmp_path) as engine:
        assert engine.ask("SELECT COUNT(*) AS n FROM source").column(0).to_pylist() == [2]
        for reach in ("SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/hostname')"):
            with pytest.raises(duckdb.PermissionException):
                engine._connection.execute(reach)
        with pytest.raises(duckdb.Error):
            engine._connection.execute("SET enable_external_access = true")


def test_an_id_that_looks_like_a_uuid_stays_as_it_is_written(tmp_path):
    parquet = directory_of(tmp_path, PEOPLE)
    uid = "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"
    (tmp_path / "d.jsonl").write_text(
        "".join(f'{{"uid": "{uid}", {rest}}}\n' for rest in [", ".join(f'"{n}": null' for n in COLUMNS if n != "uid")])
    )
    other = open_directory(tmp_path / "d.jsonl", parquet.mapping)
    assert list(people(resolved(other, tmp_path, list_of(tmp_path / "e.csv", f"user_id\n{uid}\n")))) == [uid]


def test_a_row_that_breaks_the_reader_is_in_no_sentence(tmp_path):
    parquet = directory_of(tmp_path, PEOPLE)
    rows = "".join(f'u{n},"138{n:08}"{"," * 12}\n' for n in range(30_000))
    (tmp_path / "d.csv").write_text(",".join(COLUMNS) + "\n" + rows + 'u,"broken" alice@example.com,' + "," * 11 + "\n")
    other = open_directory(tmp_path / "d.csv", parquet.mapping)
    with pytest.raises(BadInput, match=r"d\.csv: reading this directory broke off") as told:
        resolved(other, tmp_path, list_of(tmp_path / "e.txt", "13800000001\n"))
    assert "alice" not in str(told.value)


def test_a_file_and_the_embedded_engine_load_no_client_of_a_database():
    program = (
        "import sys; from affected.directory import _source; from affected.engines.engine import engine_named; "
        "_source('people.csv'); engine_named('duckdb'); "
        "print({'sqlalchemy', 'psycopg', 'pyspark', 'ldap3'} & set(sys.modules) or 'none')"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert said.stdout.strip() == "none"


@pytest.mark.parametrize(
    ("heading", "values", "active", "deleted"),
    [
        ("state", ("active", "Closed", "suspended", "CLOSED"), ["active"], ["CLOSED", "Closed"]),
        ("账号状态", ("正常", "已注销", "正常", ""), ["正常"], ["已注销"]),
    ],
)
def test_a_first_draft_tells_states_of_accounts_from_provinces(tmp_path, heading, values, active, deleted):
    rows = "".join(f"u{n},{value},Yunnan,delivered\n" for n, value in enumerate(values))
    (tmp_path / "people.csv").write_text(f"uid,{heading},province,status\n{rows}", encoding="utf-8")
    draft = look(tmp_path / "people.csv")["mapping"]
    states = {"active": active, "deleted": deleted, "anonymised": []}
    assert draft["account_state"] == {"column": heading, "values": states}
    assert draft["residence"] == {"region": {"column": "province"}}
    assert Mapping.model_validate(draft)


def test_a_first_draft_takes_a_state_that_is_a_province_as_one(tmp_path):
    (tmp_path / "people.csv").write_text("uid,state\nu1,CA\nu2,NY\nu3,active\n")
    draft = look(tmp_path / "people.csv")["mapping"]
    assert draft["residence"] == {"region": {"column": "state"}}
    assert "account_state" not in draft
