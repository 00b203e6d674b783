"""The door for providers, before Flask: a signed event moves its delivery, and is answered only after that was written.

Some providers call once for each event, three times for each message: what Flask does for a page would cost more than
checking the signature and writing the event.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from incidents.deliveries.receive import receive_all, tried
from incidents.foundation.errors import BadInput, NotFound
from incidents.kit import Kit
from notifiers.provider import Forged, Greets, Reply, WebhookRequest
from web.crowd import Answered
from web.problems import PROBLEM_JSON, Problem, problem_of

PREFIX = "/receipts/"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Webhooks:
    """Answers what is under PREFIX and hands everything else on. One by one as a WSGI application, or many at once."""

    def __init__(self, kit: Callable[[], Kit], beyond: Wsgi, headers: Mapping[str, str]) -> None:
        self._kit, self._beyond = kit, beyond
        self._headers = list(headers.items())

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if method == "GET" and path.startswith(PREFIX):
            answer = self._answer(tried(self._greeted, environ))
        elif self.takes(method, path):
            (answer,) = self.answers([environ])
        else:
            return self._beyond(environ, start_response)
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = answer
        start_response(status, headers)
        return [body]

    def takes(self, method: str, path: str) -> bool:
        """Whether this request tells receipts."""
        return method == "POST" and path.startswith(PREFIX)

    def answers(self, environs: Sequence[Mapping[str, Any]]) -> list[Answered | Exception]:
        """The answers to requests that tell receipts, once these are written; in one transaction where that goes."""
        kit = self._kit()
        asked = [(_provider_id(environ), _request(environ)) for environ in environs]
        told = receive_all(kit, asked)
        return [self._answer(_fit(kit, who, one)) for (who, _), one in zip(asked, told, strict=True)]

    def _greeted(self, environ: Mapping[str, Any]) -> Reply:
        provider_id = _provider_id(environ)
        provider = self._kit().providers.get(provider_id)
        if not isinstance(provider, Greets):
            raise NotFound("provider that asks for the address", provider_id)
        return _plain(provider.greet(_request(environ)))

    def _answer(self, found: Reply | Exception | None) -> Answered | Exception:
        """Status, headers and body; the exception where it is no fault of the request."""
        told = _problem(found) if isinstance(found, Exception) else found
        if isinstance(told, Exception):
            return told
        status, kind, body = _said(told)
        about = [("Content-Type", kind), ("Content-Length", str(len(body)))] if kind else []
        return status, [*about, *self._headers], body


def _fit(kit: Kit, provider_id: str, told: Reply | Exception | None) -> Reply | Exception | None:
    # Those who greet ask for 200, whatever is in it.
    return told or (_plain("") if isinstance(kit.providers.get(provider_id), Greets) else None)


def _problem(error: Exception) -> Problem | Exception:
    """What is wrong with the request; the exception itself where nothing is."""
    if isinstance(error, Forged):
        return Problem(403, "forged", "This request is not signed by the provider, or is a replay.")
    return problem_of(error) if isinstance(error, BadInput | NotFound) else error


def _plain(text: str) -> Reply:
    return Reply("text/plain; charset=utf-8", text.encode())


def _said(found: Problem | Reply | None) -> tuple[str, str, bytes]:
    """Status, kind of body, body."""
    if found is None:
        return "204 No Content", "", b""
    if isinstance(found, Problem):
        return found.status, PROBLEM_JSON, json.dumps(found.document()).encode()
    return "200 OK", found.content_type, found.body


def _provider_id(environ: Mapping[str, Any]) -> str:
    path: str = environ["PATH_INFO"]
    return path.removeprefix(PREFIX)


def _request(environ: Mapping[str, Any]) -> WebhookRequest:
    length = int(environ.get("CONTENT_LENGTH") or 0)  # web/serving.py limits it
    return WebhookRequest(_target(environ), _headers(environ), environ["wsgi.input"].read(length))


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    named = {name[5:].replace("_", "-").title(): value for name, value in environ.items() if name.startswith("HTTP_")}
    return named | {"Content-Type": environ.get("CONTENT_TYPE", "")}


def _target(environ: Mapping[str, Any]) -> str:
    # As it came over the line: a signature covers the bytes, not what they mean.
    raw: str = environ.get("REQUEST_URI") or environ.get("RAW_URI") or ""
    query = environ.get("QUERY_STRING", "")
    return raw or (environ.get("PATH_INFO", "") + (f"?{query}" if query else ""))
