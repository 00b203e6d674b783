"""Commands of channels: the pre-flight, before any incident; and which channel is in the wrong hands, during one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from affected import company_directory
from incidents.deliveries.preflight import Told, preflight
from incidents.deliveries.shortfalls import people, who
from incidents.foundation.privacy import FEWEST_ALIKE
from incidents.respond.alerts import lacking
from notifiers.registry import schemes_by_kind
from packs import BadInput
from web.acts import compromise as acts
from web.acts.act import Caller
from web.acts.compromise import CompromiseBody, RestoreBody
from web.cli.answer import Answer, door
from web.cli.door import acting, existing, kit, moment
from web.cli.groups import channels


@channels.command("check")
@click.option("--policy", help="One house policy; every one that has a directory unless said.")
@click.option("--directory", type=click.Path(path_type=Path), help="The mapping file of another directory of it.")
@door
def check(policy: str | None, directory: Path | None) -> Answer:
    """Who of a company's people can be told how, by which provider in which region, and what is missing.

    Last stands what keeps colleagues from being alerted. Exit status 1 where somebody cannot be told by anything, or
    something is missing.
    """
    k = kit()
    if directory and not policy:
        raise BadInput("--directory: say with --policy whose people these are.")
    given = company_directory(existing(directory), schemes=schemes_by_kind()) if directory else None
    wanted = [policy] if policy else sorted(set(k.packs.house) & set(k.directories))
    if not wanted:
        raise BadInput("No company has a directory here; TOCSIN_DIRECTORIES names the folder.")
    found = [preflight(k, one, directory=given) for one in wanted]
    with k.begin(reading=True) as tx:
        alerts = lacking(tx, k)  # of the installation, and so of each company that it serves
    said = [one.as_json() | {"alerts": alerts} for one in found]
    lines = [line for one in said for line in _lines(one)] + list(_alerts(alerts))
    return Answer(said, lines, found=bool(alerts) or any(one.findings for one in found))


INCIDENT = click.option("--incident", "reference", help="For this incident only; for the whole house unless said.")


@channels.command("compromised")
@click.argument("name")
@click.option("--because", required=True, help="What is known of it.")
@click.option("--since", help="Since when, such as 2026-11-20T22:00+08:00; now unless said.")
@INCIDENT
@door
def compromised(name: str, because: str, since: str | None, reference: str | None) -> Answer:
    """Mark a channel (email), a provider (email/smtp) or log-in as in the wrong hands: it is used for nothing."""
    said = CompromiseBody(subject=name, because=because, since=moment(since, "since"))
    do = acts.mark_compromised if reference else acts.mark_compromised_everywhere
    where = f"in {reference}" if reference else "in the whole house"
    return Answer(_do(do, said, reference), [f"{name} is used for nothing any more {where}."])


@channels.command("restored")
@click.argument("name")
@click.option("--because", required=True, help="Why it is safe again.")
@INCIDENT
@door
def restored(name: str, because: str, reference: str | None) -> Answer:
    """Lift the mark: the channel, provider or log-in may be used again."""
    do = acts.restore_channel if reference else acts.restore_channel_everywhere
    return Answer(_do(do, RestoreBody(subject=name, because=because), reference), [f"{name} may be used again."])


def _do(do: Callable[..., Any], said: RestoreBody, reference: str | None) -> Any:
    k, by = kit(), acting()
    with k.begin() as tx:
        return do(Caller(k, by, reference).enter(tx), said)


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    sums = found["sums"]
    yield (
        f"{found['company']}: {found['people']:,} people; {sums['one_by_one']:,} one by one, "
        f"{sums['announcement']:,} by the announcement only, {sums['nobody']:,} by nothing."
    )
    for way in found["ways"]:
        yield from _way(way)
    if found["grounds"]:
        yield from ("", "  Rules", *(f"    {one['says']} ({one['citation']})" for one in found["grounds"]))
    yield from ("", "  Providers", *(f"    {_provider(one)}" for one in found["providers"]))
    yield from ("", "  Wording", *(f"    {_worded(one)}" for one in found["wording"]))
    yield from ("", "  Missing", *(f"    - {one}" for one in found["findings"] or ["Nothing."]), "")


def _alerts(lacking: Sequence[str]) -> Iterator[str]:
    yield from ("Alerts to colleagues", *(f"  - {one}" for one in lacking or ["Nothing is missing."]))


def _way(way: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"  {people(way['people'])}: {_how(way)}"
    why: dict[str, list[str]] = {}
    for one in way["closed"]:
        why.setdefault(one["sentence"], []).append(one["provider"] or one["channel"])
    yield from (f"    not by {', '.join(where)}: {sentence}" for sentence, where in why.items())
    yield from (f"    {one['people']:>11,}  {_who(one)}" for one in way["alike"])
    if way["few_alike"]:
        yield f"    {way['few_alike']:>11,}  of whom fewer than {FEWEST_ALIKE} are alike"


def _how(way: Mapping[str, Any]) -> str:
    if way["told"] == Told.NOBODY:
        return f"nothing. {way['because']}"
    only = "announcement only" if way["told"] == Told.ANNOUNCEMENT else way["channel"]
    beside = f", and beside it {', '.join(way['beside'])}" if way["beside"] else ""
    return f"{only}, through {way['provider']} ({way['region'] or 'outside'}){beside}"


def _who(one: Mapping[str, Any]) -> str:
    traits = who(one["role"], one["residence"], one["language"])
    if one["holds"] is None:  # too few to be described further
        return f"{traits}: others, of whom fewer than {FEWEST_ALIKE} are alike"
    told_in = f", told in {one['told_in']}" if one["told_in"] != one["language"] else ""
    return f"{traits}{told_in} ({', '.join(one['holds']) or 'no address'})"


def _provider(one: Mapping[str, Any]) -> str:
    if not one["set_up"]:
        return f"{one['id']:<24} not set up: {', '.join(one['missing'])}"
    receipts = f"signed receipts at {one['webhook']}" if one["signed_receipts"] else "no signed receipts"
    receipts += f" before {', '.join(one['receipts_need'])} are set" if one["receipts_need"] else ""
    return f"{one['id']:<24} region {one['region'] or 'unknown: outside'}; proves {one['proof']}; {receipts}"


def _worded(one: Mapping[str, Any]) -> str:
    name = one["sender_name"] or "no sender's name"
    lacking, unreviewed = len(one["lacking"]), len(one["unreviewed"])
    return f"{one['language']:<8} {name}; {lacking} notices without wording, {unreviewed} that nobody has reviewed"
