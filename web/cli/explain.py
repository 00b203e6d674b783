"""Commands that read an answer of `affected resolve`: why one person stands in it, and what differs between two."""

from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.csv

from affected.difference import Difference, changes_between
from affected.explain import answered, explain
from affected.export import read_back
from packs import BadInput
from web.cli.answer import Answer, door
from web.cli.groups import affected
from web.pages.explained import lines


@affected.command("explain")
@click.argument("person")
@click.option("--answer", "--out", "folder", required=True, help="The folder that `affected resolve --out` wrote.")
@door
def explain_alone(person: str, folder: str) -> Answer:
    """Why a person is in an answer: rows, rules, how surely, each category with its times; or what would find them."""
    said = explain(answered(read_back(Path(folder))), person)
    return Answer(said, lines(said))


@affected.command("diff")
@click.argument("older")
@click.argument("newer")
@click.option("--out", help="A new CSV file of the people who changed; it holds personal data.")
@door
def diff(older: str, newer: str, out: str | None) -> Answer:
    """What changed between two answers, in both directions: counts, and with --out who."""
    before, after = (answered(read_back(Path(folder))) for folder in (older, newer))
    there = changes_between(before.people, after.people, after.aliases)
    back = changes_between(after.people, before.people)
    data: dict[str, Any] = {"forward": there.counts, "back": back.counts}
    told = [f"{newer} after {older}: {_counted(there)}", f"{older} after {newer}: {_counted(back)}"]
    if out is not None:
        _write(Path(out), there.people)
        data["out"], told = out, [*told, f"{there.people.num_rows:,} people who changed are in {out}"]
    return Answer(data, told)


def _counted(found: Difference) -> str:
    return ", ".join(f"{count:,} {word}" for word, count in found.counts.items())


def _write(path: Path, people: pa.Table) -> None:
    """Personal data: only its owner may read the file."""
    if path.exists():
        raise BadInput(f"{path}: this file exists; name a new one.")
    path.touch(mode=0o600)
    place = people.schema.get_field_index("categories_added")
    joined = pa.compute.binary_join(people["categories_added"], ";")
    pyarrow.csv.write_csv(people.set_column(place, "categories_added", joined), path)
