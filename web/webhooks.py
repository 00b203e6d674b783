"""The door for providers, before Flask: a signed event moves its delivery, and is answered only after that was written.

Some providers call once for each event, three times for each message: what Flask does for a page would cost more than
checking the signature and writing the event.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from incidents.deliveries.receive import Desk
from incidents.foundation.errors import BadInput, NotFound
from incidents.kit import Kit
from notifiers.provider import Forged, Greets, Reply, WebhookRequest
from web.problems import PROBLEM_JSON, Problem, problem_of

PREFIX = "/receipts/"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Webhooks:
    """Answers what is under PREFIX and hands everything else on."""

    def __init__(self, kit: Callable[[], Kit], beyond: Wsgi, headers: Mapping[str, str]) -> None:
        self._kit, self._beyond = kit, beyond
        self._headers = list(headers.items())
        self._desk: tuple[Kit, Desk] | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        heard = _METHODS.get(environ["REQUEST_METHOD"]) if path.startswith(PREFIX) else None
        if heard is None:
            return self._beyond(environ, start_response)
        status, kind, body = _answered(self._answer(heard, path.removeprefix(PREFIX), environ))
        about = [("Content-Type", kind), ("Content-Length", str(len(body)))] if kind else []
        start_response(status, [*about, *self._headers])
        return [body]

    def _answer(self, heard: "Heard", provider_id: str, environ: dict[str, Any]) -> Problem | Reply | None:
        """What is wrong with the request, or what the provider waits to hear."""
        try:
            return heard(self, provider_id, environ)
        except Forged:
            return Problem(403, "forged", "This request is not signed by the provider, or is a replay.")
        except (BadInput, NotFound) as error:
            return problem_of(error)

    def _received(self, provider_id: str, environ: dict[str, Any]) -> Reply | None:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))  # web/serving.py limits it
        kit = self._kit()
        reply = self._at(kit).receive(provider_id, WebhookRequest(_target(environ), _headers(environ), body))
        # Those who greet ask for 200, whatever is in it.
        return reply or (_plain("") if isinstance(kit.providers.get(provider_id), Greets) else None)

    def _greeted(self, provider_id: str, environ: dict[str, Any]) -> Reply:
        provider = self._kit().providers.get(provider_id)
        if not isinstance(provider, Greets):
            raise NotFound("provider that asks for the address", provider_id)
        return _plain(provider.greet(WebhookRequest(_target(environ), _headers(environ), b"")))

    def _at(self, kit: Kit) -> Desk:
        if self._desk is None or self._desk[0] is not kit:
            self._desk = (kit, Desk(kit))
        return self._desk[1]


Heard = Callable[[Webhooks, str, dict[str, Any]], Problem | Reply | None]
_METHODS: Mapping[str, Heard] = {"POST": Webhooks._received, "GET": Webhooks._greeted}


def _plain(text: str) -> Reply:
    return Reply("text/plain; charset=utf-8", text.encode())


def _answered(found: Problem | Reply | None) -> tuple[str, str, bytes]:
    """Status, kind of body, body."""
    if found is None:
        return "204 No Content", "", b""
    if isinstance(found, Problem):
        return found.status, PROBLEM_JSON, json.dumps(found.document()).encode()
    return "200 OK", found.content_type, found.body


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    named = {name[5:].replace("_", "-").title(): value for name, value in environ.items() if name.startswith("HTTP_")}
    return named | {"Content-Type": environ.get("CONTENT_TYPE", "")}


def _target(environ: Mapping[str, Any]) -> str:
    # As it came over the line: a signature covers the bytes, not what they mean.
    raw: str = environ.get("REQUEST_URI") or environ.get("RAW_URI") or ""
    query = environ.get("QUERY_STRING", "")
    return raw or (environ.get("PATH_INFO", "") + (f"?{query}" if query else ""))
