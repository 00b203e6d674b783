"""When telling people must begin at the latest, given how many they are and the published pace of each channel."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from incidents.deliveries.batches import LARGE, WAVES
from incidents.deliveries.takes import in_words, needed
from incidents.obligations.states import State
from incidents.obligations.tables import LedgerEntry
from notifiers.provider import Pace, Provider
from notifiers.registry import channels
from policies.load import Packs
from policies.reach import route_for
from policies.vocabulary import Audience

PEOPLE = (Audience.AFFECTED_INDIVIDUALS, Audience.GUARDIANS)
_ANY_ROLE = ""
SOAK = timedelta(minutes=5)  # how long a wave is watched unless said otherwise (plan.Terms)
_SOAKS = SOAK * len(WAVES)
_ONE_EACH: Mapping[str, int] = {}


@dataclass(frozen=True)
class SafeStart:
    """The last moment to begin so that telling ends in time at worst, how long it takes, and how that was counted."""

    latest_at: datetime
    takes: timedelta
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """The moment, how long telling takes in seconds, and how that was counted."""
        return {"latest_at": self.latest_at.isoformat(), "takes_s": self.takes.total_seconds(), "says": self.sentence}


class _Try(NamedTuple):
    channel: str
    pace: Pace
    parts: int  # of one message


def safe_start(
    row: LedgerEntry, *, packs: Packs, providers: Mapping[str, Provider], parts: Mapping[str, int] = _ONE_EACH
) -> SafeStart | None:
    """The latest safe start of what `row` owes to people; None where no time runs, or nobody can say how many they are.

    At worst every one of them is tried on each channel of the house's route, one channel after the other, and the waves
    are watched. A channel without a provider tries nobody; one whose provider publishes no pace takes no time that is
    known. `parts`: how many a message on a channel has, where its words are known.
    """
    ends_at = row.due_at or row.target_at
    if row.owed_to not in PEOPLE or row.state not in (State.OWED, State.POSSIBLE) or not ends_at or not row.people_max:
        return None
    tries = list(_tries(row, packs, providers, parts))
    soaks = _SOAKS if tries and row.people_max >= LARGE else timedelta()
    takes = sum((timedelta(seconds=needed(row.people_max * one.parts, one.pace.per_second)) for one in tries), soaks)
    latest = ends_at - takes
    return SafeStart(latest, takes, _sentence(row.people_max, tries, soaks, takes, latest))


def _tries(
    row: LedgerEntry, packs: Packs, providers: Mapping[str, Provider], parts: Mapping[str, int]
) -> Iterator[_Try]:
    route = route_for(packs, row.party, Audience.of(row.owed_to), _ANY_ROLE)
    for channel in route.one_by_one if route else ():
        paces = [one.about.pace for name, one in providers.items() if name.partition("/")[0] == channel]
        if slowest := min((pace for pace in paces if pace.per_second), key=lambda pace: pace.per_second, default=None):
            yield _Try(channel, slowest, channels()[channel].paced(parts.get(channel, 1)))


def _sentence(people: int, tries: Sequence[_Try], soaks: timedelta, takes: timedelta, latest: datetime) -> str:
    if not tries:
        return "No channel of this route has a provider with a published pace: how long telling takes is not known."
    tried = " and then ".join(_tried(*one) for one in tries)
    watched = f", with {in_words(soaks)} of watching the first waves" if soaks else ""
    begin = f"{latest.astimezone(UTC):%Y-%m-%d %H:%M}Z"
    return f"At worst all of {people:,} are tried on {tried}{watched}, {in_words(takes)}: begin before {begin}."


def _tried(channel: str, pace: Pace, parts: int) -> str:
    each = f", {parts} parts each" if parts > 1 else ""
    return f"{channel} ({pace.per_second:,g} a second{each})"
