"""People reviewed and looked up at the doors: command line, API and console, with no id in any address."""

import io
import json

import pytest
from flask.cli import ScriptInfo

from incidents.evidence.collect import Description, EvidenceKind, collect
from incidents.foundation.settings import Settings
from incidents.record import timeline
from incidents.record.declare import Declaration, declare
from incidents.record.incident import find
from tests.affected.small import directory_of
from tests.web.opened import opened
from web.accounts.accounts import find_account, make_token
from web.cli.every import cli

PEOPLE = [
    {"uid": "u1", "mobile": "13800000001", "country": "CN", "lang": "zh-Hans"},
    {"uid": "u2", "mobile": "13800000002", "country": "CN", "lang": "zh-Hans"},
    {"uid": "u3", "mobile": "13800000003", "country": "CN", "lang": "zh-Hans"},
]
PARTNER = "phone\n13800000001\n13800000002\n"
LOG = "person_id\nu2\n"


@pytest.fixture
def app(tmp_path, clock):
    folder = tmp_path / "directories"
    folder.mkdir()
    directory_of(folder, PEOPLE)
    with opened(Settings(mode="test", home=tmp_path / "home", directories=folder), clock=clock) as made:
        yield made


@pytest.fixture
def put(kit, responder):
    def put_one(reference, text, title):
        said = Description(title, EvidenceKind.IDENTIFIER_LIST, "e.csv", "the partner", {"exposed": ["phone"]})
        hands = {"by": responder, "clock": kit.clock, "vault": kit.vault, "keys": kit.keys}
        with kit.begin() as tx:
            return collect(tx, find(tx, reference), io.BytesIO(text.encode()), said, **hands).id

    return put_one


@pytest.fixture
def reference(kit, responder, put):
    with kit.begin() as tx:
        said = Declaration("A leak", "moqi", kit.clock.now())
        made = declare(tx, said, by=responder, clock=kit.clock, keys=kit.keys).reference
    put(made, PARTNER, "The partner's list")
    return made


@pytest.fixture
def tocsin(app, kit, person, monkeypatch):
    """Run `./tocsin ...` as somebody with these roles; gives back exit status and the JSON document."""

    def as_somebody(*roles):
        account = person(*roles)
        with kit.begin() as tx:
            token = make_token(tx, find_account(tx, account.id), "d", clock=kit.clock).text

        def run(*words):
            monkeypatch.setenv("TOCSIN_TOKEN", token)
            info = ScriptInfo(create_app=lambda: app)
            done = app.test_cli_runner().invoke(cli, [*map(str, words), "--json"], obj=info)
            assert done.stdout, done.stderr
            return done.exit_code, json.loads(done.stdout)

        return run

    return as_somebody


def lines_of(kit, reference, kind):
    with kit.begin(reading=True) as tx:
        return [one.detail for one in timeline.read(tx, find(tx, reference).id) if one.kind == kind]


def test_a_person_is_excluded_found_anew_and_taken_in_from_the_command_line(tocsin, reference, put, tmp_path, kit):
    run = tocsin("responder", "compliance")
    run("incident", "scope", reference)
    named = tmp_path / "named.txt"
    named.write_text("u2\n\n", encoding="utf-8")
    words = ("incident", "review", reference, "--as", "exclude", "--because", "named by mistake")
    code, done = run(*words, "--people", named)
    assert (code, done["people"], done["in_version"], done["cancelled"]) == (0, 1, 1, 0)
    log = put(reference, LOG, "The log")
    run("incident", "scope", reference)
    code, (row,) = run("incident", "reviews", reference)
    assert (row["whom"], row["standing"]) == ("named one by one", {"again": 1})
    assert row["found_anew"] == [{"found_by": [log], "people": 1, "certain": 1}]
    code, said = run("incident", "difference", reference, "--from", 1, "--to", 2)
    assert (said["unchanged"], said["told"]["excluded"]["people"], said["corrections_owed"]) == (2, 0, [])
    code, said = run("incident", "explain", reference, "u2")
    assert (code, said["found"], said["review"]["standing"], said["told"]) == (0, "affected", "again", [])
    assert [(one["evidence"], one["row_numbers"]) for one in said["because"]][1] == (log, [2])
    code, done = run(*words[:3], "--found-anew", row["id"], "--as", "include", "--because", "the log is clear")
    assert (code, done["in_version"]) == (0, 1)
    code, done = run(*words[:3], "--person", "u3", "--as", "include", "--because", "called in", "--exposed", "phone")
    assert (code, done["people"], done["in_version"]) == (0, 1, 0)
    code, said = run("incident", "explain", reference, "u3")
    assert (said["found"], said["review"]["standing"]) == ("not_found", "include")


def test_whom_a_review_means_is_said_once_and_whole(tocsin, reference, tmp_path):
    run = tocsin("responder", "compliance")
    run("incident", "scope", reference)
    words = ("incident", "review", reference, "--as", "exclude", "--because", "x")
    for said in ((), ("--person", "u1", "--cohort", "coh_1"), ("--rule", "email")):
        code, answer = run(*words, *said)
        assert (code, answer["problem"]["code"]) == (2, "bad_input")
    binary = tmp_path / "b.txt"
    binary.write_bytes(b"\xff\xfe\x00u1")
    assert "not UTF-8" in run(*words, "--people", binary)[1]["problem"]["detail"]


def test_looking_a_person_up_is_an_act_that_leaves_a_line_without_the_id(tocsin, reference, kit):
    run = tocsin("responder", "compliance")
    run("incident", "scope", reference)
    run("incident", "explain", reference, "u1")
    (line,) = lines_of(kit, reference, "snapshot.person_looked_up")
    assert set(line) == {"snapshot", "version", "person"}
    assert line["person"] != "u1"
    code, said = tocsin("communications")("incident", "explain", reference, "u1")
    assert (code, said["problem"]["code"]) == (1, "role_missing")
    assert len(lines_of(kit, reference, "snapshot.person_looked_up")) == 1


def test_the_api_reviews_lists_compares_and_explains(asking, reference, put):
    ask, at = asking("responder", "compliance"), f"/incidents/{reference}"
    assert ask("post", f"{at}/snapshots").status_code == 201
    body = {"people": ["u1\nu2"], "decision": "exclude", "because": "named by mistake"}
    answer = ask("post", f"{at}/reviews", json=body)
    assert (answer.status_code, answer.json["people"]) == (201, 2)
    assert ask("get", f"{at}/reviews").json[0]["standing"] == {"exclude": 2}
    put(reference, LOG, "The log")
    ask("post", f"{at}/snapshots")
    assert ask("get", f"{at}/snapshots/2/difference/1").json["told"]["unchanged"]["people"] == 2
    said = ask("post", f"{at}/snapshots/2/explanations", json={"person": "u2"}).json
    assert (said["found"], said["review"]["because"]) == ("affected", "named by mistake")
    assert ask("post", f"{at}/snapshots/2/explanations", json={"person": " "}).status_code == 422
    answer = ask("post", f"{at}/reviews", json={"decision": "exclude", "because": "x"})
    assert (answer.status_code, answer.json["code"]) == (422, "bad_input")


def test_the_console_shows_the_queue_the_reviews_and_one_person(browser, reference, put):
    who = browser("responder", "compliance", name="Conny")
    at = f"/console/incidents/{reference}"
    who.send(f"{at}/snapshots", {})
    answer = who.send(f"{at}/reviews", {"people": "u2\r\n", "decision": "exclude", "because": "named by mistake"})
    assert answer.status_code == 303, answer.text
    put(reference, LOG, "The log")
    who.send(f"{at}/snapshots", {})
    text = who.get(f"{at}/affected").text
    assert "Excluded before, found anew (1)" in text
    assert "1 person (1 for certain). Found by: The log" in " ".join(text.split())
    assert "named by mistake" in text
    told = who.get(f"{at}/affected/difference/1/2").text
    assert "Since version 1, and who was told already" in told
    found = who.send(f"{at}/affected/2/person", {"person": "u2"}, htmx=True)
    assert found.status_code == 200
    assert "<html" not in found.text
    assert "holds this person&#39;s id" in found.text
    whole = who.send(f"{at}/affected/2/person", {"person": "nobody"})
    assert "<html" in whole.text
    assert "no row of it holds their phone" in whole.text
    review = text.split('name="found_anew" value="')[1].split('"')[0]
    answer = who.send(f"{at}/reviews", {"found_anew": review, "decision": "include", "because": "the log is clear"})
    assert answer.status_code == 303
    assert "found anew (1)" not in who.get(f"{at}/affected").text


def test_who_is_not_of_compliance_decides_about_nobody(browser, reference):
    who = browser("responder")
    at = f"/console/incidents/{reference}"
    who.send(f"{at}/snapshots", {})
    answer = who.send(f"{at}/reviews", {"people": "u2", "decision": "exclude", "because": "x"}, htmx=True)
    assert answer.status_code == 403
    assert "role compliance" in answer.text
