"""Colleagues are alerted once to each thing, out of band where the company's own mail is in the wrong hands."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from incidents.deliveries import compromise
from incidents.deliveries.tables import ProviderPace
from incidents.foundation.errors import Refused
from incidents.obligations.states import State
from incidents.obligations.tables import Assessment, LedgerEntry
from incidents.record import timeline
from incidents.record.actor import TOCSIN
from incidents.record.declare import Declaration, declare
from incidents.record.tables import Incident
from incidents.respond import alerts
from incidents.respond.tables import Alert, JobFailure
from notifiers.alerts import Alerts
from notifiers.registry import channels
from packs import BadInput
from tests.incidents.fanout import WRITER
from tests.incidents.rows import filled

TITLE = "Wang Xiaoming's record was read"


class Bench:
    """A pager that keeps what it was told; each set is as large as said."""

    def __init__(self):
        self.told, self.takes = [], {False: 1, True: 1}

    def tell(self, title, text, *, out_of_band):
        self.told.append((out_of_band, title, text))
        return self.takes[out_of_band], 0


@pytest.fixture
def kit(begin, keys, clock):
    settings = SimpleNamespace(public_url="https://tocsin.example", alert_hours=4)
    return SimpleNamespace(begin=begin, keys=keys, clock=clock, settings=settings, pager=Bench())


@pytest.fixture
def incident(kit):
    return declared(kit)


def declared(kit, **said):
    with kit.begin() as tx:
        made = declare(
            tx, Declaration(TITLE, "moqi", kit.clock.now(), **said), by=WRITER, clock=kit.clock, keys=kit.keys
        )
        return SimpleNamespace(id=made.id, reference=made.reference)


def run(kit):
    for job in (alerts.note_occasions, alerts.send_alerts):
        for one in job.due(kit):
            job.run(kit, one)
    return [text for _, _, text in kit.pager.told]


def test_a_declared_incident_is_told_once_with_its_reference_and_link_and_no_word_of_its_title(kit, incident):
    (text,) = run(kit)
    assert text == (
        f"{incident.reference}: An incident was declared.\nhttps://tocsin.example/console/incidents/{incident.reference}/"
    )
    assert len(run(kit)) == 1, "nothing is told twice"
    assert kit.pager.told[0][0] is False


def test_a_failed_alert_is_tried_again_later_and_later_and_until_somebody_took_it(kit, incident, clock):
    kit.pager.takes[False] = 0
    run(kit)
    run(kit)
    assert len(kit.pager.told) == 1
    for minutes, times in ((1, 2), (2, 3), (4, 4)):
        clock.tick(timedelta(minutes=minutes))
        assert len(run(kit)) == times
    kit.pager.takes[False] = 1
    clock.tick(timedelta(minutes=15))
    run(kit)
    clock.tick(timedelta(hours=1))
    assert len(run(kit)) == 5
    with kit.begin(reading=True) as tx:
        (row,) = tx.scalars(select(Alert))
        assert (row.tries, row.took, row.sent_at is not None) == (5, 1, True)


def test_the_row_stands_before_the_act_and_a_worker_that_dies_over_it_leaves_it_to_be_told_again(kit, incident, clock):
    def dies(*_args, **_kw):
        with kit.begin(reading=True) as tx:
            assert [row.tries for row in tx.scalars(select(Alert))] == [1]
        raise RuntimeError("killed")

    kind, kit.pager = kit.pager, SimpleNamespace(tell=dies)
    with pytest.raises(RuntimeError):
        run(kit)
    kit.pager = kind
    assert run(kit) == []
    clock.tick(timedelta(minutes=1))
    assert len(run(kit)) == 1


def test_the_companys_own_mail_is_breached_so_the_alerts_go_out_of_band_until_it_is_restored(kit, incident, clock):
    run(kit)
    with kit.begin() as tx:
        compromise.mark(tx, "email", because="seen", by=WRITER, clock=clock)
    run(kit)
    assert kit.pager.told[-1][0] is True
    assert "A channel was marked compromised" in kit.pager.told[-1][2]
    with kit.begin() as tx:
        compromise.restore(tx, "email", because="rebuilt", by=WRITER, clock=clock)
    run(kit)
    assert [apart for apart, _, _ in kit.pager.told] == [False, True, False]


@pytest.mark.parametrize("drill", [False, True])
def test_a_mark_of_any_incident_moves_all_alerts_and_one_of_a_drill_none(kit, incident, clock, drill):
    other = declared(kit, is_drill=drill)
    with kit.begin() as tx:
        compromise.mark(
            tx, compromise.LOG_IN, because="seen", by=WRITER, clock=clock, incident=tx.get(Incident, other.id)
        )
    run(kit)
    ((apart, _, text),) = kit.pager.told
    assert apart is not drill
    assert incident.reference in text
    assert (other.reference in text) is not drill


@pytest.mark.parametrize("incidents", [0, 3])
def test_a_mark_of_the_whole_house_is_told_once_whatever_number_of_incidents_is_open(kit, clock, incidents):
    for _ in range(incidents):
        declared(kit)
    run(kit)
    kit.pager.told.clear()
    said = {"by": WRITER, "clock": clock}
    for change, words in ((compromise.mark, "was marked compromised"), (compromise.restore, "may be used again")):
        with kit.begin() as tx:
            change(tx, "email", because="seen", **said)
        run(kit)
        (_, _, text) = kit.pager.told[-1]
        assert text.count(words) == 1
        assert text.endswith("/console/providers")
    assert [apart for apart, _, _ in kit.pager.told] == [True, False]


def test_without_an_out_of_band_set_nothing_goes_by_the_usual_one_meanwhile(kit, incident, clock):
    kit.pager.takes[True] = 0
    with kit.begin() as tx:
        compromise.mark(tx, "email", because="seen", by=WRITER, clock=clock)
    run(kit)
    assert [apart for apart, _, _ in kit.pager.told] == [True]
    with kit.begin(reading=True) as tx:
        assert all(row.sent_at is None for row in tx.scalars(select(Alert)))


def test_every_occasion(kit, incident, clock):
    with kit.begin() as tx:
        for kind in ("delivery.stopped", "notice.drafted", "filing.prepared", "fact.answered"):
            timeline.append(tx, incident.id, kind, {}, by=TOCSIN, clock=clock)
        for step in ("step-1", "limit"):
            timeline.append(tx, incident.id, "obligation.escalated", {"step": step}, by=TOCSIN, clock=clock)
        tx.add(ProviderPace(provider="sms/somebody", tat=0.0, demoted_at=clock.now()))
        tx.add(filled(Assessment, id="asm_1", incident_id=incident.id))
        tx.flush()
        for number, hours in enumerate((2, 30)):
            due = clock.now() + timedelta(hours=hours)
            said = {"id": f"obl_{number}", "incident_id": incident.id, "duty": f"law/duty-{number}", "due_at": due}
            tx.add(filled(LedgerEntry, **said, state=State.OWED, escalate_at=[], assessment_id="asm_1"))
    for _ in range(5):
        alerts.note_failure(kit, "deliveries.send", "RuntimeError")
    alerted = "\n".join(run(kit))
    for part in (
        "An incident was declared",
        "A fan-out stopped itself",
        "Notices were drafted and wait for approval",
        "A report was prepared and waits for approval",
        "law/duty-0 is due at",
        "sms/somebody is slow or failing",
        "Background work fails again and again: deliveries.send",
    ):
        assert alerted.count(part) == 1, part
    assert alerted.count("A deadline has passed") == 1
    assert "law/duty-1" not in alerted
    assert "Wang" not in alerted
    assert len(kit.pager.told) == 1, "one message for all that waits"
    assert kit.pager.told[0][1] == "Tocsin: 8 alerts"


def test_failures_are_counted_anew_after_an_hour_and_a_database_that_is_away_stops_nobody(kit, clock):
    for _ in range(4):
        alerts.note_failure(kit, "x", "E")
    clock.tick(timedelta(hours=1))
    alerts.note_failure(kit, "x", "E")
    with kit.begin(reading=True) as tx:
        assert tx.get_one(JobFailure, "x").times == 1
    assert run(kit) == []
    alerts.note_failure(SimpleNamespace(clock=clock), "x", "E")


def test_a_drill_and_what_happened_long_ago_alert_nobody(kit, clock):
    declared(kit, is_drill=True)
    assert run(kit) == []
    declared(kit)
    clock.tick(timedelta(days=2))
    assert run(kit) == []


def test_where_nobody_is_to_be_alerted_nothing_is_written_and_a_test_says_so(kit, incident):
    kit.pager = None
    assert alerts.note_occasions.due(kit) == alerts.send_alerts.due(kit) == []
    with pytest.raises(Refused, match="TOCSIN_ALERTS"):
        alerts.try_out(kit)


def test_apprise_is_asked_with_both_sets_and_a_wrong_address_is_named_by_its_place_only(httpserver):
    httpserver.expect_request("/usual", method="POST").respond_with_data("ok")
    httpserver.expect_request("/apart", method="POST").respond_with_data("no", status=500)
    at = f"127.0.0.1:{httpserver.port}"
    opened = Alerts.read(f"json://{at}/usual", f"json://{at}/apart\njson://{at}/usual")
    assert opened.tell("Tocsin", "A test.", out_of_band=False) == (1, 0)
    assert opened.tell("Tocsin", "A test.", out_of_band=True) == (1, 1)
    assert [request.get_json()["message"] for request, _ in httpserver.log] == ["A test."] * 3
    assert at not in repr(opened)
    assert Alerts.read("", " ") is None
    assert Alerts.read(f"json://{at}/usual", "").tell("t", "x", out_of_band=True) == (0, 0)
    with pytest.raises(BadInput, match="TOCSIN_ALERTS_OUT_OF_BAND: entry 2 is no address") as caught:
        Alerts.read("", f"json://{at}/usual sekret")
    assert "sekret" not in str(caught.value)


def test_it_is_no_channel():
    assert "alerts" not in channels()
