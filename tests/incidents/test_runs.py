"""Neighbours in one row: whatever happens to them, each stands where they would stand with a row of their own."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from incidents.deliveries import claim, climb, ledger, met, outcomes, runs, send, settle, tally
from incidents.deliveries.progress import progress
from incidents.deliveries.receive import take
from incidents.deliveries.received import recipients_of
from incidents.deliveries.stands import STRETCH
from incidents.deliveries.state import FAILED, State
from incidents.deliveries.tables import AcceptedRun, Batch, Delivery, DeliveryNow, FanOut
from incidents.filings.telling import how_far
from incidents.foundation.database import Begin, begin_on
from incidents.foundation.keys import KeyRing, add_root
from incidents.record.tables import Incident
from incidents.review.telling import delivery_rows
from notifiers.message import Inquiry, Message
from notifiers.outcome import Outcome, Receipt, Sent
from tests.clock import FrozenClock
from tests.databases import fresh_engine
from tests.incidents.fanout import Stage, made_people, make_stage

PEOPLE = 30
LADDER = ({"one_by_one": ["sms", "email"]},)
NEVER = 10**9  # neighbours: a row each
HOURS = timedelta(hours=30)


class Told:
    """Answers as it is told to at a person's first message, and takes every other."""

    def __init__(self, about: Any, first: dict[str, Outcome]) -> None:
        self.about, self._first, self.asked = about, dict(first), list[Inquiry]()
        self.handed: Counter[str] = Counter()  # address -> messages

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        for message in messages:
            self.handed[message.to.value] += 1
            outcome = self._first.pop(message.to.value, Outcome.ACCEPTED)
            taken = f"ref-{message.reference}" if outcome is Outcome.ACCEPTED else None
            yield Sent(message.reference, outcome, permanent=True, provider_reference=taken, raw={"taken": taken})

    def ask(self, inquiries: Sequence[Inquiry]) -> Iterator[Receipt]:
        self.asked += inquiries
        return iter(())

    def receipts(self, request: Any) -> list[Receipt]:
        raise NotImplementedError


def set_up(
    folder: Path,
    begin: Begin,
    first: dict[int, Outcome] | None = None,
    people: int = PEOPLE,
    proof: str = "delivered",
) -> Stage:
    """People who are told by SMS, then by e-mail; `first` are the answers to the first message, by place."""
    add_root(folder / "keys", drill=True)
    stage = make_stage(folder, begin, KeyRing(folder / "keys"), FrozenClock(), script="well")
    answers = {f"+86138{place:08d}": outcome for place, outcome in (first or {}).items()}
    for name in ("sms/rehearsal", "email/rehearsal"):
        stage.kit.providers[name] = Told(stage.kit.providers[name].about, answers)
    stage.write(made_people(people))
    stage.plan(stage.dispatch(ladders=LADDER), soak_minutes=0, proof=proof)
    work(stage)
    return stage


@contextmanager
def alone(least: int) -> Iterator[tuple[Path, Begin]]:
    """A folder and a database of its own, where `least` neighbours make a run."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(claim, "require_still_approved", lambda _tx, _fan_out: None)
        patch.setattr(runs, "LEAST", least)
        engine = fresh_engine(Path(folder) / "tocsin.db")
        yield Path(folder), begin_on(engine)
        engine.dispose()


def work(stage: Stage) -> None:
    """Send, settle and climb until nothing is due."""
    jobs = (
        (claim.due, send.send_batch),
        (settle.due, settle.settle_batch),
        (climb.due, climb.climb),
        (met.due, met.end),
    )
    while todo := [(act, one) for due, act in jobs for one in due(stage.kit)]:
        for act, one in todo:
            act(stage.kit, one)


def sms(stage: Stage) -> list[str]:
    with stage.kit.begin(reading=True) as tx:
        return list(tx.scalars(select(Delivery.id).where(Delivery.channel == "sms").order_by(Delivery.ordinal)))


def tell(stage: Stage, told: Sequence[tuple[int, Outcome]]) -> None:
    ids = sms(stage)
    receipts = [Receipt(outcome, f"{place}:{outcome}", None, ids[place], permanent=True) for place, outcome in told]
    with stage.kit.begin() as tx:
        take(tx, "sms/rehearsal", receipts, kit=stage.kit)


def summary(stage: Stage) -> dict[str, Any]:
    """Everything that is said of a fan-out anywhere."""
    for name in tally.due(stage.kit):
        tally.tally.run(stage.kit, name)
    ids = sms(stage)
    with stage.kit.begin(reading=True) as tx:
        fan_out, incident = tx.scalars(select(FanOut)).one(), tx.scalars(select(Incident)).one()
        states = outcomes.states(tx, ids)
        assert states == {one: outcomes.rebuilt(tx, one) for one in ids}
        columns = (Batch.channel, func.sum(Batch.answered), func.sum(Batch.failed))
        answered = sorted(map(tuple, tx.execute(select(*columns).group_by(Batch.channel))))
        told = [state for state in states.values() if state is not State.QUEUED]
        failed = [state for state in told if state in FAILED]
        assert ("sms", len(told), len(failed)) in answered
        counts = progress(tx, fan_out).as_json()
        assert sum(counts["by_channel"]["sms"].values()) == len(ids)
        return {
            "states": [states[one] for one in ids],
            "progress": counts | {"fan_out_id": ""},
            "how_far": how_far(tx, incident.id, "moqi"),
            "bundle": [row["outcomes"] for row in delivery_rows(tx, incident)],
            "got": len(recipients_of(tx, fan_out.notice_id, fan_out.language, kit=stage.kit)[0]),
            "answered": answered,
            "tally": tally.counted(tx),
            "handed": [stage.kit.providers[f"{channel}/rehearsal"].handed for channel in ("sms", "email")],
            "quiet": met.is_quiet(tx, fan_out, stage.kit),
        }


outcome = st.sampled_from([Outcome.DELIVERED, Outcome.READ, Outcome.BOUNCED, Outcome.COMPLAINED, Outcome.ACCEPTED])
place = st.integers(0, PEOPLE - 1)
first = st.dictionaries(place, st.sampled_from([Outcome.REFUSED, Outcome.IN_DOUBT, Outcome.DELIVERED]), max_size=6)
step = st.one_of(st.just(HOURS), st.lists(st.tuples(place, outcome), min_size=1, max_size=12))


@settings(max_examples=10, deadline=None)
@given(first=first, story=st.lists(step, max_size=4), proof=st.sampled_from(["accepted", "delivered"]))
def test_whatever_happens_everybody_stands_as_with_a_row_each(first, story, proof):
    told = []
    for least in (1, NEVER):
        with alone(least) as (folder, begin):
            stage = set_up(folder, begin, first, proof=proof)
            seen = [summary(stage)]
            for one in story:
                stage.kit.clock.tick(one if isinstance(one, timedelta) else timedelta(minutes=2))
                if not isinstance(one, timedelta):
                    tell(stage, one)
                work(stage)
                seen.append(summary(stage))
            told.append(seen)
    assert told[0] == told[1]


@pytest.fixture
def gate_open(monkeypatch):
    monkeypatch.setattr(claim, "require_still_approved", lambda _tx, _fan_out: None)
    monkeypatch.setattr(ledger, "slice_of", lambda _about: 2000)  # as it is, whatever stands beside these tests


def rows(stage: Stage, table: Any) -> int:
    with stage.kit.begin(reading=True) as tx:
        return tx.scalar(select(func.count()).select_from(table)) or 0


def ranges(stage: Stage) -> list[tuple[int, int]]:
    """The ordinals of the runs of SMS, first and last."""
    query = select(AcceptedRun.first, AcceptedRun.last).join(Batch, Batch.id == AcceptedRun.batch_id)
    with stage.kit.begin(reading=True) as tx:
        return [
            (row.first, row.last) for row in tx.execute(query.where(Batch.channel == "sms").order_by(AcceptedRun.id))
        ]


def test_a_thousand_neighbours_make_a_row_for_each_stretch_and_none_each(home, begin, gate_open):
    stage = set_up(home, begin, people=2 * STRETCH)
    assert (ranges(stage), rows(stage, DeliveryNow)) == ([(0, STRETCH - 1), (STRETCH, 2 * STRETCH - 1)], 0)
    assert set(stage.kit.providers["sms/rehearsal"].handed.values()) == {1}, "who stands in a run waits for nothing"
    tell(stage, [(7, Outcome.DELIVERED)])
    assert rows(stage, DeliveryNow) == 1
    assert summary(stage)["progress"]["by_channel"]["sms"] == {"delivered": 1, "accepted": 999}


def test_a_run_ends_at_whoever_was_not_taken_and_few_stand_alone(home, begin, gate_open, monkeypatch):
    monkeypatch.setattr(runs, "LEAST", 8)
    stage = set_up(home, begin, {10: Outcome.REFUSED, 14: Outcome.DELIVERED})
    assert ranges(stage) == [(0, 9), (15, 29)]


def test_a_batch_that_is_all_runs_is_not_over_while_one_of_them_waits_anew(home, begin, gate_open):
    stage = set_up(home, begin)
    someone = sms(stage)[3]
    with stage.kit.begin() as tx:
        outcomes.unfold(tx, [someone])
        tx.get_one(DeliveryNow, someone).state = State.QUEUED
        batch = tx.scalars(select(Batch).where(Batch.channel == "sms")).one()
        batch.phase = "waiting"
    mine = claim.claim(stage.kit, batch.id, "one")
    assert mine is not None
    claim.release(mine)
    with stage.kit.begin(reading=True) as tx:
        assert tx.get_one(Batch, batch.id).phase == "waiting"
    send.send_batch(stage.kit, batch.id)
    with stage.kit.begin(reading=True) as tx:
        assert tx.get_one(Batch, batch.id).phase == "done"
        assert outcomes.states(tx, [someone]) == {someone: State.ACCEPTED}


def test_the_provider_is_asked_with_the_reference_that_it_gave(home, begin, gate_open):
    stage = set_up(home, begin)
    asked = stage.kit.providers["sms/rehearsal"].asked
    assert {one.reference for one in asked} == set(sms(stage))
    assert all(one.provider_reference == f"ref-{one.reference}" for one in asked)


def test_who_has_no_proof_in_time_climbs_once_and_a_late_bounce_moves_nobody_again(home, begin, gate_open):
    stage = set_up(home, begin)
    tell(stage, [(place, Outcome.DELIVERED) for place in range(10)])
    stage.kit.clock.tick(HOURS)
    work(stage)
    by_mail = select(func.count()).where(Delivery.channel == "email")
    with stage.kit.begin(reading=True) as tx:
        assert tx.scalar(by_mail) == PEOPLE - 10
    tell(stage, [(place, Outcome.BOUNCED) for place in range(PEOPLE)])
    work(stage)
    with stage.kit.begin(reading=True) as tx:
        assert tx.scalar(by_mail) == PEOPLE, "whose message had arrived climbs now; the others have climbed"


def test_a_receipt_that_overtakes_the_record_is_not_lost(home, begin, gate_open, monkeypatch):
    real = runs.write

    def overtaken(tx: Any, batch: Any, came: Any, *, at: Any) -> Any:
        if batch.channel == "sms" and 3 in came:
            bounced = Receipt(Outcome.BOUNCED, "early", None, came[3].reference, permanent=True)
            take(tx, batch.provider, [bounced], kit=SimpleNamespace(clock=FrozenClock()))
        return real(tx, batch, came, at=at)

    monkeypatch.setattr(runs, "write", overtaken)
    found = summary(set_up(home, begin))
    assert found["progress"]["by_channel"]["sms"] == {"accepted": 29, "refused": 1}
    assert found["progress"]["by_channel"]["email"] == {"accepted": 1}
