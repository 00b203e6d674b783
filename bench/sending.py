"""A database of its own with one incident: what the delivery benches use. Plans are made by planning.py."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from incidents.deliveries import claim, control
from incidents.foundation.clock import SystemClock
from incidents.foundation.database import Base, begin_on, prepare
from incidents.foundation.keys import KeyRing, add_root
from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from policies.load import load

USUAL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
WRITER = Actor("acc_bench", "Bench", frozenset({ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE}))


@dataclass
class Bench:
    """A kit, an engine and an incident, for as long as the `with` lasts."""

    kit: Any
    engine: Engine
    incident_id: str


@contextmanager
def bench_on(database: str, providers: dict[str, Any]) -> Iterator[Bench]:
    """A fresh database on "postgresql" or "sqlite", dropped afterwards. Raises OperationalError where there is none."""
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as place:
        home = Path(place)
        with _engine(database, home) as engine:
            Base.metadata.create_all(engine)
            add_root(home / "keys")
            begin, keys, clock = begin_on(engine), KeyRing(home / "keys"), SystemClock()
            kit = SimpleNamespace(begin=begin, keys=keys, clock=clock, home=home, packs=load(), providers=providers)
            kit.of = lambda _incident: kit
            for module in (claim, control):  # the gate is held by the tests of notices
                vars(module)["require_still_approved"] = lambda _tx, _fan_out: None
            with begin() as tx:
                said = Declaration("A leak", "smo", clock.now())
                incident = declare(tx, said, by=WRITER, clock=clock, keys=keys)
            yield Bench(kit, engine, incident.id)


@contextmanager
def _engine(database: str, home: Path) -> Iterator[Engine]:
    if database == "sqlite":
        engine = create_engine(f"sqlite:///{home / 'bench.db'}")
        prepare(engine)
        yield engine
        engine.dispose()
        return
    server = make_url(os.environ.get("TOCSIN_TEST_POSTGRES", USUAL))
    name = f"tocsin_bench_{os.getpid()}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine = create_engine(server.set(database=name))
        yield engine
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        admin.dispose()


def databases() -> list[str]:
    """The databases at hand."""
    server = create_engine(os.environ.get("TOCSIN_TEST_POSTGRES", USUAL), connect_args={"connect_timeout": 3})
    try:
        server.connect().close()
    except OperationalError:
        return ["sqlite"]
    finally:
        server.dispose()
    return ["postgresql", "sqlite"]
