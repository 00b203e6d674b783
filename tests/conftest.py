"""What every test may ask for: a database, a kit on a temporary home, a clock that stands still."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy.orm import Session

from incidents.foundation.database import Begin, begin_on
from incidents.foundation.keys import KeyRing, add_root
from incidents.record.actor import Actor, ActorRole
from tests.clock import FrozenClock
from tests.databases import drop_all, fresh_engine, on_postgresql

# Elsewhere each run tries other examples; CI tries the same ones each time, so that what it says can be repeated.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_collection_finish() -> None:
    """All that is loaded by now stays until the end: no search for garbage goes through its million objects again."""
    gc.freeze()


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@pytest.fixture(autouse=True, scope="session")
def dropped() -> Iterator[None]:
    """What a run that stands on PostgreSQL altogether has made there goes with it."""
    yield
    if on_postgresql():
        drop_all()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def begin(home: Path) -> Iterator[Begin]:
    engine = fresh_engine(home / "tocsin.db")
    yield begin_on(engine)
    engine.dispose()


@pytest.fixture
def tx(begin: Begin) -> Iterator[Session]:
    with begin() as session:
        yield session


@pytest.fixture
def keys(home: Path) -> KeyRing:
    add_root(home / "keys", drill=True)
    return KeyRing(home / "keys")


@pytest.fixture
def responder() -> Actor:
    return Actor("acc_responder", "Rana", frozenset({ActorRole.RESPONDER}))


@pytest.fixture
def compliance() -> Actor:
    return Actor("acc_compliance", "Conny", frozenset({ActorRole.COMPLIANCE}))


@pytest.fixture
def writer() -> Actor:
    return Actor("acc_writer", "Wai", frozenset({ActorRole.COMMUNICATIONS}))


@pytest.fixture
def approver() -> Actor:
    return Actor("acc_approver", "Ama", frozenset({ActorRole.APPROVER}))
