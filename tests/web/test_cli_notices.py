"""A notice from the ledger to its approval, and its correction, by the command line alone."""

import json

import pytest
from flask.cli import ScriptInfo

from incidents.notices.library import load_wording
from incidents.obligations.assess import assess
from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from tests.incidents.counted import cohort, counted
from tests.templates.said import WORDS
from web.accounts.accounts import make_token
from web.accounts.tables import Account
from web.cli.every import cli


@pytest.fixture
def desk(app, kit, person, monkeypatch):
    """`./tocsin notice ...` as a writer or an approver: exit status and the JSON document."""
    tokens = {}
    for role in ("communications", "approver"):
        account_id = person(role).id
        with kit.begin() as tx:
            tokens[role] = make_token(tx, tx.get_one(Account, account_id), "desk", clock=kit.clock).text

    def run(*words, by="communications"):
        monkeypatch.setenv("TOCSIN_TOKEN", tokens[by])
        done = app.test_cli_runner().invoke(cli, ["notice", *words, "--json"], obj=ScriptInfo(create_app=lambda: app))
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, json.loads(done.stdout)

    return run


@pytest.fixture
def incident(kit):
    rana = Actor("acc_rana", "Rana", frozenset({ActorRole.RESPONDER, ActorRole.COMPLIANCE}))
    with kit.begin() as tx:
        made = declare(tx, Declaration("A leak", "moqi", kit.clock.now()), by=rana, clock=kit.clock, keys=kit.keys)
        counted(tx, made, kit.clock, cohort("adults", 900), cohort("english", 40, language="en", residence="SG"))
        assess(tx, made, by=rana, clock=kit.clock, packs=kit.packs)
        return made.reference


def test_a_notice_goes_from_the_ledger_to_its_approval_and_its_recall(desk, incident, tmp_path):
    code, drafted = desk("draft", incident)
    assert code == 0
    reference = next(row["reference"] for row in drafted["made"] if row["wording"] == "individuals")
    code, holes = desk("fill", reference, "--language", "zh-Hans")
    words = tmp_path / "words.txt"
    words.write_text(WORDS["zh-Hans"], encoding="utf-8")
    for hole in holes:
        if hole["by"] == "writer":
            assert desk("fill", reference, hole["placeholder"], "--file", str(words), "--language", "zh-Hans")[0] == 0
    code, against = desk("check", reference)
    assert {row["language"] for row in against} == {"en"}
    shown = ("show", reference, "--language", "zh-Hans", "--form", "short")
    seen = desk(*shown)[1]
    read: tuple[str, ...] = ("approve", reference, "--language", "zh-Hans", "--content", seen["seen"]["content"])
    read += ("--audience", seen["seen"]["audience"], "--confirm", "marketing", "--confirm", "personal_data_rows")
    assert desk(*read, by="approver")[1]["problem"]["code"] == "wording_unreviewed"
    assert desk("release", reference, "--language", "zh-Hans", "--because", "I read it aloud.")[0] == 0
    assert desk(*read)[1]["problem"]["code"] == "wrote_it"
    assert desk(*read, by="approver")[0] == 0
    assert desk("show", reference)[1]["approved"] == ["zh-Hans"]
    assert desk("verify", reference)[1]["answer"] == "genuine"
    code, recalled = desk("recall", reference, "--because", "a wrong list")
    assert recalled["audience"]["kind"] == "recipients_of"


def test_bad_words_and_unknown_notices_give_one_sentence(desk, incident):
    drafted = desk("draft", incident)[1]
    reference = drafted["made"][0]["reference"]
    assert desk("fill", reference, "nonsense", "x", "--language", "en")[0] == 2
    assert desk("show", "not_here")[0] == 1
    assert desk("fill", reference, "cause_words", "--language", "en")[0] == 2


def test_a_holding_text_is_proposed_approved_and_used(desk, incident, kit):
    row = desk("holding", "propose", "moqi", "--language", "zh-Hans")[1]
    until = f"{kit.clock.now().year + 1}-01-01T00:00+08:00"
    assert desk("holding", "approve", row["holding"], "--until", until)[0] == 1
    assert desk("holding", "approve", row["holding"], "--until", until, by="approver")[0] == 0
    used = desk("holding", "use", incident)[1]
    assert desk("show", used["reference"])[1]["approved"] == ["zh-Hans"]
    assert "holding" in load_wording().notices
