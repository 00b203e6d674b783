"""Turns what a verb says no with into an answer: RFC 9457 problem documents, and their number and sentence."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, json
from pydantic import ValidationError

from incidents.foundation.errors import BadInput, NotFound, Refused

PROBLEM_JSON = "application/problem+json"
FORBIDDEN_CODES = frozenset({"role_missing"})
Negative = BadInput | NotFound | Refused


@dataclass(frozen=True)
class Problem:
    """A refusal ready to be told: HTTP number, stable code, sentence, and the single things in the way."""

    number: int
    code: str
    sentence: str
    because: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """The status line's number and phrase."""
        return f"{self.number} {HTTPStatus(self.number).phrase}"

    def document(self) -> dict[str, Any]:
        """The problem document of RFC 9457; `code` and `because` are our extension members."""
        members = {
            "type": f"urn:tocsin:problem:{self.code}",
            "title": HTTPStatus(self.number).phrase,
            "status": self.number,
            "detail": self.sentence,
            "code": self.code,
        }
        return members | ({"because": list(self.because)} if self.because else {})

    def response(self) -> Response:
        """The document as an answer."""
        return Response(json.dumps(self.document()), self.number, content_type=PROBLEM_JSON)


def problem_of(error: Negative) -> Problem:
    """BadInput is 422, NotFound 404, Refused 409, or 403 where a role is missing."""
    if isinstance(error, BadInput):
        return Problem(422, "bad_input", str(error))
    if isinstance(error, NotFound):
        return Problem(404, "not_found", str(error))
    return Problem(403 if error.code in FORBIDDEN_CODES else 409, error.code, error.sentence, error.because)


def unkept() -> BadInput:
    """For what PostgreSQL cannot hold, such as a NUL in a text or a number beyond its column; SQLite holds it."""
    return BadInput("What was sent holds a character or a number that cannot be kept.")


def unread(error: ValidationError) -> BadInput:
    """One sentence that names the first field that cannot be read; never repeats what was sent."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(step) for step in first["loc"]) or "the body"
    said = {"missing": "is missing", "extra_forbidden": "is not a field of this"}.get(first["type"], first["msg"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return BadInput(f"{field}: {said.removeprefix('Value error, ')}{more}.")
