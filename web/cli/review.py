"""Commands of single people in an incident: review them by name or as a group, list the reviews, look one up."""

from pathlib import Path
from typing import Any

import click

from incidents.deliveries.people import look_up, review_people
from incidents.record.incident import find
from incidents.snapshots.opened import Decision
from incidents.snapshots.review import Verdict
from packs import BadInput
from web.acts.selection import one_selection
from web.cli.answer import Answer, door
from web.cli.door import acting, existing, kit, one_of
from web.cli.groups import incident
from web.cli.scope import version_of
from web.pages import reviews as pages
from web.pages.explained import lines


@incident.command("review")
@click.argument("wanted", metavar="INCIDENT")
@click.option("--person", "people", multiple=True, help="A person's id in the directory; may be said several times.")
@click.option("--people", "file", help="A file with one id a line.")
@click.option("--evidence", help="With --rule: whom only this rule of this item found.")
@click.option("--rule", help="With --evidence: the rule by which they were found.")
@click.option("--cohort", help="Who is possible in this cohort.")
@click.option("--found-anew", help="Whom this review excluded and evidence found since.")
@click.option(
    "--as", "word", type=one_of((Decision.INCLUDE, Decision.EXCLUDE)), required=True, help="What is decided of them."
)
@click.option("--because", required=True, help="On what ground.")
@click.option("--exposed", help="Of people included: the categories exposed, with commas; else as the evidence.")
@door
def review(wanted: str, *, word: str, because: str, exposed: str | None, file: str | None, **said: Any) -> Answer:
    """Include or exclude people, by name or as a group; it holds until new evidence finds an excluded person."""
    k, by = kit(), acting()
    people = [*said.pop("people"), *(_listed(existing(file)) if file else ())]
    selection = one_selection(people=people, **said)
    categories = None if exposed is None else tuple(one.strip() for one in exposed.split(",") if one.strip())
    with k.begin(reading=True) as tx:
        incident_id = find(tx, wanted).id
    done = review_people(k, incident_id, selection, Verdict(Decision(word), because, categories), by=by)
    told = [f"{done['people']:,} people: {word}; {done['in_version']:,} of them are in the newest version"]
    if done["in_version"] < done["people"]:
        told.append(f"{done['people'] - done['in_version']:,} enter the next version: scope again")
    if done["cancelled"]:
        told.append(f"{done['cancelled']:,} messages that waited for them were cancelled")
    return Answer(done, told)


@incident.command("reviews")
@click.argument("wanted", metavar="INCIDENT")
@door
def reviews(wanted: str) -> Answer:
    """Whom a reviewer decided on, in counts; and who was excluded but found anew, to be decided again."""
    with kit().begin(reading=True) as tx:
        rows = pages.reviews(tx, find(tx, wanted).id)
    return Answer(rows, [line for row in rows for line in _lines(row)] or ["Nobody was reviewed."])


@incident.command("explain")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("person")
@click.option("--version", "number", type=int, help="The version; the newest when left out.")
@door
def explain(wanted: str, person: str, *, number: int | None) -> Answer:
    """Why a person is in a version or not, how they were reviewed, what they got; the timeline shows who asked."""
    k, by = kit(), acting()
    with k.begin() as tx:
        said = look_up(tx, version_of(tx, find(tx, wanted).id, number), person, by=by, kit=k)
    return Answer(said, lines(said))


def _listed(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise BadInput(f"{path}: this file is not UTF-8.") from None


def _lines(row: dict[str, Any]) -> list[str]:
    ended = " (superseded)" if row["superseded_at"] else ""
    said = f"{row['id']}  {row['decision']} {row['people']:,}: {row['whom']}{ended}"
    told = [said, f"  {row['because']} ({row['decided_by_name']}, {row['decided_at']:%Y-%m-%d %H:%M}Z)"]
    for one in row["found_anew"]:
        told.append(f"  ? {one['people']:,} found anew by {', '.join(one['found_by']) or 'surer rules'}: decide again")
    return told
