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
from incidents.respond import alerts, failures
from incidents.respond.tables import Alert, AlertTarget, JobFailure
from notifiers.alerts import Alerts
from notifiers.registry import channels
from packs import BadInput
from tests.incidents.fanout import WRITER
from tests.incidents.rows import filled

TITLE = "Wang Xiaoming's record was read"


class Bench:
    """A pager that keeps what each of its targets was told; those in `deaf` take nothing."""

    def __init__(self):
        self.told, self.sets, self.deaf = [], {False: ("usual 1",), True: ("out of band 1",)}, set()

    def targets(self, *, out_of_band):
        return self.sets[out_of_band]

    def tell(self, messages):
        self.told += [(target.startswith("out"), *message) for target, message in messages.items()]
        return {target: target not in self.deaf for target in messages}


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
    kit.pager.deaf = {"usual 1"}
    run(kit)
    run(kit)
    assert len(kit.pager.told) == 1
    for minutes, times in ((1, 2), (2, 3), (4, 4)):
        clock.tick(timedelta(minutes=minutes))
        assert len(run(kit)) == times
    kit.pager.deaf = set()
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

    kind, kit.pager = kit.pager, SimpleNamespace(tell=dies, targets=kit.pager.targets)
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


def test_without_an_out_of_band_set_nothing_goes_by_the_usual_one_meanwhile_and_waits_a_day(kit, incident, clock):
    kit.pager.sets[True] = ()
    with kit.begin() as tx:
        compromise.mark(tx, "email", because="seen", by=WRITER, clock=clock)
    assert run(kit) == []
    assert [(row.sent_at, row.ended_at) for row in alerts_of(kit)] == [(None, None)] * 2
    assert said_to_be_lacking(kit) == [alerts._EMPTY[True]]
    with kit.begin() as tx:
        compromise.restore(tx, "email", because="rebuilt", by=WRITER, clock=clock)
    clock.tick(timedelta(minutes=1))
    assert len(run(kit)) == 1, "what waited goes by the usual set once that is safe again"


def test_where_only_the_out_of_band_set_is_set_usual_alerts_end_as_not_sent_and_it_is_said(kit, incident, clock):
    kit.pager.sets[False] = ()
    assert run(kit) == []
    (row,) = alerts_of(kit)
    assert (row.sent_at, row.ended_at, row.unsent, row.tries) == (None, clock.now(), "no_target", 1)
    clock.tick(timedelta(hours=2))
    assert alerts.send_alerts.due(kit) == [], "and it is tried no more"
    assert said_to_be_lacking(kit) == [
        alerts._EMPTY[False],
        f"Alerts of the last day that were not sent: 1. {alerts.UNSENT['no_target']}",
    ]


def test_each_target_is_told_until_it_took_it_and_no_other_twice(kit, incident, clock):
    kit.pager.sets[False], kit.pager.deaf = ("usual 1", "usual 2"), {"usual 2"}
    run(kit)
    (row,) = alerts_of(kit)
    assert (row.took, row.failed, row.sent_at) == (1, 1, None), "one of two is not all"
    clock.tick(timedelta(minutes=1))
    assert len(run(kit)) == 3
    with kit.begin(reading=True) as tx:
        told = tx.scalars(select(AlertTarget).order_by(AlertTarget.target)).all()
        assert [(one.target, one.tries, one.took_at is not None) for one in told] == [
            ("usual 1", 1, True),
            ("usual 2", 2, False),
        ]
    kit.pager.deaf = set()
    clock.tick(timedelta(minutes=2))
    assert len(run(kit)) == 4
    (row,) = alerts_of(kit)
    assert (row.took, row.failed, row.sent_at) == (2, 0, clock.now())


@pytest.mark.parametrize(("deaf", "unsent"), [({"usual 2"}, "not_everybody"), ({"usual 1", "usual 2"}, "nobody")])
def test_after_a_day_it_is_no_news_and_ends_with_its_reason(kit, incident, clock, deaf, unsent):
    kit.pager.sets[False], kit.pager.deaf = ("usual 1", "usual 2"), deaf
    for _ in range(26):
        run(kit)
        clock.tick(timedelta(hours=1))
    (row,) = alerts_of(kit)
    assert (row.sent_at, row.unsent) == (None, unsent)
    assert alerts.UNSENT[unsent] in " ".join(said_to_be_lacking(kit))


def alerts_of(kit):
    with kit.begin(reading=True) as tx:
        return tx.scalars(select(Alert).order_by(Alert.noted_at, Alert.id)).all()


def said_to_be_lacking(kit):
    with kit.begin(reading=True) as tx:
        return alerts.lacking(tx, kit)


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
        failures.note_failure(kit, "deliveries.send", "RuntimeError")
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
        failures.note_failure(kit, "x", "E")
    clock.tick(timedelta(hours=1))
    failures.note_failure(kit, "x", "E")
    with kit.begin(reading=True) as tx:
        assert tx.get_one(JobFailure, "x").times == 1
    assert run(kit) == []
    failures.note_failure(SimpleNamespace(clock=clock), "x", "E")


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
    assert said_to_be_lacking(kit) == ["Nobody is alerted: TOCSIN_ALERTS and TOCSIN_ALERTS_OUT_OF_BAND are not set."]


def test_a_test_goes_to_every_target_of_both_sets(kit):
    kit.pager.sets[True], kit.pager.deaf = (), {"usual 1"}
    assert alerts.try_out(kit) == {"usual": {"usual 1": False}, "out_of_band": {}}


def test_apprise_is_asked_with_both_sets_and_a_wrong_address_is_named_by_its_place_only(httpserver):
    httpserver.expect_request("/usual", method="POST").respond_with_data("ok")
    httpserver.expect_request("/apart", method="POST").respond_with_data("no", status=500)
    at = f"127.0.0.1:{httpserver.port}"
    opened = Alerts.read(f"json://{at}/usual", f"json://{at}/usual\njson://{at}/apart")
    assert opened.targets(out_of_band=False) == ("usual 1",)
    message = ("Tocsin", "A test.")
    asked = dict.fromkeys((*opened.targets(out_of_band=False), *opened.targets(out_of_band=True), "usual 9"), message)
    assert opened.tell(asked) == {"usual 1": True, "out of band 1": True, "out of band 2": False, "usual 9": False}
    assert [request.get_json()["message"] for request, _ in httpserver.log] == ["A test."] * 3
    assert at not in repr(opened)
    assert Alerts.read("", " ") is None
    assert Alerts.read(f"json://{at}/usual", "").targets(out_of_band=True) == ()
    with pytest.raises(BadInput, match="TOCSIN_ALERTS_OUT_OF_BAND: entry 2 is no address") as caught:
        Alerts.read("", f"json://{at}/usual sekret")
    assert "sekret" not in str(caught.value)


def test_it_is_no_channel():
    assert "alerts" not in channels()
