"""Keeps the trace of an incoming request: what it logs carries the id that a proxy or a client gave it."""

import re

import structlog
from flask import Flask, request

# W3C Trace Context: version 00, 16 bytes of trace, 8 of span, 1 of flags; all noughts are no id.
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def keep_trace(app: Flask) -> None:
    """Bind the trace id of each request that brings one, and forget it when the request is answered."""

    @app.before_request
    def _keep() -> None:
        structlog.contextvars.unbind_contextvars("trace_id")
        if found := _TRACEPARENT.fullmatch(request.headers.get("traceparent", "")):
            structlog.contextvars.bind_contextvars(trace_id=found[1])

    @app.teardown_request
    def _forget(_error: BaseException | None) -> None:
        structlog.contextvars.unbind_contextvars("trace_id")
