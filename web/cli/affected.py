"""Commands of the room by itself: find who is affected without an incident, and look at a file before it is used."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import click

from affected import (
    Directory,
    Evidence,
    Limits,
    Sandbox,
    company_directory,
    evidence_from,
    notes,
    open_directory,
    read_evidence_file,
    read_mapping,
    resolve,
)
from affected.engines.embedded import ENGINE
from affected.engines.engine import engines
from affected.export import check_new, write_out
from affected.outlook import lines, outlook
from notifiers.registry import vendors
from packs import BadInput, as_yaml
from web.cli.answer import Answer, door
from web.cli.door import existing, progress_bar
from web.cli.groups import affected


@affected.command("resolve")
@click.option("--directory", "people", help="A Parquet, CSV or JSONL file, or an address; else the mapping's source.")
@click.option("--mapping", help="Its mapping; the YAML file of the same name beside it when left out.")
@click.option(
    "--evidence", "items", multiple=True, required=True, help="A list, or a YAML file that describes an item."
)
@click.option("--exposed", default="held", help="For a bare list: the categories exposed, with commas, or held.")
@click.option("--as-of", "day", help="The day that ages are of; today when left out.")
@click.option(
    "--engine", type=click.Choice(sorted(engines())), default=ENGINE, show_default=True, help="Where the work is done."
)
@click.option("--memory", default=Limits().memory, show_default=True, help="What the embedded engine may use.")
@click.option("--out", help="A new folder for the answer, which holds personal data.")
@click.option("--only-look", is_flag=True, help="Say what would be read and how much, and read nothing.")
@door
def resolve_alone(
    people: str | None,
    *,
    mapping: str | None,
    items: tuple[str, ...],
    exposed: str,
    day: str | None,
    engine: str,
    memory: str,
    out: str | None,
    only_look: bool,
) -> Answer:
    """Find who is affected; writes the people, why, every row's outcome, strangers and the undecided into a folder."""
    directory = _directory(people, mapping)
    evidence = [_item(existing(item), number, exposed) for number, item in enumerate(items, 1)]
    seen = outlook(directory, evidence, engine=engine)
    if only_look:
        return Answer(seen, lines(seen))
    if out is None:
        raise BadInput("--out: name a new folder for the answer.")
    check_new(Path(out))
    click.echo("\n".join(lines(seen)), err=True)
    with tempfile.TemporaryDirectory(prefix="tocsin-") as work, progress_bar("who is affected") as bar:
        terms: dict[str, Any] = {"as_of": _day(day), "engine": engine, "limits": Limits(memory=memory)}
        found = resolve(directory, evidence, work_dir=Path(work), progress=bar, **terms)
    said = write_out(found, Path(out))
    noted = [f"{item}: {note}" for item, report in said["reports"].items() for note in notes(report)]
    end = f"{len(said['cohorts'])} cohorts; all of it is in {out}"
    return Answer(said | {"out": out}, [*_lines(said["counts"]), *noted, end])


@affected.command("inspect")
@click.argument("file")
@door
def inspect(file: str) -> Answer:
    """What a file seems to be, with a first draft of how to read it as evidence or as a directory."""
    seen = Sandbox().look(existing(file), vendors())
    how = ", ".join(str(seen[name]) for name in ("shape", "encoding", "delimiter") if seen[name])
    lines = [f"{seen['file']}: {how.replace(chr(9), 'tab')}; {'a' if seen['header'] else 'no'} heading"]
    lines += [f"  {c['name']:<28} filled {c['filled']:>4.0%}  {c['seems'] or ''}" for c in seen["columns"]]
    lines += ["", "# as evidence", *_yaml(seen["evidence"]), "", "# as a directory", *_yaml(seen["mapping"])]
    return Answer(seen, lines)


def _directory(people: str | None, mapping: str | None) -> Directory:
    if people is None:
        if mapping is None:
            raise BadInput("--directory: name the people, or a --mapping with a source.")
        return company_directory(existing(mapping))
    if "://" in people or people.startswith("spark:"):
        if mapping is None:
            raise BadInput("--mapping: a directory at an address needs its mapping named.")
        return open_directory(people, read_mapping(Path(mapping)))
    path = existing(people)
    return open_directory(path, read_mapping(Path(mapping) if mapping else _beside(path)))


def _beside(path: Path) -> Path:
    found = path.with_suffix(".yaml")
    if not found.is_file():
        raise BadInput(f"--mapping: name one, or put {found.name} beside {path.name}; `affected inspect` drafts it.")
    return found


def _item(path: Path, number: int, exposed: str) -> Evidence:
    if path.suffix.lower() in {".yaml", ".yml"}:
        return read_evidence_file(path)
    said: Any = "held" if exposed == "held" else [name.strip() for name in exposed.split(",") if name.strip()]
    return evidence_from(f"evidence-{number}", "identifier_list", path, {"exposed": said})


def _day(text: str | None) -> date:
    if text is None:
        return date.today()  # noqa: DTZ011 - the day where the command is typed
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--as-of: '{text}' is not a day such as 2026-03-06.") from None


def _lines(counts: dict[str, Any]) -> list[str]:
    rows = ", ".join(f"{count:,} {word}" for word, count in counts["rows"].items() if count)
    return [
        f"{counts['people']:,} people affected, {counts['certain']:,} of them certain",
        f"{counts['undecided']:,} undecided, {counts['strangers']:,} strangers, {counts['unknown_ids']:,} unknown ids",
        f"rows: {rows or 'none'}",
    ]


def _yaml(tree: dict[str, Any]) -> list[str]:
    return as_yaml(tree).splitlines()
