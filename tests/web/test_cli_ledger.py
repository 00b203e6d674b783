"""Laws and the ledger from the command line: assessed, shown, settled, and the rooms asked by themselves."""

import json

import pytest
from flask.cli import ScriptInfo

from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from incidents.record.facts import answer
from web.accounts.accounts import find_account, make_token
from web.cli.every import cli

FACTS = """
as_of: 2026-11-20T22:00:00+08:00
company: moqi
breach: {kinds: [confidentiality]}
parties: [{id: moqi, anchors: {became_aware_at: 2026-11-20T21:40:00+08:00}}]
cohorts: [{id: c1, controller: moqi, residence: CN, people: {min: 100, max: 120}}]
"""


@pytest.fixture
def tocsin(app, kit, person, monkeypatch):
    """Run `./tocsin ...` as somebody of compliance; gives back exit status and what was printed."""
    account = person("compliance")
    with kit.begin() as tx:
        monkeypatch.setenv("TOCSIN_TOKEN", make_token(tx, find_account(tx, account.id), "desk", clock=kit.clock).text)

    def run(*words):
        info = ScriptInfo(create_app=lambda: app)
        done = app.test_cli_runner().invoke(cli, [*map(str, words)], obj=info, standalone_mode=True)
        return done.exit_code, json.loads(done.stdout) if "--json" in words else done.output

    return run


@pytest.fixture
def reference(kit):
    rana = Actor("acc_rana", "Rana", frozenset({ActorRole.RESPONDER, ActorRole.COMPLIANCE}))
    hands = {"by": rana, "clock": kit.clock}
    with kit.begin() as tx:
        incident = declare(tx, Declaration("A leak", "moqi", kit.clock.now()), keys=kit.keys, **hands)
        for fact, value in (("people_count", 12_000), ("people_residence", "CN")):
            answer(tx, incident, fact, value, because="counted", **hands)
        return incident.reference


GROUPS = ("owed", "unknown", "not_owed")


def test_an_incident_is_assessed_and_shown_with_reasons(tocsin, reference):
    code, said = tocsin("incident", "assess", reference, "--json")
    assert code == 0
    told = next(one for one in said["obligations"] if one["duty"] == "cn/pipl/tell-people")
    assert told["state"] == "owed"
    assert told["because"]
    assert told["citation"]
    assert said["questions"]
    code, text = tocsin("incident", "owed", reference)
    assert code == 0
    assert "because: " in text
    assert "when: " in text
    rows = tocsin("incident", "owed", reference, "--json")[1]
    assert [one["state"] for one in rows] == sorted((one["state"] for one in rows), key=GROUPS.index)
    moments = [min(filter(None, (one["due_at"], one["target_at"]))) for one in rows if one["state"] == "owed"]
    assert moments == sorted(moments)
    assert len(set(moments)) > 2


def test_an_obligation_is_settled_with_its_reason(tocsin, reference):
    _, said = tocsin("incident", "assess", reference, "--json")
    ids = {one["duty"]: one["id"] for one in said["obligations"]}
    code, problem = tocsin("incident", "settle", ids["cn/pipl/tell-people"], "--as", "done", "--because", "x", "--json")
    assert (code, problem["problem"]["code"]) == (1, "needs_proof")
    code, done = tocsin(
        "incident", "settle", ids["house/moqi/start-plan"], "--as", "done", "--because", "running", "--json"
    )
    assert (code, done[0]["state"]) == (0, "met")
    code, waived = tocsin(
        "incident", "settle", ids["cn/pipl/tell-people"], "--as", "waive", "--because", "nobody is harmed", "--json"
    )
    assert (code, waived[0]["state"]) == (0, "waived")
    assert tocsin("incident", "settle", "obl_none", "--as", "waive", "--because", "x", "--json")[0] == 1


def test_facts_in_a_file_are_evaluated_without_an_incident(tocsin, tmp_path):
    file = tmp_path / "facts.yaml"
    file.write_text(FACTS, encoding="utf-8")
    code, said = tocsin("policies", "evaluate", file, "--json")
    assert code == 0
    assert any(one["id"] == "cn/pipl/tell-people" and one["decision"] == "owed" for one in said["obligations"])
    code, text = tocsin("policies", "evaluate", file)
    assert "OWED" in text
    assert "are not owed" in text


def test_facts_that_cannot_be_read_are_bad_input_by_line(tocsin, tmp_path):
    file = tmp_path / "facts.yaml"
    file.write_text(FACTS.replace("company: moqi", "compny: moqi"), encoding="utf-8")
    code, problem = tocsin("policies", "evaluate", file, "--json")
    assert code == 2
    assert "facts.yaml:" in problem["problem"]["detail"]
    assert tocsin("policies", "evaluate", tmp_path / "none.yaml", "--json")[0] == 2


def test_the_packs_are_listed_explained_linted_and_compared(tocsin):
    assert {"cn/pipl"} <= {row["id"] for row in tocsin("policies", "list", "--jurisdiction", "CN", "--json")[1]}
    assert "article 57" in tocsin("policies", "explain", "cn/pipl")[1]
    assert tocsin("policies", "explain", "cn/nothing", "--json")[0] == 2
    assert tocsin("policies", "lint", "--json") == (0, {"complaints": []})
    assert "as_of" in tocsin("policies", "schema", "--json")[1]["properties"]
    assert "Nothing changed." in tocsin("policies", "diff", "policies", "policies")[1]
    assert tocsin("policies", "diff", "policies", "nowhere", "--json")[0] == 2
