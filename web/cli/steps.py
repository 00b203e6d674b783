"""Commands of an incident's playbook: open it, see what is next, finish, skip, start and reopen steps."""

from typing import Any

import click

from incidents.record import journal
from incidents.record.incident import find
from incidents.respond import play
from playbooks.progress import STATES, StepProgress, StepState
from web.cli.answer import Answer, door
from web.cli.door import acting, kit
from web.cli.groups import incident, step


@incident.command("playbook")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--playbook", help="Its id; what the incident's kind and role choose unless said.")
@door
def open_playbook(wanted: str, playbook: str | None) -> Answer:
    """Open the playbook of an incident."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        play.open_playbook(tx, one, kit=k, by=by, wanted=playbook)
        row = journal.pinned(tx, one.id)
        data = {"playbook": row.playbook, "version": row.version, "digest": row.digest}
        return Answer(data, [f"{one.reference} follows {row.playbook}, version {row.version}."])


@incident.command("next")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--all", "everything", is_flag=True, help="Every step, not only those that can be worked on.")
@door
def show_next(wanted: str, *, everything: bool) -> Answer:
    """What can be done now and what is overdue, the most urgent first."""
    k = kit()
    with k.begin(reading=True) as tx:
        one = find(tx, wanted)
        now = play.standing(tx, one, clock=k.clock)
        late = [found for found in now.overdue if found not in now.next]
        found = now.steps if everything else (*now.next, *late)
        return Answer([_plain(each) for each in found], [line for each in found for line in _lines(each)])


@step.command("done")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("name")
@click.option("--answer", "answers", multiple=True, help="fact=value, for a step that decides; may be given again.")
@click.option("--note", help="Stays in the journal, not in the timeline.")
@door
def done(wanted: str, name: str, answers: tuple[str, ...], note: str | None) -> Answer:
    """Say that a task is done."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        given = play.read_answers(journal.plan_of(tx, one.id), answers)
        play.finish(tx, one, name, kit=k, by=by, answers=given, reason=note)
        return _said(tx, one, name, k)


@step.command("skip")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("name")
@click.option("--reason", required=True, help="Why it is left out.")
@door
def skip(wanted: str, name: str, reason: str) -> Answer:
    """Leave a step out, with the reason."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        play.skip(tx, one, name, kit=k, by=by, reason=reason)
        return _said(tx, one, name, k)


@step.command("start")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("name")
@door
def start(wanted: str, name: str) -> Answer:
    """Take a step in hand, so that others see it."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        play.start(tx, one, name, kit=k, by=by)
        return _said(tx, one, name, k)


@step.command("reopen")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("name")
@click.option("--reason", required=True, help="Why it has to be done again.")
@door
def reopen(wanted: str, name: str, reason: str) -> Answer:
    """Say that a step has to be done again; what it answered is unknown from now on."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        play.reopen_step(tx, one, name, kit=k, by=by, reason=reason)
        return _said(tx, one, name, k)


def _said(tx: Any, one: Any, name: str, k: Any) -> Answer:
    found = next(each for each in play.standing(tx, one, clock=k.clock).steps if each.step.id == name)
    return Answer(_plain(found), _lines(found))


def _plain(found: StepProgress) -> dict[str, Any]:
    step = found.step
    return {
        "step": step.id,
        "title": step.title,
        "state": found.state,
        "means": STATES[found.state],
        "overdue": found.overdue,
        "due_at": found.due_at,
        "role": step.role,
        "action": step.action,
        "decides": list(step.decides),
        "why": list(found.why),
        "how": list(step.how),
    }


def _lines(found: StepProgress) -> list[str]:
    mark = "OVERDUE " if found.overdue else ""
    due = f", due {found.due_at:%Y-%m-%d %H:%M}Z" if found.due_at and not found.finished else ""
    verb = f", by {found.step.action}" if found.step.action else ""
    lines = [f"{mark}{found.step.id}  {found.state}  ({found.step.role}{verb}{due})  {found.step.title}"]
    lines += [f"    {why}" for why in found.why]
    if found.state in {StepState.READY, StepState.STARTED, StepState.FAILED}:
        lines += [f"  - {line}" for line in found.step.how]
    return lines
