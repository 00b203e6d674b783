"""The doors of the call list: pages without a script, commands and the API; the number stands on one page only."""

import json

import pytest
from flask.cli import ScriptInfo

from tests.web.called import SPOKEN, listed
from web.accounts.accounts import make_token
from web.accounts.tables import Account
from web.cli.every import cli

NUMBER = "8123 45"


@pytest.fixture(autouse=True)
def house(monkeypatch):
    """This house has set up a call list."""
    monkeypatch.setenv("TOCSIN_CALL_LIST_TRIES", "3")


@pytest.fixture
def incident(kit, monkeypatch, house):
    return listed(kit, monkeypatch)


@pytest.fixture
def desk(app, kit, person, monkeypatch):
    """`./tocsin ...` as a communications person: exit status and the JSON document, or the lines for people."""
    account_id = person("communications", name="Mei").id
    with kit.begin() as tx:
        token = make_token(tx, tx.get_one(Account, account_id), "desk", clock=kit.clock).text

    def run(*words, as_json=True):
        monkeypatch.setenv("TOCSIN_TOKEN", token)
        whole = [*words, *(["--json"] if as_json else [])]
        done = app.test_cli_runner().invoke(cli, whole, obj=ScriptInfo(create_app=lambda: app))
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, json.loads(done.stdout) if as_json else done.stdout

    return run


def test_a_caller_works_through_the_list_without_a_script_in_the_browser(browser, incident):
    mei = browser("communications", name="Mei")
    at = f"/console/incidents/{incident}"
    assert "Call list: 10 to call" in mei.get(f"{at}/deliveries").text
    taken = mei.send(f"{at}/calls/next", {"language": "en"})
    assert taken.status_code == 303
    page = mei.get(taken.location)
    assert page.headers["Cache-Control"] == "no-store"
    assert NUMBER in page.text
    assert "There it is 21:40." in page.text
    assert "personal data about you" in page.text.lower()
    assert "M K, 7 K 3 Q, 9 F M X" in page.text
    assert "+86 400-990-9669" in page.text  # how the person can make sure
    assert "Go on with it" in mei.get(f"{at}/calls").text
    call_id = taken.location.rpartition("/")[2].partition("?")[0]
    written = mei.send(f"{at}/calls/{call_id}/written", {"disposition": "no_answer", "note": "noon is better"})
    assert written.location.endswith(f"{at}/calls")
    after = mei.get(f"{at}/calls/{call_id}").text
    assert NUMBER not in after
    assert "Came of it: no answer, written down" in after
    assert "noon is better" in mei.get(f"{at}/calls").text


def test_the_page_of_anothers_call_shows_no_number_and_no_buttons(browser, incident):
    mei, bo = browser("communications", name="Mei"), browser("communications", name="Bo")
    taken = mei.send(f"/console/incidents/{incident}/calls/next").location
    page = bo.get(taken).text
    assert NUMBER not in page
    assert "Mei makes this call; the number is shown to nobody else." in page
    assert 'name="disposition"' not in page


def test_what_cannot_be_written_down_is_said_in_one_sentence(browser, incident):
    mei = browser("communications", name="Mei")
    taken = mei.send(f"/console/incidents/{incident}/calls/next").location.partition("?")[0]
    answer = mei.send(f"{taken}/written", {"disposition": "call_back"}, htmx=True)
    assert (answer.status_code, "say when the person wants to be called back" in answer.text) == (422, True)
    answer = mei.send(f"{taken}/written", {"disposition": "told", "note": "a@b.example"})
    assert (answer.status_code, "no personal data" in answer.text) == (422, True)


def test_by_the_command_line_a_call_is_taken_and_written_down_and_no_number_is_printed(desk, incident):
    _, (before,) = desk("calls", "list", incident)
    assert (before["people"], before["to_tell"]) == (10, 10)
    status, taken = desk("calls", "next", incident, "--language", "en")
    assert status == 0
    assert taken["script"]["words"] == SPOKEN["en"]
    assert taken["page"].endswith(taken["id"])
    _, said = desk("calls", "next", incident, as_json=False)
    assert taken["id"] in said
    assert "81234" not in json.dumps(taken) + said
    status, _ = desk("calls", "write", incident, taken["id"], "told")
    assert status == 0
    _, (after,) = desk("calls", "list", incident)
    assert (after["to_tell"], after["people_by_word"]) == (9, {"not_yet_called": 9, "told": 1})
    status, said = desk("calls", "write", incident, taken["id"], "told")
    assert (status, said["problem"]["code"]) == (1, "written_before")
    assert desk("calls", "next", incident, "--language", "my")[1]["problem"]["code"] == "nobody_to_call"
    _, said = desk("calls", "list", incident, as_json=False)
    assert "10 people, 9 to call" in said


def test_a_list_is_given_up_by_the_command_line_and_only_where_it_belongs(desk, incident):
    _, (one,) = desk("calls", "list", incident)
    status, said = desk("calls", "give-up", incident, "fan_none", "--because", "too few callers")
    assert (status, said["problem"]["code"]) == (1, "not_found")
    assert desk("calls", "give-up", incident, one["fan_out_id"], "--because", "too few callers")[1]["people"] == 10
    _, said = desk("calls", "list", incident, as_json=False)
    assert "given up" in said
    assert "by Mei" in said
    assert desk("calls", "reopen", incident, one["fan_out_id"], "--because", "two more callers")[0] == 0
    _, (after,) = desk("calls", "list", incident)
    assert (after["given_up_at"], after["people_by_word"]) == (None, {"next_route": 10})


def test_a_list_is_given_up_and_reopened_on_its_page(browser, desk, incident):
    bo = browser("communications", name="Bo")
    at = f"/console/incidents/{incident}"
    _, (one,) = desk("calls", "list", incident)
    bo.send(f"{at}/fan-outs/{one['fan_out_id']}/calls/give-up", {"because": "too few callers"})
    page = bo.get(f"{at}/calls").text
    assert "by Bo: too few callers" in page
    assert "Reopen the list" in page
    bo.send(f"{at}/fan-outs/{one['fan_out_id']}/calls/reopen", {"because": "two more callers"})
    assert "Reopen the list" not in bo.get(f"{at}/calls").text


def test_a_call_back_is_asked_for_by_the_clock_of_the_person_and_not_of_the_caller(browser, desk, incident):
    bo = browser("communications", name="Bo")
    taken = bo.send(f"/console/incidents/{incident}/calls/next").location.partition("?")[0]
    page = bo.get(taken).text
    _, _, select = page.partition('name="call_back_at_zone"')
    assert select.partition("</option>")[0].endswith('data-set="1">\n      <option>Asia/Singapore'), select[:200]
    assert "By their own clock, Asia/Singapore." in page
    said = {"disposition": "call_back", "call_back_at": "2026-03-08T18:30", "call_back_at_zone": "Asia/Singapore"}
    bo.send(f"{taken}/written", said)
    _, (one,) = desk("calls", "list", incident)
    assert one["next_call_back_at"] == "2026-03-08T10:30:00+00:00"


def test_over_the_api_a_call_has_a_script_and_no_number(asking, incident):
    ask = asking("communications", name="Mei")
    at = f"/incidents/{incident}/calls"
    taken = ask("post", f"{at}/next", json={})
    assert taken.status_code == 201
    call_id = taken.json["call_id"]
    shown = ask("get", f"{at}/{call_id}")
    assert shown.json["script"]["words"] == SPOKEN["en"]
    assert "81234" not in taken.text + shown.text
    said = {"disposition": "call_back", "call_back_at": "2026-03-07T18:00:00+08:00"}
    assert ask("post", f"{at}/{call_id}/written", json=said).json["again_at"] == "2026-03-07T10:00:00+00:00"
    assert ask("get", at).json[0]["people_by_word"]["call_back_later"] == 1
    assert asking("responder")("post", f"{at}/next", json={}).status_code == 403
    assert ask("get", f"{at}/call_none").status_code == 404
