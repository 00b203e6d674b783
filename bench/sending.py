"""A database of its own with one incident and a notice planned for made people: what the delivery benches use."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from incidents.deliveries import claim, control
from incidents.deliveries.dispatch import Dispatch
from incidents.deliveries.plan import Terms, begin_plan, write_plan
from incidents.deliveries.reach import Routes
from incidents.deliveries.regions import Regions
from incidents.deliveries.tables import FanOut
from incidents.deliveries.ways import Ways, ways_of
from incidents.foundation.clock import SystemClock
from incidents.foundation.database import Base, begin_on, prepare_sqlite
from incidents.foundation.keys import KeyRing, add_root
from incidents.record.actor import Actor, ActorRole
from incidents.record.declare import Declaration, declare
from notifiers.message import AddressKind
from policies.load import load

USUAL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
WRITER = Actor("acc_bench", "Bench", frozenset({ActorRole.COMMUNICATIONS, ActorRole.COMPLIANCE}))
TEXTS = {
    "push": {
        "title": "About your data",
        "body": "Please open the app and read the notice of 6 March.",
    },
    "sms": {
        "short": "Data of your account was exposed on 6 March. Please open our app and read the notice. Ref MQ-7K3Q."
    },
    "email": {"subject": "About your data", "plain": "Dear reader,\n" + "what happened and what you can do.\n" * 40},
}


@dataclass
class Bench:
    """A kit, an engine and an incident, for as long as the `with` lasts."""

    kit: Any
    engine: Engine
    incident_id: str

    def dispatch(self, readers: pa.Table, channel: str) -> Dispatch:
        """The notice as approved, for these readers on this channel alone."""
        return Dispatch(
            notice_id=f"not_{channel}",
            incident_id=self.incident_id,
            company="smo",
            party="smo",
            sender_name="SMO",
            audience="cohorts",
            language="en",
            snapshot_id=None,
            content_digest="c",
            audience_digest="a",
            ladders=({"one_by_one": [channel]},),
            texts={"v1": {channel: TEXTS[channel]}},
            readers=readers,
        )

    def routes(self, channel: str) -> Routes:
        """What is open to them."""
        providers = self.kit.providers
        return Routes(self.kit.packs, "smo", providers, Regions({}), worded=[channel])

    def begin(self, readers: pa.Table, channel: str) -> tuple[FanOut, Ways]:
        """A fan-out without its rows, and the ways of its readers."""
        dispatch = self.dispatch(readers, channel)
        ways = ways_of(readers, dispatch.ladders, self.routes(channel))
        nothing = SimpleNamespace(announcements=(), reach=SimpleNamespace(people=readers.num_rows, not_one_by_one=0))
        with self.kit.begin() as tx:
            terms = Terms(soak_minutes=0)
            fan_out = begin_plan(tx, dispatch, nothing, terms=terms, by=WRITER, kit=self.kit)  # type: ignore[arg-type]
        return fan_out, ways

    def plan(self, readers: pa.Table, channel: str) -> FanOut:
        """The whole of it, in one wave."""
        fan_out, ways = self.begin(readers, channel)
        write_plan(self.kit, fan_out.id, readers, ways)
        with self.kit.begin() as tx:
            tx.get_one(FanOut, fan_out.id).wave = 99
        return fan_out


def made_readers(count: int) -> pa.Table:
    """`count` readers in Myanmar, with an address of every kind."""
    numbers = pa.array(np.arange(count, dtype=np.int64)).cast(pa.string())
    padded = pc.utf8_lpad(numbers, 8, "0")
    same = {name: pa.array([value]).take(pa.array(np.zeros(count, np.int64))) for name, value in _SAME.items()}
    columns = {"person_id": pc.binary_join_element_wise("u", padded, ""), **same}
    columns |= {kind.value: pa.nulls(count, pa.string()) for kind in AddressKind}
    columns["phone"] = pc.binary_join_element_wise("+959", padded, "")
    columns["email"] = pc.binary_join_element_wise("reader", padded, "@example.org", "")
    columns["device_token"] = pc.binary_join_element_wise("APA91bF" + "x" * 120, padded, "")
    return pa.table(columns)


_SAME = {"residence": "MM", "role": "reader", "variant": "v1"}


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
        prepare_sqlite(engine)
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
