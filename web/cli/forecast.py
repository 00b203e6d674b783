"""Commands that look ahead: a notice's forecast, how a fan-out runs against its own, and what a message costs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import click

from incidents.deliveries import prices
from incidents.deliveries.forecast import Forecast, InTime, Line
from incidents.deliveries.live import Live, live
from incidents.deliveries.plan import Terms
from incidents.deliveries.start import forecast
from incidents.deliveries.takes import in_words
from incidents.notices.texts import find_notice
from web.cli.answer import Answer, door
from web.cli.deliveries import UNKNOWN_RESIDENCE, wanted_fan_outs
from web.cli.door import acting, kit
from web.cli.groups import delivery, notice, provider


@notice.command("forecast")
@click.argument("reference")
@click.option("--language", required=True, help="The language whose readers are counted.")
@UNKNOWN_RESIDENCE
@click.option("--soak-minutes", type=click.IntRange(0, 1440), default=5, help="How long each wave is watched.")
@door
def show_forecast(reference: str, language: str, unknown_residence: str, soak_minutes: int) -> Answer:
    """Before approval: how long telling takes by which provider, what it costs, and who is told by each deadline."""
    k = kit()
    with k.begin(reading=True) as tx:
        notice_id = find_notice(tx, reference).id
    terms = replace(Terms(unknown_residence), soak_minutes=soak_minutes)
    found = forecast(k, notice_id, language, terms=terms)
    return Answer(found.as_json(), list(_lines(found)))


@delivery.command("live")
@click.argument("wanted", metavar="INCIDENT|FAN_OUT")
@door
def show_live(wanted: str) -> Answer:
    """How the fan-outs of an incident (or one, by its id) run against their forecast and each deadline."""
    k = kit()
    with k.begin(reading=True) as tx:
        found = [live(tx, one, kit=k) for one in wanted_fan_outs(tx, wanted)]
    return Answer([one.as_json() for one in found], [line for one in found for line in _live(one)])


@provider.command("price")
@click.argument("provider_id")
@click.argument("price")
@click.option("--because", required=True, help="The contract or price list that it rests on.")
@door
def price(provider_id: str, price: str, because: str) -> Answer:
    """Say what one part of a message costs at a provider, such as "USD 0.0079"; for an SMS a part is a segment."""
    k, by = kit(), acting()
    with k.begin() as tx:
        said = plain(prices.set_price(tx, provider_id, price, because=because, by=by, clock=k.clock))
    return Answer(said, [f"{provider_id}: {said['price']} a part, said by {by.name}."])


@provider.command("prices")
@door
def list_prices() -> Answer:
    """The prices in force. A provider that is not listed has none that is known."""
    with kit().begin(reading=True) as tx:
        rows = [plain(row) for row in prices.prices(tx).values()]
    lines = [f"{row['provider']:<24} {row['price']:<14} {row['by']}: {row['because']}" for row in rows]
    return Answer(rows, lines or ["No price is known."])


def plain(row: Any) -> Mapping[str, Any]:
    """A price as JSON."""
    said = {"provider": row.provider, "price": f"{row.currency} {row.amount}", "because": row.because}
    return said | {"by": row.said_by_name, "at": row.said_at.isoformat()}


def _lines(found: Forecast) -> Iterator[str]:
    yield found.sentence
    yield from (_line(line) for line in found.lines)
    costs = found.costs
    yield from (f"  cost: {one['currency']} {one['amount']}" for one in costs["known"])
    if costs["unknown"]:
        yield f"  cost of {', '.join(costs['unknown'])}: not known"
    yield from (line for one in found.in_time for line in _deadline(one, found.one_by_one))


def _live(one: Live) -> Iterator[str]:
    yield f"{one.fan_out_id}  {one.phase}: {one.sentence}"
    for row in one.by_provider:
        taken = row["answered"] - row["failed"]
        yield f"  {row['provider']:<24} {row['size']:>11,} planned, {taken:,} taken, {row['failed']:,} failed"
    for run in one.runs:
        told = f"{run.told_by_then:,} of {one.people:,} told by then" if run.told_by_then is not None else "no rate yet"
        yield f"  {run.deadline.ends_at:%Y-%m-%d %H:%M}Z  {run.deadline.duty} ({run.deadline.kind}): {told}"
        yield from _margin(run.margin)


def _margin(margin: timedelta | None) -> Iterator[str]:
    if margin is not None:
        yield f"    done {in_words(abs(margin))} {'before' if margin >= timedelta() else 'AFTER'} it"


def _line(line: Line) -> str:
    pace = f"{line.per_second:,g} a second" if line.per_second else "no published pace"
    parts = f" in {line.parts:,} parts" if line.parts != line.people + line.beside else ""
    return f"  {line.people + line.beside:>11,}  by {line.provider}{parts}, {line.batches:,} batches, {pace}"


def _deadline(one: InTime, people: int) -> Iterator[str]:
    told = f"{one.told:,}" if one.told == one.at_most else f"{one.told:,} to {one.at_most:,}"
    which = f"{one.deadline.ends_at:%Y-%m-%d %H:%M}Z  {one.deadline.duty} ({one.deadline.kind})"
    yield f"  {which}: {told} of {people:,} told"
    yield from _margin(one.margin)
    if one.deadline.safe_start is not None:
        yield f"    latest safe start: {one.deadline.safe_start.sentence}"
