"""The fan-out by the command line: what is attested, what cannot be sent, and what stands of what was planned."""

import json

import pytest
from flask.cli import ScriptInfo

from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from tests.incidents.fanout import Stage, made_people
from web.accounts.accounts import make_token
from web.accounts.tables import Account
from web.cli.every import cli


@pytest.fixture
def desk(app, kit, person, monkeypatch):
    """`./tocsin ...` as somebody with this role: exit status and the JSON document, or the lines for people."""
    tokens = {}
    for role in ("communications", "compliance"):
        account_id = person(role).id
        with kit.begin() as tx:
            tokens[role] = make_token(tx, tx.get_one(Account, account_id), "desk", clock=kit.clock).text

    def run(*words, by="communications", as_json=True):
        monkeypatch.setenv("TOCSIN_TOKEN", tokens[by])
        whole = [*words, *(["--json"] if as_json else [])]
        done = app.test_cli_runner().invoke(cli, whole, obj=ScriptInfo(create_app=lambda: app))
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, json.loads(done.stdout) if as_json else done.stdout

    return run


@pytest.fixture
def planned(kit):
    """A drill's fan-out to 20 people on the rehearsal providers, planned behind the gate."""
    rana = Actor("acc_rana", "Rana", frozenset({ActorRole.RESPONDER}))
    with kit.begin() as tx:
        said = Declaration("A leak", "moqi", kit.clock.now(), is_drill=True)
        incident = declare(tx, said, by=rana, clock=kit.clock, keys=kit.keys)
    stage = Stage(Bound(kit.drill), incident.id, kit.home)
    stage.write(made_people(20))
    return stage.plan(), incident.reference


class Bound:
    """A drill's kit with room for a directory made by the test."""

    def __init__(self, drill):
        self._drill, self.directories = drill, {}

    def of(self, _incident):
        return self._drill

    def __getattr__(self, name):
        return getattr(self._drill, name)


def test_a_region_is_attested_by_compliance_shown_and_taken_back(desk):
    said = ("provider", "attest", "email/smtp", "--region", "CN", "--because", "the contract")
    assert desk(*said)[1]["problem"]["code"] == "role_missing"
    assert desk(*said, by="compliance")[0] == 0
    (row,) = desk("provider", "regions")[1]
    assert (row["subject"], row["region"], row["by"]) == ("email/smtp", "CN", "Compliance")
    regions = {one["id"]: one["region"] for one in desk("provider", "list")[1]}
    assert regions["email/smtp"] == "CN"
    assert regions["sms/twilio"] is None
    assert regions["announcement/page"] == "here"
    assert "unattested: outside" in desk("provider", "list", as_json=False)[1]
    assert desk("provider", "attest", "sms/pigeon", "--region", "CN", "--because", "x", by="compliance")[0] == 2


def test_the_settings_that_a_provider_needs_are_listed_and_no_value_is(desk):
    twilio = next(one for one in desk("provider", "list")[1] if one["id"] == "sms/twilio")
    assert {"name", "sentence", "must"} == set(twilio["settings"][0])
    assert not twilio["ready"]


def test_a_fan_out_is_watched_paused_resumed_and_aborted(desk, planned):
    fan_out, reference = planned
    (row,) = desk("delivery", "progress", reference)[1]
    assert (row["people"], row["under_way"], row["by_channel"]) == (20, 20, {"push": {"queued": 20}})
    assert desk("delivery", "pause", fan_out.id, "--because", "a wrong word")[1]["phase"] == "paused"
    assert desk("delivery", "pause", fan_out.id, "--because", "again")[1]["problem"]["code"] == "wrong_phase"
    shown = desk("delivery", "progress", fan_out.id, as_json=False)[1]
    assert "paused" in shown
    assert "because: a wrong word" in shown
    assert desk("delivery", "doubts", fan_out.id)[1] == []
    assert desk("delivery", "abort", fan_out.id, "--because", "withdrawn")[1]["cancelled"] == 20
    assert "20 cancelled" in desk("delivery", "progress", reference, as_json=False)[1]


def test_what_is_not_there_gives_one_sentence(desk):
    assert desk("delivery", "pause", "fan_none", "--because", "x")[1]["problem"]["detail"].startswith(
        "There is no fan-out"
    )
    assert desk("notice", "send", "not_none")[0] == 1
    assert desk("notice", "reach", "not_none", "--language", "en")[0] == 1
    assert desk("delivery", "progress", "INC-NONE")[0] == 1
