"""The door for providers: a signed event moves its delivery, and is answered only after that was written."""

from typing import Any

from flask import Blueprint, Response, request

from incidents.deliveries.receive import receive
from incidents.foundation.errors import BadInput, NotFound
from notifiers.provider import Forged, WebhookRequest
from web.kit import kit
from web.problems import Problem, problem_of

LARGEST = 8 << 20  # bytes; providers batch events, and none of ours sends more than a few hundred KiB at once

webhooks = Blueprint("webhooks", __name__)


@webhooks.post("/receipts/<path:provider_id>")
def receipts(provider_id: str) -> Any:
    request.max_content_length = LARGEST
    taken = WebhookRequest(_target(), dict(request.headers), request.get_data())
    receive(kit(), provider_id, taken)
    return "", 204


@webhooks.errorhandler(Forged)
def _forged(_error: Forged) -> Response:
    return Problem(403, "forged", "This request is not signed by the provider, or is a replay.").response()


@webhooks.errorhandler(BadInput)
@webhooks.errorhandler(NotFound)
def _say_no(error: BadInput | NotFound) -> Response:
    return problem_of(error).response()


def _target() -> str:
    # As it came over the line: a signature covers the bytes, not what they mean.
    raw: str = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or ""
    query = request.query_string.decode("latin-1")
    return raw or (request.path + (f"?{query}" if query else ""))
