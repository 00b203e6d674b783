"""Commands of the fan-out: reach, send, progress, pause, resume, abort; and of providers: list, attest, regions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from incidents.deliveries import control, regions
from incidents.deliveries.closed import Why
from incidents.deliveries.plan import Terms
from incidents.deliveries.progress import Progress, in_doubt
from incidents.deliveries.progress import progress as counts_of
from incidents.deliveries.reach import Reach
from incidents.deliveries.start import reach, send_notice
from incidents.deliveries.tables import FanOut
from incidents.foundation.errors import BadInput
from incidents.notices.texts import find_notice
from incidents.notices.voids import standing
from incidents.record.incident import find
from notifiers.outcome import Outcome
from notifiers.registry import entries
from web.cli.answer import Answer, door
from web.cli.door import acting, kit
from web.cli.groups import delivery, notice, provider

UNKNOWN_RESIDENCE = click.option(
    "--unknown-residence",
    type=click.Choice(["hold", "send"]),
    default="hold",
    show_default=True,
    help="What becomes of people whose country is unknown; 'send' is a decision of compliance.",
)


@notice.command("reach")
@click.argument("reference")
@click.option("--language", required=True, help="The approved language to look at.")
@UNKNOWN_RESIDENCE
@door
def show_reach(reference: str, language: str, unknown_residence: str) -> Answer:
    """Before sending: who can be told by which channel and provider, and why others cannot."""
    k = kit()
    with k.begin(reading=True) as tx:
        notice_id = find_notice(tx, reference).id
    found = reach(k, notice_id, language, unknown_residence=unknown_residence)
    return Answer(found.as_json(), _reach_lines(found))


@notice.command("send")
@click.argument("reference")
@click.option("--language", "languages", multiple=True, help="Every approved language unless said.")
@UNKNOWN_RESIDENCE
@click.option(
    "--proof",
    type=click.Choice([Outcome.ACCEPTED.value, Outcome.DELIVERED.value]),
    default=Outcome.ACCEPTED.value,
    show_default=True,
    help="What counts as told.",
)
@click.option("--wait-hours", type=click.IntRange(1, 720), default=24, help="How long a route has to bring that proof.")
@click.option("--tell-again/--leave-in-doubt", default=True, help="What becomes of people who stay in doubt.")
@click.option(
    "--quiet", default="", help="Wake nobody in these hours of their own day, e.g. 22:00-08:00, if duties allow."
)
@click.option(
    "--soak-minutes", type=click.IntRange(0, 1440), default=5, help="How long each wave of a large one is watched."
)
@click.option("--most-failed", type=click.IntRange(1, 100), default=20, help="Percent of failures at which it pauses.")
@door
def send(reference: str, languages: tuple[str, ...], **said: Any) -> Answer:
    """Send an approved notice: plan its fan-out; the worker begins at once."""
    k, by = kit(), acting()
    with k.begin(reading=True) as tx:
        found = find_notice(tx, reference)
        notice_id = found.id
        wanted = languages or tuple(sorted({one.language for one in standing(tx, found)}))
    if not wanted:
        raise BadInput(f"{reference}: no language of this notice is approved; approve one first.")
    terms = Terms(said["unknown_residence"], said["proof"], said["wait_hours"], said["tell_again"])
    terms = replace(
        terms, soak_minutes=said["soak_minutes"], most_failed=said["most_failed"] / 100, quiet=said["quiet"]
    )
    made = [send_notice(k, notice_id, language, by=by, terms=terms) for language in wanted]
    with k.begin(reading=True) as tx:
        rows = [_row(one, counts_of(tx, tx.get_one(FanOut, one.id))) for one in made]
    return Answer(rows, [line for row in rows for line in _lines(row)])


@delivery.command("progress")
@click.argument("wanted", metavar="INCIDENT|FAN_OUT")
@door
def progress(wanted: str) -> Answer:
    """How the fan-outs of an incident (or one fan-out, by its id) stand."""
    k = kit()
    with k.begin(reading=True) as tx:
        rows = [_row(one, counts_of(tx, one)) for one in wanted_fan_outs(tx, wanted)]
    return Answer(rows, [line for row in rows for line in _lines(row)] or ["Nothing is on its way."])


@delivery.command("doubts")
@click.argument("fan_out")
@door
def doubts(fan_out: str) -> Answer:
    """Everybody who may have been told twice, by token."""
    with kit().begin(reading=True) as tx:
        found = in_doubt(tx, control.find_fan_out(tx, fan_out))
    rows = [{"delivery": one, "person": person, "state": state} for one, person, state in found]
    return Answer(rows, [f"{row['delivery']}  {row['person']}  {row['state']}" for row in rows] or ["Nobody."])


@delivery.command("pause")
@click.argument("fan_out")
@click.option("--because", required=True, help="Why it pauses.")
@door
def pause(fan_out: str, because: str) -> Answer:
    """Stop sending for now; the clocks run on."""
    k, by = kit(), acting()
    with k.begin() as tx:
        found = control.find_fan_out(tx, fan_out)
        control.pause(tx, found, because=because, by=by, clock=k.clock)
    return Answer({"id": fan_out, "phase": found.phase}, ["Paused. The clocks run on."])


@delivery.command("resume")
@click.argument("fan_out")
@door
def resume(fan_out: str) -> Answer:
    """Go on sending."""
    k, by = kit(), acting()
    with k.begin() as tx:
        found = control.find_fan_out(tx, fan_out)
        control.resume(tx, found, by=by, clock=k.clock)
    return Answer({"id": fan_out, "phase": found.phase}, ["It goes on."])


@delivery.command("abort")
@click.argument("fan_out")
@click.option("--because", required=True, help="Why it ends.")
@door
def abort(fan_out: str, because: str) -> Answer:
    """Stop for good; what has left cannot be called back."""
    k, by = kit(), acting()
    with k.begin() as tx:
        found = control.find_fan_out(tx, fan_out)
        cancelled = control.abort(tx, found, because=because, by=by, clock=k.clock)
    data = {"id": fan_out, "phase": found.phase, "cancelled": cancelled}
    return Answer(data, [f"Stopped for good; {cancelled} deliveries were cancelled."])


@provider.command("list")
@door
def list_providers() -> Answer:
    """Every provider there is, the settings it needs, and where it is attested to process data."""
    k = kit()
    with k.begin(reading=True) as tx:
        where = regions.Regions.read(tx)
    rows = [
        {
            "id": entry.id,
            "label": entry.about.label,
            "ready": entry.id in k.providers,
            "region": "here" if where.is_here(entry.about) else where.of(entry.id),
            "proof": entry.about.proof,
            "settings": [
                {"name": entry.prefix + f.name.upper(), "sentence": f.sentence, "must": f.default is None}
                for f in entry.about.fields
            ],
        }
        for entry in entries().values()
    ]
    lines = [
        f"{row['id']:<24} {'ready' if row['ready'] else 'not set up':<11} {row['region'] or 'unattested: outside'}"
        for row in rows
    ]
    return Answer(rows, lines)


@provider.command("attest")
@click.argument("subject")
@click.option("--region", required=True, help="Country code, or '' to take an attestation back.")
@click.option("--because", required=True, help="The contract or statement that it rests on.")
@door
def attest(subject: str, region: str, because: str) -> Answer:
    """Sign where a provider (or mail:<domain>, a mail exchanger) processes data."""
    k, by = kit(), acting()
    with k.begin() as tx:
        signed = _plain(regions.attest(tx, subject, region=region, because=because, by=by, clock=k.clock))
    return Answer(signed, [f"{subject}: {region or 'unattested'}, signed by {by.name}."])


@provider.command("regions")
@door
def list_regions() -> Answer:
    """The attestations in force."""
    with kit().begin(reading=True) as tx:
        rows = [_plain(one) for one in regions.attested(tx)]
    return Answer(
        rows, [f"{row['subject']:<24} {row['region'] or '-':<3} {row['by']}: {row['because']}" for row in rows]
    )


def wanted_fan_outs(tx: Any, wanted: str) -> list[FanOut]:
    """One fan-out by its id, or those of an incident. Raises NotFound."""
    found = tx.get(FanOut, wanted)
    return [found] if found is not None else control.fan_outs(tx, find(tx, wanted).id)


def _row(fan_out: FanOut, stood: Progress) -> dict[str, Any]:
    ended = fan_out.ended_at is not None and fan_out.phase == "sending"
    return {"notice": fan_out.notice_id, "language": fan_out.language, "ended": ended, **stood.as_json()}


def _lines(row: Mapping[str, Any]) -> list[str]:
    words = ("told", "under_way", "announced", "not_reached", "cancelled", "maybe_twice")
    stood = ", ".join(f"{row[word]} {word.replace('_', ' ')}" for word in words if row[word])
    phase = "ended" if row["ended"] else row["phase"]
    lines = [f"{row['fan_out_id']}  {row['language']}  {phase}: {row['people']} people; {stood or 'none told'}"]
    lines += [f"  because: {row['because']}"] if row["because"] else []
    if row["announced"] and not row["announcement_stands"]:
        lines.append("  No announcement is published yet, so whoever is left to it was told by nothing.")
    for channel, states in sorted(row["by_channel"].items()):
        lines.append(f"  {channel:<13} " + ", ".join(f"{many} {state}" for state, many in sorted(states.items())))
    return lines


def _reach_lines(found: Reach) -> list[str]:
    lines = [f"{found.people} people; {found.not_one_by_one} of them cannot be reached one by one."]
    lines += [f"  {many:>9}  by {channel} through {one}" for (channel, one), many in sorted(found.by_route.items())]
    lines += [
        f"  {many:>9}  beside it by {channel} through {one}" for (channel, one), many in sorted(found.beside.items())
    ]
    for (channel, one, why), many in sorted(found.closed.items()):
        lines.append(f"  {many:>9}  not by {one or channel}: {Why(why).sentence}")
    lines += [f"  rule: {says} ({citation})" for citation, says in found.grounds.items()]
    lines += [f"  {many:>9}  left to {channel or 'nothing'}" for channel, many in sorted(found.left.items())]
    return lines


def _plain(signed: Any) -> dict[str, Any]:
    at = signed.attested_at.isoformat()
    return {"subject": signed.provider, "region": signed.region, "because": signed.because} | {
        "by": signed.attested_by_name,
        "at": at,
    }
