"""Opens the doors of an app: API, console, public pages, webhooks, health, log-in and headers, in one call."""

import socket
from pathlib import Path
from typing import Any

from flask import Flask, redirect
from flask_openapi3 import Info, OpenAPI
from sqlalchemy.exc import DataError

from incidents.foundation.errors import Refused
from incidents.foundation.settings import Settings
from incidents.record.actor import Actor
from web.accounts.accounts import check_token
from web.accounts.login import let_people_in
from web.api import api
from web.api.door import PREFIX, SCHEMES, say_unread
from web.console import console
from web.headers import guard
from web.health import health
from web.kit import kit
from web.languages import speak
from web.limits import limiter
from web.metrics import metrics
from web.problems import problem_of, unkept
from web.public import public
from web.trace import keep_trace
from web.webhooks import Webhooks

VERSION = "1"
TEMPLATES = Path(__file__).parent.parent / "templates"

OPENAPI: dict[str, Any] = {
    "info": Info(title="Tocsin", version=VERSION),
    "doc_prefix": PREFIX,
    "security_schemes": SCHEMES,
    "validation_error_callback": say_unread,
    "template_folder": str(TEMPLATES),
}  # what app.py hands to flask_openapi3.OpenAPI


def open_doors(app: OpenAPI, settings: Settings) -> None:
    """Hang every door on `app`. Its kit must be at `app.extensions["tocsin"]` before the first request."""
    keep_trace(app)
    speak(app)
    limiter.init_app(app)
    let_people_in(app, settings)
    for door in (api, public):  # a token or nobody at all: there is no session to ride on
        app.extensions["csrf"].exempt(door)
    app.register_api(api)
    for blueprint in (health, metrics, console, public):
        app.register_blueprint(blueprint)
    app.register_error_handler(DataError, lambda _error: problem_of(unkept()).response())  # of API and log-in
    rules = guard(app, https=settings.public_url.startswith("https://"))
    webhooks = Webhooks(lambda: app.extensions["tocsin"], app.wsgi_app, rules)
    app.extensions["tocsin.webhooks"] = app.wsgi_app = webhooks  # type: ignore[method-assign]
    app.add_url_rule("/", "front", lambda: redirect("/console/"))
    app.extensions["tocsin.actor_of"] = lambda text: actor_of(app, text)


def actor_of(app: Flask, text: str) -> Actor:
    """The actor whose token this is, for the command line. Raises Refused when it fits nobody."""
    with app.app_context(), kit().begin(reading=True) as tx:
        actor = check_token(tx, text, clock=kit().clock)
    if actor is None:
        raise Refused("no_token", "This token fits nobody: it is unknown, expired or revoked.")
    return actor


def must_be_free(host: str, port: int) -> None:
    """Raises Refused where nobody could listen at `host`:`port`, mostly because something else does."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sentence = f"{host}:{port} cannot be listened at ({error.strerror}); choose another with --port."
            raise Refused("port_taken", sentence) from None
