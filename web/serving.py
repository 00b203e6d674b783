"""The web server: waitress, with a limit on each body by where it goes, known before the first byte of it is read.

Waitress collects a body in memory and then on disk before anybody is asked, and knows one limit for all: that of the
evidence, which would hold for whatever a stranger sends anywhere.
"""

import copy
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import waitress
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer
from waitress.utilities import RequestEntityTooLarge

from web.crowd import Crowd, Door, task_of
from web.problems import PROBLEM_JSON, Problem

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

NOTHING = 64 << 10  # bytes; also of what carries no body, since nobody forbids it one
FORM = 32 << 20  # what colleagues send: forms, documents, a paper that was handed in
_TAKEN = (
    (re.compile(r"/(api/v1|console)/incidents/[^/]+/evidence"), 16 << 30),  # streamed into the vault
    # Providers put events together, and none of ours sends more than a few hundred KiB at once.
    (re.compile(r"/receipts/.*"), 8 << 20),
    (re.compile(r"/public/.*|/login|/verify"), NOTHING),
)


def largest(method: str, path: str) -> int:
    """The most bytes of a body that this door takes."""
    if method != "POST":
        return NOTHING
    return next((most for place, most in _TAKEN if place.fullmatch(path)), FORM)


def open_server(app: Wsgi, *, crowded: Door, threads: int, **settings: Any) -> BaseWSGIServer:
    """A server that listens, and serves once it is told to `run`; who comes to the door `crowded` of `app` is answered
    together with those who came meanwhile. `settings` are waitress's own."""
    listening: dict[int, Any] = {}
    crowd = Crowd(crowded)
    crowd.set_thread_count(threads)
    server = waitress.create_server(app, map=listening, ident=None, _dispatcher=crowd, **settings)
    for one in listening.values():
        if isinstance(one, BaseWSGIServer):
            one.channel_class = _Channel
    return server


class _TooLarge(RequestEntityTooLarge):  # type: ignore[misc]
    """The answer: a problem document, like every other refusal."""

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:  # noqa: ARG002
        problem = Problem(413, "too_large", "This body is longer than anything that is taken here.")
        return problem.status, [("Content-Type", PROBLEM_JSON)], json.dumps(problem.document()).encode()


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Takes over the limit of the place once the head is read. Waitress looks at it before it takes a body of a told
    length, and at every piece of a chunked one, whose framing counts too."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        self.adj: Adjustments = copy.copy(self.adj)
        self.adj.max_request_body_size = largest(self.command, self.path) + 1  # waitress refuses what reaches it

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if isinstance(self.error, RequestEntityTooLarge):
            self.error: Any = _TooLarge("")
            self.expect_continue = False  # else waitress says "go on" to what it has just refused
        return consumed


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Parser
    task_class = staticmethod(task_of)
