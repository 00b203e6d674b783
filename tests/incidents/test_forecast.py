"""How long telling takes, what it costs and who is told in time; each figure is worked out by hand beside it."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from incidents.deliveries import batches, start
from incidents.deliveries.duties import Deadline
from incidents.deliveries.forecast import Lot, gathered, most_parts, parts_of, reckon
from incidents.deliveries.plan import Terms
from incidents.deliveries.prices import cost, prices, set_price
from incidents.deliveries.takes import Lane, course
from incidents.foundation.errors import BadInput, Refused
from incidents.notices.tables import Notice
from notifiers.provider import Pace
from tests.incidents.fanout import TEXTS, WRITER, Stage, made_people, make_stage

THREE_PARTS = {"short": "a" * 400}  # 153 + 153 + 94 characters of GSM-7
PUSH, SMS = "push/rehearsal", "sms/rehearsal"


def provider(per_second, paces=None):
    return SimpleNamespace(about=SimpleNamespace(pace=Pace(per_second=per_second), paces=paces or {}))


def lot(channel="sms", provider="sms/x", wave=0, parts=1, *, beside=False):
    return Lot(channel, provider, wave, parts, beside)


def forecast_of(found, paces, clock, *, deadlines=(), said=None, soak=5):
    providers = {name: provider(pace) for name, pace in paces.items()}
    hands = {"prices": said or {}, "soak": timedelta(minutes=soak), "begins_at": clock.now()}
    return reckon(gathered(found), deadlines, providers=providers, **hands)


def limit(at):
    return Deadline("law/tell", "moqi", "article 1", "limit", at, None)


def test_36_000_parts_at_ten_a_second_take_an_hour(clock):
    found = forecast_of([(lot(parts=3), 10_000), (lot(parts=3), 2_000)], {"sms/x": 10}, clock)
    (line,) = found.lines
    assert (line.people, line.parts, line.batches, line.seconds) == (12_000, 36_000, 2, 3600.0)
    assert found.takes == timedelta(hours=1)
    assert found.sentence == "12,000 people are told in 60 minutes if every first route succeeds."


def test_calls_are_paced_one_by_one_and_billed_by_the_minute(clock):
    price = SimpleNamespace(currency="USD", amount="0.5", valid_from=clock.now())
    found = forecast_of([(lot("voice", "voice/x", parts=4), 600)], {"voice/x": 1}, clock, said={"voice/x": price})
    (line,) = found.lines
    assert (line.people, line.parts, line.seconds) == (600, 2_400, 600.0)
    assert line.cost == {"currency": "USD", "amount": "1200.00"}


def test_a_message_costs_its_parts():
    texts = {"long": {"sms": THREE_PARTS, "push": TEXTS["push"]}, "short": {"sms": TEXTS["sms"]}}
    assert parts_of(texts, "long", "sms") == 3
    assert parts_of(texts, "short", "sms") == parts_of(texts, "long", "push") == parts_of({}, "none", "sms") == 1
    assert most_parts(texts) == {"sms": 3, "push": 1}


def test_two_providers_work_side_by_side_and_the_slower_one_says_when_it_ends(clock):
    found = forecast_of([(lot("push", "push/x"), 100_000), (lot(), 600)], {"push/x": 1000, "sms/x": 10}, clock)
    assert {line.provider: line.seconds for line in found.lines} == {"push/x": 100.0, "sms/x": 60.0}
    assert found.takes == timedelta(seconds=100)
    # At 30 s: 30,000 by push and 300 by SMS.
    assert found.course.told_by(30) == 30_300


def test_what_goes_beside_the_route_takes_its_time_and_its_price_and_tells_nobody_more(clock):
    found = forecast_of([(lot(), 100), (lot(beside=True), 200)], {"sms/x": 10}, clock)
    (line,) = found.lines
    assert (line.people, line.beside, line.parts, line.seconds) == (100, 200, 300, 30.0)
    assert found.one_by_one == 100


def test_a_country_with_a_pace_of_its_own_takes_its_time_and_holds_up_nobody_else(clock):
    found = [(lot()._replace(destination="+95"), 600), (lot(), 3000)]
    one = {"sms/x": provider(10, {"+95": Pace(per_second=1)})}
    hands = {"prices": {}, "soak": timedelta(), "begins_at": clock.now(), "providers": one}
    forecast = reckon(gathered(found), (), **hands)
    # 3,600 at 10 a second are 360 s; the 600 at one a second need 600 s, and by then the others have long been told.
    assert forecast.takes == timedelta(seconds=600)
    assert forecast.lines[0].seconds == 600.0
    assert forecast.course.told_by(360) == 3000 + 360


def test_the_waves_are_watched_and_wait_for_their_answers():
    # 1,000 at 10/s in waves of 1, 10, 100, 889. The first is done in 0.1 s and watched until 300 s; the second until
    # 600 s; the third until 900 s; the last takes 88.9 s.
    whole, ends = course([Lane([1, 10, 100, 889], [0.1, 1, 10, 88.9])], soak=300)
    assert ends == [pytest.approx(988.9)]
    assert whole.told_by(299) == 1
    assert whole.told_by(599) == 11
    assert whole.reaches(1000) == pytest.approx(988.9)
    # Without watching, the next begins when 95 % of those let out have an answer, and the provider is never idle.
    _, ends = course([Lane([1, 10, 100, 889], [0.1, 1, 10, 88.9])], soak=0)
    assert ends == [pytest.approx(100.0)]


def test_a_slow_lane_holds_up_the_waves_of_the_others_until_nearly_all_have_an_answer():
    # Wave 0: 90 by push at once (1000/s), 10 by SMS at 0.1/s, so 100 s. 95 of 100 have an answer after 5 SMS: 50 s.
    fast, slow = Lane([90, 1000], [0.09, 1]), Lane([10], [100])
    _, ends = course([fast, slow], soak=0)
    assert ends == [pytest.approx(50 + 1), pytest.approx(100)]


def test_a_pace_that_nobody_publishes_is_unknown_and_not_no_time(clock):
    at = clock.now() + timedelta(seconds=30)
    deadlines = [limit(at)]
    found = forecast_of(
        [(lot(), 600), (lot("email", "email/x"), 400)], {"sms/x": 10, "email/x": 0}, clock, deadlines=deadlines
    )
    assert found.takes is None
    assert found.sentence == "How long it takes is not known: 400 go by providers that publish no pace."
    email, sms = found.lines
    assert (email.per_second, email.seconds, sms.seconds) == (None, None, 60.0)
    (one,) = found.in_time
    assert (one.told, one.at_most, one.margin) == (300, 700, None)


def test_the_share_told_by_each_deadline_and_how_much_time_is_to_spare(clock):
    half, late = clock.now() + timedelta(minutes=30), clock.now() + timedelta(hours=3)
    deadlines = [limit(clock.now() - timedelta(hours=1)), limit(half), limit(late)]
    found = forecast_of([(lot(), 36_000)], {"sms/x": 10}, clock, deadlines=deadlines)
    said = [one.as_json(found.one_by_one) for one in found.in_time]
    assert [one["share"] for one in said] == [0.0, 0.5, 1.0]
    assert [one["margin_s"] for one in said] == [-7200.0, -1800.0, 7200.0]


def test_a_price_is_said_by_name_and_what_nobody_said_is_unknown_and_not_nothing(tx, clock):
    with pytest.raises(BadInput):
        set_price(tx, PUSH, "0.0079", because="the list", by=WRITER, clock=clock)
    with pytest.raises(BadInput):
        set_price(tx, "sms/pigeon", "USD 1", because="the list", by=WRITER, clock=clock)
    with pytest.raises(BadInput):
        set_price(tx, SMS, "USD 1", because=" ", by=WRITER, clock=clock)
    auditor = type(WRITER)("acc", "Au", frozenset())
    with pytest.raises(Refused):
        set_price(tx, SMS, "USD 1", because="the list", by=auditor, clock=clock)
    set_price(tx, SMS, "USD 1", because="a first list", by=WRITER, clock=clock)
    set_price(tx, SMS, "USD 0.0079", because="the list of March", by=WRITER, clock=clock)
    said = prices(tx)
    assert [(row.amount, row.because) for row in said.values()] == [("0.0079", "the list of March")]
    assert cost(36_000, said[SMS]) == {"currency": "USD", "amount": "284.40"}  # 36,000 x 0.0079
    assert cost(36_000, None) is None
    found = forecast_of([(lot("sms", SMS, parts=3), 12_000), (lot("push", PUSH), 5)], {SMS: 10}, clock, said=said)
    assert found.costs == {"known": [{"currency": "USD", "amount": "284.40"}], "unknown": [PUSH]}


def drafted_notice(stage):
    """A notice that nobody has approved."""
    one = Notice(id="not_1", incident_id=stage.incident_id, reference="MQ-1", wording="individuals", purpose="telling")
    one.party = one.sender = "moqi"
    one.audience, one.routes = {"kind": "cohorts", "to": "affected_individuals"}, {}
    one.obligations, one.contents, one.forbidden, one.methods = [], [], [], []
    one.drafted_at, one.drafted_by, one.drafted_by_name = stage.kit.clock.now(), WRITER.id, WRITER.name
    return one


@pytest.fixture
def stage(home, begin, keys, clock, monkeypatch) -> Stage:
    """2,000 people are many here, and a batch holds 500; the notice is not approved."""
    monkeypatch.setattr(batches, "LARGE", 2000)
    monkeypatch.setattr(batches, "MOST", 500)
    made = make_stage(home, begin, keys, clock, script="well")
    for name, per_second in ((PUSH, 100), (SMS, 10)):
        one = made.kit.providers[name]
        one.about = one.about.__class__(**vars(one.about) | {"pace": Pace(per_second=per_second)})
    return made


def test_a_notice_is_forecast_as_it_would_be_planned_and_nothing_is_written(stage, monkeypatch):
    people = made_people(1400) | {
        f"w{number}": {"mobile": f"139{number:08d}", "country": "CN"} for number in range(600)
    }
    stage.write(people)
    dispatch = stage.dispatch(texts={"v1": TEXTS | {"sms": THREE_PARTS}})
    with stage.kit.begin() as tx:
        tx.add(drafted_notice(stage))
    monkeypatch.setattr(start, "dispatch_to_be", lambda *_given, **_named: dispatch)
    found = start.forecast(stage.kit, "not_1", "zh-Hans", terms=Terms(soak_minutes=1))
    push, sms = found.lines
    assert (push.people, push.parts) == (1400, 1400)
    assert (sms.people, sms.parts) == (600, 1800)
    assert found.waves == 4
    # SMS in waves of 1, 6, 60 and 533 people, of three parts each, at 10 a second: 0.3, 1.8, 18 and 159.9 seconds. The
    # waves are watched for a minute each, and 18 s is less: the last begins at 180 s.
    assert sms.seconds == pytest.approx(180 + 159.9)
    # Push: the last wave has 1400 - 2 - 14 - 140 = 1244, at 100 a second.
    assert push.seconds == pytest.approx(180 + 12.44)
    assert found.reach.people == 2000
    assert found.as_json()["takes_s"] == pytest.approx(339.9)
