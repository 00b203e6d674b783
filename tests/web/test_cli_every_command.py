"""Every command takes --json, and whatever is typed the answer is one JSON document and the right exit status."""

import errno
import json
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo

from app import create_app
from incidents.foundation.settings import Settings
from packs import BadInput
from web.cli.every import cli

LASTING = {"serve"}  # runs two children until it is told to end, and answers nothing


def commands(group, words=()):
    for name, one in sorted(group.commands.items()):
        if isinstance(one, click.Group):
            yield from commands(one, (*words, name))
        else:
            yield (*words, name), one


EVERY = dict(commands(cli))


@pytest.fixture
def run(app, monkeypatch):
    monkeypatch.delenv("TOCSIN_TOKEN", raising=False)

    def typed(*words):
        info = ScriptInfo(create_app=lambda: app)
        return app.test_cli_runner().invoke(cli, [*words, "--json"], obj=info, standalone_mode=True)

    return typed


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_takes_json_and_says_what_it_does(words):
    takes_json = any("--json" in one.opts for one in EVERY[words].params)
    assert takes_json or words[0] in LASTING
    assert (EVERY[words].help or "").strip()


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_a_wrong_option_is_told_in_json_and_is_bad_input(run, words):
    done = run(*words, "--no-such-option")
    assert done.exit_code == 2
    assert "no-such-option" in json.loads(done.stdout)["problem"]["detail"]


def test_there_are_no_commands_but_ours(run):
    done = run("db", "upgrade")
    assert (done.exit_code, json.loads(done.stdout)["problem"]["code"]) == (2, "bad_input")


@pytest.mark.parametrize(
    "words",
    [words for words, one in EVERY.items() if words[0] == "incident" and [p for p in one.params if p.name == "wanted"]],
    ids=" ".join,
)
def test_an_incident_that_is_not_there_or_a_missing_word_is_one_sentence(run, words):
    done = run(*words, "INC-NONE-NONE")
    assert done.exit_code in (1, 2)
    assert json.loads(done.stdout)["problem"]["detail"].strip()


def test_a_database_without_tables_and_a_setting_that_cannot_be_are_one_sentence(tmp_path, monkeypatch):
    info = ScriptInfo(create_app=lambda: create_app(Settings(mode="test", home=tmp_path)))
    done = CliRunner().invoke(cli, ["incident", "list", "--json"], obj=info, standalone_mode=True)
    assert done.exit_code == 1
    said = json.loads(done.stdout)["problem"]
    assert (said["code"], "SELECT" in said["detail"], "upgrade" in said["detail"]) == ("database", False, True)
    monkeypatch.setenv("TOCSIN_MODE", "sekret")
    with pytest.raises(BadInput, match="TOCSIN_MODE: Input should be") as caught:
        Settings()
    assert "sekret" not in str(caught.value)


def test_a_full_disk_is_one_sentence(run, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("web.cli.record.timeline.read", full)
    monkeypatch.setattr("web.cli.record.find", lambda *_: SimpleNamespace(id="inc"))
    done = run("incident", "timeline", "INC")
    assert (done.exit_code, json.loads(done.stdout)["problem"]["detail"]) == (1, "No space left on device.")
