"""An app as `create_app` makes it, on an empty database, without paying anew for what is the same in each test.

Passwords are hashed with argon2 as everywhere, at the least cost; what it costs outside tests, test_accounts holds.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask_sqlalchemy import SQLAlchemy
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from app import create_app
from incidents.foundation.clock import Clock
from incidents.foundation.settings import Settings
from playbooks.load import load_all
from tests.databases import address_of, hurry, on_postgresql, shared, write_empty
from web.database import db

LEAST: dict[str, Any] = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
_playbooks = cache(load_all)  # no test changes one


class _Templates(BytecodeCache):
    """Templates compiled in this process, by their name and source."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.code


_TEMPLATES = _Templates()


@contextmanager
def opened(settings: Settings, *, clock: Clock | None = None) -> Iterator[Any]:
    """The app of these settings, with all tables and no row."""
    settings.home.mkdir(parents=True, exist_ok=True)
    write_empty(settings.home / "tocsin.db")
    if on_postgresql():
        settings = settings.model_copy(update={"database_url": address_of(settings.home / "tocsin.db")})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kits.load_all", _playbooks)
        patch.setattr("web.accounts.accounts._HASHER", PasswordHasher(**LEAST))
        patch.setattr(Rule, "_compile_builder", _builder)
        patch.setattr(SQLAlchemy, "_make_engine", lambda *given: shared(_make_engine(*given)))
        made = create_app(settings, clock=clock)
        made.jinja_env.bytecode_cache = _TEMPLATES
        made.extensions["security"].pwd_context.update(**{f"argon2__{name}": cost for name, cost in LEAST.items()})
        with made.app_context():
            hurry(db.engine)
        yield made
        with made.app_context():
            db.engine.dispose()


def _remembered(compiled: Callable[[Rule, bool], Any]) -> Callable[..., Any]:
    known: dict[tuple[str, ...], Any] = {}

    def builder(rule: Rule, append_unknown: bool = True) -> Any:
        """What builds an address from a rule depends on its text alone, and takes werkzeug most of an app's start."""
        key = (rule.rule, repr(rule.host), repr(rule.subdomain), repr(rule.defaults), repr(append_unknown))
        if key not in known:
            known[key] = compiled(rule, append_unknown)
        return known[key]

    return builder


_make_engine = SQLAlchemy._make_engine
_builder = _remembered(Rule._compile_builder)
