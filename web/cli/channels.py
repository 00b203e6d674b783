"""Commands of channels: the pre-flight, before any incident; and which channel is in the wrong hands, during one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from affected import company_directory
from incidents.deliveries.preflight import Line, Preflight, Told, preflight
from incidents.deliveries.readiness import Setting
from packs import BadInput
from web.acts import compromise as acts
from web.acts.act import Caller
from web.acts.compromise import CompromiseBody, RestoreBody
from web.cli.door import Answer, acting, door, existing, kit, moment
from web.cli.groups import channels


@channels.command("check")
@click.option("--policy", help="One house policy; every one that has a directory unless said.")
@click.option("--directory", type=click.Path(path_type=Path), help="The mapping file of another directory of it.")
@door
def check(policy: str | None, directory: Path | None) -> Answer:
    """Who of a company's people can be told how, by which provider in which region, and what is missing.

    Exit status 1 where somebody cannot be told by anything, or something is missing.
    """
    k = kit()
    if directory and not policy:
        raise BadInput("--directory: say with --policy whose people these are.")
    given = company_directory(existing(directory)) if directory else None
    wanted = [policy] if policy else sorted(set(k.packs.house) & set(k.directories))
    if not wanted:
        raise BadInput("No company has a directory here; TOCSIN_DIRECTORIES names the folder.")
    found = [preflight(k, one, directory=given) for one in wanted]
    lines = [line for one in found for line in _lines(one)]
    return Answer([one.as_json() for one in found], lines, found=any(one.findings for one in found))


INCIDENT = click.option("--incident", "reference", help="For this incident only; for the whole house unless said.")


@channels.command("compromised")
@click.argument("name")
@click.option("--because", required=True)
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
@click.option("--because", required=True)
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


def _lines(found: Preflight) -> Iterator[str]:
    sums = found.sums
    yield (
        f"{found.company}: {found.people:,} people; {sums['one_by_one']:,} one by one, "
        f"{sums['announcement']:,} by the announcement only, {sums['nobody']:,} by nothing."
    )
    yield from (f"  {people:>9,}  {_who(line)}: {_how(line)}" for line, people in found.lines)
    yield from (f"  {_provider(one)}" for one in found.providers)
    for word in found.wording:
        lacking, unreviewed = len(word.lacking), len(word.unreviewed)
        yield f"  {word.language:<8} {lacking} notices without wording, {unreviewed} whose wording nobody has reviewed"
    yield from (f"  rule: {says} ({citation})" for citation, says in found.grounds.items())
    yield from (f"  missing: {one}" for one in found.findings)


def _who(line: Line) -> str:
    holds = ", ".join(line.holds) or "no address"
    return f"{line.role or 'no role'}, {line.residence}, {line.language or 'no language'} ({holds})"


def _how(line: Line) -> str:
    if line.told is Told.NOBODY:
        return line.because
    only = "the announcement only" if line.told is Told.ANNOUNCEMENT else line.channel
    closed = "".join(f"; not by {one.provider or one.channel}: {one.why.sentence}" for one in line.closed)
    return f"{only} through {line.provider}, {line.region or 'outside'}, in {line.told_in}{closed}"


def _provider(one: Setting) -> str:
    state = "set up" if one.set_up else f"needs {', '.join(one.missing)}"
    receipts = f"signed receipts at {one.webhook}" if one.signed_receipts else "no signed receipts"
    receipts += f" before {', '.join(one.receipts_need)} are set" if one.receipts_need else ""
    return f"{one.id:<24} {state}; region {one.region or 'unknown: outside'}; proves {one.proof}; {receipts}"
