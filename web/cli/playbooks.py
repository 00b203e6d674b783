"""Commands of playbooks by themselves: list, show, validate, import and export CACAO 2.0. They need no database."""

import json
from pathlib import Path
from typing import Any

import click

from incidents.foundation.errors import BadInput, NotFound
from playbooks.cacao_in import read
from playbooks.cacao_out import export as to_cacao
from playbooks.load import as_yaml, load, load_all
from playbooks.plan import Playbook, digest
from web.cli.answer import Answer, door
from web.cli.door import existing
from web.cli.groups import playbooks


@playbooks.command("list")
@door
def list_all() -> Answer:
    """The playbooks of the library, with when to choose each."""
    rows = [_plain(one) for one in load_all().values()]
    return Answer(rows, [f"{row['playbook']:<34} v{row['version']:<4} {row['suits']}" for row in rows])


@playbooks.command("show")
@click.argument("wanted", metavar="PLAYBOOK")
@door
def show(wanted: str) -> Answer:
    """One playbook, step by step."""
    one = _find(wanted)
    lines = [f"{one.title} (version {one.version}, {digest(one)})", one.summary]
    for step in one.steps:
        lines += [
            "",
            f"{step.id}: {step.title}  [{step.phase}, {step.role}{', ' + step.action if step.action else ''}]",
        ]
        lines += [f"  needs {', '.join(step.needs)}"] if step.needs else []
        lines += [f"  only if {step.when.as_text()}"] if step.when else []
        lines += [f"  - {line}" for line in step.how]
    return Answer(one.model_dump(mode="json", by_alias=True, exclude_defaults=True), lines)


@playbooks.command("validate")
@click.argument("files", nargs=-1)
@door
def validate(files: tuple[str, ...]) -> Answer:
    """Check these files, or the whole library: every complaint names file and line."""
    found = [load(existing(file)) for file in files] if files else list(load_all().values())
    rows = [_plain(one) for one in found]
    return Answer(rows, [f"{row['playbook']}: {row['steps']} steps, in order. {row['digest']}" for row in rows])


@playbooks.command("export")
@click.argument("wanted", metavar="PLAYBOOK")
@click.option("--out", help="Write the document here; stdout unless said.")
@door
def export(wanted: str, out: str | None) -> Answer:
    """Write a playbook (an id of the library, or a file) as CACAO 2.0, and say what that format cannot carry."""
    made = to_cacao(_find(wanted))
    text = json.dumps(made.document, ensure_ascii=False, indent=2)
    if out is None:
        return Answer(made.document, [text])
    Path(out).write_text(text + "\n", encoding="utf-8")
    return Answer({"written": out, "said": list(made.said)}, [f"Written: {out}", *made.said])


@playbooks.command("import")
@click.argument("file")
@click.option("--out", help="Write the YAML here; stdout unless said.")
@door
def import_(file: str, out: str | None) -> Answer:
    """Read a CACAO 2.0 document into a playbook, and say what became of what it cannot carry."""
    try:
        text = existing(file).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: not UTF-8 at byte {error.start}.") from None
    made = read(text, name=file)
    written = as_yaml(made.playbook)
    data = _plain(made.playbook) | {"said": list(made.said)}
    if out is None:
        return Answer(data | {"yaml": written}, [*(f"# {one}" for one in made.said), written])
    target = Path(out)
    if target.stem != made.playbook.playbook:
        raise BadInput(f"--out: the file must be called {made.playbook.playbook}.yaml, as its playbook is.")
    target.write_text(written, encoding="utf-8")
    return Answer(data | {"written": out}, [f"Written: {out}", *made.said])


def _find(wanted: str) -> Playbook:
    if wanted.endswith((".yaml", ".yml")):
        return load(existing(wanted))
    library = load_all()
    if wanted not in library:
        raise NotFound("playbook", wanted)
    return library[wanted]


def _plain(one: Playbook) -> dict[str, Any]:
    return {
        "playbook": one.playbook,
        "title": one.title,
        "version": one.version,
        "digest": digest(one),
        "suits": one.suits,
        "steps": len(one.steps),
    }
