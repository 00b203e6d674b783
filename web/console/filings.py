"""Pages of reports to authorities: what is to be reported, one report with its gaps and papers."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from incidents.filings.desk import Desk
from incidents.filings.filing import filings as prepared
from incidents.filings.filing import find, submission_of
from incidents.filings.forms import read_forms
from incidents.filings.owed import AUTHORITIES
from incidents.filings.render import Format
from incidents.filings.submit import acknowledgements
from incidents.foundation.errors import BadInput, NotFound
from incidents.record import incident as incidents
from web.console.door import console, page
from web.console.names import form_title
from web.kit import kit
from web.pages import filings as pages
from web.pages import owed

_TYPES = {
    Format.PDF: "application/pdf",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.JSON: "application/json",
}


@console.get("/incidents/<reference>/filings")
def filings(reference: str) -> str:
    with kit().begin(reading=True) as tx:
        one = incidents.find(tx, reference)
        groups = owed.owed(tx, one, kit())
        return page(
            "filings.html",
            incident=one,
            tab="filings",
            filings=[(filing, submission_of(tx, filing)) for filing in prepared(tx, one.id)],
            to_report=[each for each in groups["open"] if each.row.owed_to in AUTHORITIES],
            forms=[(name, form_title(name)) for name in read_forms()],
        )


@console.get("/incidents/<reference>/filings/<filing>")
def filing_page(reference: str, filing: str) -> str:
    with kit().begin(reading=True) as tx:
        one, found = incidents.find(tx, reference), find(tx, filing)
        if found.incident_id != one.id:
            raise NotFound("filing", filing)
        desk = Desk(kit().packs, kit().clock)
        submission = submission_of(tx, found)
        return page(
            "filing.html",
            incident=one,
            tab="filings",
            filing=found,
            form=desk.form(found.form),
            view=desk.view(tx, found),
            sections=pages.sections(desk.form(found.form), desk.view(tx, found)),
            changed=pages.paper(desk.form(found.form), desk.view(tx, found))["changed"],
            submission=submission,
            answered=acknowledgements(tx, found),
            approvals=pages.approvals(tx, found),
            broken=pages.broken(tx, found),
        )


@console.get("/incidents/<reference>/filings/<filing>/paper")
def filing_paper(reference: str, filing: str) -> ResponseReturnValue:
    kind = request.args.get("as", "pdf")
    if kind not in set(Format):
        raise BadInput(f"as: '{kind}' is none of {', '.join(Format)}.")
    with kit().begin(reading=True) as tx:
        found = find(tx, filing)
        if found.incident_id != incidents.find(tx, reference).id:
            raise NotFound("filing", filing)
        language = request.args.get("language") or found.language
        paper = Desk(kit().packs, kit().clock).paper(tx, found, Format(kind), language=language)
    name = f"{found.reference}-{language}.{kind}"
    return Response(
        paper,
        content_type=_TYPES[Format(kind)],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
