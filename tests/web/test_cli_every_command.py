"""Every command takes --json, and whatever is typed the answer is one JSON document and the right exit status."""

import json

import click
import pytest
from flask.cli import ScriptInfo

import app as tocsin
from web.cli import cli

LASTING = {"serve"}  # runs two children until it is told to end, and answers nothing


def commands(group, words=()):
    for name, one in sorted(group.commands.items()):
        if isinstance(one, click.Group):
            yield from commands(one, (*words, name))
        else:
            yield (*words, name), one


EVERY = dict(commands(cli))
assert tocsin  # its commands hang on the same group


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
