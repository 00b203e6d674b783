"""Reads of who is affected and what is owed over the API: snapshots, cohorts, obligations, questions. Counts only."""

from flask import Response, jsonify
from flask_openapi3 import Tag
from pydantic import BaseModel

from incidents.deliveries.people import look_up
from incidents.deliveries.told import compared
from incidents.obligations import ledger
from incidents.obligations.severity import severities
from incidents.record.incident import find
from incidents.snapshots import opened
from web.api.door import api, asking
from web.api.record import IncidentPath
from web.kit import kit
from web.pages import affected, owed, reviews
from web.pages import severity as pages

_SNAPSHOTS = [Tag(name="snapshots")]
_OBLIGATIONS = [Tag(name="obligations")]


class VersionPath(BaseModel):
    """The incident's reference and the number of a version of its snapshot."""

    reference: str
    number: int


class PersonBody(BaseModel):
    """A person's id in the directory: in the body, because no id belongs into an address."""

    person: str


class DifferencePath(VersionPath):
    """The incident's reference and the numbers of a version and of an older one."""

    older: int


@api.get("/incidents/<reference>/snapshots", tags=_SNAPSHOTS, summary="Every version of who is affected, in counts.")
def list_snapshots(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        versions = opened.versions(tx, find(tx, path.reference).id)
        return jsonify([affected.snapshot(tx, one) for one in versions])


@api.get(
    "/incidents/<reference>/snapshots/<int:number>/cohorts", tags=_SNAPSHOTS, summary="The cohorts of one version."
)
def list_cohorts(path: VersionPath) -> Response:
    with kit().begin(reading=True) as tx:
        one = opened.version(tx, find(tx, path.reference).id, path.number)
        return jsonify([affected.cohort(row, decision) for row, decision in affected.cohorts(tx, one)])


@api.get(
    "/incidents/<reference>/snapshots/<int:number>/difference/<int:older>",
    tags=_SNAPSHOTS,
    summary="What changed since an older version, who of them was told already, who is owed a correction; counts.",
)
def show_difference(path: DifferencePath) -> Response:
    k = kit()
    with k.begin(reading=True) as tx:
        incident_id = find(tx, path.reference).id
        pair = (opened.version(tx, incident_id, path.older), opened.version(tx, incident_id, path.number))
        return jsonify(compared(tx, *pair, keys=k.keys, home=k.home).as_json())


@api.get("/incidents/<reference>/reviews", tags=_SNAPSHOTS, summary="Whom a reviewer included or excluded, in counts.")
def list_reviews(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify(reviews.reviews(tx, find(tx, path.reference).id))


@api.post(
    "/incidents/<reference>/snapshots/<int:number>/explanations",
    tags=_SNAPSHOTS,
    summary="Why one person is in a version, or is not; personal data, and the timeline shows who asked.",
)
def explain_person(path: VersionPath, body: PersonBody) -> Response:
    k = kit()
    with k.begin() as tx:
        one = opened.version(tx, find(tx, path.reference).id, path.number)
        return jsonify(look_up(tx, one, body.person, by=asking(), kit=k))


@api.get("/incidents/<reference>/obligations", tags=_OBLIGATIONS, summary="The ledger: what is owed, to whom, by when.")
def list_obligations(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify([owed.entry(row) for row in ledger.live(tx, find(tx, path.reference).id)])


@api.get("/incidents/<reference>/questions", tags=_OBLIGATIONS, summary="What the laws still ask.")
def list_questions(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify(list(owed.questions(tx, find(tx, path.reference).id)))


@api.get("/incidents/<reference>/severity", tags=_OBLIGATIONS, summary="How severe it is by each scale; an aid.")
def list_severities(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify([pages.severity(row) for row in severities(tx, find(tx, path.reference).id)])
