"""Commands of reports to authorities: prepare, show, fill, refresh, approve, render, submit, acknowledge."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import click

from incidents.filings import approve as approving
from incidents.filings import break_glass as alone
from incidents.filings import fill as filling
from incidents.filings import prepare as preparing
from incidents.filings import submit as handing_in
from incidents.filings import supplements
from incidents.filings.desk import Desk, Wish
from incidents.filings.filing import filings, find, submission_of
from incidents.filings.forms import Stage, read_forms
from incidents.filings.render import Format
from incidents.filings.submit import Answered, HandedIn, find_submission
from incidents.foundation.errors import BadInput
from incidents.obligations.ledger import entry
from incidents.record import incident as incidents
from web.cli.answer import Answer, door
from web.cli.door import acting, existing, kit, moment, one_of
from web.cli.groups import filing


@filing.command("forms")
@door
def list_forms() -> Answer:
    """The report forms that there are, with their stages and languages."""
    rows = [
        {"form": one.form, "title": one.title, "stages": list(one.stages), "languages": list(one.languages)}
        for one in read_forms().values()
    ]
    return Answer(rows, [f"{row['form']:<20} {', '.join(row['stages'])}" for row in rows])


@filing.command("prepare")
@click.argument("obligation")
@click.option("--form", help="Another form than the obligation names.")
@click.option("--stage", type=one_of(Stage), help="Another stage than follows from the obligation.")
@click.option("--language", help="In which every text must stand; the form's own unless said.")
@click.option("--also", multiple=True, help="Another obligation that the same paper fulfils.")
@door
def prepare(
    obligation: str, *, form: str | None, stage: str | None, language: str | None, also: tuple[str, ...]
) -> Answer:
    """Begin the report that an obligation asks for."""
    k, by = kit(), acting()
    wish = Wish(form, Stage(stage) if stage else None, language, also)
    with k.begin() as tx:
        made = _desk().begin(tx, entry(tx, obligation), wish, by=by)
        return _shown(tx, made)


@filing.command("list")
@click.argument("wanted", metavar="INCIDENT")
@door
def list_filings(wanted: str) -> Answer:
    """The reports of an incident."""
    with kit().begin(reading=True) as tx:
        rows = []
        for one in filings(tx, incidents.find(tx, wanted).id):
            submission = submission_of(tx, one)
            rows.append(
                {
                    "reference": one.reference,
                    "form": one.form,
                    "stage": one.stage,
                    "party": one.party,
                    "authority": one.authority,
                    "due_at": one.due_at,
                    "submitted_at": submission.submitted_at if submission else None,
                    "withdrawn_at": one.withdrawn_at,
                }
            )
    return Answer(rows, [_line(row) for row in rows])


@filing.command("wanted")
@click.argument("wanted", metavar="INCIDENT")
@door
def list_wanted(wanted: str) -> Answer:
    """The supplements that are wanted: something was to follow, or people were counted anew."""
    with kit().begin(reading=True) as tx:
        found = supplements.wanted(tx, incidents.find(tx, wanted).id)
        rows = [
            {"reference": one.filing.reference, "to_follow": list(one.to_follow), "versions": one.versions}
            for one in found
        ]
        return Answer(rows, [one.sentence for one in found] or ["No supplement is wanted."])


@filing.command("show")
@click.argument("reference")
@door
def show(reference: str) -> Answer:
    """One report: its answers, its gaps, the digest to approve, the ways to hand it in."""
    with kit().begin(reading=True) as tx:
        return _shown(tx, find(tx, reference))


@filing.command("fill")
@click.argument("reference")
@click.argument("question")
@click.argument("text", required=False)
@click.option("--language", help="The language of the text; the report's own unless said.")
@click.option("--unknown", "because", help="Say instead that it is not known yet, and why.")
@door
def fill(reference: str, question: str, text: str | None, *, language: str | None, because: str | None) -> Answer:
    """Answer a question, or say that it is not known yet."""
    if (text is None) == (because is None):
        raise BadInput("text: give either an answer or --unknown with its reason.")
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, reference)
        hands: dict[str, Any] = {"form": _desk().form(one.form), "by": by, "clock": k.clock}
        if text is None:
            filling.leave_unknown(tx, one, question, because=because or "", **hands)
        else:
            filling.fill(tx, one, question, text, language=language, **hands)
        return _shown(tx, one)


@filing.command("refresh")
@click.argument("reference")
@door
def refresh(reference: str) -> Answer:
    """Read the numbers and moments of a report from the records anew."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, reference)
        desk = _desk()
        moved = filling.refresh(tx, one, dossier=desk.dossier(tx, one), form=desk.form(one.form), by=by, clock=k.clock)
        return Answer({"changed": moved}, [f"Changed: {', '.join(moved)}." if moved else "Nothing has changed."])


@filing.command("approve")
@click.argument("reference")
@click.option("--digest", required=True, help="The digest on the paper that was read.")
@door
def approve(reference: str, digest: str) -> Answer:
    """Approve a report that another person wrote."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one, desk = find(tx, reference), _desk()
        approving.approve(
            tx, one, digest, dossier=desk.dossier(tx, one), form=desk.form(one.form), by=by, clock=k.clock
        )
        return Answer({"reference": one.reference, "digest": digest}, [f"{one.reference} is approved."])


@filing.command("break-glass")
@click.argument("reference")
@click.option("--digest", required=True, help="The digest on the paper that was read.")
@click.option("--reason", required=True, help="Why no second person could approve it.")
@door
def break_glass(reference: str, digest: str, reason: str) -> Answer:
    """Let out the first report to an authority alone; another person must review it within 24 hours."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one, desk = find(tx, reference), _desk()
        dossier, form = desk.dossier(tx, one), desk.form(one.form)
        broken = alone.break_glass(tx, one, digest, reason=reason, dossier=dossier, form=form, by=by, clock=k.clock)
        due = f"{broken.review_due_at:%Y-%m-%d %H:%M}Z"
        return Answer(
            {"reference": one.reference, "review_due_at": broken.review_due_at},
            [f"{one.reference} is let out by one person. Another must review it by {due}."],
        )


@filing.command("review")
@click.argument("reference")
@click.option("--finding", required=True, help="What the second person found.")
@door
def review(reference: str, finding: str) -> Answer:
    """Say what a second person found about a report that one person let out."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, reference)
        alone.review(tx, alone.find_broken(tx, one), finding=finding, by=by, clock=k.clock)
        return Answer({"reference": one.reference}, [f"{one.reference} is reviewed."])


@filing.command("render")
@click.argument("reference")
@click.option(
    "--to", "kind", type=one_of(Format), default=Format.PDF.value, show_default=True, help="The kind of file."
)
@click.option("--language", help="A language of the form; the one that the report is written in unless said.")
@click.option("--out", required=True, help="The file to write; never over one that is there.")
@door
def render(reference: str, *, kind: str, language: str | None, out: str) -> Answer:
    """Write a report as PDF, DOCX or JSON."""
    with kit().begin(reading=True) as tx:
        one = find(tx, reference)
        paper = _desk().paper(tx, one, Format(kind), language=language)
    path = Path(out)
    if path.exists():
        raise BadInput(f"{path}: this file is there already.")
    path.write_bytes(paper)
    return Answer({"file": str(path), "size": len(paper)}, [f"{path}: {len(paper):,} bytes"])


@filing.command("submit")
@click.argument("reference")
@click.option("--by", "channel", required=True, help="The way it was handed in, by its id; `filing show` lists them.")
@click.option("--at", help="When, ISO 8601 with an offset; now unless said.")
@click.option("--paper", help="The file as handed in; not needed where it was spoken.")
@click.option("--reasons", help="Why it comes later than the limit.")
@door
def submit(reference: str, *, channel: str, at: str | None, paper: str | None, reasons: str | None) -> Answer:
    """Record that you handed a report in."""
    k, by = kit(), acting()
    when = moment(at, "--at") or k.clock.now()
    with ExitStack() as stack, k.begin() as tx:
        one = find(tx, reference)
        handed = HandedIn(channel, when, _stream(stack, paper), reasons)
        done = handing_in.submit(
            tx, one, handed, form=_desk().form(one.form), by=by, clock=k.clock, vault=k.vault, keys=k.keys
        )
        data = {
            "reference": one.reference,
            "submitted_at": done.submitted_at,
            "content_digest": done.content_digest,
            "paper_sha256": done.paper_sha256,
            "is_late": done.is_late,
        }
        late = ", after its limit" if done.is_late else ""
        return Answer(data, [f"{one.reference} was handed in at {when:%Y-%m-%d %H:%M}Z{late}."])


@filing.command("acknowledge")
@click.argument("reference")
@click.option("--number", help="The authority's number.")
@click.option("--at", help="When it answered, ISO 8601 with an offset; now unless said.")
@click.option("--paper", help="Its answer, as a file.")
@door
def acknowledge(reference: str, *, number: str | None, at: str | None, paper: str | None) -> Answer:
    """Record what the authority answered."""
    k, by = kit(), acting()
    when = moment(at, "--at") or k.clock.now()
    with ExitStack() as stack, k.begin() as tx:
        one = find(tx, reference)
        answered = Answered(when, number, _stream(stack, paper))
        row = handing_in.acknowledge(
            tx, find_submission(tx, one), answered, by=by, clock=k.clock, vault=k.vault, keys=k.keys
        )
        return Answer(
            {"reference": one.reference, "number": row.number, "paper_sha256": row.paper_sha256},
            [f"{one.reference} was acknowledged{f' as {number}' if number else ''}."],
        )


@filing.command("withdraw")
@click.argument("reference")
@click.option("--because", required=True, help="Why it is given up.")
@door
def withdraw(reference: str, because: str) -> Answer:
    """Give up a report that was not handed in."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find(tx, reference)
        preparing.withdraw(tx, one, because=because, by=by, clock=k.clock)
        return Answer({"reference": one.reference}, [f"{one.reference} is withdrawn."])


def _desk() -> Desk:
    k = kit()
    return Desk(k.packs, k.clock)


def _stream(stack: ExitStack, path: str | None) -> BinaryIO | None:
    return stack.enter_context(existing(path).open("rb")) if path else None


def _shown(tx: Any, one: Any) -> Answer:
    view = _desk().view(tx, one)
    lines = [f"{one.reference}  {one.form}, {one.stage}, to {one.authority}"]
    lines += [f"  {row['question']:<24} {row['state']}" for row in view["content"]["answers"]]
    lines += [f"Open: {gap['question']}: {gap['why']} ({gap['ask']})" for gap in view["gaps"]]
    return Answer(view, [*lines, f"Digest {view['digest']}"])


def _line(row: dict[str, Any]) -> str:
    submitted = f"handed in {row['submitted_at']:%Y-%m-%d %H:%M}Z" if row["submitted_at"] else "not handed in"
    return f"{row['reference']}  {row['form']:<20} {row['stage']:<14} {row['authority']:<20} {submitted}"
