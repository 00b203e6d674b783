"""The pre-flight at its doors: the command with its exit status, and the page of a company."""

import json

import pytest
from flask.cli import ScriptInfo

from incidents.deliveries import readiness
from web.cli import cli

WITH_LEAK = True


@pytest.fixture
def run(app):
    def typed(*words):
        return app.test_cli_runner().invoke(cli, [*words], obj=ScriptInfo(create_app=lambda: app))

    return typed


def test_the_command_says_who_can_be_told_and_ends_with_1_where_something_is_missing(run):
    done = run("channels", "check", "--policy", "moqi", "--json")
    (found,) = json.loads(done.stdout)
    assert done.exit_code == 1
    assert sum(found["sums"].values()) == found["people"] == sum(one["people"] for one in found["cohorts"])
    shown = run("channels", "check").stdout
    assert "moqi: " in shown
    assert "announcement only" in shown
    assert "missing: sms: no provider is set up" in shown
    assert "email/smtp" in shown
    assert "unknown: outside" in shown


def test_nothing_missing_is_exit_status_0(run, monkeypatch, kit):
    monkeypatch.setattr(readiness, "_about_channels", lambda *_: ())
    monkeypatch.setattr(readiness, "_about_words", lambda *_: ())
    assert run("channels", "check", "--policy", "moqi").exit_code == 0


def test_another_directory_needs_its_policy_and_a_wrong_policy_is_bad_input(run, kit):
    mapping = kit.settings.directories / "moqi.yaml"
    assert run("channels", "check", "--directory", str(mapping)).exit_code == 2
    assert run("channels", "check", "--policy", "nobody").exit_code == 2
    done = run("channels", "check", "--policy", "moqi", "--directory", str(mapping), "--json")
    assert json.loads(done.stdout)[0]["people"] > 0


def test_the_page_shows_the_same(browser):
    me = browser("responder")
    text = me.get("/console/companies/moqi/readiness").text
    assert "Everybody is in exactly one line" in text
    assert "announcement only" in text
    assert "TOCSIN_TWILIO_ACCOUNT_SID" in text
    assert "nobody has reviewed the wording" in text
    assert "/companies/moqi/readiness" in me.get("/console/companies/moqi").text
    assert me.get("/console/companies/nobody/readiness").status_code == 404
