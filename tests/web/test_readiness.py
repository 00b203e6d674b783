"""The pre-flight at its doors: the command with its exit status, and the page of a company."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.cli import ScriptInfo

from incidents.deliveries import preflight_asked, readiness, shortfalls
from incidents.deliveries.preflight import preflight
from notifiers.alerts import Alerts
from packs import BadInput
from web.accounts.accounts import make_token
from web.cli import channels
from web.cli.every import cli
from web.console.words import moment
from worker import Worker

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
    assert sum(found["sums"].values()) == found["people"] == sum(one["people"] for one in found["ways"])
    shown = run("channels", "check").stdout
    assert "moqi: " in shown
    assert "announcement only" in shown
    assert "- sms: no provider is set up" in shown
    assert "email/smtp               not set up: TOCSIN_SMTP_HOST" in shown
    assert shown.count("No provider of this channel is set up.") == 1, "a reason is said once a way, not once a line"


def test_nothing_missing_is_exit_status_0(run, monkeypatch):
    monkeypatch.setattr(readiness, "_about_channels", lambda *_: ())
    monkeypatch.setattr(readiness, "_about_words", lambda *_: ())
    done = run("channels", "check", "--policy", "moqi")
    assert done.exit_code == 1, done.stdout
    assert "- announcement only: " in done.stdout
    monkeypatch.setattr(shortfalls, "of_people", lambda _lines: ())
    assert run("channels", "check", "--policy", "moqi").exit_code == 1, "colleagues are not alerted"
    monkeypatch.setattr(channels, "lacking", lambda _tx, _kit: [])
    done = run("channels", "check", "--policy", "moqi")
    assert (done.exit_code, done.stdout.splitlines()[-2:]) == (0, ["Alerts to colleagues", "  - Nothing is missing."])


def test_the_command_says_which_set_of_alerts_is_empty(run, app, kit, monkeypatch):
    done = run("channels", "check", "--policy", "moqi")
    assert "  - Nobody is alerted: TOCSIN_ALERTS and TOCSIN_ALERTS_OUT_OF_BAND are not set." in done.stdout
    monkeypatch.setitem(app.extensions, "tocsin", replace(kit, pager=Alerts(("json://127.0.0.1:9",))))
    (found,) = json.loads(run("channels", "check", "--policy", "moqi", "--json").stdout)
    assert found["alerts"] == [
        "TOCSIN_ALERTS_OUT_OF_BAND is empty: while something is marked compromised, colleagues are not alerted."
    ]


def test_another_directory_needs_its_policy_and_a_wrong_policy_is_bad_input(run, kit):
    mapping = kit.settings.directories / "moqi.yaml"
    assert run("channels", "check", "--directory", str(mapping)).exit_code == 2
    assert run("channels", "check", "--policy", "nobody").exit_code == 2
    done = run("channels", "check", "--policy", "moqi", "--directory", str(mapping), "--json")
    assert json.loads(done.stdout)[0]["people"] > 0


PAGE = "/console/companies/moqi/readiness"


def counted(kit):
    """Do what a worker does until nothing is due."""
    Worker(kit, threads=1, name="test").run_until_idle()


def test_the_page_counts_when_somebody_asks_and_shows_the_last_count_with_its_time(browser, kit, monkeypatch):
    me, looks = browser("responder"), []

    def seen(*said):
        looks.append(said)
        return preflight(*said)

    monkeypatch.setattr(preflight_asked, "preflight", seen)
    assert "Nobody has counted yet." in me.get(PAGE).text
    assert me.send(PAGE).status_code == 303
    assert "it is being made" in me.get(PAGE).text
    assert looks == [], "no page reads the directory"
    counted(kit)
    text = me.get(PAGE).text
    assert len(looks) == 1
    asked_for_again = text.partition('id="counted"')[2]
    assert "Providers of its channels" in asked_for_again, "what the page asks for while it waits is all of it"
    assert f"Counted at {moment(kit.clock.now())}" in text
    assert "it is being made" not in text
    assert "Everybody is in exactly one line" in text
    assert "announcement only" in text
    assert "TOCSIN_TWILIO_ACCOUNT_SID" in text
    assert "Nobody is alerted: TOCSIN_ALERTS and TOCSIN_ALERTS_OUT_OF_BAND are not set." in text
    assert "nobody has reviewed the wording" in text
    assert "of whom fewer than ten are alike" in text
    assert "/companies/moqi/readiness" in me.get("/console/companies/moqi").text
    assert me.get("/console/companies/nobody/readiness").status_code == 404


def test_what_could_not_be_counted_says_why_and_the_count_before_it_stands(browser, kit, monkeypatch):
    me = browser("compliance")
    me.send(PAGE)
    counted(kit)
    kit.clock.tick(timedelta(hours=1))

    def broken(*_):
        raise BadInput("moqi.parquet: this directory cannot be read.")

    monkeypatch.setattr(preflight_asked, "preflight", broken)
    me.send(PAGE)
    counted(kit)
    text = me.get(PAGE).text
    assert "could not be made: moqi.parquet: this directory cannot be read." in text
    assert "Everybody is in exactly one line" in text


@pytest.mark.parametrize(
    ("role", "reads", "asks"),
    [
        ("compliance", True, True),
        ("responder", True, True),
        ("auditor", True, False),
        ("communications", False, False),
        ("administrator", False, False),
    ],
)
def test_who_may_see_how_a_companys_people_can_be_told_and_who_may_have_them_counted(
    browser, asking, role, reads, asks
):
    me, ask = browser(role), asking(role, name="by token")
    assert (me.get(PAGE).status_code == 200) is reads
    assert (me.send(PAGE).status_code == 303) is asks
    assert (ask("post", "/companies/moqi/readiness").status_code == 201) is asks
    assert (ask("get", "/companies/moqi/readiness").status_code == (200 if asks else 404)) is reads
    assert ("/readiness" in me.get("/console/companies/moqi").text) is reads


def test_the_api_gives_the_last_count_as_the_command_does(asking, run, kit):
    ask = asking("compliance")
    assert ask("post", "/companies/nobody/readiness").status_code == 422
    assert ask("post", "/companies/smo/readiness").status_code == 409, "no directory of it is at hand"
    assert ask("post", "/companies/moqi/readiness").status_code == 201
    assert ask("get", "/companies/moqi/readiness").json["waits"] is True
    counted(kit)
    said = ask("get", "/companies/moqi/readiness").json
    assert said["waits"] is False
    typed = json.loads(run("channels", "check", "--policy", "moqi", "--json").stdout)[0]
    assert said["found"] | {"alerts": said["alerts"]} == typed


def test_a_channel_is_marked_and_restored_from_the_console_and_the_page_says_so(browser, kit):
    me = browser("compliance")
    page = "/console/providers"
    form = {"subject": "email", "because": "the relay was breached", "since": "2026-01-02T03:04", "since_zone": "UTC"}
    assert me.send("/console/compromises", form).status_code == 303
    text = me.get(page).text
    assert "the relay was breached" in text
    assert "2026-01-02 03:04Z" in text
    me.send(PAGE)
    counted(kit)
    assert "email is marked compromised" in me.get(PAGE).text
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
