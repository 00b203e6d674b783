"""When telling people must begin at the latest, given how many they are and the published pace of each channel."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from incidents.obligations.states import State
from incidents.obligations.tables import LedgerEntry
from notifiers.provider import Pace, Provider
from policies.load import Packs
from policies.reach import route_for
from policies.vocabulary import Audience

PEOPLE = (Audience.AFFECTED_INDIVIDUALS, Audience.GUARDIANS)
_ANY_ROLE = ""


@dataclass(frozen=True)
class SafeStart:
    """The last moment to begin so that telling ends in time at worst, how long it takes, and how that was counted."""

    latest_at: datetime
    takes: timedelta
    sentence: str


def safe_start(row: LedgerEntry, *, packs: Packs, providers: Mapping[str, Provider]) -> SafeStart | None:
    """The latest safe start of what `row` owes to people; None where no time runs, or nobody can say how many they are.

    At worst every one of them is tried on each channel of the house's route, one channel after the other. A channel
    without a provider tries nobody; one whose provider publishes no pace takes no time that is known.
    """
    ends_at = row.due_at or row.target_at
    if row.owed_to not in PEOPLE or row.state not in (State.OWED, State.POSSIBLE) or not ends_at or not row.people_max:
        return None
    paced = list(_paced(row, packs, providers))
    takes = sum((timedelta(seconds=row.people_max / pace.per_second) for _, pace in paced), timedelta())
    latest = ends_at - takes
    return SafeStart(latest, takes, _sentence(row.people_max, paced, takes, latest))


def _paced(row: LedgerEntry, packs: Packs, providers: Mapping[str, Provider]) -> Iterator[tuple[str, Pace]]:
    route = route_for(packs, row.party, Audience.of(row.owed_to), _ANY_ROLE)
    for channel in route.one_by_one if route else ():
        paces = [one.about.pace for name, one in providers.items() if name.partition("/")[0] == channel]
        if slowest := min((pace for pace in paces if pace.per_second), key=lambda pace: pace.per_second, default=None):
            yield channel, slowest


def _sentence(people: int, paced: list[tuple[str, Pace]], takes: timedelta, latest: datetime) -> str:
    if not paced:
        return "No channel of this route has a provider with a published pace: how long telling takes is not known."
    tried = " and then ".join(f"{channel} ({pace.per_second:,g} a second)" for channel, pace in paced)
    begin = f"{latest.astimezone(UTC):%Y-%m-%d %H:%M}Z"
    return f"At worst all of {people:,} are tried on {tried}, {_long(takes)}: begin before {begin}."


def _long(takes: timedelta) -> str:
    minutes = round(takes.total_seconds() / 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 120:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 72 else f"{round(hours / 24)} days"
