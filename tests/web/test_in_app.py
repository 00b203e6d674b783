"""The feed of the company's app: for whom its backend signed, refused to everybody else, no trace."""

import logging
from datetime import datetime, timedelta

import pytest

from incidents.deliveries import send
from incidents.deliveries.tables import Batch, DeliveryNow
from incidents.kit import Kit
from incidents.notices.tables import Notice
from notifiers import registry
from notifiers.in_app.feed import Feed
from notifiers.provider import Setup
from tests.incidents.fanout import WRITER, made_people, make_stage
from tests.loopback.backend import OTHER, OTHER_SECRET, SECRETS, asking, name_of, opened

WORDS = {"subject": "Notice", "plain": "Your data was read."}


@pytest.fixture
def told(app, kit, monkeypatch):
    """Three people told within the app, in a kit that the doors share."""
    for place in ("claim", "gate"):
        monkeypatch.setattr(f"incidents.deliveries.{place}.require_still_approved", lambda _tx, _fan_out: None)
    stage = make_stage(kit.home, kit.begin, kit.keys, kit.clock)
    feed = registry.open_provider("in_app/feed", {"TOCSIN_FEED_SECRETS": SECRETS})
    assert isinstance(feed, Feed)
    feed._setup = Setup(feed._setup.values, "", kit.clock.now)
    stage.kit.providers = {"in_app/feed": feed}
    fields = {name: getattr(kit, name) for name in Kit.__dataclass_fields__}
    app.extensions["tocsin"] = Kit(**(fields | {"providers": stage.kit.providers}))
    said = {"wording": "individuals", "purpose": "individuals", "party": "moqi", "sender": "moqi", "routes": {}}
    said |= {name: [] for name in ("obligations", "contents", "forbidden", "methods")}
    said |= {"audience": {"kind": "cohorts"}, "drafted_at": kit.clock.now()}
    said |= {"drafted_by": WRITER.id, "drafted_by_name": WRITER.name}
    with kit.begin() as tx:
        tx.add(Notice(id="not_1", incident_id=stage.incident_id, reference="MQ-7K3Q-9FMX", **said))
    stage.write(made_people(3))
    readers = stage.readers()
    place = readers.column_names.index("account")
    readers = readers.set_column(place, "account", readers["person_id"])
    ladder = {"one_by_one": ["in_app"], "last": None}
    stage.plan(stage.dispatch(texts={"v1": {"in_app": WORDS}}, ladders=(ladder,), readers=readers))
    with kit.begin(reading=True) as tx:
        batches = [batch.id for batch in tx.query(Batch)]
    for batch in batches:
        send.send_batch(stage.kit, batch)
    return stage


@pytest.fixture
def key_of(kit):
    """The header with which the app of an account asks."""
    return lambda account, **by: asking(account, at=int(kit.clock.now().timestamp()), **by)


def ask(app, key, method="GET", company="moqi", query=""):
    headers = {"Tocsin-Signature": key} if key else {}
    return app.test_client().open(f"/public/{company}/in-app{query}", method=method, headers=headers)


def states(kit):
    with kit.begin(reading=True) as tx:
        return sorted(row.state for row in tx.query(DeliveryNow))


def said(app, kit, key, folder):
    answer = ask(app, key)
    assert answer.status_code == 200
    return opened(answer.json, kit.settings.key_folder / "signing.pub.pem", folder)


def test_the_app_gets_its_notice_signed_and_openssl_finds_it_genuine(app, kit, told, key_of, tmp_path):
    found = said(app, kit, key_of("u000001"), tmp_path)
    (notice,) = found["notices"]
    assert (found["company"], datetime.fromisoformat(found["at"])) == ("moqi", kit.clock.now())
    assert (found["for"], found["older"], found["ask_again_seconds"]) == (name_of("u000001"), "", 3600)
    assert {name: notice[name] for name in ("reference", "language", "subject", "plain")} == WORDS | {
        "reference": "MQ-7K3Q-9FMX",
        "language": "zh-Hans",
    }
    assert notice["id"].startswith("dlv_")
    assert states(kit) == ["accepted", "accepted", "delivered"]
    assert said(app, kit, key_of("u000001"), tmp_path)["notices"] == [notice]


def test_an_account_that_nobody_has_is_answered_like_one_that_has_nothing(app, kit, told, key_of, tmp_path):
    for account in ("u000777", "x", "é" * 300, "' OR 1=1"):
        found = said(app, kit, key_of(account), tmp_path)
        assert found["notices"] == []
        assert set(found) == {"company", "for", "at", "notices", "older", "ask_again_seconds"}
    assert states(kit) == ["accepted"] * 3


def test_another_company_s_secret_opens_nothing_here_and_tells_of_no_account(app, told, key_of, monkeypatch):
    monkeypatch.setattr("web.public.in_app.standing", None)  # nothing is looked up
    answers = []
    for account in ("u000001", "u000777"):
        for key in (
            key_of(account, secret=OTHER_SECRET),
            key_of(account, company=OTHER, secret=OTHER_SECRET),
            key_of(account, company="nobody"),
        ):
            answer = ask(app, key)
            assert (answer.status_code, answer.json["code"]) == (403, "forged")
            answers.append(answer.data)
    assert len(set(answers)) == 1


def test_a_company_with_its_own_secret_finds_its_own_feed_only(app, kit, told, key_of, tmp_path):
    theirs = ask(app, key_of("u000001", company=OTHER, secret=OTHER_SECRET), company=OTHER)
    found = opened(theirs.json, kit.settings.key_folder / "signing.pub.pem", tmp_path)
    assert (found["company"], found["notices"]) == (OTHER, [])


def test_a_header_is_good_for_an_hour(app, kit, told, key_of):
    key = key_of("u000001")
    kit.clock.tick(timedelta(seconds=3600))
    assert ask(app, key).status_code == 200
    kit.clock.tick(timedelta(seconds=1))
    assert ask(app, key).status_code == 403


def test_a_page_that_is_none_is_said_so(app, told, key_of):
    answer = ask(app, key_of("u000001"), query="?older=x")
    assert (answer.status_code, answer.json["code"]) == (422, "bad_input")


def test_an_answer_of_one_account_cannot_be_shown_to_another(app, kit, told, key_of, tmp_path):
    one, other = (said(app, kit, key_of(account), tmp_path)["for"] for account in ("u000001", "u000002"))
    assert one != other


def test_looking_at_the_head_alone_is_no_delivery(app, kit, told, key_of):
    assert ask(app, key_of("u000001"), "HEAD").status_code == 200
    assert states(kit) == ["accepted"] * 3


def test_unsigned_nothing_is_said_and_nothing_is_kept_of_the_reader(app, told, key_of):
    assert ask(app, "").json["code"] == "forged"
    answer = ask(app, key_of("u000001"))
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert ask(app, key_of("u000001"), company="nobody").status_code == 404


def test_no_header_and_no_account_is_in_a_log(app, told, key_of, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    ask(app, key_of("u000001"))
    written = caplog.text + "".join(capsys.readouterr())
    for secret in (key_of("u000001"), name_of("u000001"), "u000001"):
        assert secret not in written
