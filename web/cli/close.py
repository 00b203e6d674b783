"""Commands of the end: end handling, close, reopen, lessons, write the proof bundle and verify it."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import click

from incidents.foundation.errors import BadInput, Refused
from incidents.obligations.assess import assess
from incidents.record.incident import find
from incidents.review import close as ends
from incidents.review import lessons, verify
from incidents.review.bundle import make_bundle
from web.cli.answer import Answer, door
from web.cli.door import acting, existing, kit, moment, one_of
from web.cli.groups import bundle, incident


@incident.command("end-handling")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--at", "at", help="When it ended, ISO 8601 with an offset; now unless said.")
@door
def end_handling(wanted: str, at: str | None) -> Answer:
    """Say that handling has ended; reports that count from its end begin to run."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        ends.end_handling(tx, one, by=by, clock=k.clock, at=moment(at, "--at"), source="command line")
        assess(tx, one, by=by, clock=k.clock, packs=k.packs)
        left = ends.in_the_way(tx, one, clock=k.clock)
        lines = [f"The handling of {one.reference} has ended.", *(f"- {reason}" for reason in left)]
        return Answer({"handling_ended_at": one.handling_ended_at, "in_the_way": list(left)}, lines)


@incident.command("close")
@click.argument("wanted", metavar="INCIDENT")
@door
def close(wanted: str) -> Answer:
    """Close the case; refused while anything is owed, and each thing is named."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        ends.close(tx, one, by=by, clock=k.clock)
        return Answer({"closed_at": one.closed_at}, [f"{one.reference} is closed."])


@incident.command("reopen")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--because", required=True, help="What has come up since.")
@door
def reopen(wanted: str, because: str) -> Answer:
    """Open a closed case again."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        ends.reopen(tx, one, because=because, by=by, clock=k.clock)
        return Answer({"phase": one.phase}, [f"{one.reference} is open again."])


@incident.command("lesson")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("words")
@click.option(
    "--kind",
    type=one_of(lessons.LessonKind),
    default=lessons.LessonKind.WENT_BADLY.value,
    show_default=True,
    help="What sort of lesson it is.",
)
@click.option("--action", help="What somebody will do about it.")
@click.option("--owner", help="Who will.")
@click.option("--due-on", help="By which day, such as 2027-01-31.")
@door
def lesson(wanted: str, words: str, kind: str, **action: str | None) -> Answer:
    """Write down a lesson, with what will be done about it."""
    k, by = kit(), acting()
    with k.begin() as tx:
        made = lessons.write_lesson(tx, find(tx, wanted), lessons.LessonKind(kind), words, by=by, clock=k.clock)
        if action["action"]:
            due_on, owner = _day(action["due_on"]), action["owner"] or ""
            lessons.take_action(tx, made, action["action"], owner=owner, due_on=due_on, by=by, clock=k.clock)
        return Answer({"lesson": made.id}, [f"{made.id} is written."])


@incident.command("action-done")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("action_id")
@door
def finish_action(wanted: str, action_id: str) -> Answer:
    """Say that what was promised about a lesson was done."""
    k, by = kit(), acting()
    with k.begin() as tx:
        found = lessons.action(tx, find(tx, wanted).id, action_id)
        lessons.finish_action(tx, found, by=by, clock=k.clock)
        return Answer({"action": found.id, "done_at": found.done_at}, [f"{found.id} is done."])


@incident.command("lessons")
@click.argument("wanted", metavar="INCIDENT")
@door
def list_lessons(wanted: str) -> Answer:
    """What was learned, and what is done about it by whom."""
    names = ("id", "words", "owner", "due_on", "done_at")
    with kit().begin(reading=True) as tx:
        rows: list[dict[str, Any]] = [
            {"id": one.id, "kind": one.kind, "words": one.words}
            | {"actions": [{name: getattr(each, name) for name in names} for each in actions]}
            for one, actions in lessons.lessons(tx, find(tx, wanted).id)
        ]
    lines = []
    for row in rows:
        lines.append(f"{row['id']}  {row['kind']}: {row['words']}")
        lines += [f"  {each['id']}  {each['owner']} by {each['due_on']}: {each['words']}" for each in row["actions"]]
    return Answer(rows, lines)


@incident.command("bundle")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--out", help="Where to write it; <reference>.zip unless said.")
@door
def write_bundle(wanted: str, out: str | None) -> Answer:
    """Write the signed proof bundle."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, wanted)
        target = Path(out or f"{one.reference}.zip")
        if target.exists():
            raise BadInput(f"--out: {target} is there already; a bundle is never written over.")
        body = make_bundle(tx, one, by=by, clock=k.clock, signer=k.signer)
    target.write_bytes(body)
    mark = k.signer.public_key.keyid
    data = {"file": str(target), "sha256": hashlib.sha256(body).hexdigest(), "fingerprint": mark}
    return Answer(data, [f"Written: {target}", f"Its key has the fingerprint {mark}; tell it by another way."])


@bundle.command("verify")
@click.argument("file")
@click.option(
    "--key", required=True, help="The public key in PEM form, or its fingerprint; never taken from the bundle."
)
@door
def verify_bundle(file: str, key: str) -> Answer:
    """Check a proof bundle with nothing but the public key: no database, no settings."""
    proof = existing(file).read_bytes()
    try:
        verdict = verify.verify(proof, verify.key_text(key))
    except FileNotFoundError:
        raise BadInput(f"--key: {key} is neither a file nor a fingerprint of 64 hexadecimal digits.") from None
    except ValueError as error:  # verify.Unreadable, or a key file that is not text
        raise BadInput(f"{file}: {error}") from None
    if not verdict.holds:
        because = tuple(one.sentence for one in verdict.findings)
        raise Refused("bundle_broken", f"{file} does not hold.", because=because)
    data: dict[str, Any] = {"holds": True, **verdict.facts}
    return Answer(data, verify.sentences(verdict))


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        raise BadInput(f"--due-on: '{text}' is no day such as 2027-01-31.") from None
