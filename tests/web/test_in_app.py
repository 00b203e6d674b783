"""The feed of the company's app: signed for whoever has the account's key, the same for everybody else, no trace."""

import logging
from datetime import datetime

import pytest

from incidents.deliveries import send
from incidents.deliveries.tables import Batch, DeliveryNow
from incidents.notices.tables import Notice
from notifiers import registry
from tests.incidents.fanout import WRITER, made_people, make_stage
from tests.loopback.backend import SECRET, key_of, opened

WORDS = {"subject": "Notice", "plain": "Your data was read."}


@pytest.fixture
def told(app, kit, monkeypatch):
    """Three people told within the app, in a kit that the doors share."""
    for place in ("claim", "gate"):
        monkeypatch.setattr(f"incidents.deliveries.{place}.require_still_approved", lambda _tx, _fan_out: None)
    stage = make_stage(kit.home, kit.begin, kit.keys, kit.clock)
    stage.kit.providers = {"in_app/feed": registry.open_provider("in_app/feed", {"TOCSIN_FEED_SECRET": SECRET})}
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


def ask(app, key, method="GET"):
    return app.test_client().open(
        "/public/moqi/in-app", method=method, headers={"Authorization": f"Bearer {key}"} if key else {}
    )


def states(kit):
    with kit.begin(reading=True) as tx:
        return sorted(row.state for row in tx.query(DeliveryNow))


def said(app, kit, key, folder):
    answer = ask(app, key)
    assert answer.status_code == 200
    return opened(answer.json, kit.settings.key_folder / "signing.pub.pem", folder)


def test_the_app_gets_its_notice_signed_and_openssl_finds_it_genuine(app, kit, told, tmp_path):
    found = said(app, kit, key_of("u000001"), tmp_path)
    (notice,) = found["notices"]
    assert (found["company"], datetime.fromisoformat(found["at"])) == ("moqi", kit.clock.now())
    assert {name: notice[name] for name in ("reference", "language", "subject", "plain")} == WORDS | {
        "reference": "MQ-7K3Q-9FMX",
        "language": "zh-Hans",
    }
    assert notice["id"].startswith("dlv_")
    assert states(kit) == ["accepted", "accepted", "delivered"]
    assert said(app, kit, key_of("u000001"), tmp_path)["notices"] == [notice]


def test_a_key_that_fits_nobody_is_answered_like_one_that_has_nothing(app, kit, told, tmp_path):
    for key in (key_of("u000777"), "x", "é" * 300, "' OR 1=1"):
        found = said(app, kit, key, tmp_path)
        assert found["notices"] == []
        assert set(found) == {"company", "for", "at", "notices"}
    assert states(kit) == ["accepted"] * 3


def test_an_answer_of_one_account_cannot_be_shown_to_another(app, kit, told, tmp_path):
    one, other = (said(app, kit, key_of(account), tmp_path)["for"] for account in ("u000001", "u000002"))
    assert one != other


def test_looking_at_the_head_alone_is_no_delivery(app, kit, told):
    assert ask(app, key_of("u000001"), "HEAD").status_code == 200
    assert states(kit) == ["accepted"] * 3


def test_without_a_key_nothing_is_said_and_nothing_is_kept_of_the_reader(app, told):
    assert ask(app, "").json["code"] == "no_key"
    answer = ask(app, key_of("u000001"))
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert app.test_client().get("/public/nobody/in-app", headers={"Authorization": "Bearer x"}).status_code == 404


def test_no_key_and_no_account_is_in_a_log(app, told, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    ask(app, key_of("u000001"))
    written = caplog.text + "".join(capsys.readouterr())
    assert key_of("u000001") not in written
    assert "u000001" not in written
