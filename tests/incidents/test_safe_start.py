"""The latest safe start: how many are owed a telling, over which paced channels, and by when."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from incidents.deliveries.plan import Terms
from incidents.deliveries.safe_start import SOAK, safe_start
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


def start(row, paces, **more):
    providers = {
        name: SimpleNamespace(about=SimpleNamespace(pace=Pace(per_second=pace))) for name, pace in paces.items()
    }
    return safe_start(row, packs=load(), providers=providers, **more)


# Of ten thousand people or more, three waves are watched for five minutes each before all are told.
@pytest.mark.parametrize(
    ("people", "paces", "takes", "said"),
    [
        (600_000, FAST, timedelta(minutes=1 + 15), "16 minutes:"),
        (36_000, BOTH, timedelta(seconds=3603.6 + 900), "75 minutes"),
        (10_000_000, BOTH, timedelta(seconds=1_001_000 + 900), "12 days"),
        (9_000, BOTH, timedelta(seconds=900.9), "15 minutes"),  # too few for waves
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
    assert start(owing(600_000, due_at=None, target_at=DUE), FAST).latest_at == DUE - timedelta(minutes=1 + 15)


def test_of_two_providers_of_one_channel_the_slower_is_reckoned_with():
    assert start(owing(600_000), {**FAST, "push/slow": 1_000}).takes == timedelta(minutes=10 + 15)


def test_the_waves_are_watched_as_long_as_a_fan_out_watches_them_unless_said_otherwise():
    assert timedelta(minutes=Terms().soak_minutes) == SOAK


def test_a_message_of_three_parts_takes_three_times_as_long():
    found = start(owing(9_000), {"sms/slow": 10}, parts={"sms": 3})
    assert found.takes == timedelta(minutes=45)
    assert "sms (10 a second, 3 parts each)" in found.sentence


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
