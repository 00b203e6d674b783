"""Small cases, standing answers, severity and what the police ask: at the console, the API and the shell."""

import json
import re
import shutil
from pathlib import Path

import pytest
from flask.cli import ScriptInfo

from incidents.obligations.ledger import live
from incidents.record.incident import find
from policies.load import HERE
from web.accounts.accounts import find_account, make_token
from web.cli.every import cli

AWARE = "2026-03-06T21:30:00+08:00"
CASE = {
    "title": "Marks sent to the wrong family",
    "company": "mmso",
    "people": "2",
    "residence": "MM",
    "categories": ["name", "course_record"],
    "answers": ["recipient_trusted=yes", "deletion_confirmed=yes", "serious_harm_possible=no", ""],
    "because": "Both families deleted it.",
    "decide": "on",
}
FORM = {**CASE, "became_aware_at": "2026-03-06T19:30", "became_aware_at_zone": "Asia/Yangon"}
BODY = {**CASE, "people": 2, "decide": True, "answers": CASE["answers"][:3], "became_aware_at": AWARE}


@pytest.fixture
def dora(browser):
    return browser("responder", "compliance", name="Dora")


@pytest.fixture
def ask(asking):
    return asking("responder", "compliance", name="Dana")


@pytest.fixture
def tocsin(app, kit, person, monkeypatch):
    account = person("compliance", "responder", name="Dunya")
    with kit.begin() as tx:
        token = make_token(tx, find_account(tx, account.id), "desk", clock=kit.clock).text
    monkeypatch.setenv("TOCSIN_TOKEN", token)

    def run(*words):
        info = ScriptInfo(create_app=lambda: app)
        done = app.test_cli_runner().invoke(cli, [*map(str, words)], obj=info, standalone_mode=True)
        return done.exit_code, json.loads(done.stdout) if "--json" in words else done.output

    return run


def declared(ask):
    said = {"title": "An export was read", "company": "moqi", "became_aware_at": AWARE}
    at = f"/incidents/{ask('post', '/incidents', json=said).json['reference']}"
    for name, value in {"people_count": 400, "people_residence": "CN", "people_categories": "name+health"}.items():
        assert (
            ask("post", f"{at}/answers", json={"name": name, "value": value, "because": "counted"}).status_code == 201
        )
    assert ask("post", f"{at}/assess").status_code == 201
    return at


def test_one_form_closes_a_small_case(dora):
    page = dora.get("/console/small-case").text
    assert "Did every recipient confirm" in page
    answer = dora.send("/console/small-cases", FORM)
    assert answer.status_code == 303, answer.text
    shown = dora.get(answer.location).text
    assert "Assessed and recorded" in shown
    assert re.search(r"closed", shown, re.IGNORECASE)


def test_a_small_case_over_the_api_says_what_is_left(ask):
    done = ask("post", "/small-cases", json=BODY)
    assert done.status_code == 201, done.text
    assert (done.json["closed"], done.json["left"]) == (True, [])
    left = ask("post", "/small-cases", json={**BODY, "company": "moqi", "residence": "CN"}).json
    assert not left["closed"]
    assert any("cn/pipl/tell-authority" in line for line in left["left"])
    wrong = ask("post", "/small-cases", json={**BODY, "company": "nobody"})
    assert wrong.status_code == 422
    assert "no house policy" in wrong.json["detail"]
    assert ask("post", "/small-cases", json={**BODY, "people": 300}).status_code == 409


def test_one_command_closes_a_small_case(tocsin):
    words = ["--company", "mmso", "--title", "Marks sent wrongly", "--aware", AWARE, "--people", 2, "--residence", "MM"]
    given = ["--category", "name", "--answer", "serious_harm_possible=no", "--because", "Deleted.", "--decide"]
    code, done = tocsin("incident", "small", *words, *given, "--json")
    assert (code, done["closed"]) == (0, True)
    code, text = tocsin("incident", "small", *words, "--because", "Deleted.")
    assert code == 0
    assert "still open" in text
    assert tocsin("incident", "small", *words, "--answer", "x", "--because", "y", "--json")[0] == 2


def test_what_a_company_is_is_said_once_and_assesses_its_open_incidents_again(dora, ask, kit):
    at = declared(ask)
    assert "operator_is_cii" in dora.get("/console/companies/moqi").text
    assert "moqi" in dora.get("/console/companies").text
    said = {"name": "operator_is_cii", "value": "no", "because": "we asked the authority"}
    assert dora.send("/console/companies/moqi/answers", said).status_code == 303
    shown = dora.get("/console/companies/moqi").text
    assert "Answered (1)" in shown
    assert "we asked the authority" in shown
    again = ask("post", "/companies/moqi/answers", json={**said, "value": "unknown"})
    assert again.json["assessed_again"] == [at.removeprefix("/incidents/")]
    assert ask("post", "/companies/nobody/answers", json=said).status_code == 422
    assert dora.get("/console/companies/nobody").status_code == 404


def test_a_question_of_an_incident_can_be_answered_for_the_company(dora, ask):
    at = declared(ask)
    owed = dora.get(f"/console{at}/owed").text
    assert "in every incident" in owed
    form = {"name": "operates_network_in_china", "value": "yes", "because": "we do", "for_company": "on"}
    assert dora.send(f"/console{at}/answers", form).status_code == 303
    assert "Answered (1)" in dora.get("/console/companies/moqi").text


def test_a_company_answers_from_the_shell(tocsin):
    code, done = tocsin("company", "answer", "moqi", "listed_company", "no", "--because", "private", "--json")
    assert (code, done["value"]) == (0, "no")
    shown = tocsin("company", "show", "moqi", "--json")[1]
    assert [one["name"] for one in shown["answers"]] == ["listed_company"]
    left = tocsin("company", "show", "moqi", "--open", "--json")[1]
    assert "listed_company" not in {one["name"] for one in left["asked"]}
    assert tocsin("company", "show", "nobody", "--json")[0] == 2


def test_severity_is_assessed_overridden_and_shown(dora, ask, tocsin):
    at = declared(ask)
    form = {"scale": "enisa-2013", "said": ["identification=maximum", "intent=malicious"], "because": "by the logs"}
    assert dora.send(f"/console{at}/severity", form).status_code == 303
    page = dora.get(f"/console{at}/owed").text
    assert "DPC 4" in page
    assert "decides no obligation" in page
    said = {"band": "high", "because": "few people"}
    assert ask("post", f"{at}/severity/enisa-2013/override", json=said).json["overridden_band"] == "high"
    (row,) = ask("get", f"{at}/severity").json
    assert (row["band"], row["overridden_band"]) == ("very_high", "high")
    reference = at.removeprefix("/incidents/")
    text = tocsin("incident", "severity", reference)[1]
    assert "held to be high by Dana" in text
    again = ("--scale", "enisa-2013", "--set", "identification=limited", "--because", "they know little")
    assert tocsin("incident", "severity", reference, *again, "--json")[1][0]["overridden_band"] is None
    assert "enisa-2013" in tocsin("policies", "scales")[1]


def test_what_the_police_ask_is_on_record_at_each_door(dora, ask, tocsin):
    at = declared(ask)
    said = {"stops": "sending", "reason": "An arrest is near.", "requested_by": "State Police"}
    form = said | {"ends_at": "2026-03-09T10:00", "ends_at_zone": "UTC", "police_form": "oral", "places": ["US-ME"]}
    assert dora.send(f"/console{at}/holds", form).status_code == 303
    assert "law enforcement, oral" in dora.get(f"/console{at}/record").text
    (hold,) = ask("get", at).json["holds"]
    assert (hold["police_form"], hold["places"]) == ("oral", ["US-ME"])
    words = ("--reason", "x", "--requested-by", "y", "--until", "2026-03-09T10:00Z", "--police", "written")
    reference = at.removeprefix("/incidents/")
    assert tocsin("incident", "hold", reference, *words, "--place", "US", "--json")[0] == 0
    assert tocsin("incident", "hold", reference, *words, "--place", "Texas", "--json")[0] == 2


def test_a_change_of_law_names_the_open_incident_that_it_touches(ask, tocsin, tmp_path, kit):
    at = declared(ask)
    shutil.copytree(HERE, tmp_path / "packs", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    file = Path(tmp_path / "packs" / "laws" / "cn" / "cac-incident-reporting.yaml")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("op: gte, value: 1000000}", "op: gte, value: 100}", 1), encoding="utf-8")
    code, said = tocsin("policies", "diff", "policies", tmp_path / "packs", "--json")
    assert code == 0
    assert {one["incident"] for one in said["incidents"]} == {at.removeprefix("/incidents/")}
    with kit.begin(reading=True) as tx:
        rows = live(tx, find(tx, at.removeprefix("/incidents/")).id)
    assert any(row.duty == "cn/cac-incident-reporting/initial-report" for row in rows)
