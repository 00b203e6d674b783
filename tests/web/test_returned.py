"""Letters that came back at the doors: the command line takes what it can, a form takes all or nothing."""

import json

import pytest
from flask.cli import ScriptInfo

from incidents.deliveries import send
from incidents.deliveries.outcomes import states
from incidents.deliveries.state import State
from incidents.deliveries.tables import Batch, Delivery
from notifiers.mark import mark_of
from tests.incidents.fanout import TEXTS, make_stage
from tests.incidents.test_returned import LADDER, LETTER, directory_of
from web.accounts.accounts import make_token
from web.accounts.tables import Account
from web.cli.every import cli


@pytest.fixture
def posted(kit, monkeypatch):
    """References of letters that a drill's rehearsal took."""
    monkeypatch.setattr("incidents.deliveries.claim.require_still_approved", lambda _tx, _fan_out: None)
    stage = make_stage(kit.home, kit.begin, kit.keys, kit.clock, script="well")
    stage.people, stage.kit.directories["moqi"] = directory_of(kit.home)
    stage.plan(stage.dispatch(texts={"v1": TEXTS | LETTER}, ladders=(LADDER,)))
    with kit.begin(reading=True) as tx:
        batches = [batch.id for batch in tx.query(Batch)]
    for batch in batches:
        send.send_batch(stage.kit, batch)
    with kit.begin(reading=True) as tx:
        return [one.id for one in tx.query(Delivery).filter(Delivery.channel == "letter").order_by(Delivery.ordinal)]


def now(kit, reference):
    with kit.begin(reading=True) as tx:
        return states(tx, [reference])[reference]


def test_a_file_is_taken_line_by_line(app, kit, person, posted, tmp_path, monkeypatch):
    account_id = person("communications").id
    with kit.begin() as tx:
        token = make_token(tx, tx.get_one(Account, account_id), "desk", clock=kit.clock).text
    monkeypatch.setenv("TOCSIN_TOKEN", token)
    file = tmp_path / "back.csv"
    file.write_text(f"reference,reason\n{mark_of(posted[0])},gone\nAnn Example,gone\n{mark_of(posted[1])},\n")

    def run(*words):
        done = app.test_cli_runner().invoke(
            cli, ["delivery", "returned", *words, "--json"], obj=ScriptInfo(create_app=lambda: app)
        )
        return done.exit_code, json.loads(done.stdout)

    status, said = run(str(file))
    assert (status, said["letters"], said["reasons"]) == (0, 2, {"gone": 1, "other": 1})
    (wrong,) = said["not_taken"]
    assert wrong.startswith(f"{file}, line 3: ")
    assert "Ann" not in wrong
    assert now(kit, posted[0]) is State.REFUSED
    assert run("--reference", mark_of(posted[2]), "--reason", "unreachable")[1]["reasons"] == {"unreachable": 1}
    assert run()[0] == run(str(file), "--reference", "x")[0] == run(str(tmp_path / "none.csv"))[0] == 2
    (tmp_path / "picture.csv").write_bytes(b"\xff\xd8")
    assert "UTF-8" in run(str(tmp_path / "picture.csv"))[1]["problem"]["detail"]


def test_a_form_takes_all_or_nothing_and_says_which_line_is_wrong(kit, browser, asking, posted):
    page = browser("compliance")
    assert "Letters that came back" in page.get("/console/providers").text
    refused = page.send(
        "/console/returned-letters", {"letters": f"{mark_of(posted[0])}\nAnn", "reason": "gone"}, htmx=True
    )
    assert refused.status_code == 409
    assert "line 2" in refused.text
    assert now(kit, posted[0]) is State.ACCEPTED
    taken = page.send("/console/returned-letters", {"letters": mark_of(posted[0]), "reason": "gone"})
    assert taken.status_code == 303
    assert now(kit, posted[0]) is State.REFUSED
    said = asking("communications", name="Wai")("post", "/returned-letters", json={"letters": mark_of(posted[1])})
    assert (said.status_code, said.json["letters"]) == (201, 1)
