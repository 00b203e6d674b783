"""Commands of the call list: how it stands, the next call with its script, and what came of it."""

from typing import Any

import click
from sqlalchemy.orm import Session

from incidents.deliveries import call_ends, call_results, calls, closings
from incidents.deliveries.call_counts import WORDS, Listing, standing
from incidents.deliveries.call_tables import Call
from incidents.deliveries.control import find_fan_out
from incidents.deliveries.dispositions import Disposition
from incidents.deliveries.script import Script, script_of
from incidents.deliveries.tables import FanOut
from incidents.foundation.errors import NotFound
from incidents.record.incident import find
from web.cli.answer import Answer, door
from web.cli.door import acting, kit, moment, one_of
from web.cli.groups import calls as noun
from web.pages.calls import row


@noun.command("list")
@click.argument("wanted", metavar="INCIDENT")
@door
def show(wanted: str) -> Answer:
    """The call lists of an incident: how many are to be called, called back, told."""
    k = kit()
    with k.begin(reading=True) as tx:
        found = standing(tx, find(tx, wanted), kit=k)
    lines = [line for one in found for line in _lines(one)]
    return Answer([one.as_json() for one in found], lines or ["Nobody is on a call list."])


@noun.command("next")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--language", default="", help="The language that you can speak; any unless said.")
@door
def take(wanted: str, language: str) -> Answer:
    """Take the next call; it is yours for twenty minutes. The number is shown on its page in the console only."""
    k, by = kit(), acting()
    with k.begin() as tx:
        incident = find(tx, wanted)
        one = calls.next_call(tx, incident, language=language, by=by, kit=k)
        script = script_of(tx, one, kit=k)
        page = f"/console/incidents/{incident.reference}/calls/{one.id}"
    return Answer(row(one) | {"page": page, "script": script.as_json()}, _script(one, script, page))


@noun.command("write")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("call_id")
@click.argument("disposition", metavar="DISPOSITION", type=one_of(Disposition))
@click.option("--call-back-at", help="When the person wants to be called back, e.g. 2026-03-07T18:30+08:00.")
@click.option("--note", default="", help="A few words for whoever calls next; they hold no personal data.")
@door
def write(wanted: str, call_id: str, disposition: str, call_back_at: str | None, note: str) -> Answer:
    """Write down what came of a call that you made."""
    k, by = kit(), acting()
    said: dict[str, Any] = {"call_back_at": moment(call_back_at, "--call-back-at"), "note": note}
    with k.begin() as tx:
        one = calls.find_call(tx, find(tx, wanted), call_id)
        call_results.write_down(tx, one, Disposition(disposition), **said, by=by, kit=k)
        again = f" Called again from {one.again_at:%Y-%m-%d %H:%M}Z." if one.again_at else ""
        return Answer(row(one), [f"{one.id}: {Disposition(disposition).sentence}{again}"])


@noun.command("give-up")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("fan_out_id")
@click.option("--because", required=True, help="Why; it stands beside the closing.")
@door
def give_up(wanted: str, fan_out_id: str, because: str) -> Answer:
    """Call nobody of a fan-out any more, nor of later rounds of its notice: who waits takes the next route."""
    k, by = kit(), acting()
    with k.begin() as tx:
        many = call_ends.give_up(tx, _fan_out(tx, wanted, fan_out_id), because=because, by=by, kit=k)
    return Answer({"id": fan_out_id, "people": many}, [f"{many} people take the next route."])


@noun.command("reopen")
@click.argument("wanted")
@click.argument("fan_out_id")
@click.option("--because", required=True, help="Why they may be called again.")
@door
def reopen(wanted: str, fan_out_id: str, because: str) -> Answer:
    """Let people be called again from a list that was given up; whoever was sent on keeps the route they took."""
    k, by = kit(), acting()
    with k.begin() as tx:
        closings.reopen(tx, _fan_out(tx, wanted, fan_out_id), because=because, by=by, kit=k)
    return Answer({"id": fan_out_id}, ["The list is open again."])


def _fan_out(tx: Session, wanted: str, fan_out_id: str) -> FanOut:
    incident, found = find(tx, wanted), find_fan_out(tx, fan_out_id)
    if found.incident_id != incident.id:
        raise NotFound("fan-out", fan_out_id)
    return found


def _lines(one: Listing) -> list[str]:
    lines = [f"{one.fan_out_id}  {one.language}  {one.phase}: {one.people} people, {one.to_tell} to call"]
    if one.closing is not None:
        lines.append(f"  given up {one.closing.closed_at:%Y-%m-%d %H:%M}Z by {one.closing.closed_by_name}")
    lines += [f"  {many:>7}  {word.replace('_', ' ')}: {WORDS[word]}" for word, many in one.people_by_word.items()]
    calls_made = ", ".join(f"{many} {word.replace('_', ' ')}" for word, many in one.calls.items())
    return [*lines, f"  calls: {calls_made or 'none yet'}"]


def _script(one: Call, script: Script, page: str) -> list[str]:
    frame, say = script.frame, script.frame.headings
    until = f"{one.held_until_at:%H:%M}Z" if one.held_until_at else ""
    lines = [f"{one.id}  call {one.number} to this person, yours until {until}", f"The number: {page}", ""]
    lines += [say["before"], *(f"- {line}" for line in frame.before), "", say["ask"], script.ask, frame.somebody_else]
    lines += ["", say["words"], script.words, "", say["doubts"], script.doubts, *(f"- {one}" for one in script.verify)]
    return [*lines, "", say["end"], frame.end]
