"""A forecast at every door, before anybody approved: pace, cost, deadlines, and what is not known said as not known."""

import json
from datetime import timedelta

import pytest
from flask.cli import ScriptInfo
from sqlalchemy import update

from incidents.deliveries import points
from incidents.deliveries.progress import progress
from incidents.deliveries.tables import Batch
from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from notifiers.provider import Pace
from tests.incidents.fanout import Stage, made_people
from tests.web.test_cli_deliveries import Bound
from web.accounts.accounts import find_account, make_token
from web.cli.every import cli
from web.pages import deliveries as pages

WITH_LEAK = True
PUSH = "push/rehearsal"


@pytest.fixture
def drafted(scoped):
    """Who asks, and the path of a notice that nobody has written a word of."""
    ask, at = scoped
    ask("post", f"{at}/assess")
    ask("post", f"{at}/notices")
    row = next(one for one in ask("get", f"{at}/notices").json if one["wording"] == "individuals")
    return ask, f"{at}/notices/{row['reference']}", row


@pytest.fixture
def paced(kit):
    """Rehearsals publish no pace, so they are lent one: push 10 a second, the others 1."""
    for name, provider in kit.drill.providers.items():
        pace = Pace(per_second=10 if name == PUSH else 1)
        provider.about = provider.about.__class__(**vars(provider.about) | {"pace": pace})


def test_what_has_no_published_pace_or_price_is_not_known(drafted, browser):
    ask, path, row = drafted
    language = row["languages"][0]
    found = ask("get", f"{path}/forecast", query_string={"language": language}).json
    assert found["one_by_one"] == found["unpaced"] > 0
    assert found["takes_s"] is None
    assert found["cost"]["known"] == []
    assert PUSH in found["cost"]["unknown"]
    page = browser("auditor").get(f"/console{path}/forecast?language={language}").text
    assert "no pace published" in page
    assert "not known for" in page


def test_the_time_the_cost_and_the_deadlines_are_those_of_the_duties_behind_it(drafted, paced, browser, kit):
    ask, path, row = drafted
    language = row["languages"][0]
    said = {"provider": PUSH, "price": "CNY 0.02", "because": "the contract of 2026"}
    assert ask("post", "/prices", json=said).status_code == 201
    found = ask("get", f"{path}/forecast", query_string={"language": language}).json
    lines = {line["provider"]: line for line in found["lines"]}
    assert found["takes_s"] == max(line["seconds"] for line in lines.values())
    assert lines[PUSH]["seconds"] == pytest.approx(lines[PUSH]["parts"] / 10)
    assert lines[PUSH]["cost"]["amount"] == f"{lines[PUSH]['parts'] * 0.02:.2f}"
    duties = {one["duty"] for one in found["deadlines"]}
    assert duties
    assert duties <= set(row["obligations"])
    for one in found["deadlines"]:
        assert (one["share"] == 1.0) is (one["margin_s"] >= 0)
        assert "At worst all of" in one["safe_start"]["says"]
    page = browser("approver").get(f"/console{path}/forecast?language={language}").text
    assert found["says"] in page
    assert "CNY " in page
    assert "CNY 0.02" in browser("communications").get("/console/providers").text


def test_the_command_line_says_the_same(drafted, paced, app, kit, person, monkeypatch):
    ask, path, row = drafted
    language = row["languages"][0]
    account = person("communications", name="desk")
    with kit.begin() as tx:
        token = make_token(tx, find_account(tx, account.id), "desk", clock=kit.clock).text
    monkeypatch.setenv("TOCSIN_TOKEN", token)

    def run(*words):
        return app.test_cli_runner().invoke(cli, words, obj=ScriptInfo(create_app=lambda: app))

    wanted = ("notice", "forecast", row["reference"], "--language", language)
    assert (
        json.loads(run(*wanted, "--json").stdout)
        == ask("get", f"{path}/forecast", query_string={"language": language}).json
    )
    said = run(*wanted).stdout
    assert "if every first route succeeds" in said
    assert "latest safe start" in said
    assert run("provider", "price", PUSH, "USD 0.0079", "--because", "the list").exit_code == 0
    assert run("provider", "price", PUSH, "cheap", "--because", "the list").exit_code == 2
    assert "USD 0.0079" in run("provider", "prices").stdout
    assert "  cost: USD " in run(*wanted).stdout


@pytest.fixture
def running(kit, person):
    """A drill's fan-out to 20 people on its way for half a minute, half of them told, as the workers would note it."""
    rana = Actor("acc_rana", "Rana", frozenset({ActorRole.RESPONDER}))
    with kit.begin() as tx:
        said = Declaration("A leak", "moqi", kit.clock.now(), is_drill=True)
        incident = declare(tx, said, by=rana, clock=kit.clock, keys=kit.keys)
    stage = Stage(Bound(kit.drill), incident.id, kit.home)
    stage.write(made_people(20))
    fan_out = stage.plan()
    points.note.run(kit, fan_out.id)
    kit.clock.tick(timedelta(seconds=30))
    with kit.begin() as tx:
        tx.execute(update(Batch).values(answered=10, failed=1))
    return f"/incidents/{incident.reference}", fan_out.id


def test_a_fan_out_is_watched_against_its_forecast_at_every_door(paced, running, asking, browser, app):
    at, fan_out = running
    found = asking("auditor")("get", f"{at}/fan-outs/{fan_out}/live").json
    # 20 people at 10 a second were to be done after 2 s; 10 are handled, which was due at 1 s, and 30 s have passed.
    assert (found["told"], found["failed"], found["waiting"], found["people"]) == (9, 1, 10, 20)
    assert found["rate"] == pytest.approx(10 / 30)
    assert found["ahead_s"] == pytest.approx(-29)
    assert [one["told"] for one in found["forecast"]] == [0, 20]
    reader = browser("auditor", name="reader")
    assert reader.get(f"/console{at}/fan-outs/{fan_out}/live").json == found
    page = reader.get(f"/console{at}/deliveries").text
    assert f'data-chart="/console{at}/fan-outs/{fan_out}/live"' in page
    assert 'role="img" lang="en" aria-label="9 of 20 told one by one;' in page
    assert "Told by the forecast" in page
    said = app.test_cli_runner().invoke(cli, ("delivery", "live", fan_out), obj=ScriptInfo(create_app=lambda: app))
    assert found["says"] in said.stdout
    assert reader.get(f"/console/incidents/INC-NONE/fan-outs/{fan_out}/live").status_code == 404


def test_of_very_many_no_state_is_counted_unless_somebody_asks(running, browser, monkeypatch):
    at, fan_out = running
    monkeypatch.setattr(pages, "EXACT", 19)
    counted = []

    def counting(*given):
        counted.append(given)
        return progress(*given)

    monkeypatch.setattr(pages, "progress", counting)
    reader = browser("auditor")
    page = reader.get(f"/console{at}/deliveries").text
    assert '<dd class="told">9</dd>' in page
    assert "Count every state" in page
    assert "9 of 20 told" in reader.get(f"/console{at}/").text
    assert counted == []
    assert "queued" in reader.get(f"/console{at}/fan-outs/{fan_out}/progress?exactly=1").text
    assert len(counted) == 1
