"""The latest safe start: how many are owed a telling, over which paced channels, and by when."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from incidents.deliveries.safe_start import safe_start
from incidents.obligations.states import State
from notifiers.provider import Pace
from policies.load import load
from policies.vocabulary import Audience

DUE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FAST = {"push/fast": 10_000}
BOTH = {"push/fast": 10_000, "sms/slow": 10, "voice/never-used": 1}


def owing(people, **more):
    said = {"due_at": DUE, "target_at": None, "party": "moqi", "state": State.OWED, "people_max": people}
    return SimpleNamespace(**{"owed_to": Audience.AFFECTED_INDIVIDUALS, **said, **more})


def start(row, paces):
    providers = {
        name: SimpleNamespace(about=SimpleNamespace(pace=Pace(per_second=pace))) for name, pace in paces.items()
    }
    return safe_start(row, packs=load(), providers=providers)


@pytest.mark.parametrize(
    ("people", "paces", "takes", "said"),
    [
        (600_000, FAST, timedelta(minutes=1), "1 minute:"),
        (36_000, BOTH, timedelta(seconds=3603.6), "60 minutes"),
        (10_000_000, BOTH, timedelta(seconds=1_001_000), "12 days"),
        (20, FAST, timedelta(milliseconds=2), "under a minute"),
    ],
)
def test_everybody_is_reckoned_on_each_channel_of_the_route_one_after_the_other(people, paces, takes, said):
    found = start(owing(people), paces)
    assert found.takes == takes
    assert found.latest_at == DUE - takes
    assert said in found.sentence
    assert "voice" not in found.sentence


def test_a_target_counts_where_the_law_names_no_limit():
    assert start(owing(600_000, due_at=None, target_at=DUE), FAST).latest_at == DUE - timedelta(minutes=1)


def test_of_two_providers_of_one_channel_the_slower_is_reckoned_with():
    assert start(owing(600_000), {**FAST, "push/slow": 1_000}).takes == timedelta(minutes=10)


def test_what_has_no_published_pace_is_said_to_be_unknown():
    found = start(owing(600_000), {"push/unpaced": 0})
    assert (found.latest_at, found.takes) == (DUE, timedelta())
    assert "is not known" in found.sentence


@pytest.mark.parametrize(
    "changed",
    [
        {"owed_to": Audience.SUPERVISORY_AUTHORITY},
        {"state": State.MET},
        {"state": State.UNKNOWN},
        {"due_at": None},
        {"people_max": None},
        {"people_max": 0},
    ],
)
def test_where_no_time_runs_or_nobody_can_say_how_many_there_is_none(changed):
    assert start(owing(600_000, **changed), FAST) is None
