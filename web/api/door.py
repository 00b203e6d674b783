"""The blueprint of the API: who is asking, what went wrong, and the OpenAPI words that every path shares."""

from typing import Any

from flask import Response, g, request
from flask_openapi3 import APIBlueprint
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException

from incidents.foundation.errors import BadInput, NotFound, Refused
from incidents.record.actor import Actor
from web.accounts.accounts import check_token
from web.kit import kit
from web.problems import Problem, problem_of, unread

PREFIX = "/api/v1"
SCHEMES = {"token": {"type": "http", "scheme": "bearer"}}


class ProblemDocument(BaseModel):
    """RFC 9457. `code` is a stable word; `because` lists the single things in the way."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    because: list[str] = Field(default_factory=list)


_SHARED: dict[Any, Any] = {str(number): ProblemDocument for number in (401, 403, 404, 409, 422)}

api = APIBlueprint("api", __name__, url_prefix=PREFIX, abp_security=[{"token": []}], abp_responses=_SHARED)


def asking() -> Actor:
    """The actor whose token came with this request."""
    actor: Actor = g.actor
    return actor


@api.before_request
def _let_in() -> Response | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and text:
        with kit().begin(reading=True) as tx:
            actor = check_token(tx, text.strip(), clock=kit().clock)
        if actor is not None:
            g.actor = actor
            return None
    answer = Problem(401, "no_token", "Send a valid token as `Authorization: Bearer <token>`.").response()
    answer.headers["WWW-Authenticate"] = 'Bearer realm="tocsin"'
    return answer


@api.errorhandler(BadInput)
@api.errorhandler(NotFound)
@api.errorhandler(Refused)
def _say_no(error: BadInput | NotFound | Refused) -> Response:
    return problem_of(error).response()


@api.errorhandler(HTTPException)
def _say_http(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]  # our own 422, made below
    return Problem(error.code or 500, "http", error.description or error.name).response()


def say_unread(error: ValidationError) -> Response:
    """The answer to a path, query or body that does not fit its model."""
    return problem_of(unread(error)).response()
