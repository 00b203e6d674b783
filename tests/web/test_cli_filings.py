"""A report from the ledger to the authority's receipt, by the command line alone."""

import json
from datetime import timedelta

import pytest
from flask.cli import ScriptInfo

from incidents.obligations.assess import assess
from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from incidents.record.facts import answer
from web.accounts.accounts import find_account, make_token
from web.cli.every import cli


@pytest.fixture
def tocsin(app, kit, person, monkeypatch):
    """Run `./tocsin ...` as somebody; gives back exit status and the JSON document."""
    tokens = {}
    for role in ("compliance", "approver"):
        account = person(role)
        with kit.begin() as tx:
            tokens[role] = make_token(tx, find_account(tx, account.id), "desk", clock=kit.clock).text

    def run(*words, by="compliance"):
        monkeypatch.setenv("TOCSIN_TOKEN", tokens[by])
        info = ScriptInfo(create_app=lambda: app)
        done = app.test_cli_runner().invoke(cli, [*words, "--json"], obj=info, standalone_mode=True)
        return done.exit_code, json.loads(done.stdout)

    return run


@pytest.fixture
def owed(kit):
    """The ids of an incident's obligations by duty."""
    rana = Actor("acc_rana", "Rana", frozenset({ActorRole.RESPONDER, ActorRole.COMPLIANCE}))
    hands = {"by": rana, "clock": kit.clock}
    with kit.begin() as tx:
        incident = declare(tx, Declaration("A leak", "moqi", kit.clock.now()), keys=kit.keys, **hands)
        for fact, value in (("people_count", 12_000), ("people_residence", "CN")):
            answer(tx, incident, fact, value, because="counted", **hands)
        entries = assess(tx, incident, packs=kit.packs, **hands).entries
        return {row.duty: row.id for row in entries} | {"incident": incident.reference}


def test_a_report_goes_from_the_ledger_to_the_receipt(tocsin, owed, tmp_path, kit):
    code, made = tocsin("filing", "prepare", owed["cn/pipl/tell-authority"])
    assert code == 0
    reference = made["content"]["reference"]
    for gap in made["gaps"]:
        code, _ = tocsin("filing", "fill", reference, gap["question"], "已处理。")
        if code == 1:  # the records answer it, and they do not know yet
            assert tocsin("filing", "fill", reference, gap["question"], "--unknown", "仍在统计")[0] == 0
    code, shown = tocsin("filing", "show", reference)
    assert shown["gaps"] == []
    paper = tmp_path / "report.pdf"
    assert tocsin("filing", "submit", reference, "--by", "email", "--paper", __file__)[0] == 1  # approved by nobody
    assert tocsin("filing", "approve", reference, "--digest", shown["digest"], by="approver")[0] == 0
    assert tocsin("filing", "render", reference, "--out", str(paper))[0] == 0
    assert paper.read_bytes().startswith(b"%PDF")
    assert tocsin("filing", "render", reference, "--out", str(paper))[0] == 2  # never over one that is there
    code, done = tocsin("filing", "submit", reference, "--by", "email", "--paper", str(paper))
    assert (code, done["is_late"]) == (0, False)
    kit.clock.tick(timedelta(hours=1))
    assert tocsin("filing", "acknowledge", reference, "--number", "SH-17")[0] == 0
    code, [row] = tocsin("filing", "list", owed["incident"])
    assert row["submitted_at"] is not None


def test_bad_words_are_named_and_nothing_is_written(tocsin, owed):
    assert tocsin("filing", "prepare", "obl_none")[0] == 1
    code, answered = tocsin("filing", "prepare", owed["cn/pipl/tell-authority"], "--language", "de")
    assert (code, "not in de" in answered["problem"]["detail"]) == (2, True)
    assert tocsin("filing", "list", owed["incident"]) == (0, [])
    assert tocsin("filing", "show", "FIL-NONE")[0] == 1


def test_the_forms_are_listed(tocsin):
    code, rows = tocsin("filing", "forms")
    assert code == 0
    assert {"cn-cac-incident", "cn-pipl-57", "generic-authority"} <= {row["form"] for row in rows}
