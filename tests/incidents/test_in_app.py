"""Notices in the company's app: who has an account, what stands on the feed and for how long, what proves it."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import select

from affected import accounts, contacts, open_directory
from affected.mapping import Mapping as Directions
from incidents.deliveries import climb, compromise, gate, in_app, send
from incidents.deliveries.dispatch import asks_for_accounts, readers_from
from incidents.deliveries.in_app_tables import InAppNotice
from incidents.deliveries.tables import Batch, Delivery, DeliveryNow, FanOut
from incidents.foundation.errors import Refused
from incidents.notices.tables import Notice
from incidents.record.tables import Incident
from notifiers import registry
from notifiers.in_app.feed import Feed
from notifiers.outcome import Outcome, Reason, Sent
from tests.incidents.fanout import MAPPING, WRITER, made_people, make_stage, receive
from tests.incidents.test_deliveries_excluded import exclude
from tests.loopback.backend import SECRET, key_of, signed_events

LADDER = {"one_by_one": ["in_app"], "beside": [], "last": None}
WORDS = {"in_app": {"subject": "通知", "plain": "您的数据被读取。", "html": "<p>您的数据被读取。</p>"}}


@pytest.fixture
def stage(home, begin, keys, clock, monkeypatch):
    monkeypatch.setattr("incidents.deliveries.claim.require_still_approved", lambda _tx, _fan_out: None)
    monkeypatch.setattr("incidents.deliveries.gate.require_still_approved", lambda _tx, _fan_out: None)
    made = make_stage(home, begin, keys, clock)
    feed = registry.open_provider("in_app/feed", {"TOCSIN_FEED_SECRET": SECRET})
    assert isinstance(feed, Feed)
    feed._setup = replace(feed._setup, now=clock.now)
    made.kit.providers = {"in_app/feed": feed}
    notice = Notice(id="not_1", incident_id=made.incident_id, reference="MQ-7K3Q-9FMX", wording="individuals")
    notice.purpose, notice.party, notice.sender, notice.audience = "individuals", "moqi", "moqi", {"kind": "cohorts"}
    notice.obligations, notice.contents, notice.forbidden, notice.methods, notice.routes = [], [], [], [], {}
    notice.drafted_at, notice.drafted_by, notice.drafted_by_name = clock.now(), WRITER.id, WRITER.name
    with begin() as tx:
        tx.add(notice)
    return made


def told(stage, people=3, **more):
    """Tell so many people within their app; the fan-out."""
    stage.write(made_people(people))
    ids = pa.array(sorted(stage.people), pa.string())
    found = pa.concat_tables(
        [contacts(stage.kit.directories["moqi"], ids), accounts(stage.kit.directories["moqi"], ids)]
    )
    table = pa.table({"person_id": ids, "residence": pa.array(["CN"] * people)})
    for name, value in (("role", "registered_person"), ("variant", "v1")):
        table = table.append_column(name, pa.array([value] * people))
    readers = readers_from(table, found, guardians=False)
    fan_out = stage.plan(stage.dispatch(texts={"v1": WORDS}, ladders=(LADDER,), readers=readers, **more))
    _send_all(stage)
    return fan_out


def _send_all(stage):
    with stage.kit.begin(reading=True) as tx:
        batches = [batch.id for batch in tx.query(Batch)]
    for batch in batches:
        send.send_batch(stage.kit, batch)


def stands(stage, account, company="moqi", secret=SECRET):
    with stage.kit.begin(reading=True) as tx:
        return in_app.standing(tx, company, key_of(account, secret), clock=stage.kit.clock)


def states(stage):
    with stage.kit.begin(reading=True) as tx:
        return sorted(row.state for row in tx.query(DeliveryNow))


def test_each_account_finds_its_own_notice_and_nobody_another_s(stage):
    told(stage)
    (mine,) = stands(stage, "u000001")
    assert (mine.reference, mine.language, mine.texts, mine.is_new) == (
        "MQ-7K3Q-9FMX",
        "zh-Hans",
        WORDS["in_app"],
        True,
    )
    (other,) = stands(stage, "u000002")
    assert other.id != mine.id
    assert stands(stage, "u000009") == []
    assert stands(stage, "u000001", company="smo") == []
    assert stands(stage, "u000001", secret="another secret of 32 characters!") == []
    assert states(stage) == ["accepted"] * 3


def test_the_table_holds_no_account_no_key_and_no_words(stage):
    told(stage)
    with stage.kit.begin(reading=True) as tx:
        rows = [vars(row) for row in tx.query(InAppNotice)]
    said = repr(rows)
    for secret in ("u000001", key_of("u000001"), "您的数据"):
        assert secret not in said


def test_what_was_fetched_has_reached_the_app_once_and_what_its_backend_signs_was_read(stage, clock):
    told(stage)
    mine = stands(stage, "u000001")
    for _ in range(2):  # two requests at once see the same notice as new
        with stage.kit.begin() as tx:
            in_app.fetched(tx, mine, kit=stage.kit)
    assert states(stage) == ["accepted", "accepted", "delivered"]
    assert [one.is_new for one in stands(stage, "u000001")] == [False]
    now = int(clock.now().timestamp())
    events = signed_events(
        [{"notice": mine[0].id, "event": "read"}, {"notice": "dlv_strange", "event": "read"}], at=now
    )
    first, again = (receive(stage.kit, "in_app/feed", events) for _ in range(2))
    assert (first.new, first.strange, again.new) == (1, 1, 0)
    assert states(stage) == ["accepted", "accepted", "read"]
    with stage.kit.begin() as tx:  # late: what is read stays read
        in_app.fetched(tx, mine, kit=stage.kit)
    assert states(stage) == ["accepted", "accepted", "read"]


def test_a_notice_whose_approval_fell_that_was_stopped_or_is_held_does_not_stand(stage, monkeypatch):
    fan_out = told(stage)
    for phase, seen in (("paused", 0), ("aborted", 0), ("sending", 1)):
        with stage.kit.begin() as tx:
            tx.get_one(FanOut, fan_out.id).phase = phase
        assert len(stands(stage, "u000001")) == seen, phase
    monkeypatch.setattr("incidents.deliveries.gate.holds.in_force", lambda *_a, **_k: "a hold")
    assert stands(stage, "u000001") == []
    monkeypatch.undo()
    assert stands(stage, "u000001") == []  # the gate itself finds no approval in this test


@pytest.mark.parametrize(("audience", "seen"), [("", 0), ("recipients_of", 1)])
def test_whoever_is_excluded_reads_the_notice_no_more_but_a_correction(stage, audience, seen):
    told(stage, **({"audience": audience} if audience else {}))
    with stage.kit.begin(reading=True) as tx:
        person = tx.get_one(Delivery, stands(stage, "u000001")[0].id).person
    exclude(stage, [person])
    assert [len(stands(stage, one)) for one in ("u000001", "u000002")] == [seen, 1]


def test_whoever_is_excluded_while_a_worker_tells_them_never_reads_it(stage, monkeypatch):
    feed = stage.kit.providers["in_app/feed"]
    original = feed.send

    def send_late(messages):
        in_hand = list(messages)
        with stage.kit.begin(reading=True) as tx:
            everybody = list(tx.scalars(select(Delivery.person)))
        assert exclude(stage, everybody) == 0
        yield from original(in_hand)

    monkeypatch.setattr(feed, "send", send_late)
    told(stage)
    assert states(stage) == ["accepted"] * 3
    assert stands(stage, "u000001") == []


@pytest.mark.parametrize("subject", ["in_app", "in_app/feed"])
@pytest.mark.parametrize("everywhere", [True, False])
def test_a_feed_in_the_wrong_hands_shows_nothing_until_it_is_restored(stage, responder, subject, everywhere):
    told(stage)
    by = {"because": "seen", "by": responder, "clock": stage.kit.clock}
    for change, seen in ((compromise.mark, 0), (compromise.restore, 1)):
        with stage.kit.begin() as tx:
            change(tx, subject, incident=None if everywhere else tx.get_one(Incident, stage.incident_id), **by)
        assert len(stands(stage, "u000001")) == seen


def test_a_notice_stands_for_its_days_and_then_is_gone_from_the_table(stage, clock):
    told(stage)
    clock.tick(timedelta(days=90) - timedelta(seconds=1))
    assert len(stands(stage, "u000001")) == 1
    assert in_app.due(stage.kit) == []
    clock.tick(timedelta(seconds=2))
    assert stands(stage, "u000001") == []
    for batch in in_app.due(stage.kit):
        in_app.take_down(stage.kit, batch)
    with stage.kit.begin(reading=True) as tx:
        assert tx.query(InAppNotice).count() == 0
        assert tx.query(Delivery).count() == 3


def test_a_drill_stands_on_no_feed(stage, begin):
    told(stage)
    with begin() as tx:
        tx.get_one(Incident, stage.incident_id).is_drill = True
    assert stands(stage, "u000001") == []


def test_a_rehearsal_writes_no_row(stage):
    stage.kit.providers = {"in_app/rehearsal": registry.open_provider("in_app/rehearsal", {})}
    told(stage)
    with stage.kit.begin(reading=True) as tx:
        assert tx.query(InAppNotice).count() == 0


def test_an_account_is_whoever_has_a_live_one_in_the_directory(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(
        "uid,mobile,mail,token,country,lang,state,into\n"
        "live,,,,CN,,open,\ngone,,,,CN,,closed,\nwas,,,,CN,,open,live\nwas2,,,,CN,,open,gone\n"
    )
    said = MAPPING | {
        "account_state": {"column": "state", "values": {"deleted": ["closed"], "active": ["open"]}},
        "merged_into": {"column": "into"},
    }
    directory = open_directory(file, Directions.model_validate(said))
    found = accounts(directory, pa.array(["live", "gone", "was", "was2", "str_ange"]))
    rows = {row["person_id"]: row["address"] for row in found.to_pylist()}
    assert rows == {"live": "live", "was": "live"}
    people = pa.table({name: ["live"] for name in ("person_id", "residence", "role", "variant")})
    assert readers_from(people, found, guardians=False)["account"].to_pylist() == ["live"]
    assert readers_from(people, found, guardians=True)["account"].to_pylist() == [None]


def test_accounts_are_looked_up_only_where_a_ladder_leads_into_the_app():
    assert asks_for_accounts((LADDER,))
    assert asks_for_accounts(({"one_by_one": ["push"], "beside": ["in_app"]},))
    assert not asks_for_accounts(({"one_by_one": ["push", "letter"], "last": "announcement"},))


def test_without_an_approval_nothing_is_handed_out(stage, monkeypatch):
    told(stage)

    def fallen(_tx, _fan_out):
        raise Refused("not_approved", "The approval fell.")

    monkeypatch.setattr("incidents.deliveries.gate.require_still_approved", fallen)
    assert stands(stage, "u000001") == []


class Deaf:
    """A push provider that refuses everybody for good."""

    about = registry.entry_of("push/rehearsal").about

    def send(self, messages):
        for message in messages:
            yield Sent(message.reference, Outcome.REFUSED, Reason.GONE, permanent=True)


def test_whom_another_channel_failed_is_told_within_the_app(stage):
    stage.kit.providers |= {"push/rehearsal": Deaf()}
    stage.write(made_people(2))
    words = {"push": {"title": "Notice", "body": "Open the app."}} | WORDS
    ladder = {"one_by_one": ["push", "in_app"], "last": None}
    fan_out = stage.plan(stage.dispatch(texts={"v1": words}, ladders=(ladder,)))
    _send_all(stage)
    assert climb.climb(stage.kit, fan_out.id) == 2
    _send_all(stage)
    assert len(stands(stage, "u000001")) == 1


def test_the_gate_gives_accounts_to_readers_whose_ladder_leads_into_the_app(stage, monkeypatch):
    stage.write(made_people(2))
    directory = stage.kit.directories["moqi"]
    monkeypatch.setattr(gate, "_snapshot", lambda _tx, _notice: SimpleNamespace(directory="moqi"))
    monkeypatch.setattr(gate, "contacts_of", lambda _tx, _snapshot, ids, **_hands: contacts(directory, ids))
    people = pa.table({name: ["u000000", "stranger"] for name in ("person_id", "residence", "role", "variant")})
    tx: Any = None
    for ladders, found in (([LADDER], ["u000000", None]), ([{"one_by_one": ["push"]}], [None, None])):
        notice: Any = SimpleNamespace(routes={"ladders": ladders})
        readers = gate._with_addresses(tx, notice, people, stage.kit, guardians=False)
        assert readers["account"].to_pylist() == found
