"""Commands of notices: draft, list, show, fill, check, release, approve, withdraw, correct, recall, verify."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from incidents.foundation.errors import BadInput
from incidents.notices import approve as approving
from incidents.notices import draft as drafting
from incidents.notices.correct import correct
from incidents.notices.files import Format, Purpose
from incidents.notices.fill import fill as write
from incidents.notices.fill import fill_alike
from incidents.notices.library import load_wording
from incidents.notices.preview import preview, sheet
from incidents.notices.reference import verify_reference
from incidents.notices.tables import Notice
from incidents.notices.texts import Sources, find_notice, languages, notices_of, written
from incidents.notices.voids import standing
from incidents.record.incident import find
from notifiers.registry import channels
from policies.vocabulary import ForbiddenContent
from web.cli.answer import Answer, door
from web.cli.door import acting, existing, kit, moment, one_of
from web.cli.groups import notice

FROM_STDIN = "-"


@notice.command("draft")
@click.argument("wanted", metavar="INCIDENT")
@door
def draft(wanted: str) -> Answer:
    """Write drafts for all that an incident's ledger says is owed to people, controllers and the public."""
    k, by = kit(), acting()
    with k.begin() as tx:
        done = drafting.draft(tx, find(tx, wanted), by=by, clock=k.clock, sources=_sources())
        rows = {what: [_row(tx, one) for one in getattr(done, what)] for what in ("made", "changed", "unchanged")}
        rows["unneeded"] = [_row(tx, one) for one in done.unneeded]
    return Answer(rows, [f"{what:<9} {_line(row)}" for what, listed in rows.items() for row in listed])


@notice.command("list")
@click.argument("wanted", metavar="INCIDENT")
@door
def list_all(wanted: str) -> Answer:
    """The notices of an incident."""
    with kit().begin(reading=True) as tx:
        rows = [_row(tx, one) for one in notices_of(tx, find(tx, wanted).id)]
    return Answer(rows, [_line(row) for row in rows])


@notice.command("show")
@click.argument("reference")
@click.option("--language", help="Show the text in this language.")
@click.option("--form", type=one_of(Format), default=Format.PAGE.value, help="In which form.")
@click.option("--cohort", help="For the readers of this cohort or controller; the first ones unless said.")
@door
def show(reference: str, *, language: str | None, form: str, cohort: str | None) -> Answer:
    """One notice; with --language its text, what stands against it, and what to hand to `approve`."""
    with kit().begin(reading=True) as tx:
        one = find_notice(tx, reference)
        if language is None:
            row = _row(tx, one)
            return Answer(row, [_line(row), *(f"  fulfils {duty}" for duty in one.obligations)])
        seen = preview(tx, one, language, Format(form), cohort, sources=_sources())
    lines = [line for piece, text in seen["pieces"].items() if piece != "html" for line in (f"[{piece}]", text, "")]
    lines += [f"{channels()[name].label}: {length}" for name, length in seen["lengths"].items()]
    lines += [f"- {finding['sentence']}" for finding in seen["findings"]]
    lines += ["- Nobody stands for this wording yet; see `notice release`."] if seen["unreviewed"] else []
    lines.append(f"To approve what you read: --content {seen['seen']['content']} --audience {seen['seen']['audience']}")
    return Answer(seen, lines)


@notice.command("fill")
@click.argument("reference")
@click.argument("placeholder", required=False)
@click.argument("words", required=False)
@click.option("--language", required=True, help="The language of the words.")
@click.option("--file", "path", help="Read the words from this file, or from standard input with '-'.")
@click.option("--alike", is_flag=True, help="Write them into the other notices for grown readers too, where empty.")
@door
def fill(
    reference: str, placeholder: str | None, words: str | None, *, language: str, path: str | None, alike: bool
) -> Answer:
    """Write the words of one placeholder; with no placeholder, say which there are and what belongs in each."""
    k = kit()
    if placeholder is None:
        with k.begin(reading=True) as tx:
            rows = sheet(tx, find_notice(tx, reference), language, sources=_sources())
        return Answer(rows, [_hole(row) for row in rows if row["by"] in ("writer", "house")])
    if (words is None) == (path is None):
        raise BadInput("words: give them either as an argument or with --file.")
    by, text = acting(), words if words is not None else _read(path or FROM_STDIN)
    with k.begin() as tx:
        one = find_notice(tx, reference)
        hands: dict[str, Any] = {"by": by, "clock": k.clock, "sources": _sources()}
        done = (
            fill_alike(tx, one, language, placeholder, text, **hands)
            if alike
            else [write(tx, one, language, placeholder, text, **hands)]
        )
        return Answer({"written": [row.notice_id for row in done]}, [f"Written into {len(done)} notice(s)."])


@notice.command("check")
@click.argument("reference")
@door
def check(reference: str) -> Answer:
    """Everything that stands against approval, in every language that the readers need."""
    with kit().begin(reading=True) as tx:
        one = find_notice(tx, reference)
        found = [
            {"language": language, **asdict(finding)}
            for language in languages(tx, one)
            for finding in written(tx, one, language, sources=_sources()).findings
        ]
    return Answer(found, [row["sentence"] for row in found] or ["Nothing stands against it."])


@notice.command("release")
@click.argument("reference")
@click.option("--language", required=True, help="The language of the wording.")
@click.option("--because", required=True, help="On what ground you stand for this wording.")
@door
def release(reference: str, *, language: str, because: str) -> Answer:
    """Stand by name for wording that nobody has reviewed in this language."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find_notice(tx, reference)
        row = approving.release(tx, one, language, because=because, by=by, clock=k.clock, sources=_sources())
        return Answer({"release": row.id}, [f"{by.name} stands for the wording in {language}."])


@notice.command("approve")
@click.argument("reference")
@click.option("--language", required=True, help="The language of the text that was read.")
@click.option("--content", required=True, help="The digest of the content that was read; `notice show` prints it.")
@click.option("--audience", required=True, help="The digest of the readers, printed beside it.")
@click.option(
    "--confirm",
    "confirmed",
    multiple=True,
    type=one_of(ForbiddenContent),
    help="Not in the text.",
)
@door
def approve(reference: str, *, language: str, content: str, audience: str, confirmed: tuple[str, ...]) -> Answer:
    """Approve in one language what another person wrote."""
    k, by = kit(), acting()
    seen = approving.Digests(content, audience)
    words = [ForbiddenContent.of(word) for word in confirmed]
    with k.begin() as tx:
        one = find_notice(tx, reference)
        given = approving.approve(tx, one, language, seen, confirmed=words, by=by, clock=k.clock, sources=_sources())
        return Answer({"approval": given.id}, [f"{one.reference} ({language}) is approved by {by.name}."])


@notice.command("withdraw")
@click.argument("reference")
@click.option("--because", required=True, help="Why it is not to be used.")
@door
def withdraw(reference: str, because: str) -> Answer:
    """Take a notice out of use; its approvals fall."""
    k, by = kit(), acting()
    with k.begin() as tx:
        one = find_notice(tx, reference)
        drafting.withdraw(tx, one, because=because, by=by, clock=k.clock)
        return Answer({"notice": one.id}, [f"{one.reference} is withdrawn."])


@notice.command("correct")
@click.argument("reference")
@click.option("--because", required=True, help="What is wrong with it.")
@click.option("--sent", help="When it first went out, ISO 8601 with an offset.")
@door
def correct_one(reference: str, *, because: str, sent: str | None) -> Answer:
    """Begin a correction, to exactly those who got the wrong text."""
    return _put_right(reference, Purpose.CORRECTION, because, sent)


@notice.command("recall")
@click.argument("reference")
@click.option("--because", required=True, help="Why it should not have gone out.")
@click.option("--sent", help="When it first went out, ISO 8601 with an offset.")
@door
def recall(reference: str, *, because: str, sent: str | None) -> Answer:
    """Begin a recall, to exactly those who got the wrong notice."""
    return _put_right(reference, Purpose.RECALL, because, sent)


@notice.command("verify")
@click.argument("code")
@door
def verify(code: str) -> Answer:
    """What a reference belongs to, as somebody reads it out on the telephone."""
    with kit().begin(reading=True) as tx:
        found = verify_reference(tx, code)
    return Answer(
        asdict(found), [f"{found.reference}: {found.answer}" + (f", {found.company}" if found.company else "")]
    )


def _put_right(reference: str, purpose: Purpose, because: str, sent: str | None) -> Answer:
    k, by = kit(), acting()
    with k.begin() as tx:
        made = correct(
            tx,
            find_notice(tx, reference),
            purpose,
            because=because,
            by=by,
            clock=k.clock,
            sources=_sources(),
            sent_at=moment(sent, "--sent"),
        )
        return Answer(_row(tx, made), [f"{made.reference} is begun; it needs words and an approval of its own."])


def _sources() -> Sources:
    return Sources(kit().packs, load_wording())


def _read(path: str) -> str:
    return sys.stdin.read() if path == FROM_STDIN else Path(existing(path)).read_text("utf-8")


def _row(tx: Session, one: Notice) -> dict[str, Any]:
    return {
        "id": one.id,
        "reference": one.reference,
        "wording": one.wording,
        "purpose": one.purpose,
        "sender": one.sender,
        "audience": one.audience,
        "obligations": one.obligations,
        "languages": languages(tx, one),
        "approved": sorted({approval.language for approval in standing(tx, one)}),
        "follows": one.follows_id,
    }


def _line(row: dict[str, Any]) -> str:
    told = ", ".join(f"{one}{' (approved)' if one in row['approved'] else ''}" for one in row["languages"])
    return f"{row['reference']}  {row['wording']:<13} {row['sender']:<18} {told}"


def _hole(row: dict[str, Any]) -> str:
    state = f"written by {row['said_by']}" if row["words"] else "needed" if row["needed"] else "may stay empty"
    return f"{row['placeholder']:<24} {state:<20} {row['says']}"
