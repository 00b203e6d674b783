"""Commands of the laws and promises by themselves: evaluate, explain, list, lint, schema, diff."""

from pathlib import Path

import click
from sqlalchemy import inspect

from incidents.obligations.facts import facts_of_open
from incidents.record.tables import Incident
from packs import BadInput, read_pack
from policies.diff import diff as compare
from policies.diff import touched
from policies.evaluate import evaluate
from policies.explain import explain, list_laws
from policies.facts import Facts, facts_schema
from policies.lint import lint
from policies.load import Packs, load
from policies.outcome import Evaluation, Obligation, as_json
from policies.vocabulary import Decision
from web.cli.answer import Answer, door
from web.cli.door import existing, kit
from web.cli.groups import policies

REPORTS = Path(__file__).parents[2] / "templates" / "reports"


@policies.command("evaluate")
@click.argument("facts")
@click.option("--packs", "folder", type=click.Path(path_type=Path), help="Another folder of packs.")
@click.option("--all", "with_not_owed", is_flag=True, help="Show what is not owed too, with the reasons.")
@door
def evaluate_facts(facts: str, folder: Path | None, *, with_not_owed: bool) -> Answer:
    """What is owed on the facts in a YAML or JSON file (its shape: `policies schema`)."""
    said = evaluate(_packs(folder), read_pack(existing(facts), Facts))
    return Answer(as_json(said), _lines(said, with_not_owed=with_not_owed))


@policies.command("explain")
@click.argument("law")
@door
def explain_law(law: str) -> Answer:
    """What one law, contract or house policy holds, with citations and how each is known."""
    lines = explain(load(), law)
    return Answer({"law": law, "lines": lines}, lines)


@policies.command("list")
@click.option("--jurisdiction", help="A folder or area, such as cn, CN, EEA, contract, house.")
@door
def list_all(jurisdiction: str | None) -> Answer:
    """The laws, contracts and house policies that are known."""
    rows = list_laws(load(), jurisdiction)
    return Answer(
        as_json(rows),
        [f"{row.id:<34} {row.state:<15} {row.title}{' (to confirm)' if row.to_confirm else ''}" for row in rows]
        or [f"No law is of {jurisdiction}."],
    )


@policies.command("lint")
@click.option("--packs", "folder", type=click.Path(path_type=Path), help="Another folder of packs.")
@door
def lint_packs(folder: Path | None) -> Answer:
    """Look through the packs; every complaint names file and line."""
    complaints = lint(folder, forms=_forms())
    if complaints:
        raise BadInput("\n".join(complaints))
    return Answer({"complaints": []}, ["All packs are sound."])


@policies.command("schema")
@door
def schema() -> Answer:
    """The JSON Schema of the facts that `evaluate` reads."""
    said = facts_schema()
    lines = [
        f"{name}: {field.get('description') or field.get('type', '')}" for name, field in said["properties"].items()
    ]
    return Answer(said, [*lines, "Use --json for the schema itself."])


@policies.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--facts", multiple=True, help="Facts of an incident: say what changes for it, too.")
@door
def diff_packs(old: Path, new: Path, facts: tuple[str, ...]) -> Answer:
    """What changed from one folder of packs to another, and for which open incidents of this machine."""
    before, after = _packs(old), _packs(new)
    found = compare(before, after)
    known = _open_incidents() | {name: read_pack(existing(name), Facts) for name in facts}
    moved = touched(before, after, known)
    lines = [f"{one.what:<8} {one.where}  {', '.join(one.fields)}".rstrip() for one in found]
    lines += [f"{len(known)} incidents were compared."] if found else []
    lines += [f"{one.incident}: {one.obligation} of {one.party}: {one.before} -> {one.after}" for one in moved]
    return Answer(as_json({"changes": found, "incidents": moved}), lines or ["Nothing changed."])


def obligation_lines(one: Obligation) -> list[str]:
    """One obligation as people read it."""
    head = f"{one.decision.upper():<9} {one.party}: {one.does}, to {one.subject}"
    return [
        head,
        f"  {one.citation} [{one.known}{'; to confirm' if one.to_confirm else ''}]",
        *(f"  because: {line}" for line in one.because),
        *([f"  when: {one.deadline.sentence}"] if one.decision is not Decision.NOT_OWED else []),
        *([f"  content: {', '.join(one.contents)}"] if one.contents and one.decision is not Decision.NOT_OWED else []),
    ]


def _open_incidents() -> dict[str, Facts]:
    """What is on record of the open incidents; none on a machine without a database, where only packs are read."""
    k = kit()
    with k.begin(reading=True) as tx:
        there = inspect(tx.connection()).has_table(Incident.__tablename__)
        return facts_of_open(tx, now=k.clock.now()) if there else {}


def _lines(said: Evaluation, *, with_not_owed: bool) -> list[str]:
    shown = [one for one in said.obligations if with_not_owed or one.decision is not Decision.NOT_OWED]
    lines = [line for one in shown for line in (*obligation_lines(one), "")]
    hidden = len(said.obligations) - len(shown)
    if hidden:
        lines.append(f"{hidden} more are not owed; --all shows why.")
    lines += [f"? {one.party}: {one.ask}  ({one.fact}; changes {len(one.changes)})" for one in said.questions]
    lines += [f"! {warning}" for warning in said.warnings]
    return lines + [f"- {one.party}: {one.because}" for one in said.set_aside]


def _packs(folder: Path | None) -> Packs:
    if folder is not None and not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder of packs.")
    return load(folder.resolve() if folder else None)


def _forms() -> list[str]:
    return [file.parent.name for file in REPORTS.glob("*/form.yaml")]
