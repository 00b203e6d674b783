"""A directory in a database means the same people as the file of it; what passes by and means nobody is not kept."""

import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa

import sample
from affected import contacts, open_directory, read_mapping, spokespeople
from affected.directories.source import open_source
from affected.engines.embedded import open_engine
from packs import BadInput
from sample.story import stories
from tests.affected.leaked import AS_OF, digests, directory_at, fill, resolved
from tests.affected.small import MAPPING


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("databases")
    sample.make(made, people=2_000)
    return made


@pytest.fixture(scope="module")
def at(folder):
    """company -> the address of its people in SQLite."""
    path = folder / "people.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    for one in sample.read_manifest(folder).directories:
        fill(engine, one.company, one.path)
    engine.dispose()
    return lambda company: f"sqlite:///{path}?table={company}"


@pytest.mark.parametrize("name", stories())
def test_people_in_a_database_are_found_as_those_in_the_file(folder, at, tmp_path, name):
    company = sample.leak(name, folder).company
    plain = resolved(folder, name, tmp_path / "file")
    passed_by = resolved(folder, name, tmp_path / "database", address=at(company))
    assert digests(passed_by) == digests(plain)


def test_contacts_and_spokespeople_are_read_from_a_database_too(folder, at):
    plain, other = directory_at(folder, "onami"), directory_at(folder, "onami", at("onami"))
    ids = pa.array(["c0000001", "c0000002", "nobody"], pa.string())
    some = resolved_ids(plain)
    assert contacts(other, some).equals(contacts(plain, some))
    assert contacts(other, ids).equals(contacts(plain, ids))
    shops = ["onami:shop-0001", "onami:shop-0002"]
    assert spokespeople(other, shops).num_rows > 0
    assert spokespeople(other, shops).equals(spokespeople(plain, shops))


def resolved_ids(directory):
    with open_engine(directory, as_of=AS_OF, bits={}, work_dir=Path(directory.source.name).parent) as engine:
        return engine.ask("SELECT person_id FROM person ORDER BY person_id LIMIT 50")["person_id"].combine_chunks()


def test_only_those_who_may_be_meant_are_kept(folder, at, tmp_path):
    directory = directory_at(folder, "moqi", at("moqi"))
    some = resolved_ids(directory_at(folder, "moqi")).slice(0, 3)
    with open_engine(directory, as_of=AS_OF, bits={}, work_dir=tmp_path) as engine:
        engine.put("chosen", pa.table({"person_id": some}))
        engine.gather([], [])
        kept = engine.ask("SELECT person_id FROM person")
    assert sorted(kept["person_id"].to_pylist()) == some.to_pylist()


def small(path: Path, rows: list[tuple[object, ...]], kind: str = "TEXT") -> None:
    with sqlite3.connect(path) as connection:
        names = (
            "mobile, mail, push, g_mobile, g_mail, country, province, lang, born, kind, state, has_idcard, has_order"
        )
        connection.execute(f"CREATE TABLE people (uid {kind}, {names})")
        connection.executemany(f"INSERT INTO people (uid, mobile) VALUES ({', '.join('?' * 2)})", rows)


@pytest.fixture
def mapping(tmp_path):
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    return read_mapping(tmp_path / "m.yaml")


@pytest.mark.parametrize(
    ("kind", "written", "asked"), [("TEXT", " u1 ", "u1"), ("INTEGER", 7, "7"), ("TEXT", "u1", "u1")]
)
def test_an_id_is_found_however_the_database_holds_it(tmp_path, mapping, kind, written, asked):
    small(tmp_path / "d.db", [(written, "138 0000 0001")], kind)
    directory = open_directory(f"sqlite:///{tmp_path / 'd.db'}?table=people", mapping)
    found = contacts(directory, pa.array([asked], pa.string())).to_pylist()
    assert [(one["person_id"], one["address"]) for one in found] == [(asked, "+8613800000001")]


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("sqlite:///nowhere.db?table=people", "there is no such file"),
        ("sqlite:///{db}", "say which table"),
        ("sqlite:///{db}?table=persons", "there is no table 'persons' here"),
        ("postgresql://reader:secret@127.0.0.1/crm?table=people", "a password stands in this address"),
        ("postgresql://reader:$NOT_SET_HERE@127.0.0.1/crm?table=people", "variable NOT_SET_HERE is not set"),
        ("postgresql://reader@127.0.0.1:1/crm?table=people", "this database cannot be reached"),
        ("postgresql://reader:$ecret-Pw@127.0.0.1/crm?table=people", "a password stands in this address"),
        ("ldap://reader:$LDAP_PASSWORD@ldap.example/ou=people", "a password goes by ldaps:// only"),
        ("gopher://there/people", "there is no kind of directory 'gopher'"),
        ("ldap://127.0.0.1:1", "say under which entry people are"),
        ("ldap://127.0.0.1:1/ou=people", "this server cannot be read"),
    ],
)
def test_an_address_that_leads_nowhere_is_one_sentence_without_the_password(
    tmp_path, mapping, monkeypatch, address, sentence
):
    small(tmp_path / "d.db", [])
    monkeypatch.setenv("LDAP_PASSWORD", "the secret")
    with pytest.raises(BadInput) as told:
        open_directory(address.format(db=tmp_path / "d.db"), mapping)
    assert sentence in str(told.value)
    assert "secret" not in str(told.value)
    assert "ecret-Pw" not in str(told.value)


def test_a_password_comes_from_the_environment_and_is_never_shown(monkeypatch):
    monkeypatch.setenv("CRM_PASSWORD", "the secret")
    source = open_source("postgresql://reader:$CRM_PASSWORD@db.example/crm?table=people")
    assert source.url.password == "the secret"
    assert source.name == "postgresql://reader@db.example/crm?table=people"
    assert "the secret" not in repr(source)
