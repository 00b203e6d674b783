"""Reads of companies over the API: how each one's people could be told, as last counted."""

from flask import Response, jsonify
from flask_openapi3 import Tag
from pydantic import BaseModel

from incidents.deliveries import preflight_asked
from incidents.foundation.errors import NotFound
from incidents.respond.alerts import lacking
from web.api.door import api, asking
from web.kit import kit
from web.pages.company import counted


class CompanyPath(BaseModel):
    """The id of a company's house policy."""

    company: str


@api.get(
    "/companies/<company>/readiness",
    tags=[Tag(name="companies")],
    summary="Who of a company's people could be told how, as last counted; and what keeps colleagues from alerts now.",
)
def show_readiness(path: CompanyPath) -> Response:
    with kit().begin(reading=True) as tx:
        row = preflight_asked.last(tx, path.company, by=asking())
        if row is None:
            raise NotFound("count of", path.company)
        return jsonify(counted(row) | {"alerts": lacking(tx, kit())})
