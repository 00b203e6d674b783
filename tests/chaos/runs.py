"""One run: a notice to a few hundred people, one thing killed in the middle, and the sums that must come out."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from incidents.deliveries import met, stands
from incidents.deliveries.progress import Progress, in_doubt, progress
from incidents.deliveries.state import FAILED, State
from incidents.deliveries.tables import Delivery, DeliveryNow, FanOut
from tests.chaos.house import House
from tests.chaos.provider import BY_NAME
from tests.chaos.receipts import HABITS, Receipts
from tests.incidents.fanout import TEXTS, made_people, make_stage

KILLS = ("nothing", "worker", "process of a worker", "sweeper", "PostgreSQL", "RabbitMQ", "queue purged")
PATIENCE = 90.0  # seconds that a run may take
TOLD = (State.ACCEPTED, State.DELIVERED, State.READ)
LADDERS = (["sms"], ["email"], ["push"], ["push", "email", "sms"], ["sms", "email"], ["email", "push"])


@dataclass(frozen=True)
class Plan:
    """What happens in the run of this number; everything follows from the number."""

    number: int
    kill: str
    faults: str
    receipts: str
    ladder: tuple[str, ...]
    people: int
    after: float  # the share of the people who were handed over when the kill comes

    @classmethod
    def of(cls, number: int) -> "Plan":
        chance = random.Random(number)
        kill, faults = KILLS[number % len(KILLS)], list(BY_NAME)[number // len(KILLS) % len(BY_NAME)]
        ladder, people = chance.choice(LADDERS), chance.choice((200, 300, 400, 900))
        return cls(number, kill, faults, chance.choice(HABITS), tuple(ladder), people, chance.uniform(0.05, 0.8))


@dataclass
class Outcome:
    """What came of it. `wrong` is empty, or the run has failed."""

    plan: Plan
    seconds: float = 0.0
    told: int = 0
    announced: int = 0
    in_doubt: int = 0
    twice: int = 0  # told twice, each of them listed as in doubt
    lost: int = 0
    looked: int = 0  # how many times the sums were taken while it ran
    receipts: int = 0
    wrong: list[str] = field(default_factory=list)


class Run:
    """A notice on its way."""

    def __init__(self, house: House, plan: Plan) -> None:
        self.plan, self._house, self._kit = plan, house, house.kit
        self.outcome = Outcome(plan)
        house.provider.begin(BY_NAME[plan.faults], plan.number)
        self._fan_out_id = self._begin()
        self._receipts = Receipts(house.kit, house.provider, plan, callback=house.callback)

    def go(self) -> Outcome:
        """Let it run to its end, kill in the middle, and check."""
        began = time.monotonic()
        try:
            self._until(lambda _: len(self._house.provider.counted) >= self.plan.people * self.plan.after)
            self._house.kill(self.plan.kill)
            self._until(self._ended)
            self._check()
        except AssertionError as wrong:
            self.outcome.wrong.append(str(wrong))
        finally:
            self._receipts.stop()
        self.outcome.seconds = round(time.monotonic() - began, 1)
        return self.outcome

    def _begin(self) -> str:
        house = self._house
        stage = make_stage(house.place.home, house.kit.begin, house.kit.keys, house.kit.clock)
        stage.kit = house.kit
        stage.write(made_people(self.plan.people, country="US"))
        ladder = {"one_by_one": list(self.plan.ladder), "last": "announcement"}
        return stage.plan(stage.dispatch(ladders=(ladder,), texts={"v1": TEXTS}, party="nobody")).id

    def _until(self, done: Callable[[Progress], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                stood = self._look()
                if done(stood):
                    return
            except SQLAlchemyError:  # the database is being killed
                pass
            assert time.monotonic() < end, f"it never came to an end: {self._stuck()}"
            time.sleep(0.1)

    def _look(self) -> Progress:
        """Take the sums, which must come out at every moment."""
        with self._reading() as (tx, fan_out):
            stood = progress(tx, fan_out)
            by_state = sum(many for states in stood.by_channel.values() for many in states.values())
            tokens = tx.scalar(select(func.count(Delivery.person.distinct())).where(Delivery.fan_out_id == fan_out.id))
        standing = stood.told + stood.under_way + stood.announced + stood.not_reached + stood.cancelled
        assert standing == stood.people == tokens == self.plan.people, f"{standing} of {tokens} people: {stood}"
        assert by_state >= self.plan.people, f"{by_state} deliveries for {self.plan.people} people"
        self.outcome.looked += 1
        return stood

    def _ended(self, stood: Progress) -> bool:
        if stood.under_way or not self._receipts.idle:
            return False
        with self._reading() as (tx, fan_out):
            return met.is_quiet(tx, fan_out, self._kit)

    def _check(self) -> None:
        with self._reading() as (tx, fan_out):
            stood = progress(tx, fan_out)
            doubts = {delivery for delivery, _, _ in in_doubt(tx, fan_out)}
            columns = (Delivery.id.label("delivery_id"), stands.STATE.label("state"), DeliveryNow.reason)
            query = stands.joined(select(*columns)).where(Delivery.fan_out_id == fan_out.id)
            now = tx.execute(query).all()
        counted, outcome = self._house.provider.counted, self.outcome
        twice = {one for one, times in counted.items() if times > 1}
        untold = [row for row in now if row.state in TOLD and not counted[row.delivery_id]]
        refused = [row for row in now if row.state in FAILED and row.reason is None]
        denied = {row.delivery_id for row in now if row.state in FAILED and counted[row.delivery_id]}
        outcome.told, outcome.announced, outcome.in_doubt = stood.told, stood.announced, len(doubts)
        outcome.twice, outcome.receipts = len(twice & doubts), self._receipts.told
        outcome.lost = self.plan.people - stood.told - stood.announced + len(untold)
        findings = {
            "are lost": outcome.lost,
            "were told twice and are on no list": len(twice - doubts),
            "count as told, and the provider never had them": len(untold),
            "were refused for no reason": len(refused),
            "were told and count as refused": len(denied - self._receipts.failed - doubts),
            "receipts were forged and believed": len(self._receipts.believed),
        }
        outcome.wrong += [f"{many} {what}" for what, many in findings.items() if many]

    def _stuck(self) -> str:
        with self._reading() as (tx, fan_out):
            return f"{progress(tx, fan_out)}, receipts idle: {self._receipts.idle}"

    @contextmanager
    def _reading(self) -> Iterator[tuple[Any, FanOut]]:
        with self._kit.begin(reading=True) as tx:
            tx.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield tx, tx.get_one(FanOut, self._fan_out_id)
