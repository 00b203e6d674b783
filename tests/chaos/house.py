"""What all runs stand on: a PostgreSQL, a RabbitMQ and a provider of their own, two machines, and who may be killed."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from incidents.foundation.database import Base
from incidents.foundation.keys import add_root
from tests.chaos.machine import CALLBACK, Machine, Place, kit_at, stand_open
from tests.chaos.provider import CountingProvider
from tests.servers import OwnPostgres, OwnRabbit, own_postgres, own_rabbit, postgres_programs


class House:
    """Two machines work here until `close`. Whatever is killed is there again at once, or soon."""

    callback = CALLBACK

    def __init__(self, database: OwnPostgres, broker: OwnRabbit, home: Path) -> None:
        self._database, self._broker = database, broker
        self.provider = CountingProvider(home)
        self.place = Place(home, database.url, broker.url, {"script": "well"}, self.provider.settings())
        add_root(home / "keys", drill=True)
        stand_open()
        engine = create_engine(database.url)
        Base.metadata.create_all(engine)
        engine.dispose()
        self.kit = kit_at(self.place)
        (home / "people.csv").write_text("uid,mobile,mail,token,country,lang\n")
        self._machines = [Machine(self.place), Machine(self.place)]

    def close(self) -> None:
        for machine in self._machines:
            machine.kill()
        self.provider.stop()

    def kill(self, what: str) -> None:
        """kill -9 it, and see that it stands again."""
        if what == "worker":
            self._machines[0].kill()
            self._supervise()
        elif what == "process of a worker":
            os.kill(_sender(self._machines[0].pid), signal.SIGKILL)
        elif what == "sweeper":
            self._machines[0].kill_sweeper()
        elif what == "queue purged":
            self._broker.purge("tocsin.send")
        elif what != "nothing":
            server = {"PostgreSQL": self._database, "RabbitMQ": self._broker}[what]
            server.kill()
            server.start()

    def _supervise(self) -> None:
        """Start a machine for each that has ended, as a supervisor does: without its database one does not start."""
        living = [one for one in self._machines if one.lives]
        self._machines = living + [Machine(self.place) for _ in range(len(self._machines) - len(living))]

    def tidy(self, what: str) -> None:
        """After a run: whoever lost its sweeper is replaced, and the tables are emptied."""
        if what == "sweeper":
            self._machines[0].kill()
        self._supervise()
        names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables if table.name != "lease")
        for _ in range(20):
            try:
                with self.kit.begin() as tx:
                    tx.execute(text("SET LOCAL lock_timeout = '1s'"))
                    tx.execute(text(f"TRUNCATE {names} CASCADE"))
                return
            except OperationalError:  # a sweep reads the tables in another order
                time.sleep(0.1)


def _sender(machine: int) -> int:
    """One of the processes of a machine that send; one that is only just starting is waited for."""
    for _ in range(300):
        asked = ["pgrep", "-g", str(machine), "-f", "send@.*ForkPoolWorker"]
        found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
        if found:
            return int(found[0])
        time.sleep(0.1)
    raise AssertionError("a machine did not start")


@contextmanager
def a_house() -> Iterator[House]:
    """A house in a temporary folder, with servers on spare ports; nothing else on this machine is touched."""
    programs = postgres_programs()
    assert programs is not None, "install Debian's postgresql"
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-chaos-", ignore_cleanup_errors=True) as folder,
        own_postgres(programs) as database,
        own_rabbit() as broker,
    ):
        house = House(database, broker, Path(folder))
        try:
            yield house
        finally:
            house.close()
