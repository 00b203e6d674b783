"""Commands of the record: declare, show, amend, anchor, answer, phase, hold, timeline."""

from typing import Any

import click
from sqlalchemy import select

from incidents.foundation.errors import NotFound
from incidents.obligations.assess import assess_again
from incidents.obligations.facts import must_count
from incidents.record import anchors as anchor_verbs
from incidents.record import assign, facts, holds, timeline
from incidents.record import declare as verbs
from incidents.record.incident import Kind, Phase, find
from incidents.record.tables import Hold, Incident
from incidents.respond import play
from policies.vocabulary import AnchorName, BreachKind, Certainty, RequestForm, Role
from web.accounts.accounts import find_account
from web.cli.answer import Answer, door
from web.cli.door import acting, given, kit, moment, one_of
from web.cli.groups import incident
from web.pages import record

_ANCHOR = ("party", "name", "at", "said_by_name", "said_at", "source")


@incident.command("declare")
@click.option("--company", required=True, help="Whose people and policy it concerns, such as a house policy's id.")
@click.option("--title", required=True, help="What it is called; names nobody.")
@click.option("--aware", "became_aware_at", help="When the company became aware, ISO 8601 with an offset.")
@click.option("--kind", type=one_of(Kind), default=Kind.DATA_BREACH.value, show_default=True, help="What has happened.")
@click.option(
    "--role",
    type=one_of(Role),
    default=Role.CONTROLLER.value,
    show_default=True,
    help="The company's part in handling the data.",
)
@click.option(
    "--affects",
    type=one_of(BreachKind),
    multiple=True,
    default=[BreachKind.CONFIDENTIALITY.value],
    show_default=True,
    help="What of the data has suffered; may be said several times.",
)
@click.option(
    "--certainty",
    type=one_of(Certainty),
    default=Certainty.HAPPENED.value,
    show_default=True,
    help="Whether it has happened or may have.",
)
@click.option("--source", default="command line", help="How the company learned of it.")
@click.option("--drill", is_flag=True, help="Rehearse: nobody is told.")
@door
def declare(**said: Any) -> Answer:
    """Open an incident, and with it the playbook that its kind and role choose."""
    k, by = kit(), acting()
    k.packs.must_know(said["company"])
    declaration = verbs.Declaration(
        title=said["title"],
        company=said["company"],
        became_aware_at=moment(said["became_aware_at"], "--aware"),
        kind=Kind(said["kind"]),
        role=Role.of(said["role"]),
        affects=[BreachKind.of(word) for word in said["affects"]],
        certainty=Certainty.of(said["certainty"]),
        is_drill=said["drill"],
        source=said["source"],
    )
    with k.begin() as tx:
        made = verbs.declare(tx, declaration, by=by, clock=k.clock, keys=k.keys)
        play.open_chosen(tx, made, kit=k.of(made), by=by)
        follows = f" It follows the playbook {made.playbook}." if made.playbook else ""
        return Answer(_plain(made), [f"{made.reference} is open.{follows}"])


@incident.command("list")
@door
def list_all() -> Answer:
    """All incidents, newest first."""
    with kit().begin(reading=True) as tx:
        found = [_plain(one) for one in tx.scalars(select(Incident).order_by(Incident.declared_at.desc()))]
    return Answer(
        found, [f"{one['reference']}  {one['phase']:<12} {one['company']:<8} {one['title']}" for one in found]
    )


@incident.command("show")
@click.argument("wanted", metavar="INCIDENT")
@door
def show(wanted: str) -> Answer:
    """One incident with its anchors and who said them, its answers, parts and holds."""
    with kit().begin(reading=True) as tx:
        one = find(tx, wanted)
        rows = [row for row in record.anchors(tx, one.id) if row.superseded_at is None]
        standing = [{name: getattr(row, name) for name in _ANCHOR} for row in rows]
        data = _plain(one) | {"anchors": standing, "answers": facts.answers(tx, one.id)}
        data["parts"] = record.parts(tx, one.id)
        data["holds"] = [{name: getattr(row, name) for name in record.HOLD} for row in record.holds(tx, one.id)]
    lines = [f"{data['reference']}: {data['title']} ({data['company']}, {data['role']}, {data['phase']})"]
    lines += [
        f"  {row.party}  {row.name}  {row.at:%Y-%m-%d %H:%M}Z  said by {row.said_by_name}, "
        f"{row.said_at:%Y-%m-%d %H:%M}Z: {row.source}"
        for row in rows
    ]
    lines += [f"  {part}: {', '.join(names)}" for part, names in data["parts"].items()]
    return Answer(data, lines)


@incident.command("amend")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--title", required=True, help="The new title; names nobody.")
@door
def amend(wanted: str, title: str) -> Answer:
    """Change the title."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        verbs.amend(tx, one, title=title, by=by, clock=k.clock)
        return Answer(_plain(one), [f"{one.reference} is now called: {one.title}"])


@incident.command("reclassify")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--because", required=True, help="What is known by now.")
@click.option("--kind", type=one_of(Kind), help="What has happened.")
@click.option("--role", type=one_of(Role), help="The company's part in handling the data.")
@click.option(
    "--affects",
    type=one_of(BreachKind),
    multiple=True,
    help="What of the data has suffered; may be said several times.",
)
@click.option("--certainty", type=one_of(Certainty), help="Whether it has happened or may have.")
@door
def reclassify(wanted: str, because: str, **said: Any) -> Answer:
    """Change what the incident is held to be; what was assessed is assessed again."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        verbs.reclassify(
            tx,
            one,
            because=because,
            kind=Kind(said["kind"]) if said["kind"] else None,
            role=Role.of(said["role"]) if said["role"] else None,
            affects=[BreachKind.of(word) for word in said["affects"]] or None,
            certainty=Certainty.of(said["certainty"]) if said["certainty"] else None,
            by=by,
            clock=k.clock,
        )
        assess_again(tx, one, by=by, clock=k.clock, packs=k.packs)
        return Answer(_plain(one), [f"{one.reference} is reclassified."])


@incident.command("anchor", epilog=f"ANCHOR is one of {', '.join(AnchorName)}.")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("name", metavar="ANCHOR", type=one_of(AnchorName))
@click.argument("at")
@click.option("--party", help="Whose anchor; the company's unless said.")
@click.option("--source", required=True, help="How this is known.")
@door
def anchor(wanted: str, name: str, at: str, party: str | None, source: str) -> Answer:
    """Record the moment from which clocks run."""
    k, by = kit(), acting()
    when = moment(at, name)
    assert when is not None  # noqa: S101 - the argument is required
    with k.begin() as tx:
        one = find(tx, wanted)
        row = anchor_verbs.set_anchor(
            tx, one, AnchorName.of(name), when, by=by, clock=k.clock, source=source, party=party
        )
        assess_again(tx, one, by=by, clock=k.clock, packs=k.packs)
        return Answer(
            {"party": row.party, "name": row.name, "at": row.at}, [f"{row.party}: {name} is {row.at.isoformat()}."]
        )


@incident.command("answer")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("fact")
@click.argument("value")
@click.option("--party", help="Of whom it is true; the company of the incident unless said.")
@click.option("--because", required=True, help="How this is known.")
@door
def answer(wanted: str, fact: str, value: str, party: str | None, because: str) -> Answer:
    """Answer a question of a law: yes, no, unknown, a word, a number, or min..max (either may be left out)."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        must_count(k.packs, fact)
        row = facts.answer(tx, one, fact, given(value), by=by, clock=k.clock, because=because, party=party)
        assess_again(tx, one, by=by, clock=k.clock, packs=k.packs)
        return Answer({"fact": row.name, "value": row.value["is"]}, [f"{row.party}: {row.name} is {row.value['is']}."])


@incident.command("phase")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("phase", type=one_of(phase for phase in Phase if phase is not Phase.CLOSED))
@door
def move(wanted: str, phase: str) -> Answer:
    """Move the handling to another phase."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        verbs.move_to(tx, one, Phase(phase), by=by, clock=k.clock)
        return Answer(_plain(one), [f"{one.reference} is in {phase}."])


@incident.command("hold")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--stops", type=one_of(holds.STOPS), default="sending", show_default=True, help="What is held back.")
@click.option("--reason", required=True, help="Why it is held back.")
@click.option("--requested-by", required=True, help="Who asked for it.")
@click.option("--until", "until", required=True, help="When it ends, ISO 8601 with an offset.")
@click.option("--police", type=one_of(RequestForm), help="Law enforcement asked for it, in this form.")
@click.option("--place", "places", multiple=True, help="Whose telling it asked to hold back; all if left out.")
@door
def hold(wanted: str, until: str, police: str | None, **said: Any) -> Answer:
    """Stop sending, or a promised deletion, until a date; the clocks run on, but where a law lets the police delay."""
    k, by = kit(), acting()
    ends = moment(until, "--until")
    assert ends is not None  # noqa: S101 - the option is required
    with k.begin() as tx:
        one = find(tx, wanted)
        form = RequestForm.of(police) if police else None
        row = holds.hold(tx, one, **said, police_form=form, ends_at=ends, by=by, clock=k.clock)
        if row.police_form:
            assess_again(tx, one, by=by, clock=k.clock, packs=k.packs)
        shown = f"{row.id}: {row.stops} until {row.ends_at.isoformat()}."
        return Answer({"hold": row.id, "ends_at": row.ends_at}, [shown])


@incident.command("release")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("hold_id")
@door
def release(wanted: str, hold_id: str) -> Answer:
    """End a hold before its time."""
    k, by = kit(), acting()
    with k.begin() as tx:
        placed = tx.get(Hold, hold_id)
        if placed is None or placed.incident_id != find(tx, wanted).id:
            raise NotFound("hold", hold_id)
        holds.release(tx, placed, by=by, clock=k.clock)
        if placed.police_form:
            assess_again(tx, find(tx, wanted), by=by, clock=k.clock, packs=k.packs)
        return Answer({"hold": placed.id, "released_at": placed.released_at}, [f"{hold_id} is released."])


@incident.command("part")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("part", metavar="PART", type=one_of(assign.Part))
@click.argument("person")
@door
def give_part(wanted: str, part: str, person: str) -> Answer:
    """Give a person (by id or e-mail address) a part in the incident."""
    k, by = kit(), acting()
    with k.begin() as tx:
        whom = find_account(tx, person).as_actor()
        given = assign.assign(tx, find(tx, wanted), assign.Part(part), whom, by=by, clock=k.clock)
        return Answer({"part": given.part, "actor": given.actor_id}, [f"{whom.name} is {part}."])


@incident.command("timeline")
@click.argument("wanted", metavar="INCIDENT")
@door
def show_timeline(wanted: str) -> Answer:
    """The timeline, line by line, and whether its chain holds."""
    with kit().begin(reading=True) as tx:
        entries = timeline.read(tx, find(tx, wanted).id)
        lines = [(timeline.line(entry), entry.digest) for entry in entries]
    broken = timeline.first_break(lines)
    text = [
        f"{plain['seq']:>4}  {plain['happened_at'][:16]}Z  {plain['actor_name']:<12} {plain['kind']}"
        for plain, _ in lines
    ]
    text.append("The chain holds." if broken is None else f"The chain breaks at line {broken}.")
    return Answer({"lines": [plain | {"digest": digest} for plain, digest in lines], "broken_at": broken}, text)


def _plain(one: Incident) -> dict[str, Any]:
    names = (
        "id",
        "reference",
        "title",
        "company",
        "role",
        "kind",
        "affects",
        "certainty",
        "phase",
        "is_drill",
        "playbook",
    )
    return {name: getattr(one, name) for name in names} | {"declared_at": one.declared_at, "closed_at": one.closed_at}
