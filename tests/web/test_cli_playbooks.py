"""Playbooks and the end of an incident by the command line alone, with the exit statuses that scripts rely on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask.cli import ScriptInfo

from incidents.obligations import discharge
from incidents.obligations.ledger import open_entries
from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from incidents.record.inbound import Report, receive
from incidents.record.incident import find
from playbooks.load import load_all
from web.accounts.accounts import find_account, make_token
from web.cli.every import cli

ROOT = Path(__file__).parents[2]
A_PLAYBOOK = sorted(load_all())[0]


@pytest.fixture
def tocsin(app, kit, person, monkeypatch):
    """Run `./tocsin ...` as a person of many parts; gives back exit status and the JSON document."""
    account = person("compliance", "responder", "communications")
    with kit.begin() as tx:
        token = make_token(tx, find_account(tx, account.id), "desk", clock=kit.clock).text
    monkeypatch.setenv("TOCSIN_TOKEN", token)

    def run(*words):
        info = ScriptInfo(create_app=lambda: app)
        done = app.test_cli_runner().invoke(cli, [*words, "--json"], obj=info, standalone_mode=True)
        return done.exit_code, json.loads(done.stdout)

    return run


@pytest.fixture
def rana():
    return Actor("acc_rana", "Rana", frozenset({ActorRole.RESPONDER, ActorRole.COMPLIANCE}))


@pytest.fixture
def reference(kit, rana):
    with kit.begin() as tx:
        said = Declaration("A leak", "moqi", kit.clock.now())
        return declare(tx, said, by=rana, clock=kit.clock, keys=kit.keys).reference


def test_a_playbook_goes_out_as_cacao_and_comes_back_as_yaml(tocsin, tmp_path):
    document, yaml = tmp_path / "out.json", tmp_path / f"{A_PLAYBOOK}.yaml"
    assert tocsin("playbooks", "export", A_PLAYBOOK, "--out", str(document))[0] == 0
    code, said = tocsin("playbooks", "import", str(document), "--out", str(yaml))
    assert (code, said["said"]) == (0, [])
    code, checked = tocsin("playbooks", "validate", str(yaml))
    assert (code, checked[0]["digest"]) == (0, said["digest"])
    assert tocsin("playbooks", "import", str(document), "--out", str(tmp_path / "other.yaml"))[0] == 2


def test_a_wrong_playbook_is_bad_input_with_file_and_line(tocsin, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        (ROOT / f"playbooks/library/{A_PLAYBOOK}.yaml").read_text().replace("needs: [", "needs: [nobody, ", 1)
    )
    code, said = tocsin("playbooks", "validate", str(wrong))
    assert code == 2
    assert "needs an unknown step 'nobody'" in said["problem"]["detail"]
    assert f"{wrong}:" in said["problem"]["detail"]
    assert tocsin("playbooks", "validate", str(tmp_path / "none.yaml"))[0] == 2
    assert tocsin("playbooks", "show", "no-such")[0] == 1
    assert len(tocsin("playbooks", "list")[1]) == len(load_all())


def test_an_incident_is_led_through_its_playbook(tocsin, reference):
    assert tocsin("incident", "next", reference)[0] == 1  # none is open yet
    assert tocsin("incident", "playbook", reference)[0] == 0
    code, now = tocsin("incident", "next", reference)
    assert code == 0
    ready = [one["step"] for one in now if one["state"] == "ready"]
    assert "quiet-room" in ready
    assert tocsin("step", "start", reference, "quiet-room")[1]["state"] == "started"
    assert tocsin("step", "done", reference, "quiet-room")[1]["state"] == "done"
    assert tocsin("step", "done", reference, "quiet-room")[0] == 1
    assert tocsin("step", "reopen", reference, "quiet-room", "--reason", "a new room")[1]["state"] == "ready"
    assert tocsin("step", "skip", reference, "quiet-room", "--reason", "one person only")[1]["state"] == "skipped"
    code, refused = tocsin("step", "done", reference, "keep-volatile-evidence")
    assert (code, refused["problem"]["code"]) == (1, "do_it")
    assert tocsin("step", "done", reference, "is-it-still-open", "--answer", "leak_still_open=perhaps")[0] == 2


def test_an_incident_ends_closes_and_is_proved(tocsin, reference, kit, rana, tmp_path):
    assert tocsin("incident", "playbook", reference)[0] == 0
    code, refused = tocsin("incident", "close", reference)
    assert (code, refused["problem"]["code"]) == (1, "still_owed")
    code, ended = tocsin("incident", "end-handling", reference)
    assert code == 0
    assert ended["in_the_way"]
    settle(kit, rana, reference)
    words = ("incident", "lesson", reference, "Nobody had the number.", "--action", "Print the sheet")
    assert tocsin(*words)[0] == 2  # without an owner it is a wish
    assert tocsin(*words, "--owner", "Wen", "--due-on", "2030-01-31")[0] == 0
    assert tocsin("incident", "close", reference)[0] == 0
    file = str(tmp_path / "proof.zip")
    code, made = tocsin("incident", "bundle", reference, "--out", file)
    assert code == 0
    assert tocsin("incident", "bundle", reference, "--out", file)[0] == 2  # never written over
    public = kit.settings.key_folder / "signing.pub.pem"
    for key in (str(public), made["fingerprint"]):
        code, said = tocsin("bundle", "verify", file, "--key", key)
        assert (code, said["holds"]) == (0, True)
    assert tocsin("bundle", "verify", file, "--key", "0" * 64)[0] == 2
    assert tocsin("bundle", "verify", file, "--key", "no-such-file")[0] == 2
    body = Path(file).read_bytes()
    Path(file).write_bytes(body.replace(b"incident.closed", b"incident.clozed", 1))
    code, said = tocsin("bundle", "verify", file, "--key", str(public))
    assert code == 1
    assert any("timeline.jsonl" in one for one in said["problem"]["because"])
    assert tocsin("incident", "reopen", reference, "--because", "new evidence")[0] == 0


def test_a_bundle_is_verified_without_database_or_settings(tocsin, reference, kit, tmp_path):
    file = tmp_path / "proof.zip"
    assert tocsin("incident", "bundle", reference, "--out", str(file))[0] == 0
    public = kit.settings.key_folder / "signing.pub.pem"
    bare = {"PATH": os.environ["PATH"], "TOCSIN_HOME": str(tmp_path / "nowhere"), "TOCSIN_MODE": "production"}
    command = [sys.executable, str(ROOT / "app.py"), "bundle", "verify", str(file), "--key", str(public), "--json"]
    said = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["holds"] is True
    assert not (tmp_path / "nowhere").exists()


def settle(kit, rana, reference):
    """Waive, signed, whatever is still owed."""
    with kit.begin() as tx:
        for row in open_entries(tx, find(tx, reference).id):
            discharge.waive(tx, row, because="a rehearsal", by=rana, clock=kit.clock, signer=kit.signer)


def test_declaring_opens_the_playbook_at_once_with_no_worker_about(tocsin, kit):
    at = kit.clock.now().isoformat()
    code, said = tocsin("incident", "declare", "--title", "A leak", "--company", "moqi", "--aware", at)
    assert code == 0
    assert said["playbook"]
    code, steps = tocsin("incident", "next", said["reference"])
    assert code == 0
    assert steps


def test_a_part_is_given_and_a_hold_is_released_by_its_id(tocsin, reference):
    assert tocsin("incident", "part", reference, "lead", "compliance@house.example")[0] == 0
    words = ("--reason", "the police ask", "--requested-by", "the police", "--until", "2027-06-01T00:00:00+08:00")
    hold = tocsin("incident", "hold", reference, *words)[1]["hold"]
    code, said = tocsin("incident", "show", reference)
    assert (code, said["parts"], said["holds"][0]["id"]) == (0, {"lead": ["Compliance"]}, hold)
    assert {"said_by_name", "said_at", "source"} <= set(said["anchors"][0])
    assert tocsin("incident", "release", reference, hold)[0] == 0
    assert tocsin("incident", "release", reference, hold)[1]["problem"]["code"] == "hold_released"


def test_an_inbound_report_is_read_attached_and_answered(tocsin, kit, reference):
    with kit.begin() as tx:
        said = Report("moqi", "I saw my address on a forum.", "me@example.com", "hotline")
        report = receive(tx, said, clock=kit.clock, keys=kit.keys, answer_within=None).id
    assert "text" not in tocsin("report", "list")[1][0]
    assert tocsin("report", "show", report)[1]["text"] == "I saw my address on a forum."
    assert tocsin("report", "attach", report, reference) == (0, {"report": report, "incident": reference})
    assert tocsin("report", "answered", report)[0] == 0
    assert tocsin("report", "answered", report)[1]["problem"]["code"] == "report_answered"


def test_an_action_about_a_lesson_is_listed_and_done(tocsin, reference):
    words = ("--action", "Close it", "--owner", "Ben", "--due-on", "2027-12-31")
    assert tocsin("incident", "lesson", reference, "The export was open.", *words)[0] == 0
    (action,) = tocsin("incident", "lessons", reference)[1][0]["actions"]
    assert tocsin("incident", "action-done", reference, action["id"])[0] == 0
