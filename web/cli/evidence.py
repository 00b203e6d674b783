"""Commands of evidence: collect, list, withdraw."""

from pathlib import Path
from typing import Any

import click

from incidents.evidence import collect as verbs
from incidents.evidence.collect import Description, EvidenceKind
from incidents.record.incident import find
from packs import Strict, read_pack
from web.cli.answer import Answer, door
from web.cli.door import acting, existing, kit, one_of
from web.cli.groups import evidence


class Reading(Strict):
    """How the scoping is to read an item: columns, window, categories exposed. Checked in full by the scoping."""

    model_config = Strict.model_config | {"extra": "allow"}


@evidence.command("collect")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("file")
@click.option(
    "--kind", type=one_of(EvidenceKind), required=True, help="What sort of evidence it is, which says how it is read."
)
@click.option("--title", required=True, help="What it is called from now on.")
@click.option("--source", required=True, help="Where it came from.")
@click.option("--reading", help="A YAML file that says how to read it (columns, window, categories exposed).")
@door
def collect(wanted: str, file: str, *, kind: str, title: str, source: str, reading: str | None) -> Answer:
    """Put a file into the vault."""
    k, by = kit(), acting()
    path = existing(file)
    said = read_pack(Path(reading), Reading).model_dump() if reading else {}
    description = Description(title, EvidenceKind(kind), path.name, source, said)
    with k.begin() as tx, path.open("rb") as stream:
        item = verbs.collect(
            tx, find(tx, wanted), stream, description, by=by, clock=k.clock, vault=k.vault, keys=k.keys
        )
        return Answer(_plain(item), [f"{item.id}: {item.size:,} bytes, SHA-256 {item.sha256}"])


@evidence.command("list")
@click.argument("wanted", metavar="INCIDENT")
@door
def list_items(wanted: str) -> Answer:
    """The items of an incident with their custody."""
    with kit().begin(reading=True) as tx:
        rows = [
            _plain(item) | {"custody": [_custody(entry) for entry in verbs.custody(tx, item.id)]}
            for item in verbs.items(tx, find(tx, wanted).id, withdrawn_too=True)
        ]
    return Answer(rows, [f"{row['id']}  {row['kind']:<16} {row['size']:>12,}  {row['title']}" for row in rows])


@evidence.command("withdraw")
@click.argument("wanted", metavar="INCIDENT")
@click.argument("item_id")
@click.option("--because", required=True, help="What is wrong with it.")
@door
def withdraw(wanted: str, item_id: str, because: str) -> Answer:
    """Take an item out of the next scoping; it stays on record."""
    k, by = kit(), acting()
    with k.begin() as tx:
        item = verbs.item(tx, find(tx, wanted).id, item_id)
        verbs.withdraw(tx, item, because=because, by=by, clock=k.clock)
        return Answer(_plain(item), [f"{item.id} is withdrawn."])


def _plain(item: Any) -> dict[str, Any]:
    names = ("id", "title", "kind", "size", "sha256", "source", "collected_at", "collected_by_name", "withdrawn_at")
    return {name: getattr(item, name) for name in names}


def _custody(entry: Any) -> dict[str, Any]:
    return {"action": entry.action, "at": entry.at, "by": entry.actor_name, "purpose": entry.purpose}
