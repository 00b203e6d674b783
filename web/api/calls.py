"""Reads of the call list over the API: counts, calls and scripts; a telephone number stands in none of them."""

from flask import Response, jsonify
from flask_openapi3 import Tag
from pydantic import BaseModel

from incidents.deliveries.call_counts import standing
from incidents.deliveries.calls import find_call
from incidents.deliveries.script import script_of
from incidents.record.incident import find
from web.api.door import api
from web.api.record import IncidentPath
from web.kit import kit
from web.pages.calls import row

_CALLS = [Tag(name="calls")]


class CallPath(BaseModel):
    """The reference of an incident and the id of a call."""

    reference: str
    call_id: str


@api.get("/incidents/<reference>/calls", tags=_CALLS, summary="The call lists of an incident with their counts.")
def list_calls(path: IncidentPath) -> Response:
    with kit().begin(reading=True) as tx:
        return jsonify([one.as_json() for one in standing(tx, find(tx, path.reference), kit=kit())])


@api.get("/incidents/<reference>/calls/<call_id>", tags=_CALLS, summary="One call with its script.")
def show_call(path: CallPath) -> Response:
    with kit().begin(reading=True) as tx:
        one = find_call(tx, find(tx, path.reference), path.call_id)
        return jsonify(row(one) | {"script": script_of(tx, one, kit=kit()).as_json()})
