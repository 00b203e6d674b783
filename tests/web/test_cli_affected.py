"""Who is affected, from the command line: by itself, and frozen in an incident with what compliance decides."""

import io
import json
import shutil

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from flask.cli import ScriptInfo

from incidents.evidence.collect import Description, EvidenceKind, collect
from incidents.foundation.settings import Settings
from incidents.record.incident import find
from tests.affected.leaked import fill
from tests.affected.small import MAPPING, directory_of
from tests.web.opened import opened
from web.accounts.accounts import find_account, make_token
from web.cli.every import cli

PEOPLE = [
    {"uid": "u1", "mobile": "13800000001", "has_idcard": True, "country": "CN"},
    {"uid": "u2", "mobile": "13800000002", "country": "TH"},
]
LIST = "phone\n+86 138 0000 0001\n13711112222\nnonsense\n"


@pytest.fixture
def app(tmp_path, clock):
    folder = tmp_path / "directories"
    folder.mkdir()
    directory_of(folder, PEOPLE)
    with opened(Settings(mode="test", home=tmp_path / "home", directories=folder), clock=clock) as made:
        yield made


@pytest.fixture
def tocsin(app, kit, person, monkeypatch):
    """Run `./tocsin ...` as somebody; gives back exit status and the JSON document."""
    account = person("responder", "compliance")
    with kit.begin() as tx:
        monkeypatch.setenv("TOCSIN_TOKEN", make_token(tx, find_account(tx, account.id), "d", clock=kit.clock).text)

    def run(*words):
        info = ScriptInfo(create_app=lambda: app)
        done = app.test_cli_runner().invoke(cli, [*map(str, words), "--json"], obj=info)
        assert done.stdout, done.stderr
        return done.exit_code, json.loads(done.stdout)

    return run


@pytest.fixture
def evidence(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


@pytest.fixture
def put(kit, responder):
    """Collect a list as evidence of an incident."""

    def put_one(reference, text):
        said = Description("a list", EvidenceKind.IDENTIFIER_LIST, "e.csv", "the partner", {"exposed": ["phone"]})
        hands = {"by": responder, "clock": kit.clock, "vault": kit.vault, "keys": kit.keys}
        with kit.begin() as tx:
            collect(tx, find(tx, reference), io.BytesIO(text.encode()), said, **hands)

    return put_one


def test_the_room_by_itself_writes_its_answer_into_a_new_folder(tocsin, tmp_path, evidence):
    directory, out = tmp_path / "directories" / "moqi.parquet", tmp_path / "out"
    words = ("affected", "resolve", "--directory", directory, "--evidence", evidence, "--as-of", "2026-03-06")
    code, said = tocsin(*words, "--out", out)
    assert (code, said["counts"]["people"], said["counts"]["strangers"]) == (0, 1, 1)
    assert pq.read_table(out / "people.parquet")["categories"].to_pylist() == [["identity_document", "phone"]]
    assert out.stat().st_mode & 0o077 == 0
    code, said = tocsin(*words, "--out", out)
    assert (code, said["problem"]["code"]) == (2, "bad_input")
    assert not list(tmp_path.glob(".out*"))


def test_what_cannot_be_done_is_said_before_anything_is_read(tocsin, tmp_path, evidence, monkeypatch):
    monkeypatch.setattr("web.cli.affected.resolve", None)  # whoever calls it fails
    directory = tmp_path / "directories" / "moqi.parquet"
    words = ("affected", "resolve", "--directory", directory, "--evidence", evidence)
    for more, sentence in (
        (("--out", tmp_path), "this folder exists; name a new one"),
        (("--out", evidence / "out"), "nothing can be written into"),
        (("--out", tmp_path / "out", "--memory", "lots"), "memory: 'lots' is not a size such as 512MiB or 2GiB."),
    ):
        code, said = tocsin(*words, *more)
        assert (code, said["problem"]["code"]) == (2, "bad_input")
        assert sentence in said["problem"]["detail"]


def test_a_described_item_and_a_missing_mapping_are_understood(tocsin, tmp_path, evidence):
    item = tmp_path / "item.yaml"
    item.write_text("id: e9\nkind: identifier_list\npath: export.csv\nreading: {exposed: [phone]}\n", encoding="utf-8")
    directory = tmp_path / "directories" / "moqi.parquet"
    code, said = tocsin("affected", "resolve", "--directory", directory, "--evidence", item, "--out", tmp_path / "o")
    assert (code, list(said["reports"])) == (0, ["e9"])
    lonely = shutil.copy(directory, tmp_path / "lonely.parquet")
    code, said = tocsin("affected", "resolve", "--directory", lonely, "--evidence", item, "--out", tmp_path / "p")
    assert code == 2
    assert "put lonely.yaml beside lonely.parquet" in said["problem"]["detail"]


def test_a_file_is_looked_at_before_it_is_used(tocsin, tmp_path, evidence):
    code, said = tocsin("affected", "inspect", evidence)
    assert (code, said["encoding"], said["evidence"]["columns"]) == (0, "utf-8", {"phone": ["phone"]})
    code, said = tocsin("affected", "inspect", tmp_path / "directories" / "moqi.parquet")
    assert said["mapping"]["contact"]["phone"] == {"column": "mobile"}
    assert said["mapping"]["guardian"] == {"phone": {"column": "g_mobile"}, "email": {"column": "g_mail"}}
    (tmp_path / "empty.csv").write_bytes(b"")
    assert tocsin("affected", "inspect", tmp_path / "empty.csv")[0] == 2


def test_an_incident_is_scoped_twice_and_compliance_decides(tocsin, put, tmp_path, kit):
    at = kit.clock.now().isoformat()
    words = ("incident", "declare", "--title", "A leak", "--company", "moqi", "--aware", at)
    code, said = tocsin(*words)
    assert code == 0, said
    reference = said["reference"]
    assert tocsin("incident", "scope", reference)[0] == 1  # there is no evidence yet
    put(reference, LIST)
    code, first = tocsin("incident", "scope", reference)
    assert (code, first["version"], first["counts"]["people"]) == (0, 1, 1)
    ((cohort, membership, people),) = first["to_decide"]
    assert (membership, people) == ("stranger", 1)
    decide = ("incident", "decide", reference, cohort, "--membership", membership, "--because", "a consignee")
    assert tocsin(*decide, "--as", "include")[1]["decision"] == "include"
    put(reference, "phone\n13800000002\n")
    assert tocsin("incident", "scope", reference)[1]["changes"]["added"] == 1
    assert tocsin("incident", "difference", reference, "--from", 1, "--to", 2)[1]["added"] == 1
    assert [row["version"] for row in tocsin("incident", "snapshots", reference, "--verify")[1]] == [1, 2]
    assert len(tocsin("incident", "cohorts", reference)[1]) == 3
    out = tmp_path / "rows.csv"
    assert tocsin("incident", "rows", reference, "--out", out)[1]["rows"] == 4
    assert "1371111" not in out.read_text()
    assert tocsin("incident", "rows", reference, "--out", out)[0] == 2
    assert tocsin("incident", "difference", reference, "--from", 1, "--to", 9)[0] == 1


def test_an_answer_explains_one_person_and_is_compared_with_a_later_one(tocsin, tmp_path, evidence):
    directory = tmp_path / "directories" / "moqi.parquet"
    more = tmp_path / "more.csv"
    more.write_text("phone\n13800000002\n", encoding="utf-8")
    words = ("affected", "resolve", "--directory", directory, "--evidence", evidence)
    tocsin(*words, "--out", tmp_path / "a")
    tocsin(*words, "--evidence", more, "--out", tmp_path / "b")
    code, said = tocsin("affected", "explain", "u1", "--out", tmp_path / "a")
    assert (code, said["found"], said["because"][0]["row_numbers"]) == (0, "affected", [2])
    code, said = tocsin("affected", "explain", "u2", "--answer", tmp_path / "a")
    assert (code, said["found"], said["else"]) == (
        0,
        "not_found",
        ["evidence-1: no row of it holds their phone; of its rows 1 unmatched and 1 malformed may mean anybody."],
    )
    out = tmp_path / "changed.csv"
    code, said = tocsin("affected", "diff", tmp_path / "a", tmp_path / "b", "--out", out)
    assert (said["forward"]["added"], said["back"]["removed"], said["forward"]["unchanged"]) == (1, 1, 2)
    assert [line.split(",")[:2] for line in out.read_text().splitlines()] == [
        ['"person_id"', '"change"'],
        ['"u2"', '"added"'],
    ]
    assert out.stat().st_mode & 0o077 == 0
    assert tocsin("affected", "diff", tmp_path / "a", tmp_path / "b", "--out", out)[0] == 2
    assert tocsin("affected", "explain", "u1", "--answer", tmp_path)[0] == 2


def test_what_would_be_read_is_said_before_anything_is(tocsin, tmp_path, evidence):
    people = tmp_path / "directories" / "moqi.parquet"
    status, said = tocsin("affected", "resolve", "--directory", people, "--evidence", evidence, "--only-look")
    assert status == 0
    assert (said["directory"]["people"], said["engine"]) == (2, "duckdb")
    assert said["evidence"] == [{"id": "evidence-1", "kind": "identifier_list", "bytes": evidence.stat().st_size}]
    status, said = tocsin("affected", "resolve", "--directory", people, "--evidence", evidence)
    assert (status, said["problem"]["detail"]) == (2, "--out: name a new folder for the answer.")


def test_a_mapping_may_name_where_the_people_are(tocsin, tmp_path, evidence):
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'crm.db'}")
    fill(engine, "people", tmp_path / "directories" / "moqi.parquet")
    mapping = tmp_path / "crm.yaml"
    mapping.write_text(MAPPING + f"source: sqlite:///{tmp_path / 'crm.db'}?table=people\n", encoding="utf-8")
    status, said = tocsin("affected", "resolve", "--mapping", mapping, "--evidence", evidence, "--out", tmp_path / "a")
    assert (status, said["counts"]["people"]) == (0, 1)
    status, said = tocsin(
        "affected",
        "resolve",
        "--mapping",
        mapping,
        "--evidence",
        evidence,
        "--engine",
        "postgres",
        "--out",
        tmp_path / "b",
    )
    assert status == 2
    assert "needs a directory that lies in PostgreSQL" in said["problem"]["detail"]
