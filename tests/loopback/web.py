"""The part that the HTTP providers on loopback share: a server, what it was sent, and what it is told to answer."""

import json
import threading
from collections.abc import Callable
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

Answerer = Callable[[dict[str, Any]], Response | None]


class LoopbackWeb:
    """Runs until `stop`. `script` may answer in the provider's place: it is given the request; None leaves it."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.script: Answerer = lambda _request: None
        self._lock = threading.Lock()
        self._server = HTTPServer(host="127.0.0.1", port=0, threaded=True)
        self._server.expect_request(_Anything()).respond_with_handler(self._handle)
        self._server.start()

    @property
    def address(self) -> str:
        return self._server.url_for("").rstrip("/")

    def stop(self) -> None:
        self._server.clear()
        if self._server.is_running():
            self._server.stop()

    def answer(self, request: dict[str, Any]) -> Response:
        """What the provider answers when all is well."""
        raise NotImplementedError

    def _handle(self, request: Request) -> Response:
        taken = {
            "method": request.method,
            "path": request.path,
            "args": request.args.to_dict(),
            "headers": dict(request.headers),
            "body": request.get_data(),
        }
        with self._lock:
            self.requests.append(taken)
            return self.script(taken) or self.answer(taken)


class _Anything(str):
    """A path that every path equals."""

    __slots__ = ()

    def __new__(cls):
        return super().__new__(cls, "*")

    def __eq__(self, _other):
        return True

    __hash__ = str.__hash__


def as_json(tree: Any, status: int = 200, **headers: str) -> Response:
    """A JSON answer."""
    return Response(json.dumps(tree), status=status, content_type="application/json", headers=headers)
