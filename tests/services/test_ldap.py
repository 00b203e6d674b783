"""A directory in an LDAP server, started here from Debian's slapd: the same people, page by page, by id when asked."""

import shutil
import socket
import subprocess
import time

import pyarrow as pa
import pytest

from affected import contacts, open_directory, read_mapping
from affected.directories.source import open_source
from packs import BadInput
from tests.affected.small import list_of, people, resolved

MAPPING = """
directory: acme
person_id: {column: uid}
contact: {phone: {column: mobile, region: DE}, email: {column: mail}}
language: {column: preferredLanguage, default: de}
residence: {value: DE}
categories: {phone: {column: mobile}, email: always}
"""
CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {home}/slapd.pid
sizelimit 600
database mdb
suffix "dc=acme,dc=example"
rootdn "cn=admin,dc=acme,dc=example"
rootpw open-sesame
directory {home}/data
"""
PEOPLE = 1_300  # more than the server gives in one answer


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server with 1,300 people."""
    slapd = shutil.which("slapd", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if slapd is None:
        pytest.skip("There is no LDAP server here: install Debian's slapd.")
    home = tmp_path_factory.mktemp("ldap")
    (home / "data").mkdir()
    (home / "slapd.conf").write_text(CONFIG.format(home=home))
    (home / "people.ldif").write_text(_ldif())
    subprocess.run(
        [slapd, "-T", "add", "-f", home / "slapd.conf", "-l", home / "people.ldif"], check=True, capture_output=True
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = subprocess.Popen(
        [slapd, "-d", "0", "-f", home / "slapd.conf", "-h", f"ldap://127.0.0.1:{port}"], stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield f"ldap://cn=admin,dc=acme,dc=example:$LDAP_PASSWORD@127.0.0.1:{port}/ou=people,dc=acme,dc=example"
    finally:
        running.terminate()
        running.wait()


def _ldif() -> str:
    entries = [
        "dn: dc=acme,dc=example\nobjectClass: dcObject\nobjectClass: organization\no: Acme\ndc: acme\n",
        "dn: ou=people,dc=acme,dc=example\nobjectClass: organizationalUnit\nou: people\n",
    ]
    for n in range(PEOPLE):
        entries.append(
            f"dn: uid=p{n},ou=people,dc=acme,dc=example\nobjectClass: inetOrgPerson\nuid: p{n}\ncn: Person {n}\n"
            f"sn: {n}\nmail: Person{n}@acme.example\nmobile: 0151 {23000000 + n}\n"
            + (f"mail: second{n}@acme.example\n" if n == 7 else "")
        )
    return "\n".join(entries)


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the LDAP server does not answer")


@pytest.fixture
def directory(server, tmp_path, monkeypatch):
    monkeypatch.setenv("LDAP_PASSWORD", "open-sesame")
    (tmp_path / "acme.yaml").write_text(MAPPING, encoding="utf-8")
    return open_directory(server, read_mapping(tmp_path / "acme.yaml"))


@pytest.fixture
def mapping_of(tmp_path):
    def read(text):
        (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
        return read_mapping(tmp_path / "m.yaml")

    return read


def test_everybody_is_seen_though_the_server_gives_a_few_hundred_at_a_time(directory, tmp_path):
    leaked = [f"person{n}@acme.example\n" for n in (0, 499, 500, 1299)] + ["+4915123000600\n", "nobody@acme.example\n"]
    found = resolved(directory, tmp_path, list_of(tmp_path / "e.txt", "".join(leaked), exposed="held"))
    assert sorted(people(found)) == ["p0", "p1299", "p499", "p500", "p600"]
    assert found.strangers["value"].to_pylist() == ["nobody@acme.example"]
    assert people(found)["p600"]["categories"] == ["email", "phone"]


def test_a_few_people_are_asked_for_by_their_id(directory):
    found = contacts(directory, pa.array(["p7", "p1000", "p9999", "*)(uid=*"], pa.string())).to_pylist()
    assert [(one["person_id"], one["kind"], one["address"]) for one in found] == [
        ("p1000", "email", "person1000@acme.example"),
        ("p1000", "phone", "+4915123001000"),
        ("p7", "email", "person7@acme.example"),
        ("p7", "phone", "+4915123000007"),
    ]


def test_the_second_value_of_an_attribute_is_a_column_of_its_own(directory, server, mapping_of):
    assert {"mail", "mail;2", "mobile", "uid"} <= set(directory.source.columns())
    second = open_directory(server, mapping_of(MAPPING.replace("{column: mail}", "{column: mail;2}")))
    found = contacts(second, pa.array(["p7", "p8"], pa.string())).to_pylist()
    assert [one["address"] for one in found if one["kind"] == "email"] == ["second7@acme.example"]


def test_a_wrong_password_and_an_empty_search_are_one_sentence_each(server, directory, monkeypatch):
    with pytest.raises(BadInput, match="finds no entry under ou=people"):
        open_source(f"{server}?filter=(uid=nobody)").columns()
    monkeypatch.setenv("LDAP_PASSWORD", "wrong")
    with pytest.raises(BadInput, match="this server cannot be read") as told:
        open_source(server).columns()
    assert "wrong" not in str(told.value)
