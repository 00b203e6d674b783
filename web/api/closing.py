"""Reads of reports and of the end over the API: filings, their papers, what is in the way, the proof bundle."""

from typing import Any

from flask import Response, jsonify
from flask_openapi3 import Tag
from pydantic import BaseModel

from incidents.filings.desk import Desk
from incidents.filings.filing import filings, find
from incidents.filings.render import Format
from incidents.foundation.errors import NotFound
from incidents.record import incident as incidents
from incidents.review.bundle import make_bundle
from incidents.review.close import in_the_way
from web.api.door import api, asking
from web.api.record import IncidentPath
from web.kit import kit
from web.pages import filings as pages

_FILINGS = [Tag(name="filings")]
_CLOSE = [Tag(name="incidents")]


class FilingPath(BaseModel):
    """The references of an incident and of one of its reports."""

    reference: str
    filing: str


class PaperQuery(BaseModel):
    """What the report is rendered as; its own language unless said."""

    format: Format = Format.PDF
    language: str | None = None


@api.get("/incidents/<reference>/filings", tags=_FILINGS, summary="The reports of an incident.")
def list_filings(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify([pages.filing(tx, one) for one in filings(tx, incidents.find(tx, path.reference).id)])


@api.get("/incidents/<reference>/filings/<filing>", tags=_FILINGS, summary="One report: answers, gaps, digest.")
def show_filing(path: FilingPath) -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify(Desk(kit().packs, kit().clock).view(tx, _found(tx, path)))


@api.get(
    "/incidents/<reference>/filings/<filing>/paper",
    tags=_FILINGS,
    summary="The report as PDF, DOCX or JSON; marked a draft until somebody released it.",
    responses={200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
)
def filing_paper(path: FilingPath, query: PaperQuery) -> Response:
    with kit().begin(reading=True) as tx:
        paper = Desk(kit().packs, kit().clock).paper(tx, _found(tx, path), query.format, language=query.language)
    return Response(paper, content_type="application/octet-stream")


@api.get("/incidents/<reference>/in-the-way", tags=_CLOSE, summary="What stands in the way of closing.")
def list_in_the_way(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify(list(in_the_way(tx, incidents.find(tx, path.reference), clock=kit().clock)))


@api.post(
    "/incidents/<reference>/bundle",
    tags=_CLOSE,
    summary="Make the signed proof bundle; the answer is the file.",
    operation_id="make_bundle",
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
def bundle(path: IncidentPath) -> Response:
    k = kit()
    with k.begin() as tx:
        made = make_bundle(tx, incidents.find(tx, path.reference), by=asking(), clock=k.clock, signer=k.signer)
    return Response(made, content_type="application/zip")


def _found(tx: Any, path: FilingPath) -> Any:
    found = find(tx, path.filing)
    if found.incident_id != incidents.find(tx, path.reference).id:
        raise NotFound("filing", path.filing)
    return found
