"""Before anything is approved: how long telling takes by which provider, what it costs, and who is told in time."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from incidents.deliveries.duties import Deadline
from incidents.deliveries.prices import cost
from incidents.deliveries.reach import Reach
from incidents.deliveries.takes import Course, Lane, course, in_words, needed
from incidents.deliveries.watch_tables import ProviderPrice
from notifiers.provider import About, Provider
from notifiers.registry import channels

Texts = Mapping[str, Mapping[str, Mapping[str, str]]]  # variant -> channel -> piece -> text


class Lot(NamedTuple):
    """Batches that are alike: by one provider, in one wave, of messages with so many parts each; `destination` is the
    calling code of a country that the provider paces by itself."""

    channel: str
    provider: str
    wave: int
    parts: int
    beside: bool  # beside the route: nobody is told twice over by it
    destination: str = ""


@dataclass(frozen=True)
class Line:
    """What one provider has to do. None is what nobody knows."""

    channel: str
    provider: str
    people: int
    beside: int
    parts: int
    batches: int
    per_second: float | None
    seconds: float | None  # until it is done, with the waves' watching
    cost: Mapping[str, str] | None


@dataclass(frozen=True)
class InTime:
    """How many are told by one deadline: surely so many, and at most those whose provider has no known pace besides."""

    deadline: Deadline
    told: int
    at_most: int
    margin: timedelta | None  # between the end of it all and the deadline; None where the end is not known

    def as_json(self, people: int) -> dict[str, Any]:
        one = self.deadline
        said = {name: getattr(one, name) for name in ("duty", "party", "citation", "kind")}
        said["ends_at"] = one.ends_at.isoformat()
        counts = {"told": self.told, "at_most": self.at_most, "share": self.told / people if people else None}
        margin = {"margin_s": self.margin.total_seconds() if self.margin is not None else None}
        return said | counts | margin | {"safe_start": one.safe_start.as_json() if one.safe_start else None}


@dataclass(frozen=True)
class Forecast:
    """The answer, for a beginning at `begins_at`; it takes every first route to succeed."""

    begins_at: datetime
    people: int
    one_by_one: int
    unpaced: int  # of those told one by one, by providers that publish no pace
    waves: int
    course: Course
    lines: Sequence[Line]
    in_time: Sequence[InTime]
    reach: Reach | None = None

    @property
    def takes(self) -> timedelta | None:
        """How long it takes to the last of them; None where somebody's provider publishes no pace."""
        return None if self.unpaced else timedelta(seconds=float(self.course.seconds[-1]))

    @property
    def costs(self) -> dict[str, Any]:
        """The sums by currency, and the providers of which no price is known."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            if line.cost is not None:
                currency = line.cost["currency"]
                sums[currency] = sums.get(currency, Decimal(0)) + Decimal(line.cost["amount"])
        unknown = sorted(line.provider for line in self.lines if line.cost is None)
        known = [{"currency": currency, "amount": str(amount)} for currency, amount in sorted(sums.items())]
        return {"known": known, "unknown": unknown}

    @property
    def sentence(self) -> str:
        """The time it takes, in one sentence."""
        if not self.one_by_one:
            return "Nobody is told one by one."
        if self.takes is None:
            return f"How long it takes is not known: {self.unpaced:,} go by providers that publish no pace."
        waves = f" in {self.waves} waves" if self.waves > 1 else ""
        return f"{self.one_by_one:,} people are told{waves} in {in_words(self.takes)} if every first route succeeds."

    def as_json(self) -> dict[str, Any]:
        """For doors."""
        return {
            "begins_at": self.begins_at.isoformat(),
            "people": self.people,
            "one_by_one": self.one_by_one,
            "unpaced": self.unpaced,
            "waves": self.waves,
            "takes_s": self.takes.total_seconds() if self.takes is not None else None,
            "says": self.sentence,
            "lines": [vars(line) for line in self.lines],
            "cost": self.costs,
            "deadlines": [one.as_json(self.one_by_one) for one in self.in_time],
            "reach": self.reach.as_json() if self.reach else None,
        }


Lots = Mapping[Lot, tuple[int, int]]  # -> messages, batches


def reckon(
    lots: Lots,
    deadlines: Sequence[Deadline],
    *,
    providers: Mapping[str, Provider],
    prices: Mapping[str, ProviderPrice],
    soak: timedelta,
    begins_at: datetime,
    reach: Reach | None = None,
) -> Forecast:
    """The forecast of these lots, begun at `begins_at`."""
    keys = sorted({(lot.provider, lot.destination) for lot in lots})
    lanes = {key: _lane(lots, *key, _about(providers, key[0])) for key in keys}
    whole, ends = course(list(lanes.values()), soak=soak.total_seconds())
    ends_of = dict(zip(keys, ends, strict=True))
    lines = [
        _line(lots, channel, provider, _about(providers, provider), ends=ends_of, price=prices.get(provider))
        for channel, provider in sorted({(lot.channel, lot.provider) for lot in lots})
    ]
    one_by_one = sum(line.people for line in lines)
    unpaced = sum(sum(lane.people) for lane in lanes.values() if not lane.paced)
    takes = None if unpaced else timedelta(seconds=float(whole.seconds[-1]))
    in_time = [_in_time(one, whole, unpaced, takes, begins_at) for one in deadlines]
    people = reach.people if reach else one_by_one
    waves = len({lot.wave for lot in lots})
    return Forecast(begins_at, people, one_by_one, unpaced, waves, whole, lines, in_time, reach)


def parts_of(texts: Texts, variant: str, channel: str) -> int:
    """How many parts one message has in which it is billed; one where it has no words yet."""
    pieces = texts.get(variant, {}).get(channel)
    return max(1, channels()[channel].count(pieces)) if pieces else 1


def most_parts(texts: Texts) -> dict[str, int]:
    """channel -> the most parts of any text for it."""
    found: dict[str, int] = {}
    for variant, by_channel in texts.items():
        for channel in by_channel:
            found[channel] = max(found.get(channel, 1), parts_of(texts, variant, channel))
    return found


def gathered(found: Iterable[tuple[Lot, int]]) -> Lots:
    """Batches (each with its messages) as lots."""
    messages: Counter[Lot] = Counter()
    batches: Counter[Lot] = Counter()
    for lot, many in found:
        messages[lot] += many
        batches[lot] += 1
    return {lot: (messages[lot], batches[lot]) for lot in messages}


def _about(providers: Mapping[str, Provider], provider: str) -> About | None:
    known = providers.get(provider)
    return known.about if known else None


def _lane(lots: Lots, provider: str, destination: str, about: About | None) -> Lane:
    """The work of one provider for one country that it paces by itself, or for all others. In each wave both paces
    hold: the country's own, and the provider's for all that it has to carry in that wave."""
    waves = range(1 + max(lot.wave for lot in lots))
    people, own, whole = [0 for _ in waves], [0 for _ in waves], [0 for _ in waves]
    for lot, (messages, _) in lots.items():
        if lot.provider == provider:
            units = messages * channels()[lot.channel].paced(lot.parts)
            whole[lot.wave] += units
            if lot.destination == destination:
                people[lot.wave] += 0 if lot.beside else messages
                own[lot.wave] += units
    pace, mine = _paces(about, destination)
    seconds = [max(needed(own[wave], mine), needed(whole[wave], pace)) if own[wave] else 0.0 for wave in waves]
    return Lane(people, seconds, paced=bool(pace or mine))


def _paces(about: About | None, destination: str) -> tuple[float, float]:
    """The provider's own pace, and the country's."""
    if about is None:
        return 0.0, 0.0
    own = about.paces.get(destination)
    return about.pace.per_second, own.per_second if own else 0.0


def _line(
    lots: Lots,
    channel: str,
    provider: str,
    about: About | None,
    *,
    ends: Mapping[tuple[str, str], float],
    price: ProviderPrice | None,
) -> Line:
    mine = {lot: many for lot, many in lots.items() if lot.provider == provider}
    beside = sum(many for lot, (many, _) in mine.items() if lot.beside)
    messages = sum(many for many, _ in mine.values())
    parts = sum(many * lot.parts for lot, (many, _) in mine.items())
    paced = all(any(_paces(about, lot.destination)) for lot in mine)
    return Line(
        channel,
        provider,
        messages - beside,
        beside,
        parts,
        sum(count for _, count in mine.values()),
        _paces(about, "")[0] or None,
        max(end for (name, _), end in ends.items() if name == provider) if paced else None,
        cost(parts, price),
    )


def _in_time(deadline: Deadline, whole: Course, unpaced: int, takes: timedelta | None, begins_at: datetime) -> InTime:
    left = deadline.ends_at - begins_at
    told = whole.told_by(left.total_seconds())
    some = unpaced if left > timedelta() else 0
    return InTime(deadline, told, told + some, left - takes if takes is not None else None)
