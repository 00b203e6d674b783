"""The command for letters that came back: a file of references, or references as they are scanned or typed."""

from pathlib import Path

import click

from incidents.deliveries.returned import Back, Why, read_returned, take_returned
from incidents.foundation.errors import BadInput
from web.cli.answer import Answer, door
from web.cli.door import acting, existing, kit, one_of
from web.cli.groups import delivery


@delivery.command("returned")
@click.argument("file", required=False)
@click.option("--reference", "references", multiple=True, help="A reference from an envelope, instead of a file.")
@click.option("--reason", type=one_of(Why), default=str(Why.OTHER), show_default=True, help="Where the file says none.")
@door
def returned(file: str | None, references: tuple[str, ...], reason: str) -> Answer:
    """Take letters that came back: their people take the next route.

    FILE is CSV with the columns reference, reason (gone, invalid_address, unreachable, other) and returned_on, or
    holds one reference a line.
    """
    if bool(file) == bool(references):
        raise BadInput("Name either a file or the references.")
    backs, wrong = _of_file(existing(file), Why(reason)) if file else (_typed(references, Why(reason)), [])
    k, by = kit(), acting()
    with k.begin() as tx:
        taken = take_returned(tx, backs, by=by, kit=k)
    taken.not_taken[:0] = wrong
    many = taken.letters.total()
    return Answer(taken.as_json(), [*taken.not_taken, f"Taken as returned: {many}; not taken: {len(taken.not_taken)}."])


def _of_file(path: Path, why: Why) -> tuple[list[Back], list[str]]:
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{path}: it is not text in UTF-8.") from None
    return read_returned(text, where=str(path), why=why)


def _typed(references: tuple[str, ...], why: Why) -> list[Back]:
    return [Back(f"reference {number}", one, why) for number, one in enumerate(references, start=1)]
