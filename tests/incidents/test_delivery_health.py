"""A provider that slows down or fails is demoted, its waiting batches move within the rules, and nobody is woken."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from incidents.deliveries import claim, control, demote, ledger, send, work
from incidents.deliveries.demote import FEWEST, count, shares
from incidents.deliveries.quiet import quiet_until, read_window, rings
from incidents.deliveries.settle import WAITS_FOR_RECEIPTS, settles_at
from incidents.deliveries.tables import Batch, Delivery, FanOut, ProviderPace
from incidents.foundation.errors import BadInput
from notifiers.outcome import Outcome
from notifiers.provider import About
from notifiers.registry import entry_of
from tests.incidents.fanout import Stage, made_people, make_stage, receive

SMS = {"ladders": ({"one_by_one": ["sms"]},)}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def stage(home, begin, keys, clock, monkeypatch) -> Stage:
    """Two providers of one channel: the rehearsal, and a second one like it."""
    for module in (claim, control):
        monkeypatch.setattr(module, "require_still_approved", lambda _tx, _fan_out: None)
    made = make_stage(home, begin, keys, clock, script="well")
    made.kit.providers["sms/second"] = make_stage(home, begin, keys, clock, script="well").kit.providers[
        "sms/rehearsal"
    ]
    made.write(made_people(200))
    return made


def saw(stage: Stage, provider: str, *, ago: timedelta, **counts: int) -> None:
    with stage.kit.begin() as tx:
        count(tx, provider, stage.kit.clock.now() - ago, **counts)


def judge(stage: Stage) -> frozenset[str]:
    for one in demote.due(stage.kit):
        work.judge_provider.run(stage.kit, one)
    assert demote.due(stage.kit) == []
    with stage.kit.begin(reading=True) as tx:
        return demote.demoted(tx)


def test_more_than_fifteen_in_a_hundred_slower_than_five_minutes_demote(stage):
    saw(stage, "sms/rehearsal", ago=7 * MINUTE, accepted=1000, quick=851)
    assert judge(stage) == frozenset()
    saw(stage, "sms/rehearsal", ago=8 * MINUTE, accepted=100, quick=0)
    assert judge(stage) == {"sms/rehearsal"}
    with stage.kit.begin(reading=True) as tx:
        assert (
            tx.get_one(ProviderPace, "sms/rehearsal").demoted_because == "Of the last quarter of an hour 23% were slow."
        )


def test_what_was_handed_over_just_now_is_not_slow_yet(stage):
    saw(stage, "sms/rehearsal", ago=2 * MINUTE, accepted=1000, handed=1000)
    assert judge(stage) == frozenset()


def test_nothing_happens_when_all_are_slow_or_there_is_no_other(stage):
    for provider in ("sms/rehearsal", "sms/second", "push/rehearsal"):
        saw(stage, provider, ago=2 * MINUTE, handed=1000, failing=400)
    assert judge(stage) == frozenset()


def test_it_comes_back_only_when_it_is_well_again_and_not_at_the_limit(stage, clock):
    saw(stage, "sms/rehearsal", ago=MINUTE, handed=1000, failing=300)
    assert judge(stage) == {"sms/rehearsal"}
    clock.tick(20 * MINUTE)
    saw(stage, "sms/rehearsal", ago=MINUTE, handed=1000, failing=100)
    assert judge(stage) == {"sms/rehearsal"}, "10 % is neither bad nor good"
    clock.tick(20 * MINUTE)
    assert judge(stage) == frozenset(), "nothing is known any more, so it is tried again"


def test_batches_that_nobody_has_begun_move_to_the_healthy_one(stage):
    stage.plan(stage.dispatch(**SMS))
    saw(stage, "sms/rehearsal", ago=MINUTE, handed=1000, failing=300)
    judge(stage)
    send.send_batch(stage.kit, *claim.due(stage.kit))
    assert len(stage.kit.providers["sms/second"].given) == 200
    assert stage.kit.providers["sms/rehearsal"].given == {}
    with stage.kit.begin(reading=True) as tx:
        assert tx.scalars(select(Batch.provider)).all() == ["sms/second"]


def test_they_stay_where_the_rules_allow_no_other(stage):
    second = stage.kit.providers["sms/second"]
    second.about = replace(second.about, processes_in=None)  # nobody attests where it processes data
    stage.plan(stage.dispatch(**SMS))
    saw(stage, "sms/rehearsal", ago=MINUTE, handed=1000, failing=300)
    judge(stage)
    send.send_batch(stage.kit, *claim.due(stage.kit))
    assert len(stage.kit.providers["sms/rehearsal"].given) == 200
    assert second.given == {}


def test_sending_and_receipts_count_by_themselves(stage, clock):
    provider = stage.kit.providers["sms/rehearsal"]
    stage.plan(stage.dispatch(**SMS))
    send.send_batch(stage.kit, *claim.due(stage.kit))
    with stage.kit.begin(reading=True) as tx:
        references = tx.scalars(select(Delivery.id).order_by(Delivery.ordinal)).all()
    clock.tick(2 * MINUTE)
    receive(stage.kit, "sms/rehearsal", provider.call_back(references[: FEWEST + 20]))
    receive(stage.kit, "sms/rehearsal", provider.call_back(references[: FEWEST + 20]))  # told twice, counted once
    clock.tick(9 * MINUTE)
    receive(stage.kit, "sms/rehearsal", provider.call_back(references[FEWEST + 20 :]))  # too late to be quick
    with stage.kit.begin(reading=True) as tx:
        found = shares(tx, {"sms/rehearsal": provider}, clock.now())["sms/rehearsal"]
    assert found.failing == 0.0
    assert found.slow == pytest.approx(1 - (FEWEST + 20) / 200)


@pytest.mark.parametrize(
    ("territory", "now", "until"),
    [
        ("CN", "2026-03-06T13:40", None),  # 21:40 in Shanghai
        ("CN", "2026-03-06T14:05", "2026-03-07T02:00"),  # 22:05 there, and 20:05 in Urumqi, where it is 8:00 last
        ("MM", "2026-03-06T15:31", "2026-03-07T01:30"),  # 22:01, and half an hour is half an hour
        ("MM", "2026-03-06T15:29", None),
        ("DE", "2026-03-29T00:30", "2026-03-29T06:00"),  # the night on which the clocks go forward
        ("", "2026-03-06T20:00", None),
        ("XX", "2026-03-06T20:00", None),
    ],
)
def test_quiet_hours_are_those_of_the_persons_own_clock(territory, now, until):
    found = quiet_until("22:00-08:00", territory, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found == (datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None)


class _Asked:
    """A provider that can be asked and tells of itself."""

    def __init__(self, **more):
        self.about = About("asked", "Asked", (), Outcome.DELIVERED, **more)

    def ask(self, _inquiries):
        return iter(())


def asked(*, by_id_only: bool) -> Any:
    return _Asked(signed_receipts=True, asked_by_id_only=by_id_only)


def test_who_can_be_asked_by_id_only_gets_time_for_receipts_before_anybody_in_doubt_is_told_again():
    now = datetime(2026, 3, 6, 12, tzinfo=UTC)
    assert settles_at(asked(by_id_only=False), now) == now
    assert settles_at(asked(by_id_only=True), now) == now + WAITS_FOR_RECEIPTS


def test_who_cannot_know_yet_is_asked_only_when_its_silence_says_something():
    now = datetime(2026, 3, 6, 12, tzinfo=UTC)
    late: Any = _Asked(asked_after=15 * MINUTE)
    assert settles_at(late, now) == now + 15 * MINUTE
    for provider, minutes in (("sms/tencent", 15), ("sms/alibaba", 1)):
        assert entry_of(provider).about.asked_after == minutes * MINUTE


def test_receipts_that_could_not_name_whoever_is_in_doubt_are_not_waited_for():
    now = datetime(2026, 3, 6, 12, tzinfo=UTC)
    told = About("told", "Told", (), Outcome.DELIVERED, signed_receipts=True)
    tells: Any = SimpleNamespace(about=told)
    by_id: Any = SimpleNamespace(about=replace(told, told_by_id_only=True))
    assert settles_at(tells, now) == now + WAITS_FOR_RECEIPTS
    assert settles_at(by_id, now) == now
    assert entry_of("push/wechat_official").about.told_by_id_only


def test_a_call_and_a_text_on_a_lock_screen_wake_people_and_a_letter_to_read_does_not():
    assert [channel for channel in ("voice", "sms", "push", "email") if rings(channel)] == ["voice", "sms", "push"]


@pytest.mark.parametrize("text", ["", "22-8", "22:00-22:00", "25:00-08:00", "22:00-08:00 "])
def test_a_window_that_is_none_is_refused(text):
    with pytest.raises(BadInput, match="no window of a day"):
        read_window(text)


def test_nobody_is_woken_where_there_is_time_and_everybody_where_there_is_none(stage, clock):
    clock.at = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)  # midnight in Shanghai
    fan_out = stage.plan(stage.dispatch(**SMS), quiet="22:00-08:00")
    with stage.kit.begin() as tx:
        tx.get_one(FanOut, fan_out.id).waits_until_at = clock.now() + timedelta(hours=48)
    (batch_id,) = claim.due(stage.kit)
    send.send_batch(stage.kit, batch_id)
    assert stage.kit.providers["sms/rehearsal"].given == {}
    assert claim.due(stage.kit) == []
    clock.tick(timedelta(hours=10))  # eight o'clock in Urumqi, too
    send.send_batch(stage.kit, *claim.due(stage.kit))
    assert len(stage.kit.providers["sms/rehearsal"].given) == 200


def test_a_duty_that_names_no_time_is_not_kept_waiting(stage, clock):
    clock.at = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)
    stage.plan(stage.dispatch(**SMS), quiet="22:00-08:00")
    send.send_batch(stage.kit, *claim.due(stage.kit))
    assert len(stage.kit.providers["sms/rehearsal"].given) == 200


def test_an_answer_that_may_pass_is_a_sign_of_illness_and_a_wish_to_slow_down_is_not():
    from notifiers.outcome import Reason, Sent  # noqa: PLC0415

    sent = [
        Sent("a", Outcome.ACCEPTED),
        Sent("b", Outcome.REFUSED, Reason.PROVIDER_ERROR),
        Sent("c", Outcome.REFUSED, Reason.GONE, permanent=True),
        Sent("d", Outcome.IN_DOUBT, Reason.NO_ANSWER),
        Sent("e", Outcome.THROTTLED, Reason.RATE_LIMITED),
    ]
    assert ledger._seen(sent) == {"handed": 5, "failing": 2, "accepted": 1}
