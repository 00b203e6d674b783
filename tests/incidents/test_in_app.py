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
from incidents.deliveries import approved, climb, compromise, in_app, readiness, send
from incidents.deliveries.closed import Why
from incidents.deliveries.dispatch import asks_for_accounts, readers_from
from incidents.deliveries.in_app_tables import InAppNotice
from incidents.deliveries.plan import draft
from incidents.deliveries.reach import routes_for
from incidents.deliveries.regions import Regions
from incidents.deliveries.tables import Batch, Delivery, DeliveryNow, DeliveryOutcome, FanOut
from incidents.foundation.errors import BadInput, Refused
from incidents.foundation.tokens import token, token_key_if_any, token_secret
from incidents.notices.library import load_wording
from incidents.notices.tables import Notice
from incidents.record.tables import Incident
from notifiers import registry
from notifiers.in_app.feed import Feed
from notifiers.outcome import Outcome, Reason, Sent
from tests.incidents.fanout import MAPPING, WRITER, made_people, make_stage, receive
from tests.incidents.test_deliveries_excluded import exclude
from tests.loopback.backend import OTHER, OTHER_SECRET, SECRETS, name_of, signed_events

LADDER = {"one_by_one": ["in_app"], "beside": [], "last": None}
WORDS = {"in_app": {"subject": "通知", "plain": "您的数据被读取。", "html": "<p>您的数据被读取。</p>"}}


@pytest.fixture
def stage(home, begin, keys, clock, monkeypatch):
    monkeypatch.setattr("incidents.deliveries.claim.require_still_approved", lambda _tx, _fan_out: None)
    monkeypatch.setattr("incidents.deliveries.gate.require_still_approved", lambda _tx, _fan_out: None)
    made = make_stage(home, begin, keys, clock)
    feed = registry.open_provider("in_app/feed", {"TOCSIN_FEED_SECRETS": SECRETS})
    assert isinstance(feed, Feed)
    feed._setup = replace(feed._setup, now=clock.now)
    made.kit.providers = {"in_app/feed": feed}
    add_notice(made)
    return made


def add_notice(stage, notice_id="not_1", reference="MQ-7K3Q-9FMX"):
    notice = Notice(id=notice_id, incident_id=stage.incident_id, reference=reference, wording="individuals")
    notice.purpose, notice.party, notice.sender, notice.audience = "individuals", "moqi", "moqi", {"kind": "cohorts"}
    notice.obligations, notice.contents, notice.forbidden, notice.methods, notice.routes = [], [], [], [], {}
    notice.drafted_at, notice.drafted_by, notice.drafted_by_name = stage.kit.clock.now(), WRITER.id, WRITER.name
    with stage.kit.begin() as tx:
        tx.add(notice)


def told(stage, people=3, **more):
    """Tell so many people within their app; the fan-out."""
    readers = with_accounts(stage, people)
    fan_out = stage.plan(stage.dispatch(texts={"v1": WORDS}, ladders=(LADDER,), readers=readers, **more))
    _send_all(stage)
    return fan_out


def with_accounts(stage, people):
    """So many readers, each with an account."""
    stage.write(made_people(people))
    ids = pa.array(sorted(stage.people), pa.string())
    found = pa.concat_tables(
        [contacts(stage.kit.directories["moqi"], ids), accounts(stage.kit.directories["moqi"], ids)]
    )
    table = pa.table({"person_id": ids, "residence": pa.array(["CN"] * people)})
    for name, value in (("role", "registered_person"), ("variant", "v1")):
        table = table.append_column(name, pa.array([value] * people))
    return readers_from(table, found, guardians=False)


def _send_all(stage):
    with stage.kit.begin(reading=True) as tx:
        batches = [batch.id for batch in tx.query(Batch)]
    for batch in batches:
        send.send_batch(stage.kit, batch)


def page(stage, account, company="moqi", older=""):
    with stage.kit.begin(reading=True) as tx:
        return in_app.standing(tx, company, name_of(account, company), kit=stage.kit, older=older)


def stands(stage, account, company="moqi"):
    return list(page(stage, account, company).notices)


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
    assert states(stage) == ["accepted"] * 3


def test_the_table_holds_no_account_no_name_of_one_and_no_words(stage):
    told(stage)
    with stage.kit.begin(reading=True) as tx:
        rows = [vars(row) for row in tx.query(InAppNotice)]
    said = repr(rows)
    for secret in ("u000001", name_of("u000001"), "您的数据"):
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


def test_no_company_speaks_of_what_another_told(stage, clock):
    told(stage)
    (mine,) = stands(stage, "u000001")
    now, events = int(clock.now().timestamp()), [{"notice": mine.id, "event": "read"}]
    theirs = receive(stage.kit, "in_app/feed", signed_events(events, at=now, company=OTHER, secret=OTHER_SECRET))
    nobody_s = receive(stage.kit, "in_app/feed", signed_events([events[0] | {"notice": "dlv_none"}], at=now))
    assert (theirs.new, theirs.strange) == (nobody_s.new, nobody_s.strange) == (0, 1)
    assert states(stage) == ["accepted"] * 3
    ours = receive(stage.kit, "in_app/feed", signed_events(events, at=now))
    assert (ours.new, ours.strange) == (1, 0)


def test_what_is_acknowledged_was_read_and_the_backend_s_own_word_is_kept(stage, clock):
    told(stage)
    (mine,) = stands(stage, "u000001")
    events = [{"notice": mine.id, "event": word} for word in ("read", "acknowledged")]
    assert receive(stage.kit, "in_app/feed", signed_events(events, at=int(clock.now().timestamp()))).events == 2
    assert states(stage) == ["accepted", "accepted", "read"]
    with stage.kit.begin(reading=True) as tx:
        kept = tx.scalars(select(DeliveryOutcome.raw).where(DeliveryOutcome.delivery_id == mine.id)).all()
    assert {"event": "acknowledged"} in kept


def test_rows_of_two_incidents_cannot_be_tied_together_and_end_with_their_keys(stage, clock):
    fan_out = told(stage)
    with stage.kit.begin() as tx:
        row = tx.query(InAppNotice).order_by(InAppNotice.delivery_id).first()
        names = [name_of(f"u{number:06d}") for number in range(3)]
        assert row.key_digest not in names
        secret = token_secret(tx, fan_out.incident_id, keys=stage.kit.keys, clock=clock)
        assert row.key_digest in [token(secret, f"account:{name}") for name in names]
        other = token_secret(tx, "inc_other", keys=stage.kit.keys, clock=clock)
        assert row.key_digest not in [token(other, f"account:{name}") for name in names]
        stage.kit.keys.shred(tx, token_key_if_any(tx, fan_out.incident_id), clock=clock)
    assert stands(stage, "u000001") == []


def test_the_older_ones_stand_on_the_next_page_each_once(stage, monkeypatch):
    for number in range(2, 7):
        add_notice(stage, f"not_{number}", f"MQ-7K3Q-000{number}")
        told(stage, notice_id=f"not_{number}")
    monkeypatch.setattr(in_app, "MOST", 2)
    seen: list[in_app.Standing] = []
    older, pages = "", 0
    while pages == 0 or (older and pages < 9):
        found = page(stage, "u000001", older=older)
        seen, older, pages = [*seen, *found.notices], found.older, pages + 1
    assert pages == 3
    assert len({one.id for one in seen}) == len(seen) == 5
    assert seen == sorted(seen, key=lambda one: (one.published_at, one.id), reverse=True)
    with pytest.raises(BadInput, match="older"):
        page(stage, "u000001", older="x")


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


@pytest.mark.parametrize(("company", "many"), [("moqi", 3), ("mmso", 0)])
def test_nobody_is_counted_as_told_on_a_feed_from_which_their_app_could_fetch_nothing(stage, company, many):
    dispatch = stage.dispatch(
        company=company, texts={"v1": WORDS}, ladders=(LADDER,), readers=with_accounts(stage, people=3)
    )
    with stage.kit.begin(reading=True) as tx:
        terms: dict[str, Any] = {"unknown_residence": "hold", "look_up": str, "shut": (), "list_given_up": False}
        found = draft(dispatch, routes_for(dispatch, stage.kit, Regions.read(tx), **terms)).reach
    assert found.by_route["in_app", "in_app/feed"] == many
    assert found.closed["in_app", "in_app/feed", Why.NO_APP] == 3 - many


def test_a_company_without_a_secret_is_told_before_any_incident_that_its_app_could_fetch_nothing(stage):
    kit, wording = stage.kit, load_wording()
    kit.settings = SimpleNamespace(public_url="https://house.example")
    said = "in_app/feed: mmso has no secret there, so its app could fetch nothing."
    for company, ladder, found in (("mmso", LADDER, True), ("moqi", LADDER, False), ("mmso", {"last": None}, False)):
        ready = readiness.look(kit, company, [ladder], Regions({}), wording)
        assert (said.replace("mmso", company) in ready.findings) is found


def test_the_gate_gives_accounts_to_readers_whose_ladder_leads_into_the_app(stage, monkeypatch):
    stage.write(made_people(2))
    directory = stage.kit.directories["moqi"]
    monkeypatch.setattr(approved, "_snapshot", lambda _tx, _notice: SimpleNamespace(directory="moqi"))
    monkeypatch.setattr(approved, "contacts_of", lambda _tx, _snapshot, ids, **_hands: contacts(directory, ids))
    people = pa.table({name: ["u000000", "stranger"] for name in ("person_id", "residence", "role", "variant")})
    tx: Any = None
    for ladders, found in (([LADDER], ["u000000", None]), ([{"one_by_one": ["push"]}], [None, None])):
        notice: Any = SimpleNamespace(routes={"ladders": ladders})
        readers = approved._with_addresses(tx, notice, people, stage.kit, guardians=False)
        assert readers["account"].to_pylist() == found
