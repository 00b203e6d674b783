"""A PostgreSQL and a RabbitMQ of the test's own, on spare ports in a temporary folder, to be killed and started."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

RABBIT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


def spare_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_programs() -> Path | None:
    """The folder of Debian's newest PostgreSQL; None where it is not installed."""
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


class OwnServer:
    """A server in a folder of its own. Only what was started here is ever killed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, spare_port()
        self._running: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str | Path]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def start(self, *, within: float = 60.0) -> None:
        """Start it and wait until its port answers. One that ends at once is started anew, as a supervisor does: what
        is left of one that was killed may hold its memory for a moment."""
        end = time.monotonic() + within
        self._running = self._begun()
        while not self.answers():
            if self._running.poll() is not None:
                self._running = self._begun()
            if time.monotonic() > end:
                raise AssertionError(f"it did not start: {(self.folder / 'server.txt').read_text()[-2000:]}")
            time.sleep(0.1)

    def _begun(self) -> "subprocess.Popen[bytes]":
        with (self.folder / "server.txt").open("ab") as log:
            return subprocess.Popen(
                self.command(),
                env=self.environment(),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def kill(self) -> None:
        """kill -9 of all its processes."""
        if self._running is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()
            self._running = None


class OwnPostgres(OwnServer):
    """PostgreSQL; it never runs as root."""

    def __init__(self, folder: Path, programs: Path, *, fsync: bool = True) -> None:
        super().__init__(folder)
        self._programs, self._fsync = programs, fsync
        self._as_owner: list[str | Path] = []
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            self._as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        made = [*self._as_owner, programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-N"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder)

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def command(self) -> list[str | Path]:
        options = [f"port={self.port}", f"unix_socket_directories={self.folder}", "listen_addresses=127.0.0.1"]
        options += [f"fsync={'on' if self._fsync else 'off'}", "max_connections=200"]
        return [*self._as_owner, self._programs / "postgres", "-D", self.folder / "data"] + [
            word for one in options for word in ("-c", one)
        ]

    def answers(self) -> bool:
        asked = subprocess.run(
            [self._programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"],
            check=False,
        )
        return asked.returncode == 0


class OwnRabbit(OwnServer):
    """RabbitMQ, with an Erlang port mapper of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._mapper, self._dist = spare_port(), spare_port()
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\ndisk_free_limit.absolute = 50MB\nlog.file.level = warning\n"
        )
        (folder / "plugins").write_text("[].\n")

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def command(self) -> list[str | Path]:
        return [RABBIT]

    def environment(self) -> dict[str, str]:
        folder = self.folder
        return dict(os.environ) | {
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(self._mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"tocsin{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._dist),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        }

    def purge(self, queue: str) -> None:
        """Throw away whatever lies on this queue."""
        control = [str(RABBIT.with_name("rabbitmqctl")), "purge_queue", queue]
        subprocess.run(control, env=self.environment(), check=False, capture_output=True)

    def stop_mapper(self) -> None:
        """The port mapper outlives its node; this one is nobody else's."""
        with suppress(OSError):
            asked = {**os.environ, "ERL_EPMD_PORT": str(self._mapper)}
            subprocess.run(["epmd", "-kill"], env=asked, check=False, capture_output=True)


@contextmanager
def own_postgres(programs: Path, *, fsync: bool = True) -> Iterator[OwnPostgres]:
    """A PostgreSQL for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="tocsin-postgres-"))
    server = OwnPostgres(folder, programs, fsync=fsync)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def own_rabbit() -> Iterator[OwnRabbit]:
    """A RabbitMQ for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="tocsin-rabbitmq-"))
    server = OwnRabbit(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        server.stop_mapper()
        shutil.rmtree(folder, ignore_errors=True)
