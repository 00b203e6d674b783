"""Reads of the record over the API: incidents, timeline, anchors, answers, evidence; and the evidence upload."""

from typing import Any

from flask import Response, jsonify, make_response, request
from flask_openapi3 import Tag
from pydantic import BaseModel, Field, Json

from incidents.evidence import collect
from incidents.evidence.collect import Description, EvidenceKind
from incidents.record import timeline
from incidents.record.incident import find
from web.api.door import api, asking
from web.kit import kit
from web.pages import record

_INCIDENTS = [Tag(name="incidents")]
_REPORTS = [Tag(name="reports")]
_EVIDENCE = [Tag(name="evidence")]


class IncidentPath(BaseModel):
    """The incident's reference or id."""

    reference: str


class UploadQuery(BaseModel):
    """What is said of the item; the bytes are the body."""

    title: str
    kind: EvidenceKind
    source: str
    suffix: str = Field("", pattern=r"^(\.[a-z0-9]{1,8}){0,2}$", description="How to read it, such as .csv or .log.gz.")
    reading: Json[dict[str, Any]] | None = Field(None, description="JSON: columns, window, categories exposed.")


@api.get("/incidents", tags=_INCIDENTS, summary="Every incident, open ones first.", operation_id="list_incidents")
def list_incidents() -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify([record.incident(one) for one in record.incidents(tx)])


@api.get("/incidents/<reference>", tags=_INCIDENTS, summary="One incident.", operation_id="show_incident")
def show_incident(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        one = find(tx, path.reference)
        anchors = [
            {name: getattr(anchor, name) for name in ("party", "name", "at", "said_by_name", "said_at", "source")}
            for anchor in record.anchors(tx, one.id)
            if anchor.superseded_at is None
        ]
        answers = [
            {"party": fact.party, "name": fact.name, "value": fact.value["is"], "because": fact.because}
            for fact in record.answers(tx, one.id)
        ]
        holds = [{name: getattr(hold, name) for name in record.HOLD} for hold in record.holds(tx, one.id)]
        said = {"anchors": anchors, "answers": answers, "holds": holds, "parts": record.parts(tx, one.id)}
        return jsonify(record.incident(one) | said)


@api.get("/reports", tags=_REPORTS, summary="Inbound reports, unanswered ones first; their words stay sealed.")
def list_reports() -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify([record.inbound_report(one) for one in record.reports(tx)])


@api.get("/incidents/<reference>/timeline", tags=_INCIDENTS, summary="The timeline with its digests.")
def show_timeline(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        lines = timeline.read(tx, find(tx, path.reference).id)
        return jsonify([timeline.line(entry) | {"digest": entry.digest} for entry in lines])


@api.get("/incidents/<reference>/evidence", tags=_EVIDENCE, summary="The evidence items with their custody.")
def list_evidence(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        items = collect.items(tx, find(tx, path.reference).id, withdrawn_too=True)
        return jsonify([record.evidence_item(tx, item) for item in items])


@api.post(
    "/incidents/<reference>/evidence",
    tags=_EVIDENCE,
    summary="Put the bytes of the body into the vault; they are never held whole in memory.",
    operation_id="collect_evidence",
    openapi_extensions={
        "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"format": "binary"}}}}
    },
)
def collect_evidence(path: IncidentPath, query: UploadQuery) -> Response:
    k = kit()
    said = Description(query.title, query.kind, f"item{query.suffix}", query.source, query.reading or {})
    with k.begin() as tx:
        item = collect.collect(
            tx,
            find(tx, path.reference),
            request.stream,  # type: ignore[arg-type]  # read(n) is all that the vault asks of it
            said,
            by=asking(),
            clock=k.clock,
            vault=k.vault,
            keys=k.keys,
        )
        return make_response(jsonify(record.evidence_item(tx, item)), 201)
