"""The command line as a person types it: the path's first steps, exit statuses, one sentence for each slip."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import create_engine

import app
from incidents.foundation.database import Base
from incidents.foundation.settings import Settings
from incidents.record.actor import ActorRole
from sample import make
from sample.leaks import leak
from web.accounts.accounts import make_account, make_token
from web.cli.every import cli
from web.database import db

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a thousand sample people and a fresh database."""
    home = tmp_path_factory.mktemp("home")
    manifest = make(home / "sample", people=3000)
    for directory in manifest.directories:
        directory.path.with_suffix(".yaml").write_bytes(directory.mapping.read_bytes())
    return home


@pytest.fixture(scope="module")
def flask_app(home):
    made = app.create_app(Settings(home=home, mode="test"))
    with made.app_context():
        Base.metadata.create_all(db.engine)
    return made


@pytest.fixture(scope="module")
def token(flask_app):
    kit = flask_app.extensions["tocsin"]
    with kit.begin() as tx:
        account = make_account(tx, "Rana", "rana@acme.example", list(ActorRole), "a long password", clock=kit.clock)
        return make_token(tx, account, "tests", clock=kit.clock).text


@pytest.fixture
def say(flask_app, token, monkeypatch):
    """Types a command; answers (exit status, JSON document or text)."""
    monkeypatch.setenv("TOCSIN_TOKEN", token)

    def typed(*words, json_too=True):
        info = ScriptInfo(create_app=lambda: flask_app)
        said = CliRunner().invoke(cli, [*words, *(["--json"] if json_too else [])], obj=info)
        if said.exception and not isinstance(said.exception, SystemExit):
            raise said.exception
        return said.exit_code, json.loads(said.stdout) if json_too and said.exit_code != 2 else said.output

    return typed


AWARE = ("--aware", "2026-03-06T21:40+08:00")


@pytest.fixture
def reference(say):
    code, made = say("incident", "declare", "--company", "moqi", "--title", "A partner's export", *AWARE, "--drill")
    assert code == 0
    return made["reference"]


def test_from_the_first_word_to_what_is_owed(say, reference, home):
    told = leak("moqi", home / "sample")
    for file in told.files[:2]:
        reading = file.path.with_suffix(".reading.json")
        reading.write_text(json.dumps(file.reading))
        words = ("--kind", file.kind, "--title", file.title, "--source", file.source, "--reading", str(reading))
        code, item = say("evidence", "collect", reference, str(file.path), *words)
        assert code == 0
        assert len(item["sha256"]) == 64
    code, snapshot = say("incident", "scope", reference)
    assert code == 0
    assert snapshot["counts"]["people"] > 0
    code, assessed = say("incident", "assess", reference)
    assert code == 0
    assert "cn/pipl/tell-authority" in json.dumps(assessed)


def test_every_word_of_the_record_can_be_typed(say, reference):
    assert say("incident", "phase", reference, "containment")[0] == 0
    assert say("incident", "answer", reference, "direct_loss_cny", "..40000", "--because", "finance says so")[0] == 0
    assert say("incident", "anchor", reference, "discovered_at", "2026-03-06T21:40+08:00", "--source", "pager")[0] == 0
    hold = ("--reason", "the hole is open", "--requested-by", "the house", "--until", "2099-01-01T00:00+00:00")
    assert say("incident", "hold", reference, *hold)[0] == 0
    code, shown = say("incident", "show", reference)
    assert (code, shown["phase"]) == (0, "containment")
    assert shown["answers"]["moqi"]["direct_loss_cny"] == {"min": None, "max": 40000}
    code, line = say("incident", "timeline", reference)
    assert (code, line["broken_at"]) == (0, None)
    assert reference in json.dumps(say("incident", "list")[1])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["incident", "declare", "--company", "moqi", "--title", "x"], "became_aware_at"),
        (["incident", "declare", "--company", "nobody", "--title", "x", *AWARE], "'nobody'; there are miaoke, mmso,"),
        (["policies", "explain", "gdpr"], "Did you mean eu/gdpr?"),
        (["bundle", "verify", "/no/such.zip", "--key", "abc"], "/no/such.zip: there is no such file."),
        (["incident", "declare", "--company", "moqi", "--title", "x", "--aware", "2026-03-06T21:40"], "no time zone"),
        (
            ["evidence", "collect", "X", "/no/such.csv", "--kind", "document", "--title", "t", "--source", "s"],
            "no such file",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(say, words, sentence):
    code, said = say(*words, json_too=False)
    assert code == 2
    assert sentence in said
    assert len(said.strip().splitlines()) == 1


def test_an_answer_to_what_no_law_asks_is_bad_input_and_names_near_ones(say, reference):
    words = ["incident", "answer", reference, "harm_efectively_avoided", "yes", "--because", "the logs"]
    code, said = say(*words, json_too=False)
    assert (code, said) == (
        2,
        "harm_efectively_avoided: no law asks this, so an answer would change nothing. "
        "Did you mean harm_effectively_avoided?\n",
    )
    standing = ["company", "answer", "moqi", "is_no_bank", "yes", "--because", "the register"]
    assert say(*standing)[0] == 2
    assert say("company", "answer", "moqi", "offers_to:EEA", "no", "--because", "the shop ships at home")[0] == 0


def test_a_key_that_is_not_there_is_not_called_shredded(say, reference):
    code, said = say("keys", "shred", "key_nobody", "--yes")
    assert (code, said["problem"]["detail"]) == (1, "There is no key 'key_nobody'.")


def test_help_says_whole_sentences_and_what_to_type(say):
    said = " ".join(say("incident", "--help", json_too=False)[1].split())
    assert "..." not in said.replace("[ARGS]...", "")
    assert "Open an incident, and with it the playbook that its kind and role choose." in said
    assert "Usage: ./tocsin incident show [OPTIONS] INCIDENT" in say("incident", "show", "--help", json_too=False)[1]


def options(command, path="./tocsin"):
    """Every option of every command below, with the words that lead to it."""
    yield from ((path, one) for one in command.params if isinstance(one, click.Option) and not one.hidden)
    for name, below in getattr(command, "commands", {}).items():
        yield from options(below, f"{path} {name}")


def test_each_option_says_in_a_sentence_what_it_is():
    found = list(options(cli))
    assert len(found) > 300
    silent = [f"{path} {one.opts[0]}" for path, one in found if not (one.help or "").endswith(".")]
    assert silent == []


def test_a_port_that_is_taken_is_said_before_the_sample_is_made(say, home):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = say("serve", "--sample", "--port", str(port), json_too=False)
        assert (code, "choose another with --port" in said, len(said.strip().splitlines())) == (1, True, 1)
        assert say("web", "--port", str(port))[1]["problem"]["code"] == "port_taken"


def test_a_refusal_is_status_1_with_its_code(say):
    code, said = say("incident", "show", "INC-0000-0000")
    assert (code, said["problem"]["code"]) == (1, "not_found")


def test_without_a_token_nobody_acts(say, monkeypatch):
    monkeypatch.delenv("TOCSIN_TOKEN")
    code, said = say("incident", "declare", "--company", "moqi", "--title", "x", *AWARE, json_too=False)
    assert code == 2
    assert "TOCSIN_TOKEN" in said


def test_a_false_token_fits_nobody(say, monkeypatch):
    monkeypatch.setenv("TOCSIN_TOKEN", "toc_false")
    assert say("incident", "declare", "--company", "moqi", "--title", "x", *AWARE)[1]["problem"]["code"] == "no_token"


def test_production_refuses_to_start_without_a_secret(home):
    environment = {"PATH": "/usr/bin:/bin", "TOCSIN_MODE": "production", "TOCSIN_HOME": str(home)}
    said = subprocess.run(
        [sys.executable, ROOT / "app.py", "upgrade"], env=environment, capture_output=True, text=True, check=False
    )
    assert said.returncode == 2
    assert "S001" in said.stderr


def test_a_worker_that_is_told_to_end_finishes_and_says_so(tmp_path):
    own = dict(os.environ) | {"TOCSIN_MODE": "test", "TOCSIN_HOME": str(tmp_path), "TOCSIN_DATABASE_URL": ""}
    engine = create_engine(f"sqlite:///{tmp_path / 'tocsin.db'}")
    Base.metadata.create_all(engine)
    engine.dispose()
    running = subprocess.Popen(
        [sys.executable, ROOT / "app.py", "worker"],
        env=own | {"TOCSIN_BROKER_URL": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    database, end = sqlite3.connect(tmp_path / "tocsin.db"), time.monotonic() + 60
    while database.execute("SELECT 1 FROM lease").fetchone() is None and time.monotonic() < end:
        time.sleep(0.1)
    running.terminate()
    assert "The worker ended." in running.communicate(timeout=30)[0]
    assert running.returncode == 0
