"""A PostgreSQL database for each test: the server of TOCSIN_TEST_POSTGRES, or one started here on a spare port."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from incidents.foundation.database import Base, Begin, begin_on
from tests.databases import USUAL, drop_all, shared
from tests.servers import own_postgres, postgres_programs


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is collected in this folder talks to a service."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("services")


@pytest.fixture(scope="session")
def server() -> Iterator[URL]:
    """The address of a PostgreSQL server in which databases may be made."""
    for address in (os.environ.get("TOCSIN_TEST_POSTGRES"), USUAL):
        if address and _answers(make_url(address)):
            yield make_url(address)
            return
    programs = postgres_programs()
    if programs is None:
        pytest.skip("There is no PostgreSQL here: set TOCSIN_TEST_POSTGRES or install Debian's postgresql.")
    with own_postgres(programs, fsync=False) as own:
        yield make_url(own.url)


@pytest.fixture(scope="session")
def admin(server: URL) -> Iterator[Engine]:
    """Makes and drops databases."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def empty(server: URL, admin: Engine) -> Iterator[str]:
    """A database with every table and no row; to copy it takes a third of the time that making the tables does."""
    with database(admin) as name:
        engine = create_engine(server.set(database=name))
        Base.metadata.create_all(engine)
        engine.dispose()  # PostgreSQL copies none that somebody is connected to
        yield name


@pytest.fixture
def begin(server: URL, admin: Engine, empty: str) -> Iterator[Begin]:
    """Transactions on a fresh database, dropped afterwards; stands in for the SQLite one of the other tests."""
    with database(admin, like=empty) as name:
        engine = shared(create_engine(server.set(database=name)))
        yield begin_on(engine)
        engine.dispose()


@pytest.fixture(scope="module")
def on_postgresql(server: URL) -> Iterator[None]:
    """Whatever database a story asks for while this module runs is made on the server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOCSIN_TEST_STORE", "postgresql")
        patch.setenv("TOCSIN_TEST_POSTGRES", server.render_as_string(hide_password=False))
        yield
        drop_all()


@contextmanager
def database(admin: Engine, like: str = "template1") -> Iterator[str]:
    name = f"tocsin_test_{uuid.uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
    yield name
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def _answers(address: URL) -> bool:
    engine = create_engine(address, connect_args={"connect_timeout": 3})
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False
    finally:
        engine.dispose()
