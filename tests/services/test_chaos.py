"""Two of the fault runs of `make chaos`: a process and the database killed, with the provider at its worst."""

import dataclasses
from collections.abc import Iterator

import pytest

from tests.chaos.house import House, a_house
from tests.chaos.machine import put_back
from tests.chaos.runs import KILLS, Plan, Run
from tests.servers import RABBIT, postgres_programs


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    if postgres_programs() is None or not RABBIT.exists():
        pytest.skip("Servers of the test's own are killed here: install Debian's postgresql and rabbitmq-server.")
    with put_back(), a_house() as made:
        yield made


@pytest.mark.parametrize("kill", ["process of a worker", "PostgreSQL"])
def test_nobody_is_lost_and_nobody_told_twice_unseen(house, kill):
    number = KILLS.index(kill)
    plan = dataclasses.replace(Plan.of(number), faults="all of them", receipts="all of them", people=200, after=0.3)
    outcome = Run(house, plan).go()
    house.tidy(kill)
    assert outcome.wrong == [], plan
    assert outcome.lost == 0
    assert outcome.told + outcome.announced == plan.people
