"""The pre-flight at its doors: the command with its exit status, and the page of a company."""

import json

import pytest
from flask.cli import ScriptInfo

from incidents.deliveries import readiness
from web.accounts.accounts import make_token
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
    assert "Nobody is alerted: TOCSIN_ALERTS and TOCSIN_ALERTS_OUT_OF_BAND are not set." in text
    assert "nobody has reviewed the wording" in text
    assert "/companies/moqi/readiness" in me.get("/console/companies/moqi").text
    assert me.get("/console/companies/nobody/readiness").status_code == 404


def test_a_channel_is_marked_and_restored_from_the_console_and_the_page_says_so(browser, kit):
    me = browser("compliance")
    page = "/console/providers"
    form = {"subject": "email", "because": "the relay was breached", "since": "2026-01-02T03:04", "since_zone": "UTC"}
    assert me.send("/console/compromises", form).status_code == 303
    text = me.get(page).text
    assert "the relay was breached" in text
    assert "2026-01-02 03:04Z" in text
    assert "email is marked compromised" in me.get("/console/companies/moqi/readiness").text
    assert me.send("/console/compromises/lifted", {"subject": "email", "because": "rebuilt"}).status_code == 303
    assert "Nothing is marked compromised." in me.get(page).text


def test_a_channel_is_marked_for_one_incident_by_the_command_and_shown_on_its_page(
    run, kit, person, asking, browser, monkeypatch
):
    ask = asking("responder")
    said = {"title": "A leak", "company": "moqi", "became_aware_at": "2026-01-02T03:04:00Z"}
    reference = ask("post", "/incidents", json=said).json["reference"]
    with kit.begin() as tx:
        token = make_token(tx, person("compliance", name="third"), "a test", clock=kit.clock).text
    monkeypatch.setenv("TOCSIN_TOKEN", token)
    words = ("--because", "seen in the log", "--incident", reference)
    assert run("channels", "compromised", "email/smtp", *words).exit_code == 0
    assert run("channels", "compromised", "email/smtp", *words).exit_code == 1
    assert run("channels", "compromised", "pigeon", *words).exit_code == 2
    me = browser("responder", name="second")
    assert "seen in the log" in me.get(f"/console/incidents/{reference}/deliveries").text
    assert "Nothing is marked compromised." in me.get("/console/providers").text
    assert run("channels", "restored", "email/smtp", *words).exit_code == 0
    lifted = ask("post", f"/incidents/{reference}/compromises/lifted", json={"subject": "email", "because": "x"})
    assert lifted.status_code == 404
