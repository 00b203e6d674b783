"""Sending, with every intent and outcome recorded, beside the providers' own SDKs, which record nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.counting_provider import CountingProvider, NotBuilt
from bench.peers import Skipped, measure
from bench.sending import databases
from bench.timing import Figure


@dataclass(frozen=True)
class Contest:
    """One channel: our messages, and each rival with its own (a slow one is not asked for as many)."""

    channel: str
    ours: int
    rivals: dict[str, int]
    bar: str
    bar_late: str = ""  # with a provider that answers after 50 ms; empty: not asked


CONTESTS = (
    Contest(
        "push",
        400_000,  # of fewer a tenth of the time is loading Firebase's SDK
        {"client_alone": 200_000, "firebase": 2_000, "firebase_async": 2_000},
        "25,000 a second",
        "15,000 a second",
    ),
    Contest("sms", 100_000, {"twilio_async": 8_000, "twilio_threads": 2_000}, "18,000 a second", "10,000 a second"),
    Contest("email", 1_200_000, {"sendgrid_bulk": 320_000}, "100,000 a second"),  # shorter is over before it is warm
    Contest("smtp", 30_000, {"nodemailer_pool": 4_000}, "5,000 a second"),
)


def run(*, full: bool) -> list[Figure]:
    """A quarter of the messages, or all of them. The worker has one core, the provider and the database the other."""
    try:
        with CountingProvider(cpu=1) as provider:
            database = databases()[0]
            return [figure for one in CONTESTS for figure in _rounds(provider, one, database, 1 if full else 4)]
    except NotBuilt as why:
        print(f"fan_out: skipped. {why}")
        return []


def _rounds(provider: CountingProvider, one: Contest, database: str, part: int) -> Iterator[Figure]:
    for delay, bar in ((0, one.bar), (50, one.bar_late)):
        if bar:
            provider.options(delay_ms=delay)
            yield from _contest(provider, one, database, part, delay=delay, bar=bar)


def _contest(
    provider: CountingProvider, one: Contest, database: str, part: int, *, delay: int, bar: str
) -> Iterator[Figure]:
    more = ["--channel", one.channel, "--database", database]
    many = one.ours // part
    ours = measure("bench.tocsin_sends", provider, many, cpu=0, more=more)
    rate = many / ours["seconds"]
    said = f"{one.channel}, {delay} ms: {rate:,.0f} a second on {database}, {ours['rss']:.0f} MiB"
    each, theirs = ours["cpu_seconds"] / many, ours["database_cpu_seconds"] / many
    yield Figure(said, each, 1 / rate, "its database", theirs, 0.0, None, bar)
    for name, count in one.rivals.items():
        try:
            rival = measure(name, provider, max(1_000, count // part), cpu=0)
        except Skipped as why:
            print(f"{name}: skipped. {why}")
            continue
        their_rate = rival["messages"] / rival["seconds"]
        cpu = rival["cpu_seconds"] / rival["messages"]
        said = f"{one.channel}, {delay} ms: {rate / their_rate:.1f} times the rate of {name} ({their_rate:,.0f})"
        yield Figure(said, each, 1 / rate, name, cpu, 1 / their_rate, each / cpu)
